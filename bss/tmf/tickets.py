"""TMF621: trouble tickets."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import quote

from bss.port import TroubleTicket
from bss.tmf.node import Node
from bss.tmf.upstream import Call
from core.clock import UTC
from core.ids import Msisdn

ROOT = "/troubleTicket/v4/troubleTicket"


async def open_ticket(
    call: Call,
    number: Msisdn | None,
    kind: str,
    description: str,
    severity: str,
    key: str,
    requested: datetime | None,
) -> TroubleTicket:
    """Open a ticket under our key."""
    body: dict[str, Any] = {
        "externalId": key,
        "ticketType": kind,
        "severity": severity,
        "description": description,
        "channel": {"id": "assistant", "name": "assistant"},
    }
    if number is not None:
        body["relatedEntity"] = [{"id": number, "role": "subject", "@referredType": "LogicalResource"}]
    return ticket_from(await call.post(ROOT, body | _wanted(requested), key))


async def update_ticket(
    call: Call, ticket_id: str, status: str, reason: str, requested: datetime | None
) -> TroubleTicket:
    """Say how far a ticket has come."""
    body = {"status": status, "statusChangeReason": reason, **_wanted(requested)}
    return ticket_from(await call.patch(f"{ROOT}/{quote(ticket_id, safe='')}", body))


async def tickets(call: Call, number: Msisdn, limit: int) -> list[TroubleTicket]:
    """Read a number's last tickets, newest first."""
    wanted = {"relatedEntity.id": number, "sort": "-creationDate"}
    return [ticket_from(node) for node in await call.list(ROOT, wanted, most=max(1, limit))][: max(0, limit)]


def ticket_from(node: Node) -> TroubleTicket:
    """Parse a troubleTicket."""
    return TroubleTicket(
        id=node.text("id"),
        kind=node.text("ticketType"),
        status=node.text("status"),
        description=node.text("description"),
        created=node.time("creationDate"),
        promised=node.maybe_time("expectedResolutionDate"),
        reason=node.maybe_text("statusChangeReason") or "",
    )


def _wanted(requested: datetime | None) -> dict[str, Any]:
    if requested is None:
        return {}
    return {"requestedResolutionDate": requested.astimezone(UTC).isoformat()}
