"""Pushing through the customer-service API: inside what WeChat allows, in order, as few messages as it takes."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.wechat import claims, ledger
from bot.channels.wechat.accounts import Account
from bot.channels.wechat.choices import NAME
from bot.channels.wechat.client import WechatApi
from bot.channels.wechat.errors import (
    MenuRefused,
    NotFollowing,
    NotPermitted,
    QuotaSpent,
    WindowClosed,
    is_surely_undone,
)
from bot.channels.wechat.ledger import Purpose
from bot.channels.wechat.passive import EVERY_SEQ
from bot.channels.wechat.writing import LIMIT, Piece, pieces, split, written
from bot.delivery import Pushed
from conversations.model import Message
from conversations.outbox import hold_in, note_sent, waiting_in
from conversations.statements import UNFINISHED
from conversations.tables import messages as messages_table
from core import log
from core.clock import Clock
from core.database import Database
from core.errors import UpstreamError

_log = log.get(__name__)
_UNTIL_THEY_WRITE = timedelta(days=3650)  # nothing can be sent before that
_UNTIL_PUT_RIGHT = timedelta(minutes=5)  # the operator has to change something first
_UNTIL_ALL_IS_ANSWERED = timedelta(seconds=3)  # the next answer sends them along earlier
_HELD_AT_MOST = timedelta(minutes=2)
_TYPING_LASTS_S = 15.0
_REMEMBERED = 10_000  # users shown that somebody types

Count = Callable[[str, str], None]
"""Counts an event of an account."""
Notify = Callable[[Message], Awaitable[None]]
"""Tells a customer, otherwise than by WeChat, that something waits for them there."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """What may go out now, charged; `of_click` of it to the click's allowance."""

    pieces: Sequence[Piece]
    of_click: int = 0
    held_until: datetime | None = None  # what is left over waits until then
    is_spent: bool = False


class WechatChannel:
    """The push side of every account; `windows` counts the callbacks that are waiting for an answer here."""

    name = NAME
    is_rationed = True

    def __init__(
        self,
        db: Database,
        clock: Clock,
        accounts: Mapping[str, Account],
        apis: Mapping[str, WechatApi],
        owner: str,
        count: Count,
        notify: Notify | None = None,
    ) -> None:
        self._db, self._clock, self._owner = db, clock, owner
        self._accounts, self._apis = accounts, apis
        self._count, self._notify = count, notify
        self._typed: dict[str, float] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.windows: Counter[str] = Counter()

    def reachable(self) -> Collection[str] | None:
        """Everyone is within reach of every process."""
        return None if self._accounts else ()

    def can_reach(self, channel_user: str) -> bool:
        """Say no while a callback here may still answer by itself."""
        return not self.windows[channel_user] and channel_user.partition(":")[0] in self._accounts

    async def push(self, channel_user: str, messages: Sequence[Message]) -> Pushed:
        """Send what is allowed; the rest is held until the user writes again."""
        account, _, openid = channel_user.partition(":")
        plan = await self._plan(channel_user, self._accounts[account], messages)
        taken = sent = 0
        try:
            for piece in plan.pieces:
                await self._send(self._apis[account], openid, piece, messages)
                sent += 1
                taken += len(piece.whole)
                await self._note(piece)
                self._count(account, "pushed")
        except (WindowClosed, QuotaSpent):
            return await self._spent(channel_user, account, messages, taken)
        except NotFollowing:
            async with self._db.write() as connection:
                await ledger.unfollow(connection, channel_user)
            return Pushed(taken, self._clock.now() + _UNTIL_THEY_WRITE)
        except UpstreamError as error:
            may_be_sent = not is_surely_undone(error)
            await self._refund(channel_user, plan, sent + may_be_sent)
            is_ours_to_fix = isinstance(error, NotPermitted)
            return Pushed(taken, self._clock.now() + _UNTIL_PUT_RIGHT if is_ours_to_fix else None)
        if plan.is_spent:
            await self._wait(channel_user, account, messages[taken:])
        return Pushed(taken, plan.held_until)

    async def typing(self, channel_user: str, is_typing: bool) -> None:
        """Show that somebody writes, at most once in 15 s; a message ends it by itself."""
        now = asyncio.get_running_loop().time()
        is_shown = now - self._typed.get(channel_user, -_TYPING_LASTS_S) < _TYPING_LASTS_S
        if not is_typing or is_shown or not self.can_reach(channel_user):
            return
        if not self._accounts[channel_user.partition(":")[0]].can_push:
            return
        if len(self._typed) >= _REMEMBERED:
            self._typed.clear()
        self._typed[channel_user] = now
        task = asyncio.create_task(self._show_typing(channel_user))  # nobody waits for it
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """Stop what nobody waits for."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # --- planning ----------------------------------------------------------------------------------------------

    async def _plan(self, channel_user: str, account: Account, messages: Sequence[Message]) -> _Plan:
        """Charge what may be sent now, before it is sent."""
        now = self._clock.now()
        async with self._db.write() as connection:
            await ledger.lock_user(connection, channel_user, now)
            held = await claims.held_until(connection, channel_user, now)
            if held is not None:
                # held here, under the user's lock: else the reply might be settled before, and nobody look again
                await hold_in(connection, [message.id for message in messages], held, self._owner)
                return _Plan((), held_until=held)
            allowed = await ledger.allowance(connection, channel_user, now)
            if allowed is not None and not allowed.is_following:  # they want nothing of us, by SMS either
                return _Plan((), held_until=now + _UNTIL_THEY_WRITE)
            if allowed is None or not account.can_push:
                return _Plan((), held_until=now + _UNTIL_THEY_WRITE, is_spent=True)
            ours = {message.id for message in messages}
            waiting = await waiting_in(connection, messages[0].contact_id, EVERY_SEQ, now, self._owner)
            found = pieces(
                [item for item in waiting or () if item.message.id in ours], menus=True, most=allowed.left
            )
            last = await self._kept_for_later(connection, messages[0], now)
            affordable: list[Piece] = []
            for piece in found:
                kept = piece.purpose.value + (last if piece.purpose is Purpose.ORDINARY else 0)
                if allowed.left - len(affordable) <= kept:
                    break
                affordable.append(piece)
            of_click = await ledger.charge(connection, channel_user, len(affordable), now)
        if len(affordable) == len(found):
            return _Plan(affordable, of_click)
        if allowed.left - len(affordable) > found[len(affordable)].purpose.value:
            return _Plan(affordable, of_click, held_until=now + _UNTIL_ALL_IS_ANSWERED)
        return _Plan(affordable, of_click, now + _UNTIL_THEY_WRITE, is_spent=True)

    async def _kept_for_later(self, connection: AsyncConnection, first: Message, now: datetime) -> int:
        """Return 1 while answers are being written that the last ordinary message can carry along, but not for ever."""
        if now - first.created > _HELD_AT_MOST:
            return 0
        unanswered = select(messages_table.c.id).where(
            messages_table.c.contact_id == first.contact_id, UNFINISHED
        )
        return int((await connection.execute(unanswered.limit(1))).first() is not None)

    async def _refund(self, channel_user: str, plan: _Plan, sent: int) -> None:
        """Give back the allowance of what was not sent; the click's was used first."""
        of_click = max(0, plan.of_click - sent)
        async with self._db.write() as connection:
            await ledger.refund(connection, channel_user, of_click, len(plan.pieces) - sent - of_click)

    # --- sending -----------------------------------------------------------------------------------------------

    async def _send(self, api: WechatApi, openid: str, piece: Piece, messages: Sequence[Message]) -> None:
        if piece.menu is not None:
            try:
                await api.send_menu(openid, piece.menu)
            except MenuRefused:
                message = next(message for message in messages if message.id in piece.whole)
                await api.send_text(openid, split(written(message), LIMIT)[0])
        elif piece.text:
            await api.send_text(openid, piece.text)

    async def _note(self, piece: Piece) -> None:
        async with self._db.write() as connection:
            await note_sent(connection, piece.whole, piece.parts, self._clock.now())

    async def _spent(
        self, channel_user: str, account: str, messages: Sequence[Message], taken: int
    ) -> Pushed:
        """Believe WeChat rather than the ledger."""
        _log.warning("wechat.ledger_corrected", account=account)
        async with self._db.write() as connection:
            await ledger.exhaust(connection, channel_user)
        await self._wait(channel_user, account, messages[taken:])
        return Pushed(taken, self._clock.now() + _UNTIL_THEY_WRITE)

    async def _wait(self, channel_user: str, account: str, left: Sequence[Message]) -> None:
        """Note that messages wait for the user to write, and tell the user otherwise, once."""
        self._count(account, "waiting")
        if self._notify is None or not left:
            return
        async with self._db.write() as connection:
            is_due = await ledger.take_notice(connection, channel_user)
        if is_due:
            try:
                await self._notify(left[0])
            except Exception:
                _log.exception("wechat.notice_failed", account=account)

    async def _show_typing(self, channel_user: str) -> None:
        account, _, openid = channel_user.partition(":")
        try:
            await self._apis[account].typing(openid, True)
        except UpstreamError:
            return  # it was only a courtesy
