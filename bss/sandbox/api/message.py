"""TMF681 communicationMessage and TMF683 partyInteraction."""

from __future__ import annotations

from datetime import datetime

from sanic import HTTPResponse, Request

from bss.port import Interaction
from bss.sandbox import messages, tickets
from bss.sandbox.api.common import (
    BASE,
    App,
    Json,
    body_of,
    href,
    key_of,
    respond,
    store_of,
    text_at,
    values_at,
)
from bss.sandbox.refusal import invalid
from core.ids import Msisdn

MESSAGES = f"{BASE}/communicationManagement/v4/communicationMessage"
INTERACTIONS = f"{BASE}/partyInteraction/v4/partyInteraction"


def mount(app: App) -> None:
    """Add the routes."""
    app.add_route(send, MESSAGES, methods=["POST"], name="message_send")
    app.add_route(record, INTERACTIONS, methods=["POST"], name="interaction_record")


async def send(request: Request) -> HTTPResponse:
    body = body_of(request)
    kind, text = text_at(body, "messageType"), text_at(body, "content")
    number = Msisdn(text_at(body, "receiver.phoneNumber"))
    if kind != "SMS" or not isinstance(body.get("sender"), dict):
        raise invalid("a message is an SMS with a sender")
    identifier = await store_of(request).do(messages.send, number, text, key_of(request, body))
    made = {"id": identifier, "href": href("communicationManagement", "communicationMessage", identifier)}
    return respond(body | made | {"state": "completed"}, 201)


async def record(request: Request) -> HTTPResponse:
    body = body_of(request)
    for name in ("direction", "status"):
        text_at(body, name)
    interaction = _interaction(body)
    identifier = await store_of(request).do(tickets.record, interaction, key_of(request, body))
    made = {"id": identifier, "href": href("partyInteraction", "partyInteraction", identifier)}
    return respond(body | made, 201)


def _interaction(body: Json) -> Interaction:
    number = next((Msisdn(str(value)) for value in values_at(body, "relatedParty.id")), None)
    try:
        started, ended = (
            datetime.fromisoformat(text_at(body, f"interactionDate.{name}"))
            for name in ("startDateTime", "endDateTime")
        )
    except ValueError:
        raise invalid("interactionDate is not a period") from None
    if started.tzinfo is None or ended.tzinfo is None:
        raise invalid("interactionDate has no time zone")
    return Interaction(
        conversation_id=text_at(body, "interactionItem.item.id"),
        number=number,
        channel=text_at(body, "channel.name"),
        reason=text_at(body, "reason"),
        summary=text_at(body, "description"),
        started=started,
        ended=ended,
    )
