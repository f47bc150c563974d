"""WeChat's API as far as a customer-service assistant needs it, for one account.

Reference: https://developers.weixin.qq.com/doc/service/guide/product/message/Service_Center_messages.html
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from bot.channels.wechat.accounts import Account
from bot.channels.wechat.errors import NotSent, TokenRefused, is_surely_undone
from bot.channels.wechat.tokens import Tokens
from bot.channels.wechat.transport import Media, OnError, Transport
from bot.channels.wechat.writing import Menu
from core.clock import Clock
from core.database import Database
from core.errors import UpstreamError
from core.settings import Settings

_SEND = "/cgi-bin/message/custom/send"
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Article:
    """One entry of a news message."""

    title: str
    description: str
    url: str
    picture_url: str = ""


@dataclass(frozen=True, slots=True)
class UserInfo:
    """What WeChat tells about a user; since 2021 neither nickname nor picture."""

    openid: str
    is_following: bool
    union_id: str
    language: str


class WechatApi:
    """The calls; all raise UpstreamError, most telling where `errors` has a name for it."""

    def __init__(self, transport: Transport, tokens: Tokens) -> None:
        self._transport, self._tokens = transport, tokens

    @classmethod
    def of(
        cls, account: Account, db: Database, clock: Clock, settings: Settings, owner: str, on_error: OnError
    ) -> WechatApi:
        """Put one together for an account; nothing connects yet."""
        transport = Transport(
            account.api_base, settings.wechat_timeout_s, settings.wechat_calls_per_minute, on_error
        )
        return cls(transport, Tokens(db, clock, settings.secret, account, transport, owner))

    async def close(self) -> None:
        """Close the connections."""
        await self._tokens.close()
        await self._transport.close()

    # --- messages ----------------------------------------------------------------------------------------------

    async def send_text(self, openid: str, text: str) -> None:
        """Send a text of at most 2,047 bytes."""
        await self._send(openid, "text", {"content": text})

    async def send_image(self, openid: str, media_id: str) -> None:
        """Send a picture that WeChat has."""
        await self._send(openid, "image", {"media_id": media_id})

    async def send_news(self, openid: str, article: Article) -> None:
        """Send a link with title and picture; WeChat takes one at a time."""
        entry = {
            "title": article.title,
            "description": article.description,
            "url": article.url,
            "picurl": article.picture_url,
        }
        await self._send(openid, "news", {"articles": [entry]})

    async def send_menu(self, openid: str, menu: Menu) -> None:
        """Send choices to tap."""
        entries = [{"id": entry_id, "content": content} for entry_id, content in menu.entries]
        await self._send(openid, "msgmenu", {"head_content": menu.head, "list": entries, "tail_content": ""})

    async def typing(self, openid: str, is_typing: bool) -> None:
        """Show, or stop showing, that an answer is being written; it stops by itself after 15 s."""
        command = "Typing" if is_typing else "CancelTyping"
        body = {"touser": openid, "command": command}
        await self._post("/cgi-bin/message/custom/typing", body, is_courtesy=True)

    async def _send(self, openid: str, kind: str, content: Mapping[str, Any]) -> None:
        await self._post(_SEND, {"touser": openid, "msgtype": kind, kind: content})

    # --- the rest ----------------------------------------------------------------------------------------------

    async def create_menu(self, buttons: Sequence[Mapping[str, Any]]) -> None:
        """Replace the custom menu below the chat."""
        await self._post("/cgi-bin/menu/create", {"button": list(buttons)})

    async def user_info(self, openid: str) -> UserInfo:
        """Return what WeChat tells about a user."""
        query = {"openid": openid, "lang": "zh_CN"}
        found = await self._with_token(
            lambda token: self._transport.get("/cgi-bin/user/info", {**query, "access_token": token})
        )
        return UserInfo(
            openid=str(found.get("openid", openid)),
            is_following=found.get("subscribe") == 1,
            union_id=str(found.get("unionid", "")),
            language=str(found.get("language", "")),
        )

    async def media(self, media_id: str) -> Media:
        """Fetch a picture or recording a customer sent; WeChat keeps it three days."""
        return await self._with_token(
            lambda token: self._transport.media(
                "/cgi-bin/media/get", {"access_token": token, "media_id": media_id}
            )
        )

    async def _post(self, path: str, body: Mapping[str, Any], is_courtesy: bool = False) -> dict[str, Any]:
        return await self._with_token(
            lambda token: self._transport.post(path, body, {"access_token": token}, is_courtesy)
        )

    async def _with_token(self, call: Callable[[str], Awaitable[_T]]) -> _T:
        """Call with the token; once more with another one where WeChat refuses it."""
        token = await _had(self._tokens.current())
        try:
            return await call(token)
        except TokenRefused:
            return await call(await _had(self._tokens.heal(token)))


async def _had(token: Awaitable[str]) -> str:
    """Return a token; without one the call it is for was surely not made."""
    try:
        return await token
    except UpstreamError as error:
        if is_surely_undone(error):
            raise
        raise NotSent("wechat.no_token", error.code) from error
