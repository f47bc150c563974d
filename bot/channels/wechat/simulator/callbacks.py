"""Delivering callbacks: five seconds a try, three tries in all, one message id, and what the phone shows of the answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from enum import Enum

import httpx

from bot.channels.wechat.simulator.account import Account
from bot.channels.wechat.simulator.envelope import MalformedReply, Reply, greeting, opened, sealed
from bot.channels.wechat.simulator.faults import FaultKind, Faults
from bot.channels.wechat.simulator.media import Media
from bot.channels.wechat.simulator.phones import Phones
from bot.channels.wechat.simulator.store import Store
from bot.channels.wechat.simulator.words import UNAVAILABLE
from core import log

TRIES = 3
TRY_S = 5.0
_log = log.get(__name__)


class Outcome(str, Enum):
    """How one try ended."""

    REPLIED = "replied"  # with a passive reply
    ACKNOWLEDGED = "acknowledged"  # with `success` or nothing
    TIMED_OUT = "timed_out"
    REFUSED = "refused"  # answered another status than 200
    UNREACHABLE = "unreachable"
    MALFORMED = "malformed"
    DROPPED = "dropped"  # answered, and lost on the way as a fault asked

    @property
    def is_final(self) -> bool:
        """Whether WeChat tries no more."""
        return self in (Outcome.REPLIED, Outcome.ACKNOWLEDGED, Outcome.MALFORMED)


@dataclass
class Callback:
    """One message or event on its way to the service; `name` is what the service knows it by."""

    openid: str
    name: str
    fields: Mapping[str, str | int]
    shown: list[Reply] = field(default_factory=list)


class Callbacks:
    """Sends callbacks and puts what comes back on the phones."""

    def __init__(
        self,
        store: Store,
        phones: Phones,
        media: Media,
        faults: Faults,
        account: Account,
        try_s: float = TRY_S,
    ) -> None:
        self._store, self._phones, self._media, self._faults = store, phones, media, faults
        self.account, self._try_s = account, try_s
        self._tasks: set[asyncio.Task[None]] = set()
        self._client: httpx.AsyncClient | None = None

    async def start(self) -> None:
        """Open the client: a new connection for each try, as many as there are."""
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
        self._client = httpx.AsyncClient(timeout=self._try_s + 1, limits=limits, trust_env=False)

    async def stop(self) -> None:
        """Give up what is on its way."""
        self.forget()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()

    def forget(self) -> None:
        """Deliver nothing of what is still on its way."""
        for task in tuple(self._tasks):
            task.cancel()

    @property
    def pending(self) -> int:
        """How many callbacks are on their way."""
        return len(self._tasks)

    def send(self, callback: Callback) -> None:
        """Start delivering; returns at once."""
        self._spawn(self._deliver(callback, 0))
        if self._faults.take(FaultKind.DUPLICATE, openid=callback.openid) is not None:
            self._spawn(self._deliver(callback, 1))

    async def verify(self) -> bool:
        """Ask the server for the echo, as WeChat's console does when its address is entered."""
        assert self._client is not None
        query = greeting(self.account)
        try:
            answer = await self._client.get(self.account.callback_url, params=query)
        except httpx.HTTPError:
            return False
        return answer.status_code == 200 and answer.text == query["echostr"]

    def _spawn(self, doing: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(doing)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, callback: Callback, copy: int) -> None:
        held = self._faults.take(FaultKind.HOLD, openid=callback.openid)
        if held is not None:
            await asyncio.sleep(held.delay_s)
        for attempt in range(1, TRIES + 1):
            began = time.monotonic()
            outcome, detail = await self._try(callback)
            took_s = time.monotonic() - began
            self._store.run(
                "INSERT INTO delivery (openid, message, attempt, copy, at, duration_ms, outcome, detail) VALUES (?,?,?,?,?,?,?,?)",
                callback.openid, callback.name, attempt, copy, time.time() - took_s, round(took_s * 1000, 1),
                outcome.value, detail,
            )  # fmt: skip
            if outcome is Outcome.MALFORMED:
                self._phones.show(callback.openid, "wechat", "notice", text=UNAVAILABLE, msg_id=callback.name)
            if outcome.is_final:
                return
            _log.info(
                "callback.failed",
                message=callback.name,
                attempt=attempt,
                outcome=outcome.value,
                detail=detail,
            )
            await asyncio.sleep(max(0.0, self._try_s - took_s))
        if copy == 0:
            self._phones.show(callback.openid, "wechat", "notice", text=UNAVAILABLE, msg_id=callback.name)

    async def _try(self, callback: Callback) -> tuple[Outcome, str]:
        assert self._client is not None
        query, body = sealed(self.account, callback.fields)
        try:
            async with asyncio.timeout(self._try_s):
                answer = await self._client.post(
                    self.account.callback_url,
                    params=query,
                    content=body,
                    headers={"Content-Type": "text/xml"},
                )
        except TimeoutError:
            return Outcome.TIMED_OUT, ""
        except httpx.HTTPError as error:
            return Outcome.UNREACHABLE, type(error).__name__
        if answer.status_code != 200:
            return Outcome.REFUSED, str(answer.status_code)
        if self._faults.take(FaultKind.DROP_REPLY, openid=callback.openid) is not None:
            return Outcome.DROPPED, ""
        return self._take(callback, answer.content)

    def _take(self, callback: Callback, body: bytes) -> tuple[Outcome, str]:
        try:
            reply = opened(self.account, callback.openid, body)
        except MalformedReply as error:
            _log.warning("reply.malformed", message=callback.name, why=str(error))
            return Outcome.MALFORMED, str(error)
        if reply is None:
            return Outcome.ACKNOWLEDGED, ""
        if reply not in callback.shown:  # the answer to a second copy of the callback is the same answer
            callback.shown.append(reply)
            shown = self._media.with_picture(reply.shown)
            self._phones.show(
                callback.openid, "account", reply.kind, via="passive", reply_to=callback.name, **shown
            )
        return Outcome.REPLIED, ""
