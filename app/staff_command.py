"""`app staff`: accounts from the command line, straight on the database; this is how the first administrator comes in."""

from __future__ import annotations

import argparse
import asyncio
import sys
import unicodedata
from collections.abc import Awaitable, Callable, Sequence

from sqlalchemy.exc import SQLAlchemyError

from app.migrate import upgrade
from console import passwords
from console.accounts import Accounts
from console.audit import Audit
from console.words import error_words
from conversations.desk_model import Role, Skill, StaffMember
from conversations.staff import Roster
from core import log
from core.clock import SystemClock
from core.database import Database
from core.errors import AppError
from core.settings import Settings

WHO = "command-line"  # in the audit log
_ROLES = {
    Role.AGENT: "客服",
    Role.SUPERVISOR: "班长",
    Role.OPERATOR: "运营",
    Role.REVIEWER: "审核",
    Role.ADMIN: "管理员",
}
_SKILLS = {
    Skill.BILLING: "充值账单",
    Skill.PLANS: "套餐业务",
    Skill.FAULTS: "宽带故障",
    Skill.COMPLAINTS: "投诉",
}
_HEADINGS = ("登录名", "姓名", "角色", "技能组", "同时接待", "状态")


def staff(options: argparse.Namespace, settings: Settings) -> int:
    """Carry out `staff add`, `reset` or `list`; return the exit status."""
    log.configure("WARNING", settings.log_json)  # what is printed here is for a person
    try:
        print(asyncio.run(_carried_out(options, settings)))
    except AppError as error:
        print(error_words(error), file=sys.stderr)
        return 1
    except (SQLAlchemyError, OSError) as error:
        print(
            f"数据库打不开（{type(error).__name__}），请检查 TONGDA_DATABASE_URL 和 TONGDA_DATA_DIR。",
            file=sys.stderr,
        )
        return 1
    return 0


async def _carried_out(options: argparse.Namespace, settings: Settings) -> str:
    await upgrade(settings.database)
    db, clock = Database(settings.database), SystemClock()
    try:
        roster, audit = Roster(db, clock), Audit(db, clock)
        office = _Office(roster, audit, Accounts(db, clock, settings, roster, audit))
        verbs: dict[str, Callable[[argparse.Namespace], Awaitable[str]]] = {
            "add": office.add,
            "reset": office.reset,
            "list": office.list,
        }
        return await verbs[options.verb](options)
    finally:
        await db.close()


class _Office:
    """The three verbs; each returns what to print."""

    def __init__(self, roster: Roster, audit: Audit, accounts: Accounts) -> None:
        self._roster, self._audit, self._accounts = roster, audit, accounts

    async def add(self, options: argparse.Namespace) -> str:
        """Add somebody with a one-time password."""
        roles = sorted({Role(role) for role in options.role})
        skills = sorted({Skill(skill) for skill in options.skill})
        password = passwords.one_time()
        stored = await passwords.hashed(password)
        async with self._audit.together():
            member = await self._roster.add(options.login, options.name, roles, skills, options.capacity)
            await self._accounts.keep_password(member.id, stored, must_change=True)
            await self._audit.record(WHO, "staff.added", member.id, {"login": member.login, "roles": roles})
        return f"已添加{member.name}（{member.login}）。\n{_once(password)}"

    async def reset(self, options: argparse.Namespace) -> str:
        """Give somebody a new one-time password."""
        member = await self._roster.by_login(options.login)
        password = await self._accounts.reset(member.id, WHO)
        return f"已重置{member.name}（{member.login}）的密码，原来的登录都已退出，锁定也已解除。\n{_once(password)}"

    async def list(self, _options: argparse.Namespace) -> str:
        """Say who there is."""
        rows = [_row(member) for member in await self._roster.all()]
        return _table([_HEADINGS, *rows]) if rows else "还没有员工账号。用 staff add 添加第一个管理员。"


def _once(password: str) -> str:
    return f"一次性密码：{password}\n只显示这一次；本人第一次登录后要换成自己的密码。"


def _row(member: StaffMember) -> tuple[str, ...]:
    return (
        member.login,
        member.name,
        "、".join(words for role, words in _ROLES.items() if role in member.roles),
        "、".join(words for skill, words in _SKILLS.items() if skill in member.skills) or "-",
        str(member.capacity),
        "在用" if member.is_active else "已停用",
    )


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    """Return rows in columns; a Chinese character is two columns wide."""
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell + " " * (most - _width(cell)) for cell, most in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
