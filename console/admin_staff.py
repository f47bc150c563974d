"""What an administrator does to an account, and all that follows: the audit line, sessions, presence, customers."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from console import desk_views as views
from console import passwords
from console.accounts import Accounts
from console.audit import Audit
from conversations.desk_model import Presence, Role, Skill, StaffId, StaffMember
from conversations.handoffs import Handoffs
from conversations.live import LiveEvents
from conversations.presence import PresenceBook
from conversations.staff import Roster
from core.errors import StaffError

_AT_THE_DESK = frozenset({Role.AGENT, Role.SUPERVISOR, Role.ADMIN})
_ROUTED_BY = frozenset({"roles", "skills", "capacity", "is_active"})  # what routing looks at


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be different; None: as it is."""

    name: str | None = None
    roles: frozenset[Role] | None = None
    skills: frozenset[Skill] | None = None
    capacity: int | None = None
    is_active: bool | None = None


@dataclass(frozen=True, slots=True)
class StaffOffice:
    """Hires, changes, and lets go."""

    roster: Roster
    accounts: Accounts
    audit: Audit
    handoffs: Handoffs
    presence: PresenceBook
    live: LiveEvents

    async def add(
        self,
        by: StaffMember,
        login: str,
        name: str,
        roles: Collection[Role],
        skills: Collection[Skill],
        capacity: int,
    ) -> tuple[StaffMember, str]:
        """Add somebody; return them and the one-time password, which is stored nowhere in the clear.

        Raises StaffError "staff.login_taken", "staff.invalid".
        """
        password = passwords.one_time()
        stored = await passwords.hashed(password)
        async with self.audit.together():
            added = await self.roster.add(login, name, roles, skills, capacity)
            await self.accounts.keep_password(added.id, stored, must_change=True)
            detail = {**views.member(added)}
            del detail["id"], detail["is_active"]
            await self.audit.record(by.id, "staff.added", added.id, detail)
        return added, password

    async def change(self, by: StaffMember, staff_id: StaffId, wanted: Wanted) -> StaffMember:
        """Change somebody; raise StaffError "staff.unknown", "staff.invalid", "staff.own_role", "staff.last_admin".

        Other roles, or none any more, end their sessions; who may no longer be at the desk goes offline and their
        customers go back to the queue. Asking for what already is does only the latter, in case it was cut short.
        """
        if by.id == staff_id:
            _keep_own_keys(wanted)
        async with self.audit.together():
            before, after = await self.roster.change(
                staff_id,
                name=wanted.name,
                roles=wanted.roles,
                skills=wanted.skills,
                capacity=wanted.capacity,
                is_active=wanted.is_active,
            )
            changes = changes_between(before, after)
            if changes:
                await self.audit.record(by.id, "staff.changed", staff_id, changes)
            if "roles" in changes or not after.is_active:
                await self.accounts.end_sessions(staff_id)
        if not (after.is_active and after.roles & _AT_THE_DESK):
            await self._send_home(by, staff_id)
        if _ROUTED_BY & set(changes):
            self.live.publish("presence.changed", staff_id, {})
        return after

    async def reset(self, by: StaffMember, staff_id: StaffId) -> str:
        """Give somebody a new one-time password; raise StaffError("staff.unknown")."""
        member = await self.roster.get(staff_id)
        return await self.accounts.reset(member.id, by.id)

    async def _send_home(self, by: StaffMember, staff_id: StaffId) -> None:
        """Put somebody offline first, so that nothing new comes to them, and then their customers in the queue."""
        if (now := (await self.presence.now()).get(staff_id)) and now.presence is not Presence.OFFLINE:
            await self.presence.set(staff_id, Presence.OFFLINE, set_by=by.id)
        await self.handoffs.give_back_of(staff_id)


def changes_between(before: StaffMember, after: StaffMember) -> dict[str, list[Any]]:
    """Return what differs, each as ``[was, is]``."""
    was, now = views.member(before), views.member(after)
    return {field: [was[field], now[field]] for field in was if was[field] != now[field]}


def _keep_own_keys(wanted: Wanted) -> None:
    """Refuse that somebody locks themselves out, and perhaps everybody with them."""
    loses_admin = wanted.roles is not None and Role.ADMIN not in wanted.roles
    if loses_admin or wanted.is_active is False:
        raise StaffError("staff.own_role")
