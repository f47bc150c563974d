"""The TM Forum adapter: the port's verbs over HTTP."""

from bss.tmf.adapter import TmfBss

__all__ = ["TmfBss"]
