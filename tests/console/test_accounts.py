"""Accounts: sessions and their end, lockout, one-time passwords, and what the audit log says of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from console.accounts import IDLE, LONGEST, SANDBOX_PASSWORD, SANDBOX_STAFF, ensure_sandbox_staff
from console.tables import credentials, failed_sign_ins, staff_sessions
from conversations.desk_model import Role
from conversations.model import new_id
from core.clock import FixedClock
from core.database import Database
from core.errors import NotAllowed, StaffError
from tests.console.conftest import PASSWORD, Books

HERE = "10.0.0.1"


async def _refused(books: Books, login: str, password: str = "wrong", address: str = HERE) -> str:
    with pytest.raises(NotAllowed) as refusal:
        await books.accounts.sign_in(login, password, address)
    return refusal.value.code


async def test_session_ends_when_nobody_uses_it(books: Books, clock: FixedClock) -> None:
    await books.hire("lin")
    token = (await books.accounts.sign_in("lin", PASSWORD, HERE)).token
    for _ in range(3):
        clock.advance(IDLE - timedelta(minutes=1))
        assert await books.accounts.session(token) is not None
    clock.advance(IDLE)
    assert await books.accounts.session(token) is None


async def test_session_in_use_ends_with_the_day(books: Books, clock: FixedClock) -> None:
    await books.hire("lin")
    token = (await books.accounts.sign_in("lin", PASSWORD, HERE)).token
    lived = timedelta()
    while await books.accounts.session(token) is not None:
        clock.advance(timedelta(minutes=20))
        lived += timedelta(minutes=20)
    assert lived == LONGEST


async def test_neither_token_nor_password_is_stored(books: Books, database: Database) -> None:
    member = await books.hire("lin")
    session = await books.accounts.sign_in("lin", PASSWORD, HERE)
    async with database.read() as connection:
        kept = str((await connection.execute(select(staff_sessions))).all())
        kept += str((await connection.execute(select(credentials))).all())
    assert member.id in kept
    assert session.token not in kept
    assert PASSWORD not in kept


async def test_change_of_roles_counts_at_once_and_ends_sessions_when_told(books: Books) -> None:
    member = await books.hire("lin", Role.AGENT)
    token = (await books.accounts.sign_in("lin", PASSWORD, HERE)).token
    await books.roster.change(member.id, roles=[Role.REVIEWER])
    session = await books.accounts.session(token)
    assert session is not None
    assert session.staff.roles == {Role.REVIEWER}
    await books.accounts.end_sessions(member.id)
    assert await books.accounts.session(token) is None


async def test_somebody_let_go_loses_the_session_at_once(books: Books) -> None:
    member = await books.hire("lin")
    token = (await books.accounts.sign_in("lin", PASSWORD, HERE)).token
    await books.roster.change(member.id, is_active=False)
    assert await books.accounts.session(token) is None


async def test_reset_ends_every_session_and_its_password_must_be_changed(books: Books) -> None:
    member = await books.hire("lin")
    token = (await books.accounts.sign_in("lin", PASSWORD, HERE)).token
    password = await books.accounts.reset(member.id, by="boss")
    assert await books.accounts.session(token) is None
    assert await _refused(books, "lin", PASSWORD) == "login.wrong"
    assert (await books.accounts.sign_in("lin", password, HERE)).must_change_password


async def test_new_password_ends_every_session_and_is_the_only_one(books: Books) -> None:
    member = await books.hire("lin", must_change=True)
    token = (await books.accounts.sign_in("lin", PASSWORD, HERE)).token
    await books.accounts.set_password(member.id, PASSWORD, "another-one-7")
    assert await books.accounts.session(token) is None
    assert await _refused(books, "lin", PASSWORD) == "login.wrong"
    assert not (await books.accounts.sign_in("lin", "another-one-7", HERE)).must_change_password


@pytest.mark.parametrize("password", ["short", "aaaabbbbcccc", "x" * 201])
async def test_weak_password_is_refused(books: Books, password: str) -> None:
    member = await books.hire("lin")
    with pytest.raises(StaffError, match=r"password\.weak"):
        await books.accounts.give_password(member.id, password)


async def test_reset_lifts_a_lockout(books: Books) -> None:
    lin = await books.hire("lin")
    for _ in range(5):
        await _refused(books, "lin", "wrong", "10.0.0.1")
    assert await _refused(books, "lin", PASSWORD) == "login.locked"
    password = await books.accounts.reset(lin.id, "boss")
    assert (await books.accounts.sign_in("lin", password, "10.0.0.1")).must_change_password


async def test_lock_counts_wrong_tries_of_one_login_from_anywhere(books: Books, clock: FixedClock) -> None:
    await books.hire("lin")
    await books.hire("chen")
    for number in range(5):
        assert await _refused(books, "LIN", address=f"10.0.0.{number}") == "login.wrong"
    assert await _refused(books, "lin", PASSWORD, "10.0.0.9") == "login.locked"
    assert (await books.accounts.sign_in("chen", PASSWORD, HERE)).staff.login == "chen"
    clock.advance(timedelta(minutes=15))
    assert (await books.accounts.sign_in("lin", PASSWORD, HERE)).staff.login == "lin"


async def test_success_forgets_the_wrong_tries_before(books: Books) -> None:
    await books.hire("lin")
    for _ in range(3):
        for _ in range(4):
            await _refused(books, "lin")
        await books.accounts.sign_in("lin", PASSWORD, HERE)
    assert await _refused(books, "lin") == "login.wrong"


async def test_address_that_tries_many_logins_is_locked(
    books: Books, database: Database, clock: FixedClock
) -> None:
    await books.hire("lin")
    tries = [{"id": new_id(), "login": f"guess{n}", "address": HERE, "at": clock.now()} for n in range(49)]
    async with database.write() as connection:
        await connection.execute(insert(failed_sign_ins), tries)
    assert await _refused(books, "guess49") == "login.wrong"
    assert await _refused(books, "lin", PASSWORD) == "login.locked"
    assert (await books.accounts.sign_in("lin", PASSWORD, "10.0.0.2")).staff.login == "lin"


async def test_audit_log_says_who_got_in_who_did_not_and_whose_password_was_reset(books: Books) -> None:
    member = await books.hire("lin")
    await books.accounts.sign_in("lin", PASSWORD, HERE)
    for _ in range(5):
        await _refused(books, "nobody")
    await _refused(books, "nobody")
    await books.accounts.reset(member.id, by="boss")
    lines = ["login.succeeded", *["login.failed"] * 5, "login.locked", "password.reset"]
    assert await books.noted() == lines
    reset, locked, *_ = await books.audit.entries()
    assert (reset.who, reset.subject) == ("boss", member.id)
    assert (locked.who, locked.subject, locked.detail) == ("", "nobody", {"address": HERE})


async def test_sandbox_accounts_are_made_once_and_keep_their_changed_password(books: Books) -> None:
    await ensure_sandbox_staff(books.roster, books.accounts)
    admin = await books.roster.by_login("admin")
    await books.accounts.set_password(admin.id, SANDBOX_PASSWORD, "another-one-7")
    await ensure_sandbox_staff(books.roster, books.accounts)
    assert len(await books.roster.all()) == len(SANDBOX_STAFF)
    assert (await books.accounts.sign_in("admin", "another-one-7", HERE)).staff == admin
