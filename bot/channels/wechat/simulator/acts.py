"""What a user does: a line on the phone where one shows, an allowance for the account, a callback on its way."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping

from bot.channels.wechat.simulator.callbacks import Callback, Callbacks
from bot.channels.wechat.simulator.media import Media
from bot.channels.wechat.simulator.phones import Phones
from bot.channels.wechat.simulator.quota import Occasion, Quota
from bot.channels.wechat.simulator.refusal import invalid

_Done = dict[str, object]


class Acts:
    """Everything a follower can do to the account."""

    def __init__(self, phones: Phones, quota: Quota, media: Media, callbacks: Callbacks) -> None:
        self._phones, self._quota, self._media, self._callbacks = phones, quota, media, callbacks
        self._last_id = 0

    def follow(self, openid: str | None, scene: str = "") -> _Done:
        """Follow the account, by a QR code's scene or without."""
        openid, is_new = self._phones.add(openid, scene)
        key = {"EventKey": f"qrscene_{scene}", "Ticket": _ticket()} if scene else {"EventKey": ""}
        return {"is_new": is_new, **self._event(openid, "subscribe", **key)}

    def unfollow(self, openid: str) -> _Done:
        """Stop following: nothing may be sent any more."""
        self._phones.follower(openid)
        self._phones.leave(openid)
        self._quota.close(openid)
        return self._callback(openid, {"MsgType": "event", "Event": "unsubscribe", "EventKey": ""})

    def click(self, openid: str, key: str) -> _Done:
        """Tap a `click` entry of the custom menu."""
        self._phones.follower(openid)
        return self._event(openid, "CLICK", EventKey=key)

    def scan(self, openid: str, scene: str) -> _Done:
        """Scan one of the account's QR codes; who does not follow yet follows by it."""
        if not self._phones.is_following(openid):
            return self.follow(openid, scene)
        return self._event(openid, "SCAN", EventKey=scene, Ticket=_ticket())

    def view(self, openid: str, url: str) -> _Done:
        """Tap a `view` entry of the custom menu: an event that opens no allowance."""
        self._phones.follower(openid)
        return self._callback(openid, {"MsgType": "event", "Event": "VIEW", "EventKey": url})

    def text(self, openid: str, content: str) -> _Done:
        """Write something."""
        return self._message(openid, "text", {"Content": content}, text=content)

    def image(self, openid: str, content_type: str, data: bytes) -> _Done:
        """Send a picture."""
        media_id = self._media.keep("image", content_type, data)
        url = self._media.url(media_id)
        return self._message(openid, "image", {"PicUrl": url, "MediaId": media_id}, picture=url)

    def voice(self, openid: str, recognition: str | None, data: bytes) -> _Done:
        """Speak; `recognition` is what WeChat understood, None where it does not try."""
        fields = {"MediaId": self._media.keep("voice", "audio/amr", data), "Format": "amr"}
        heard = {} if recognition is None else {"Recognition": recognition}
        return self._message(openid, "voice", fields | heard, text=recognition or "")

    def location(self, openid: str, latitude: float, longitude: float, label: str) -> _Done:
        """Send a place."""
        fields = {
            "Location_X": f"{latitude:.6f}",
            "Location_Y": f"{longitude:.6f}",
            "Scale": "16",
            "Label": label,
        }
        return self._message(openid, "location", fields, text=label)

    def link(self, openid: str, title: str, description: str, url: str) -> _Done:
        """Share a page."""
        fields = {"Title": title, "Description": description, "Url": url}
        return self._message(openid, "link", fields, text=title, url=url)

    def menu_tap(self, openid: str, choice_id: str, content: str | None) -> _Done:
        """Tap an entry of a `msgmenu`: a text with the entry's id, that counts as a menu tap.

        Without the content, the newest menu on the phone with such an entry is meant.
        """
        content = content or self._choice(openid, choice_id)
        shows_id = self._callbacks.account.menu_ids and choice_id.isascii() and choice_id.isdigit()
        fields = {"Content": content, **({"bizmsgmenuid": choice_id} if shows_id else {})}
        return self._message(openid, "text", fields, Occasion.TOUCH, text=content)

    def _choice(self, openid: str, choice_id: str) -> str:
        for line in reversed(self._phones.lines(openid)):
            for choice in line.get("menu", {}).get("list", ()):
                if str(choice["id"]) == choice_id:
                    return str(choice["content"])
        raise invalid("no menu on this phone has such an entry")

    def _message(
        self,
        openid: str,
        kind: str,
        fields: dict[str, str],
        occasion: Occasion = Occasion.MESSAGE,
        **shown: object,
    ) -> _Done:
        self._phones.follower(openid)
        self._phones.touch(openid)
        self._quota.open(openid, occasion)
        message_id = self._next_id()
        line = self._phones.show(openid, "user", kind, msg_id=str(message_id), **shown)
        sent: dict[str, str | int] = {"MsgType": kind, **fields, "MsgId": message_id}
        done = self._callback(openid, sent, str(message_id))
        return {**done, "seq": line["seq"]}

    def _event(self, openid: str, event: str, **more: str) -> _Done:
        self._phones.touch(openid)
        self._quota.open(openid, Occasion.TOUCH)
        return self._callback(openid, {"MsgType": "event", "Event": event, **more})

    def _callback(self, openid: str, fields: Mapping[str, str | int], name: str = "") -> _Done:
        at = int(time.time())
        address: dict[str, str | int] = {
            "ToUserName": self._callbacks.account.original_id,
            "FromUserName": openid,
            "CreateTime": at,
        }
        name = name or f"{fields['Event']}-{at}"  # events have no id: user, time and kind name them
        self._callbacks.send(Callback(openid, name, {**address, **fields}))
        return {"openid": openid, "msg_id": name}

    def _next_id(self) -> int:
        """Return a message id: 64 bits, growing, as WeChat's are."""
        self._last_id = max(self._last_id + 1, time.time_ns())
        return self._last_id


def _ticket() -> str:
    return secrets.token_urlsafe(48)
