"""TMF681 and TMF683: a short message out, a finished chat back to the CRM."""

from __future__ import annotations

from typing import Any

from bss.port import Interaction
from bss.tmf.upstream import Call
from core.clock import UTC
from core.ids import Msisdn

SENDER = "10066"


async def send_sms(call: Call, number: Msisdn, text: str, key: str) -> None:
    """Send one short message under our key."""
    body = {
        "content": text,
        "messageType": "SMS",
        "receiver": [{"phoneNumber": number}],
        "sender": {"name": SENDER, "phoneNumber": SENDER},
    }
    await call.post("/communicationManagement/v4/communicationMessage", body, key)


async def record_interaction(call: Call, interaction: Interaction, key: str) -> None:
    """Write one chat under our key; its id at our side is the related entity."""
    channel = {"id": interaction.channel, "href": interaction.channel, "name": interaction.channel}
    body: dict[str, Any] = {
        "direction": "inbound",
        "reason": interaction.reason,
        "status": "completed",
        "description": interaction.summary,
        "channel": [channel],
        "interactionDate": {
            "startDateTime": interaction.started.astimezone(UTC).isoformat(),
            "endDateTime": interaction.ended.astimezone(UTC).isoformat(),
        },
        "interactionItem": [
            {
                "id": "1",
                "reason": interaction.reason,
                "resolution": interaction.summary,
                "item": {"id": interaction.conversation_id, "@referredType": "Conversation", "role": "chat"},
            }
        ],
    }
    if interaction.number is not None:
        subscriber = {"id": interaction.number, "role": "customer", "@referredType": "LogicalResource"}
        body["relatedParty"] = [subscriber | {"href": interaction.number}]
    await call.post("/partyInteraction/v4/partyInteraction", body, key)
