"""Canned replies: texts agents send often, found by a shortcut, with fields that are filled in when one is used."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.engine import Row

from conversations.desk_model import Skill
from conversations.desk_tables import canned_replies
from conversations.locking import lock_name
from conversations.model import new_id
from core.clock import Clock
from core.database import Database
from core.errors import StaffError

FIELDS = frozenset({"customer", "agent", "plan"})
_FIELD = re.compile(r"\{(\w+)\}")
_SHORTCUT = re.compile(r"[\w-]{1,20}")
_MOST_CHARS = 1_000
_C = canned_replies.c


@dataclass(frozen=True, slots=True)
class CannedReply:
    """One text; `skill` is None for everybody's."""

    id: str
    shortcut: str
    title: str
    text: str
    skill: Skill | None
    uses: int


class CannedReplies:
    """The texts of all skills."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock

    async def all(self, skills: frozenset[Skill] | None = None) -> list[CannedReply]:
        """Return the texts, most used first; with `skills` only theirs and everybody's."""
        query = select(canned_replies).order_by(_C.uses.desc(), _C.shortcut)
        if skills is not None:
            query = query.where(or_(_C.skill.is_(None), _C.skill.in_([skill.value for skill in skills])))
        async with self._db.read() as connection:
            return [_from(row) for row in await connection.execute(query)]

    async def save(
        self, shortcut: str, title: str, text: str, skill: Skill | None, reply_id: str | None = None
    ) -> CannedReply:
        """Add a text, or change one; raise StaffError "canned.invalid", "canned.taken", "canned.unknown"."""
        shortcut, title, text = shortcut.strip().lower(), title.strip(), text.strip()
        _check(shortcut, title, text)
        values = {
            "shortcut": shortcut,
            "title": title,
            "text": text,
            "skill": skill.value if skill else None,
            "updated": self._clock.now(),
        }
        async with self._db.write() as connection:
            await lock_name(connection, "canned_replies")
            same = select(_C.id).where(_C.shortcut == shortcut)
            taken = (await connection.execute(same)).scalar_one_or_none()
            if taken is not None and taken != reply_id:
                raise StaffError("canned.taken", shortcut, shortcut=shortcut)
            written = await connection.execute(
                insert(canned_replies).values(id=new_id(), uses=0, **values).returning(*canned_replies.c)
                if reply_id is None
                else update(canned_replies)
                .where(_C.id == reply_id)
                .values(**values)
                .returning(*canned_replies.c)
            )
            row = written.one_or_none()
        if row is None:
            raise StaffError("canned.unknown", str(reply_id))
        return _from(row)

    async def remove(self, reply_id: str) -> None:
        """Remove a text; raise StaffError("canned.unknown")."""
        async with self._db.write() as connection:
            done = await connection.execute(delete(canned_replies).where(_C.id == reply_id))
        if done.rowcount == 0:
            raise StaffError("canned.unknown", reply_id)

    async def count_use(self, reply_id: str) -> None:
        """Note that an agent has sent a text."""
        async with self._db.write() as connection:
            await connection.execute(update(canned_replies).where(_C.id == reply_id).values(uses=_C.uses + 1))

    async def seed(self, replies: Mapping[str, tuple[str, str]]) -> None:
        """Put in a first set (shortcut: title, text) where there is none at all."""
        if await self.all():
            return
        for shortcut, (title, text) in replies.items():
            try:
                await self.save(shortcut, title, text, None)
            except StaffError:  # another process was quicker
                continue


def filled(text: str, values: Mapping[str, str]) -> str:
    """Fill in the fields that are known; one that is not is left for the agent to see."""
    return _FIELD.sub(lambda hit: values.get(hit[1]) or hit[0], text)


def _check(shortcut: str, title: str, text: str) -> None:
    problems = {
        "shortcut": _SHORTCUT.fullmatch(shortcut) is None,
        "title": not 1 <= len(title) <= 40,
        "text": not 1 <= len(text) <= _MOST_CHARS or not set(_FIELD.findall(text)) <= FIELDS,
    }
    for field, is_wrong in problems.items():
        if is_wrong:
            raise StaffError("canned.invalid", field, field=field)


def _from(row: Row[Any]) -> CannedReply:
    skill = Skill(row.skill) if row.skill else None
    return CannedReply(row.id, row.shortcut, row.title, row.text, skill, row.uses)
