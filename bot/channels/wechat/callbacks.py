"""What is done about a callback: claimed, understood, given to the gateway, answered in time or acknowledged.

Work on a claim goes on whatever becomes of the request it began with: WeChat hangs up after five seconds and comes
again, here or at another process, and is given the same decision.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from bot.channels.wechat import ledger
from bot.channels.wechat.accounts import Account
from bot.channels.wechat.arrival import Action, Arrival, Kind
from bot.channels.wechat.channel import Count, WechatChannel
from bot.channels.wechat.choices import NAME, Choice, Choices
from bot.channels.wechat.claims import Claim, Claims
from bot.channels.wechat.client import WechatApi
from bot.channels.wechat.inbound import Inbounds
from bot.channels.wechat.menu import CustomMenu
from bot.channels.wechat.passive import EVERY_SEQ, Asked, Passive
from bot.channels.wechat.speech import Recogniser
from bot.channels.wechat.waiting import Waiting, WaitingFor, is_asking
from bot.channels.wechat.words import word
from bot.gateway import Gateway
from conversations.model import Inbound, Processing
from core import log
from core.clock import Clock
from core.database import Database
from core.errors import CustomerError

_log = log.get(__name__)
_LOOK_EVERY_S = 0.1  # at a claim another process works on
_AGAIN_S = 0.03  # when an earlier message is just on its way
_LONGEST_PAUSE_S = (
    0.5  # between two looks; they grow rarer, or a crowd of waiting callbacks wears the database out
)
_ALL_S = 4.6  # after this much of WeChat's five seconds nothing is waited for
_TAKE_OVER_S = 0.2  # longer, so that a claim whose process died is taken over by the retry that waits for it


@dataclass(frozen=True, slots=True)
class Parts:
    """What the work stands on."""

    db: Database
    clock: Clock
    accounts: Mapping[str, Account]
    apis: Mapping[str, WechatApi]
    menus: Mapping[str, CustomMenu]
    gateway: Gateway
    channel: WechatChannel
    claims: Claims
    recogniser: Recogniser
    passive_s: float
    count: Count


@dataclass(slots=True)
class _Work:
    """The work on one claim in this process, and the deliveries that wait for it."""

    began: float
    task: asyncio.Task[Claim] | None = None
    waiting: int = 0
    is_stored: bool = False  # whatever becomes of it, the message will be answered
    is_acknowledged: bool = False  # WeChat was told that there is no passive reply


class Callbacks:
    """Works on arrivals, each once in all processes."""

    def __init__(self, parts: Parts) -> None:
        self._parts, self._claims = parts, parts.claims
        self._passive = Passive(parts.db, parts.clock, parts.claims)
        self._choices, self._waiting = Choices(parts.db), WaitingFor(parts.db)
        self._inbounds = Inbounds(parts.apis, parts.menus, parts.recogniser)
        self._working: dict[tuple[str, str], _Work] = {}
        self._settling: set[asyncio.Task[None]] = set()

    async def answer(self, arrival: Arrival, stamp: str) -> Claim:
        """Return what is decided about an arrival; raise Refused for one that is replayed."""
        began, choice = asyncio.get_running_loop().time(), None
        if arrival.kind is Kind.TEXT:
            choice = await self._choices.meant(arrival.channel_user, arrival.text, arrival.menu_id)
        is_tap = choice is not None and choice.is_tapped
        claim = await self._claims.take(arrival, stamp, Action.CLICK if is_tap else arrival.action)
        self._parts.count(arrival.account, "duplicate" if claim.is_repeat else "received")
        if claim.is_decided:
            return claim
        if claim.is_mine:
            return await self._work(arrival, claim, choice, began)
        return await self._wait(arrival, claim, choice, began)

    async def _wait(self, arrival: Arrival, claim: Claim, choice: Choice | None, began: float) -> Claim:
        """Wait for what is decided elsewhere; take over where nobody decides any more."""
        loop, pauses = asyncio.get_running_loop(), _pauses(_LOOK_EVERY_S)
        while loop.time() - began < _ALL_S + _TAKE_OVER_S:
            if (work := self._working.get((claim.account, claim.key))) is not None:
                return await self._decided(work, claim)
            left_s = began + _ALL_S + _TAKE_OVER_S / 2 - loop.time()
            await asyncio.sleep(min(next(pauses), max(_AGAIN_S, left_s)))
            found = await self._claims.look(claim)
            if found is not None:
                return await self._work(arrival, found, choice, began) if found.is_mine else found
        return claim

    async def _work(self, arrival: Arrival, claim: Claim, choice: Choice | None, began: float) -> Claim:
        key, work = (claim.account, claim.key), _Work(began)
        work.task = asyncio.create_task(self._in_window(arrival, claim, choice, work))
        self._working[key] = work
        work.task.add_done_callback(lambda _: self._working.pop(key, None))
        return await self._decided(work, claim)

    async def _decided(self, work: _Work, claim: Claim) -> Claim:
        """Wait for the decision; where it takes too long, acknowledge what is stored: its answer is pushed."""
        assert work.task is not None
        left_s = work.began + _ALL_S - asyncio.get_running_loop().time()
        work.waiting += 1
        try:
            await asyncio.wait({work.task}, timeout=max(0.0, left_s))
            if not work.task.done() and not work.is_stored:
                await asyncio.wait({work.task})  # WeChat must come again if this is lost
        finally:
            work.waiting -= 1
        if work.task.done():
            return work.task.result()
        work.is_acknowledged = work.is_acknowledged or not work.waiting
        return claim

    async def _in_window(self, arrival: Arrival, claim: Claim, choice: Choice | None, work: _Work) -> Claim:
        windows = self._parts.channel.windows
        windows[arrival.channel_user] += 1
        try:
            decided = await self._decide(arrival, claim, choice, work)
            if decided.reply is not None and work.is_acknowledged:
                await self._claims.give_back(decided)
                decided = replace(decided, reply=None)
        finally:
            windows[arrival.channel_user] -= 1
            if not windows[arrival.channel_user]:
                del windows[arrival.channel_user]
        if decided.reply is not None:
            self._parts.count(arrival.account, "passive")
        else:
            self._later(self._deliver(arrival.channel_user))
        return decided

    # --- what arrived ------------------------------------------------------------------------------------------

    async def _decide(self, arrival: Arrival, claim: Claim, choice: Choice | None, work: _Work) -> Claim:
        if arrival.kind is Kind.SUBSCRIBE:
            async with self._parts.db.write() as connection:
                before = await ledger.welcome(connection, arrival.channel_user)
            return await self._passive.say(claim, word("welcome_back" if before else "welcome"))
        if arrival.kind is Kind.SCAN:
            return await self._passive.say(claim, word("scanned"))
        if arrival.kind is Kind.UNSUBSCRIBE:
            async with self._parts.db.write() as connection:
                await ledger.unfollow(connection, arrival.channel_user)
        if arrival.kind in (Kind.UNSUBSCRIBE, Kind.OTHER):
            return await self._passive.say(claim, None)
        if is_asking(arrival):
            waiting = await self._waiting.of(arrival.channel_user)
            if waiting is None or not waiting.is_for_a_person:
                return await self._show(arrival, claim, waiting, work)
        inbound = await self._inbounds.of(arrival, choice)
        if inbound is None:
            return await self._passive.say(claim, word("unknown_menu"))
        return await self._converse(arrival, claim, inbound, work)

    # --- the conversation --------------------------------------------------------------------------------------

    async def _converse(self, arrival: Arrival, claim: Claim, inbound: Inbound, work: _Work) -> Claim:
        parts = self._parts
        try:
            received = await parts.gateway.accept(inbound)
        except CustomerError as error:
            words = parts.gateway.texts.error(error.code.removeprefix("gateway."))
            return await self._passive.say(claim, words)
        message = received.message
        work.is_stored = True
        if message.processing is not Processing.ANSWERED:
            await parts.gateway.wait_for(message, work.began + parts.passive_s - _now_s())

        async def asked() -> Asked:
            current = await parts.gateway.transcript.message(message.id) or message
            return Asked(message.contact_id, message.seq, current.processing is Processing.ANSWERED)

        return await self._in_time(arrival, claim, work, asked)

    async def _show(self, arrival: Arrival, claim: Claim, waiting: Waiting | None, work: _Work) -> Claim:
        """Give what waits to a customer who asks for it: that is no message, and nobody answers it."""
        if waiting is None:
            return await self._passive.say(claim, word("nothing_waits"))
        work.is_stored = True  # what waits is in the outbox, whatever becomes of this
        if waiting.unanswered is not None:
            left_s = work.began + self._parts.passive_s - _now_s()
            await self._parts.gateway.wait_for(waiting.unanswered, left_s)

        async def asked() -> Asked:
            now = await self._waiting.of(arrival.channel_user) or waiting
            return Asked(now.contact_id, EVERY_SEQ, now.unanswered is None, word("nothing_waits"))

        return await self._in_time(arrival, claim, work, asked)

    async def _in_time(
        self, arrival: Arrival, claim: Claim, work: _Work, asked: Callable[[], Awaitable[Asked]]
    ) -> Claim:
        """Ask until the reply is fixed, or there is no more time for one."""
        parts, deadline, pauses = self._parts, work.began + self._parts.passive_s, _pauses(_AGAIN_S)
        while True:
            now = replace(await asked(), is_last=_now_s() >= deadline)
            decided = await self._passive.decide(claim, now, parts.accounts[arrival.account].can_push)
            if decided is not None:
                if decided.reply is None and not now.is_answered:
                    self._later(parts.channel.typing(arrival.channel_user, True), after_s=_AGAIN_S)
                return decided
            pause_s = _AGAIN_S if now.is_answered else next(pauses)
            await asyncio.sleep(min(pause_s, max(_AGAIN_S, deadline - _now_s())))

    # --- afterwards --------------------------------------------------------------------------------------------

    def replied(self, claim: Claim, settle_s: float) -> None:
        """Note, a moment later, that WeChat has the reply, and send what had to wait for it."""

        async def settle() -> None:
            if await self._claims.settle(claim):
                await self._deliver(claim.channel_user)

        self._later(settle(), after_s=settle_s)

    async def give_back(self, claim: Claim) -> bool:
        """Push what a reply would have said, now that WeChat no longer listens for it; say whether there was anything."""
        is_given_back = await self._claims.give_back(claim)
        if is_given_back:
            self._later(self._deliver(claim.channel_user))
        return is_given_back

    async def _deliver(self, channel_user: str) -> None:
        contact = await self._parts.gateway.directory.contact(NAME, channel_user)
        if contact is not None:
            await self._parts.gateway.delivery.deliver(contact)

    def _later(self, work: Awaitable[None], after_s: float = 0.0) -> None:
        async def wait() -> None:
            try:
                await asyncio.sleep(after_s)
                await work
            except Exception:
                _log.exception("wechat.afterwards_failed")

        task = asyncio.create_task(wait())
        self._settling.add(task)
        task.add_done_callback(self._settling.discard)

    async def stop(self) -> None:
        """Let what is under way end for a moment."""
        under_way = {*(work.task for work in self._working.values() if work.task), *self._settling}
        if under_way:
            await asyncio.wait(under_way, timeout=1.0)
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)


def _now_s() -> float:
    return asyncio.get_running_loop().time()


def _pauses(first_s: float) -> Iterator[float]:
    """Yield growing pauses."""
    pause_s = first_s
    while True:
        yield pause_s
        pause_s = min(pause_s * 1.6, _LONGEST_PAUSE_S)
