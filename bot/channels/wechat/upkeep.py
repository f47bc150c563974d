"""What the channel does on its own: replies nobody saw arrive are settled, old claims forgotten, menus published."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from bot.channels.wechat.claims import Claims
from bot.channels.wechat.client import WechatApi
from bot.channels.wechat.menu import CustomMenu
from core import log
from core.errors import UpstreamError

_log = log.get(__name__)
_SWEEP_EVERY_S = 5.0
_FORGET_EVERY = 720  # sweeps
_MENU_TRIES, _MENU_AGAIN_S = 10, 3.0


async def sweep_forever(claims: Claims) -> None:
    """Sweep until cancelled; several processes doing it do no harm."""
    sweeps = 0
    while True:
        try:
            if returned := await claims.sweep():
                _log.warning("wechat.replies_returned", count=returned)
            if sweeps % _FORGET_EVERY == 0:
                await claims.forget_old()
        except Exception:
            _log.exception("wechat.sweep_failed")
        sweeps += 1
        await asyncio.sleep(_SWEEP_EVERY_S)


async def publish_menus(apis: Mapping[str, WechatApi], menus: Mapping[str, CustomMenu]) -> list[str]:
    """Put the menus below the chats; return the accounts whose menu was not taken."""
    failed = []
    for name, api in apis.items():
        try:
            await api.create_menu(menus[name].buttons())
            _log.info("wechat.menu_published", account=name)
        except UpstreamError as error:
            _log.warning("wechat.menu_not_published", account=name, code=error.code, detail=error.detail)
            failed.append(name)
    return failed


async def publish_when_up(apis: Mapping[str, WechatApi], menus: Mapping[str, CustomMenu]) -> None:
    """As `publish_menus`, again for a while where the simulator has not started yet."""
    left: Mapping[str, WechatApi] = apis
    for _ in range(_MENU_TRIES):
        failed = await publish_menus(left, menus)
        if not failed:
            return
        left = {name: apis[name] for name in failed}
        await asyncio.sleep(_MENU_AGAIN_S)
