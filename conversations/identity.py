"""Proving a number by a one-time code, and how long the proof stays bound to the channel identity."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Any

from sqlalchemy import ColumnElement, delete, func, insert, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from conversations.desk_model import HandoffState
from conversations.desk_tables import handoffs
from conversations.locking import lock_contact_of, lock_name
from conversations.model import ContactId, new_id
from conversations.sealing import Sealer
from conversations.tables import codes, contacts, conversations, identities
from core.clock import Clock
from core.database import Database
from core.errors import CustomerError
from core.ids import ConversationId, Msisdn
from core.settings import Settings

ELDERLY_BAND = "65+"  # who is served first
_H = handoffs.c


class Check(str, Enum):
    """What became of a code that was typed."""

    OK = "ok"
    WRONG = "wrong"
    EXPIRED = "expired"
    LOCKED = "locked"  # too many wrong tries: only a new code helps
    NONE = "none"  # no code was asked for


@dataclass(frozen=True, slots=True)
class CheckResult:
    """A check and how many tries this code has left."""

    check: Check
    tries_left: int = 0

    @property
    def is_ok(self) -> bool:
        return self.check is Check.OK


class Identity:
    """Codes and proven numbers; codes are stored as keyed digests, numbers encrypted."""

    def __init__(self, db: Database, clock: Clock, settings: Settings) -> None:
        self._db, self._clock, self._settings = db, clock, settings
        self._sealer = Sealer(settings.secret)

    async def issue_code(self, conversation_id: ConversationId, msisdn: Msisdn) -> str:
        """Make a six-digit code for a number; an earlier one of the same sender stops working.

        Raises CustomerError("identity.too_many_codes") with `limit` "number" or "sender".
        """
        now, code, code_id = self._clock.now(), f"{secrets.randbelow(1_000_000):06d}", new_id()
        number = self._sealer.digest("number", msisdn)
        most_per_number, most_per_sender = self._settings.codes_an_hour
        async with self._db.write() as connection:
            contact = await lock_contact_of(connection, conversation_id)
            await lock_name(connection, f"code:{number}")
            for limit, owner, most in (
                ("number", codes.c.number_digest == number, most_per_number),
                ("sender", codes.c.contact_id == contact, most_per_sender),
            ):
                if await self._issued_last_hour(connection, owner) >= most:
                    raise CustomerError("identity.too_many_codes", limit=limit)
            await connection.execute(
                update(codes)
                .where(codes.c.contact_id == contact, codes.c.state == "open")
                .values(state="replaced")
            )
            await connection.execute(
                insert(codes).values(
                    id=code_id,
                    contact_id=contact,
                    number_digest=number,
                    number_sealed=self._sealer.seal(msisdn),
                    code_digest=self._sealer.digest("code", code_id, code),
                    state="open",
                    wrong_tries=0,
                    created=now,
                    expires=now + timedelta(seconds=self._settings.code_lifetime_s),
                )
            )
        return code

    async def _issued_last_hour(self, connection: AsyncConnection, owner: ColumnElement[bool]) -> int:
        since = self._clock.now() - timedelta(hours=1)
        count = select(func.count()).select_from(codes).where(owner, codes.c.created > since)
        return int((await connection.execute(count)).scalar_one())

    async def check_code(self, conversation_id: ConversationId, code: str) -> CheckResult:
        """Try a code: OK proves its number and binds it to the channel identity; a wrong one costs a try."""
        now = self._clock.now()
        async with self._db.write() as connection:
            contact = await lock_contact_of(connection, conversation_id)
            newest = select(codes).where(codes.c.contact_id == contact).order_by(codes.c.created.desc())
            row = (await connection.execute(newest.limit(1))).one_or_none()
            if row is None or row.state not in ("open", "locked"):
                return CheckResult(Check.NONE)
            if row.expires <= now:
                return CheckResult(Check.EXPIRED)
            if row.state == "locked":
                return CheckResult(Check.LOCKED)
            if not hmac.compare_digest(row.code_digest, self._sealer.digest("code", row.id, code)):
                return await self._count_wrong_try(connection, row.id, row.wrong_tries + 1)
            await connection.execute(update(codes).where(codes.c.id == row.id).values(state="used"))
            await self._bind(connection, contact, row)
        return CheckResult(Check.OK)

    async def _count_wrong_try(self, connection: AsyncConnection, code_id: str, tries: int) -> CheckResult:
        left = self._settings.code_wrong_tries - tries
        state = "open" if left > 0 else "locked"
        await connection.execute(
            update(codes).where(codes.c.id == code_id).values(wrong_tries=tries, state=state)
        )
        return CheckResult(Check.WRONG, left) if left > 0 else CheckResult(Check.LOCKED)

    async def _bind(self, connection: AsyncConnection, contact: ContactId, code: Row[Any]) -> None:
        now = self._clock.now()
        expires = now + timedelta(seconds=self._settings.identity_lifetime_s)
        await connection.execute(delete(identities).where(identities.c.contact_id == contact))
        await connection.execute(
            insert(identities).values(
                contact_id=contact, number_sealed=code.number_sealed, proven=now, expires=expires
            )
        )
        known = update(contacts).where(contacts.c.id == contact)
        await connection.execute(known.values(person=code.number_digest))

    async def proven_number(self, conversation_id: ConversationId) -> Msisdn | None:
        """Return the number this customer has proven, while the proof lasts."""
        query = (
            select(identities.c.number_sealed)
            .join(conversations, conversations.c.contact_id == identities.c.contact_id)
            .where(conversations.c.id == conversation_id, identities.c.expires > self._clock.now())
        )
        async with self._db.read() as connection:
            sealed = (await connection.execute(query)).scalar_one_or_none()
        return Msisdn(self._sealer.open(sealed)) if sealed is not None else None

    async def age_band(self, conversation_id: ConversationId) -> str:
        """Return how old, roughly, a customer is who has proven a number, while the proof lasts; empty if unknown."""
        query = (
            select(contacts.c.age_band)
            .join(conversations, conversations.c.contact_id == contacts.c.id)
            .join(identities, identities.c.contact_id == contacts.c.id)
            .where(conversations.c.id == conversation_id, identities.c.expires > self._clock.now())
        )
        async with self._db.read() as connection:
            return str((await connection.execute(query)).scalar_one_or_none() or "")

    async def describe(self, conversation_id: ConversationId, region: str, age_band: str) -> None:
        """Keep where and how old a customer is, roughly: what ratings are counted by, and who waits first."""
        async with self._db.write() as connection:
            contact = await lock_contact_of(connection, conversation_id)
            described = update(contacts).where(contacts.c.id == contact)
            await connection.execute(described.values(region=region[:32], age_band=age_band[:16]))
            if age_band == ELDERLY_BAND:
                waiting = (_H.conversation_id == conversation_id, _H.state == HandoffState.WAITING.value)
                await connection.execute(update(handoffs).where(*waiting).values(is_elderly=True))

    async def forget(self, conversation_id: ConversationId) -> None:
        """Take the proof back, and void an open code."""
        async with self._db.write() as connection:
            contact = await lock_contact_of(connection, conversation_id)
            await connection.execute(delete(identities).where(identities.c.contact_id == contact))
            await connection.execute(
                update(codes)
                .where(codes.c.contact_id == contact, codes.c.state == "open")
                .values(state="replaced")
            )
