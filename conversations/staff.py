"""The roster: who works here, with which roles, skills and capacity. How they sign in is the console's."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Row

from conversations.desk_model import Role, Skill, StaffId, StaffMember
from conversations.desk_tables import staff
from conversations.locking import lock_name
from conversations.model import new_id
from core.clock import Clock
from core.database import Database
from core.errors import StaffError

_MOST_AT_ONCE = 50


class Roster:
    """Everybody who may sign in; nobody is ever deleted, so that old messages keep their author."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock

    async def add(
        self,
        login: str,
        name: str,
        roles: Collection[Role],
        skills: Collection[Skill] = (),
        capacity: int = 5,
    ) -> StaffMember:
        """Add somebody; raise StaffError "staff.login_taken", "staff.invalid"."""
        login, name = login.strip().lower(), name.strip()
        _check(login, name, roles, capacity)
        async with self._db.write() as connection:
            await lock_name(connection, f"staff:{login}")
            taken = await connection.execute(select(staff.c.id).where(staff.c.login == login))
            if taken.first() is not None:
                raise StaffError("staff.login_taken", login)
            added = await connection.execute(
                insert(staff)
                .values(
                    id=new_id(),
                    login=login,
                    name=name,
                    roles=sorted(role.value for role in roles),
                    skills=sorted(skill.value for skill in skills),
                    capacity=capacity,
                    is_active=True,
                    created=self._clock.now(),
                )
                .returning(*staff.c)
            )
            return member_from(added.one())

    async def change(
        self,
        staff_id: StaffId,
        *,
        name: str | None = None,
        roles: Collection[Role] | None = None,
        skills: Collection[Skill] | None = None,
        capacity: int | None = None,
        is_active: bool | None = None,
    ) -> tuple[StaffMember, StaffMember]:
        """Change what is given; return how somebody was and is.

        Raises StaffError "staff.unknown", "staff.invalid", and "staff.last_admin" where no administrator would be left.
        """
        values: dict[str, object] = {
            "name": None if name is None else name.strip(),
            "roles": None if roles is None else sorted(role.value for role in roles),
            "skills": None if skills is None else sorted(skill.value for skill in skills),
            "capacity": capacity,
            "is_active": is_active,
        }
        given = {key: value for key, value in values.items() if value is not None}
        async with self._db.write() as connection:
            await lock_name(
                connection, "staff"
            )  # one change at a time: each sees what the one before has left
            row = (await connection.execute(select(staff).where(staff.c.id == staff_id))).one_or_none()
            if row is None:
                raise StaffError("staff.unknown", staff_id)
            before = after = member_from(row)
            _check(
                before.login,
                before.name if name is None else name.strip(),
                before.roles if roles is None else roles,
                before.capacity if capacity is None else capacity,
            )
            if given:
                changed = update(staff).where(staff.c.id == staff_id).values(**given).returning(*staff.c)
                after = member_from((await connection.execute(changed)).one())
            if _is_admin(before) and not _is_admin(after):
                rest = await connection.execute(select(staff).where(staff.c.is_active))
                if not any(_is_admin(member_from(other)) for other in rest):
                    raise StaffError("staff.last_admin", staff_id)
            return before, after

    async def get(self, staff_id: StaffId) -> StaffMember:
        """Return somebody; raise StaffError("staff.unknown")."""
        return await self._one(staff.c.id == staff_id, staff_id)

    async def by_login(self, login: str) -> StaffMember:
        """Return who signs in under a name; raise StaffError("staff.unknown")."""
        return await self._one(staff.c.login == login.strip().lower(), login)

    async def names(self) -> dict[str, str]:
        """Return everybody's name by their id, of those who have left too."""
        return {str(member.id): member.name for member in await self.all()}

    async def all(self) -> list[StaffMember]:
        """Return everybody, by login."""
        async with self._db.read() as connection:
            return [
                member_from(row) for row in await connection.execute(select(staff).order_by(staff.c.login))
            ]

    async def _one(self, condition: Any, named: str) -> StaffMember:
        async with self._db.read() as connection:
            row = (await connection.execute(select(staff).where(condition))).one_or_none()
        if row is None:
            raise StaffError("staff.unknown", named)
        return member_from(row)


def member_from(row: Row[Any]) -> StaffMember:
    """Read a row of `staff`."""
    return StaffMember(
        id=StaffId(row.id),
        login=row.login,
        name=row.name,
        roles=frozenset(Role(role) for role in row.roles),
        skills=frozenset(Skill(skill) for skill in row.skills),
        capacity=row.capacity,
        is_active=row.is_active,
    )


def _is_admin(member: StaffMember) -> bool:
    return member.is_active and Role.ADMIN in member.roles


def _check(login: str, name: str, roles: Collection[Role], capacity: int) -> None:
    problems = {
        "login": not 2 <= len(login) <= 64 or not login.isprintable() or " " in login,
        "name": not 1 <= len(name) <= 40,
        "roles": not roles,
        "capacity": not 1 <= capacity <= _MOST_AT_ONCE,
    }
    for field, is_wrong in problems.items():
        if is_wrong:
            raise StaffError("staff.invalid", field, field=field)
