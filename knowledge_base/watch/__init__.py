"""Watches what articles say against the catalogue and the calendar, before customers see it."""
