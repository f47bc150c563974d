"""`app wechat menu`: put the custom menus below the chats of the operator's official accounts."""

from __future__ import annotations

import asyncio
import sys

from app.wechat import menus_of
from bot.channels.wechat.accounts import accounts
from bot.channels.wechat.client import WechatApi
from bot.channels.wechat.upkeep import publish_menus
from conversations.model import new_id
from core.clock import SystemClock
from core.database import Database
from core.errors import StaffError
from core.settings import Settings


def publish(settings: Settings, only: str | None) -> int:
    """Publish the menu of one account, or of all; return 1 when one was not taken."""
    try:
        found = accounts(settings)
        menus = menus_of(found)
    except StaffError as error:
        print(error, file=sys.stderr)
        return 2
    if only is not None and only not in found:
        print(f"no account {only}; there are: {', '.join(found) or 'none'}", file=sys.stderr)
        return 2
    wanted = {name: account for name, account in found.items() if only in (None, name)}

    async def run() -> list[str]:
        db, clock, owner = Database(settings.database), SystemClock(), new_id()
        apis = {
            name: WechatApi.of(account, db, clock, settings, owner, lambda _code: None)
            for name, account in wanted.items()
        }
        try:
            return await publish_menus(apis, menus)
        finally:
            for api in apis.values():
                await api.close()
            await db.close()

    failed = asyncio.run(run())
    for name in wanted:
        print(f"{name}: {'not taken, see the log above' if name in failed else 'published'}")
    return 1 if failed else 0
