"""Signing in: sessions on the server, lockout, one-time passwords.

The browser holds a random token, the database its SHA-256 alone. Every sign-in makes a new token, so a session that
somebody planted beforehand (fixation) is worth nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, func, insert, select, update

from console import passwords
from console.audit import Audit
from console.tables import credentials, failed_sign_ins, staff_sessions
from conversations.desk_model import Role, Skill, StaffId, StaffMember
from conversations.desk_tables import staff
from conversations.model import new_id
from conversations.staff import Roster, member_from
from core.clock import Clock
from core.database import Database
from core.errors import NotAllowed, StaffError
from core.settings import Settings

IDLE, LONGEST = timedelta(minutes=30), timedelta(hours=12)
_WINDOW = timedelta(minutes=15)
_WRONG_PER_LOGIN, _WRONG_PER_ADDRESS = 5, 50
_SEEN_EVERY = timedelta(minutes=1)  # how often a session in use is written


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody signed in; `token` is known only at the sign-in itself."""

    staff: StaffMember
    csrf: str
    must_change_password: bool
    token: str = ""


class Accounts:
    """Everybody's credentials and sessions."""

    def __init__(self, db: Database, clock: Clock, settings: Settings, roster: Roster, audit: Audit) -> None:
        self._db, self._clock, self._settings = db, clock, settings
        self._roster, self._audit = roster, audit

    async def sign_in(self, login: str, password: str, address: str) -> Session:
        """Begin a session; raise NotAllowed "login.wrong" or "login.locked"."""
        login = login.strip().lower()[:64]
        if await self._is_locked(login, address):
            await self._audit.record("", "login.locked", login, {"address": address})
            raise NotAllowed("login.locked", login, minutes=int(_WINDOW.total_seconds() // 60))
        async with self._db.read() as connection:
            found = await connection.execute(
                select(staff, credentials.c.password_hash, credentials.c.must_change)
                .select_from(staff.join(credentials, credentials.c.staff_id == staff.c.id))
                .where(staff.c.login == login)
            )
            row = found.one_or_none()
        is_right = await passwords.is_right(row.password_hash if row is not None else None, password)
        if row is None or not is_right or not row.is_active:
            await self._note_failure(login, address)
            raise NotAllowed("login.wrong", login)
        return await self._begin(member_from(row), bool(row.must_change), address)

    async def sign_out(self, token: str) -> None:
        """End a session."""
        async with self._db.write() as connection:
            await connection.execute(
                delete(staff_sessions).where(staff_sessions.c.token_sha256 == _digest(token))
            )

    async def session(self, token: str | None) -> Session | None:
        """Return the session of a cookie; None when there is none, it has expired, or its owner was put out."""
        if not token:
            return None
        now, digest = self._clock.now(), _digest(token)
        async with self._db.read() as connection:
            found = await connection.execute(
                select(staff, staff_sessions.c.csrf, staff_sessions.c.created.label("began"), staff_sessions.c.seen,
                       credentials.c.must_change)
                .select_from(
                    staff_sessions.join(staff, staff.c.id == staff_sessions.c.staff_id).join(
                        credentials, credentials.c.staff_id == staff.c.id
                    )
                )
                .where(staff_sessions.c.token_sha256 == digest)
            )  # fmt: skip
            row = found.one_or_none()
        if row is None or not row.is_active or now - row.seen >= IDLE or now - row.began >= LONGEST:
            return None
        if now - row.seen >= _SEEN_EVERY:
            async with self._db.write() as connection:
                await connection.execute(
                    update(staff_sessions).where(staff_sessions.c.token_sha256 == digest).values(seen=now)
                )
        return Session(member_from(row), row.csrf, bool(row.must_change))

    async def by_staff_token(self, token: str) -> StaffMember | None:
        """Return who the command line acts as: the settings' staff token stands for an administrator."""
        expected = self._settings.staff_secret
        if not expected or not hmac.compare_digest(token.encode(), expected.encode()):
            return None
        everybody = await self._roster.all()
        return next((m for m in everybody if m.is_active and Role.ADMIN in m.roles), None)

    async def set_password(self, staff_id: StaffId, old: str, new: str) -> None:
        """Change one's own password; every session ends. Raises NotAllowed("login.wrong"), StaffError("password.weak")."""
        async with self._db.read() as connection:
            stored = await connection.execute(
                select(credentials.c.password_hash).where(credentials.c.staff_id == staff_id)
            )
            known = stored.scalar_one_or_none()
        if not await passwords.is_right(known, old):
            raise NotAllowed("login.wrong", staff_id)
        if old == new:
            raise StaffError("password.same")
        wanted = await passwords.hashed(new)
        async with self._audit.together():
            await self.keep_password(staff_id, wanted, must_change=False)
            await self._audit.record(staff_id, "password.changed", staff_id)

    async def give_password(self, staff_id: StaffId, password: str, must_change: bool = False) -> None:
        """Set somebody's first password."""
        await self.keep_password(staff_id, await passwords.hashed(password), must_change)

    async def reset(self, staff_id: StaffId, by: str) -> str:
        """Give somebody a one-time password and return it; every session of theirs ends, and so does a lockout."""
        password = passwords.one_time()
        stored = await passwords.hashed(password)
        async with self._audit.together() as connection:
            await self.keep_password(staff_id, stored, must_change=True)
            login = select(staff.c.login).where(staff.c.id == staff_id).scalar_subquery()
            await connection.execute(delete(failed_sign_ins).where(failed_sign_ins.c.login == login))
            await self._audit.record(by, "password.reset", staff_id)
        return password

    async def end_sessions(self, staff_id: StaffId) -> None:
        """Sign somebody out everywhere (after a change of roles)."""
        async with self._db.write() as connection:
            await connection.execute(delete(staff_sessions).where(staff_sessions.c.staff_id == staff_id))

    async def _begin(self, member: StaffMember, must_change: bool, address: str) -> Session:
        token, csrf, now = secrets.token_urlsafe(32), secrets.token_urlsafe(24), self._clock.now()
        async with self._db.write() as connection:
            await connection.execute(delete(staff_sessions).where(staff_sessions.c.created <= now - LONGEST))
            await connection.execute(
                insert(staff_sessions).values(
                    token_sha256=_digest(token), staff_id=member.id, csrf=csrf, created=now, seen=now
                )
            )
            await connection.execute(delete(failed_sign_ins).where(failed_sign_ins.c.login == member.login))
            await self._audit.record(member.id, "login.succeeded", member.login, {"address": address})
        return Session(member, csrf, must_change, token)

    async def _is_locked(self, login: str, address: str) -> bool:
        since = self._clock.now() - _WINDOW
        async with self._db.read() as connection:
            for column, value, most in (
                (failed_sign_ins.c.login, login, _WRONG_PER_LOGIN),
                (failed_sign_ins.c.address, address, _WRONG_PER_ADDRESS),
            ):
                counted = await connection.execute(
                    select(func.count())
                    .select_from(failed_sign_ins)
                    .where(column == value, failed_sign_ins.c.at > since)
                )
                if counted.scalar_one() >= most:
                    return True
        return False

    async def _note_failure(self, login: str, address: str) -> None:
        now = self._clock.now()
        async with self._db.write() as connection:
            await connection.execute(delete(failed_sign_ins).where(failed_sign_ins.c.at <= now - _WINDOW))
            await connection.execute(
                insert(failed_sign_ins).values(id=new_id(), login=login, address=address[:64], at=now)
            )
        await self._audit.record("", "login.failed", login, {"address": address})

    async def keep_password(self, staff_id: StaffId, password_hash: str, must_change: bool) -> None:
        """Store a password that has been hashed (outside the transaction: it takes a while); every session ends."""
        values = {"password_hash": password_hash, "must_change": must_change, "updated": self._clock.now()}
        async with self._db.write() as connection:
            changed = await connection.execute(
                update(credentials).where(credentials.c.staff_id == staff_id).values(**values)
            )
            if changed.rowcount == 0:
                await connection.execute(insert(credentials).values(staff_id=staff_id, **values))
            await connection.execute(delete(staff_sessions).where(staff_sessions.c.staff_id == staff_id))


SANDBOX_PASSWORD = "tongda-sandbox"  # noqa: S105 - public on purpose: these accounts exist in the sandbox alone
_EVERY_SKILL = tuple(Skill)
SANDBOX_STAFF: tuple[tuple[str, str, tuple[Role, ...], tuple[Skill, ...]], ...] = (
    ("admin", "周敏", (Role.ADMIN, Role.SUPERVISOR, Role.OPERATOR, Role.REVIEWER), ()),
    ("agent1", "小林", (Role.AGENT,), (Skill.BILLING, Skill.PLANS)),
    ("agent2", "小陈", (Role.AGENT,), (Skill.FAULTS, Skill.COMPLAINTS, Skill.BILLING)),
    ("supervisor", "王班长", (Role.SUPERVISOR, Role.AGENT), _EVERY_SKILL),
    ("operator", "李运营", (Role.OPERATOR,), ()),
    ("reviewer", "赵审核", (Role.REVIEWER,), ()),
)


async def ensure_sandbox_staff(roster: Roster, accounts: Accounts) -> None:
    """Make the sandbox's accounts where there are none yet; several processes may do it together."""
    known = {member.login for member in await roster.all()}
    for login, name, roles, skills in SANDBOX_STAFF:
        if login not in known:
            try:
                member = await roster.add(login, name, roles, skills)
            except StaffError:  # another process was quicker
                continue
            await accounts.give_password(member.id, SANDBOX_PASSWORD)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
