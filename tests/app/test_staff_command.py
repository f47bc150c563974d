"""`app staff`: accounts from the command line, on a database that need not be there yet."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.__main__ import main
from app.run import _announce_staff
from console.accounts import Session
from core.clock import FixedClock
from core.database import Database
from core.settings import Settings
from tests.console.conftest import Books, books_on

LIN = ["add", "Lin", "--name", "小林", "--role", "agent", "--skill", "billing", "plans", "--skill", "faults"]


@pytest.fixture(autouse=True)
def _apart(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give the command a folder of its own and no `.env` file; put back where logs go."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TONGDA_DATA_DIR", str(tmp_path / "fresh"))
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def _database(tmp_path: Path) -> Database:
    return Database(f"sqlite+aiosqlite:///{tmp_path}/fresh/tongda.db")


def _sign_in(
    tmp_path: Path, clock: FixedClock, settings: Settings, password: str
) -> tuple[Session, list[str]]:
    async def signed_in() -> tuple[Session, list[str]]:
        db = _database(tmp_path)
        try:
            books: Books = books_on(db, clock, settings)
            noted = [f"{entry.what} by {entry.who}" for entry in await books.audit.entries()]
            return await books.accounts.sign_in("lin", password, "10.0.0.1"), noted
        finally:
            await db.close()

    return asyncio.run(signed_in())


def _password(said: str) -> str:
    found = re.search(r"一次性密码：(\S+)", said)
    assert found is not None
    return found[1]


def test_somebody_added_signs_in_with_the_one_time_password(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, clock: FixedClock, settings: Settings
) -> None:
    assert main(["staff", *LIN]) == 0
    session, noted = _sign_in(tmp_path, clock, settings, _password(capsys.readouterr().out))
    assert (session.staff.name, session.must_change_password) == ("小林", True)
    assert {skill.value for skill in session.staff.skills} == {"billing", "plans", "faults"}
    assert noted == ["staff.added by command-line"]


def test_reset_gives_another_password(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, clock: FixedClock, settings: Settings
) -> None:
    main(["staff", *LIN])
    first = _password(capsys.readouterr().out)
    assert main(["staff", "reset", "lin"]) == 0
    second = _password(capsys.readouterr().out)
    session, noted = _sign_in(tmp_path, clock, settings, second)
    assert (first != second, session.must_change_password) == (True, True)
    assert noted[0] == "password.reset by command-line"


def test_list_shows_everybody(capsys: pytest.CaptureFixture[str]) -> None:
    main(["staff", "list"])
    assert "还没有员工账号" in capsys.readouterr().out
    main(["staff", *LIN])
    capsys.readouterr()
    assert main(["staff", "list"]) == 0
    heading, line = capsys.readouterr().out.splitlines()
    assert heading.split() == ["登录名", "姓名", "角色", "技能组", "同时接待", "状态"]
    assert line.split() == ["lin", "小林", "客服", "充值账单、套餐业务、宽带故障", "5", "在用"]


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (LIN, "已经有人用了"),
        (["add", "a", "--name", "小林", "--role", "agent"], "（登录名）"),
        (["add", "chen", "--name", "小陈", "--role", "agent", "--capacity", "0"], "（同时接待数）"),
        (["reset", "nobody"], "没有这个员工账号"),
    ],
    ids=range(4),
)
def test_what_cannot_be_done_is_said_in_words(
    capsys: pytest.CaptureFixture[str], command: list[str], words: str
) -> None:
    main(["staff", *LIN])
    capsys.readouterr()
    assert main(["staff", *command]) == 1
    said = capsys.readouterr()
    assert (said.out, words in said.err) == ("", True)


def test_database_that_cannot_be_opened_is_said_in_words(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TONGDA_DATABASE_URL", "postgresql+asyncpg://nobody@127.0.0.1:1/none")
    assert main(["staff", "list"]) == 1
    assert "数据库打不开" in capsys.readouterr().err


def test_sandbox_says_where_staff_work_and_how_they_sign_in(capsys: pytest.CaptureFixture[str]) -> None:
    _announce_staff("http://127.0.0.1:8000")
    said = capsys.readouterr().out
    assert all(part in said for part in ("8000/agent", "8000/operator", "agent1", "tongda-sandbox"))
