"""What a callback says: a message, a tap or an event, read from WeChat's fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from bot.channels.wechat.refusal import Refused
from conversations.model import AttachmentKind
from core.clock import UTC

_KEY_CHARS, _OPENID_CHARS = 200, 64
_TRUSTED = timedelta(minutes=5)  # how far WeChat's clock may be from ours
_ATTACHMENTS = {
    "image": AttachmentKind.PICTURE,
    "voice": AttachmentKind.VOICE,
    "video": AttachmentKind.VIDEO,
    "shortvideo": AttachmentKind.VIDEO,
    "link": AttachmentKind.LINK,
    "location": AttachmentKind.LOCATION,
}


class Kind(str, Enum):
    """What happened at the customer's end."""

    TEXT = "text"
    ATTACHMENT = "attachment"
    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"
    CLICK = "click"  # on an entry of the custom menu
    SCAN = "scan"
    OTHER = "other"  # nothing we answer


_EVENTS = {
    "subscribe": Kind.SUBSCRIBE,
    "unsubscribe": Kind.UNSUBSCRIBE,
    "click": Kind.CLICK,
    "scan": Kind.SCAN,
}


class Action(str, Enum):
    """What it allows us to send through the API."""

    MESSAGE = "message"
    CLICK = "click"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Arrival:
    """One message or event; `key` is the same however often WeChat delivers it."""

    account: str
    openid: str
    key: str
    kind: Kind
    at: datetime  # when it happened
    fields: Mapping[str, str]
    attachment: AttachmentKind | None = None

    @property
    def channel_user(self) -> str:
        return f"{self.account}:{self.openid}"

    @property
    def text(self) -> str:
        return self.fields.get("Content", "")

    @property
    def menu_id(self) -> str:
        """The id of the tapped entry of a message menu; some clients leave it out."""
        return self.fields.get("bizmsgmenuid", "")

    @property
    def event_key(self) -> str:
        return self.fields.get("EventKey", "")

    @property
    def action(self) -> Action:
        """What WeChat grants for it: a tap in a message menu counts as a click."""
        if self.kind in (Kind.SUBSCRIBE, Kind.CLICK, Kind.SCAN) or self.menu_id:
            return Action.CLICK
        return Action.MESSAGE if self.kind in (Kind.TEXT, Kind.ATTACHMENT) else Action.NONE


def arrival_from(account: str, fields: Mapping[str, str], now: datetime) -> Arrival:
    """Read a callback's fields; raise Refused when they are not WeChat's."""
    openid, kind_name = fields.get("FromUserName", ""), fields.get("MsgType", "").lower()
    if not openid or len(openid) > _OPENID_CHARS or not openid.isprintable() or not kind_name:
        raise Refused("malformed")
    at = _moment(fields.get("CreateTime", ""), now)
    if kind_name == "event":
        event = fields.get("Event", "")
        key = f"{openid}:{fields.get('CreateTime', '')}:{event}:{fields.get('EventKey', '')}"[:_KEY_CHARS]
        return Arrival(account, openid, key, _EVENTS.get(event.lower(), Kind.OTHER), at, fields)
    key = fields.get("MsgId", "")
    if not key or len(key) > _KEY_CHARS:
        raise Refused("malformed")
    attachment = _ATTACHMENTS.get(kind_name)
    kind = Kind.TEXT if kind_name == "text" else Kind.ATTACHMENT if attachment else Kind.OTHER
    return Arrival(account, openid, key, kind, at, fields, attachment)


def _moment(seconds: str, now: datetime) -> datetime:
    """Return when WeChat says it happened, if that is believable, but never later than now."""
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) <= 11):
        return now
    at = datetime.fromtimestamp(int(seconds), UTC)
    return min(at, now) if abs(now - at) < _TRUSTED else now
