"""The operator's own offerings in the database: every change is a revision, and an edit names the one it was made on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.engine import Row
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from core.clock import Clock
from core.database import Database
from core.errors import StaffError
from core.offering import Offering
from knowledge_base.content.offerings import read_offerings, written_offerings
from knowledge_base.content.store import Account
from knowledge_base.offering_store.merging import OwnOffering
from knowledge_base.offering_store.tables import offering_revisions, own_offerings

_O, _R = own_offerings.c, offering_revisions.c


@dataclass(frozen=True, slots=True)
class OfferingRevision:
    """One state of an own offering."""

    number: int
    offering: Offering
    deed: str  # created, changed, imported, restored, deleted
    who: str
    at: datetime


class OfferingStore:
    """Reads and writes; one transaction for each verb."""

    def __init__(self, db: Database, clock: Clock, account: Account) -> None:
        self._db, self._clock, self._account = db, clock, account

    async def all(self) -> list[OwnOffering]:
        """Return every own offering, by id."""
        asked = select(own_offerings).where(_O.is_deleted.is_(False)).order_by(_O.id)
        async with self._db.read() as connection:
            return [_own(row) for row in await connection.execute(asked)]

    async def deleted(self) -> list[Offering]:
        """Return what was taken back, by id."""
        asked = select(_O.offering).where(_O.is_deleted).order_by(_O.id)
        async with self._db.read() as connection:
            return [_offering(row.offering) for row in await connection.execute(asked)]

    async def state(self) -> tuple[int, datetime | None]:
        """Return what changes with every change: cheap to ask."""
        asked = select(func.coalesce(func.sum(_O.version), 0), func.max(_O.updated))
        async with self._db.read() as connection:
            total, last = (await connection.execute(asked)).one()
            return int(total), last

    async def one(self, offering_id: str) -> OwnOffering | None:
        """Return an own offering; None where the operator has written nothing about it, or taken it back."""
        async with self._db.read() as connection:
            row = (await connection.execute(_asked(offering_id))).one_or_none()
        return None if row is None or row.is_deleted else _own(row)

    async def save(
        self, offering: Offering, base: Offering | None, version: int, by: str, deed: str = "changed"
    ) -> int:
        """Keep an edit made on a version (0: there is none yet); raise StaffError("offering.taken"). Returns the new version."""
        async with self._db.write() as connection:
            return await self._save(connection, offering, base, version, by, deed)

    async def put_many(
        self, offerings: Sequence[tuple[Offering, Offering | None]], by: str, note: str
    ) -> None:
        """Keep an import, each with the billing system's own at that time; what is there already makes no revision."""
        async with self._db.write() as connection:
            rows = await connection.execute(
                select(own_offerings).where(_O.id.in_([one.id for one, _ in offerings]))
            )
            there = {row.id: row for row in rows}
            count = 0
            for offering, base in offerings:
                row = there.get(offering.id)
                if row is not None and not row.is_deleted and _own(row).offering == offering:
                    continue
                count += 1
                await self._save(
                    connection, offering, base, row.version if row is not None else 0, by, "imported", False
                )
            await self._account(connection, by, "offering.imported", "", {"count": count, "note": note})

    async def remove(self, offering_id: str, version: int, by: str) -> None:
        """Take back what was written about an offering; raise StaffError("offering.taken") or ("offering.unknown")."""
        async with self._db.write() as connection:
            row = (await connection.execute(_asked(offering_id))).one_or_none()
            if row is None or row.is_deleted:
                raise StaffError("offering.unknown", offering_id)
            gone = {"offering": row.offering, "base": row.base}
            await self._revise(connection, offering_id, version, gone, by, "deleted")
            await self._account(
                connection, by, "offering.deleted", offering_id, {"name": row.offering["name"]}
            )

    async def revisions(self, offering_id: str) -> list[OfferingRevision]:
        """Return what was written about an offering, newest first."""
        asked = (
            select(offering_revisions)
            .where(_R.offering_id == offering_id)
            .order_by(_R.number.desc())
            .limit(200)
        )
        async with self._db.read() as connection:
            return [
                OfferingRevision(row.number, _offering(row.offering), row.deed, row.who, row.at)
                for row in await connection.execute(asked)
            ]

    async def _save(
        self, connection: AsyncConnection, offering: Offering, base: Offering | None, version: int, by: str, deed: str, told: bool = True
    ) -> int:  # fmt: skip
        values = {"offering": _plain(offering), "base": _plain(base) if base is not None else None}
        if version == 0:
            first = {
                "id": offering.id,
                "version": 1,
                "is_deleted": False,
                "updated": self._clock.now(),
                "updated_by": by,
            }
            try:
                await connection.execute(insert(own_offerings).values(**first, **values))
            except IntegrityError as error:
                raise StaffError("offering.taken", offering.id) from error
            await self._note(connection, offering.id, 1, values, by, "created" if deed == "changed" else deed)
            number = 1
        else:
            number = await self._revise(connection, offering.id, version, values, by, deed)
        if told:
            detail = {"name": offering.name, "version": number, "price_fen": offering.price_fen}
            await self._account(connection, by, "offering.changed", offering.id, detail)
        return number

    async def _revise(
        self,
        connection: AsyncConnection,
        offering_id: str,
        version: int,
        values: Mapping[str, Any],
        by: str,
        deed: str,
    ) -> int:
        changed = await connection.execute(
            update(own_offerings)
            .where(_O.id == offering_id, _O.version == version)
            .values(
                version=version + 1,
                is_deleted=deed == "deleted",
                updated=self._clock.now(),
                updated_by=by,
                **values,
            )
        )
        if changed.rowcount == 0:
            raise StaffError("offering.taken", offering_id)
        await self._note(connection, offering_id, version + 1, values, by, deed)
        return version + 1

    async def _note(
        self,
        connection: AsyncConnection,
        offering_id: str,
        number: int,
        values: Mapping[str, Any],
        by: str,
        deed: str,
    ) -> None:
        row = {"offering_id": offering_id, "number": number, "deed": deed, "who": by, "at": self._clock.now()}
        await connection.execute(insert(offering_revisions).values(**row, **values))


def _asked(offering_id: str) -> Any:
    return select(own_offerings).where(_O.id == offering_id)


def _plain(offering: Offering) -> dict[str, Any]:
    return written_offerings([offering])[0]


def _offering(entry: Mapping[str, Any]) -> Offering:
    return read_offerings([entry])[0]


def _own(row: Row[Any]) -> OwnOffering:
    base = _offering(row.base) if row.base is not None else None
    return OwnOffering(_offering(row.offering), base, row.version)
