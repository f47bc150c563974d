"""Offerings the operator brings in: kept with their revisions, and merged with the billing system's catalogue."""
