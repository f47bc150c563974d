"""TMF620: the whole catalogue."""

from __future__ import annotations

from bss.tmf.node import malformed
from bss.tmf.upstream import Call
from core.errors import UpstreamMalformed
from core.offering import Offering
from core.tmf_offering import offering_from_tmf


async def offerings(call: Call) -> list[Offering]:
    """Read every offering, retired and expired ones included."""
    found = []
    for node in await call.list("/productCatalogManagement/v4/productOffering", {}):
        try:
            found.append(offering_from_tmf(dict(node.value)))
        except UpstreamMalformed:
            raise
        except (KeyError, TypeError, ValueError, AttributeError, IndexError, ArithmeticError) as problem:
            raise malformed(node.path, f"is not an offering: {type(problem).__name__}") from problem
    return found
