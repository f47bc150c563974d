"""Access tokens: one for each account, kept in the database, got anew by one process at a time before they expire."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, or_, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.wechat.accounts import Account
from bot.channels.wechat.tables import tokens
from bot.channels.wechat.transport import Transport
from conversations.locking import lock_name
from conversations.sealing import Sealer
from core import log
from core.clock import Clock
from core.database import Database
from core.errors import UpstreamMalformed, UpstreamUnavailable

_log = log.get(__name__)
_T = tokens.c
_EARLY = timedelta(minutes=5)  # before it expires a new one is fetched; both work for these minutes
_REFRESH_LASTS = timedelta(seconds=15)  # then another process may try
_FORCE_EVERY = timedelta(seconds=31)  # WeChat forces at most every 30 s, 20 times a day
_LOOK_EVERY_S = 0.1
_WAIT_S = 10.0


class Tokens:
    """The token of one account, shared by all processes; `owner` is this one."""

    def __init__(
        self, db: Database, clock: Clock, secret: str, account: Account, transport: Transport, owner: str
    ) -> None:
        self._db, self._clock, self._sealer = db, clock, Sealer(secret)
        self._account, self._transport, self._owner = account, transport, owner
        self._known: tuple[str, datetime] | None = None  # the token and when it expires
        self._lock = asyncio.Lock()
        self._early: asyncio.Task[None] | None = None

    async def current(self) -> str:
        """Return a token that is good for some time; raise UpstreamError when none can be had."""
        now = self._clock.now()
        if self._known is None or self._known[1] <= now:
            async with self._lock:
                self._known = await self._stored()
                if self._known is None or self._known[1] <= now:
                    await self._refresh(refused=None)
        token, expires = self._known or ("", now)
        if expires - _EARLY <= now and (self._early is None or self._early.done()):
            self._early = asyncio.create_task(self._renew(token))
        return token

    async def heal(self, refused: str) -> str:
        """Return another token than the one WeChat refused."""
        async with self._lock:
            self._known = await self._stored()
            if self._known is None or self._known[0] == refused:
                await self._refresh(refused)
        return self._known[0] if self._known is not None else ""

    async def close(self) -> None:
        """Stop what is under way."""
        if self._early is not None:
            self._early.cancel()
            await asyncio.gather(self._early, return_exceptions=True)

    async def _renew(self, token: str) -> None:
        """Get a new token while the old one still works; who fails leaves it to the next call."""
        try:
            async with self._lock:
                self._known = await self._stored() or self._known
                if self._known is None or self._known[0] == token:
                    await self._refresh(refused=None)
        except Exception as error:
            _log.warning("wechat.token_not_renewed", account=self._account.name, reason=type(error).__name__)

    async def _refresh(self, refused: str | None) -> None:
        """Fetch a token, or wait for the process that does."""
        give_up = asyncio.get_running_loop().time() + _WAIT_S
        while True:
            is_mine, may_force = await self._begin()
            if is_mine:
                break
            if asyncio.get_running_loop().time() > give_up:
                raise UpstreamUnavailable("wechat.no_token", "another process is getting one")
            await asyncio.sleep(_LOOK_EVERY_S)
            found = await self._stored()
            if found is not None and found[0] != refused and found[1] > self._clock.now():
                self._known = found
                return
        try:
            found = await self._stored()  # fetched by another process just before it was our turn
            if found is not None and found[0] != refused and found[1] - _EARLY > self._clock.now():
                await self._end({})
                self._known = found
                return
            token, expires = await self._fetch(force=False)
            is_forced = token == refused and may_force
            if is_forced:
                token, expires = await self._fetch(force=True)
        except BaseException:
            await self._end({})
            raise
        values: dict[str, Any] = {"sealed": self._sealer.seal(token), "expires": expires}
        await self._end(values | ({"forced": self._clock.now()} if is_forced else {}))
        self._known = token, expires
        _log.info("wechat.token_fetched", account=self._account.name, is_forced=is_forced)

    async def _fetch(self, force: bool) -> tuple[str, datetime]:
        body = {
            "grant_type": "client_credential",
            "appid": self._account.app_id,
            "secret": self._account.app_secret,
            "force_refresh": force,
        }
        asked = self._clock.now()
        answer = await self._transport.post("/cgi-bin/stable_token", body)
        token, lasts_s = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(token, str) or not token or not isinstance(lasts_s, int) or lasts_s <= 0:
            raise UpstreamMalformed("wechat.malformed", "stable_token gave no token")
        return token, asked + timedelta(seconds=lasts_s)

    # --- the row -----------------------------------------------------------------------------------------------

    async def _stored(self) -> tuple[str, datetime] | None:
        async with self._db.read() as connection:
            row = await self._row(connection)
        if row is None or row.sealed is None or row.expires is None:
            return None
        return self._sealer.open(row.sealed), row.expires

    async def _row(self, connection: AsyncConnection) -> Row[Any] | None:
        found = await connection.execute(select(tokens).where(_T.account == self._account.name))
        return found.one_or_none()

    async def _begin(self) -> tuple[bool, bool]:
        """Take the right to fetch; return whether it is ours, and whether a new token may be forced."""
        now, name = self._clock.now(), self._account.name
        async with self._db.write() as connection:
            await lock_name(connection, f"wechat_token:{name}")
            row = await self._row(connection)
            if row is None:
                await connection.execute(insert(tokens).values(account=name))
            taken = await connection.execute(
                update(tokens)
                .where(_T.account == name, or_(_T.refreshed_by.is_(None), _T.refresh_until <= now))
                .values(refreshed_by=self._owner, refresh_until=now + _REFRESH_LASTS)
            )
        may_force = row is None or row.forced is None or row.forced + _FORCE_EVERY <= now
        return taken.rowcount == 1, may_force

    async def _end(self, values: dict[str, Any]) -> None:
        async with self._db.write() as connection:
            await connection.execute(
                update(tokens)
                .where(_T.account == self._account.name, _T.refreshed_by == self._owner)
                .values(refreshed_by=None, refresh_until=None, **values)
            )
