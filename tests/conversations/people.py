"""Members of staff for the tests, straight in their table."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert

from conversations.desk_model import Role, Skill, StaffId, StaffMember
from conversations.desk_tables import staff
from core.database import Database


async def hire(
    db: Database,
    at: datetime,
    login: str,
    *skills: Skill,
    capacity: int = 3,
    roles: frozenset[Role] = frozenset({Role.AGENT}),
) -> StaffMember:
    """Add a member of staff; without skills they have that of bills."""
    member = StaffMember(
        id=StaffId(f"{login:0>32}"),
        login=login,
        name=f"客服{login}",
        roles=roles,
        skills=frozenset(skills or (Skill.BILLING,)),
        capacity=capacity,
    )
    async with db.write() as connection:
        await connection.execute(
            insert(staff).values(
                id=member.id,
                login=login,
                name=member.name,
                roles=sorted(role.value for role in roles),
                skills=sorted(skill.value for skill in member.skills),
                capacity=capacity,
                is_active=True,
                created=at,
            )
        )
    return member
