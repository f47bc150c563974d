"""What the gateway is to hear of a message or a click."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.channels.wechat.arrival import Arrival, Kind
from bot.channels.wechat.choices import NAME, Choice
from bot.channels.wechat.client import WechatApi
from bot.channels.wechat.menu import CustomMenu
from bot.channels.wechat.speech import Recogniser
from bot.channels.wechat.words import word
from conversations.model import Attachment, AttachmentKind, Inbound

_METADATA: Mapping[str, object] = {"card_support": False}


class Inbounds:
    """Puts what arrived into the gateway's terms."""

    def __init__(
        self, apis: Mapping[str, WechatApi], menus: Mapping[str, CustomMenu], recogniser: Recogniser
    ) -> None:
        self._apis, self._menus, self._recogniser = apis, menus, recogniser

    async def of(self, arrival: Arrival, choice: Choice | None) -> Inbound | None:
        """Return what the gateway is to hear; None for an entry of a menu that nobody knows."""
        user, fields = arrival.channel_user, arrival.fields
        if arrival.kind is Kind.CLICK:
            clicked = self._menus[arrival.account].clicked(arrival.event_key)
            if clicked is None:
                return None
            return Inbound(NAME, user, clicked[0], arrival.key, _METADATA, title=clicked[1])
        if arrival.attachment is None:
            text = choice.button.payload if choice is not None else arrival.text
            return Inbound(NAME, user, text, arrival.key, _METADATA)
        text = ""
        if arrival.attachment is AttachmentKind.VOICE:
            text = await self._heard(arrival)
        elif arrival.attachment is AttachmentKind.LOCATION:
            text = fields.get("Label", "").strip()
        attached = None if text else _attachment(arrival.attachment, fields)
        return Inbound(NAME, user, text, arrival.key, _METADATA, attachment=attached)

    async def _heard(self, arrival: Arrival) -> str:
        """Return the words of a recording: WeChat's own, where it still gives them, or the recogniser's."""
        if recognition := arrival.fields.get("Recognition", "").strip():
            return recognition
        api = self._apis[arrival.account]
        return await self._recogniser.text(api, arrival.fields.get("MediaId", ""))


def _attachment(kind: AttachmentKind, fields: Mapping[str, str]) -> Attachment:
    """Return how the transcript shows an attachment, and what is kept of it."""
    shown: Callable[[], str] = {
        AttachmentKind.LINK: lambda: word("link", title=fields.get("Title", ""), url=fields.get("Url", "")),
        AttachmentKind.LOCATION: lambda: word(
            "unnamed_location",
            latitude=fields.get("Location_X", ""),
            longitude=fields.get("Location_Y", ""),
        ),
    }.get(kind, lambda: word(kind.value))
    kept = {"url": fields.get("PicUrl") or fields.get("Url"), "media_id": fields.get("MediaId")}
    return Attachment(kind, shown(), {name: value for name, value in kept.items() if value})
