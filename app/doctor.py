"""`app doctor`: what is missing or misconfigured, and what to do about it."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass

import httpx
from sqlalchemy import text

from app.paths import RASA_PYTHON, ROOT
from app.supervise import first_taken_port
from app.train import outdated
from bot.channels.wechat.accounts import accounts
from bot.channels.wechat.menu import PATH as MENU
from bot.channels.wechat.menu import read_menu
from core.database import Database
from core.errors import StaffError
from core.settings import Settings

_NEEDED_GB = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: fine when `advice` is empty."""

    what: str
    advice: str = ""


def doctor(settings: Settings) -> int:
    """Look at everything, print one line each, and return 1 if something needs doing."""
    looks: tuple[Callable[[Settings], Finding], ...] = (
        _rasa,
        _models,
        _disk,
        _ports,
        _database,
        _bss,
        _wechat,
        _browser,
    )
    findings = [look(settings) for look in looks]
    for finding in findings:
        print(
            f"  ok    {finding.what}" if not finding.advice else f"  LOOK  {finding.what}: {finding.advice}"
        )
    return 1 if any(finding.advice for finding in findings) else 0


def _rasa(_settings: Settings) -> Finding:
    if not RASA_PYTHON.exists():
        return Finding("Rasa's environment", "missing; run: make rasa")
    command = [str(RASA_PYTHON), "-c", "import importlib.metadata as m; print(m.version('rasa'))"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    if done.returncode != 0:
        return Finding("Rasa's environment", "broken; run: rm -rf .venv-rasa && make rasa")
    return Finding(f"Rasa {done.stdout.strip()}")


def _models(settings: Settings) -> Finding:
    stale = outdated(settings)
    return Finding(
        "trained models", f"missing or out of date: {', '.join(stale)}; run: make train" if stale else ""
    )


def _disk(settings: Settings) -> Finding:
    folder = settings.data_dir if settings.data_dir.exists() else ROOT
    free_gb = shutil.disk_usage(folder).free / 1e9
    return Finding(
        f"{free_gb:.0f} GB of disk free",
        f"free some: {_NEEDED_GB} GB are needed" if free_gb < _NEEDED_GB else "",
    )


def _ports(settings: Settings) -> Finding:
    ports = [settings.port] + ([settings.sandbox_port] if settings.sandbox else [])
    taken = first_taken_port(ports)
    what = f"ports {', '.join(map(str, ports))}"
    return Finding(what, f"{taken} is in use: a running Tongda, or set another in .env" if taken else "")


def _database(settings: Settings) -> Finding:
    async def connect() -> None:
        database = Database(settings.database)
        try:
            async with database.read() as connection:
                await connection.execute(text("SELECT 1"))
        finally:
            await database.close()

    kind = settings.database.partition(":")[0]
    try:
        asyncio.run(asyncio.wait_for(connect(), 5))
    except Exception as error:  # every driver raises its own; any of them means the same to the reader
        return Finding(
            f"database ({kind})", f"no connection ({type(error).__name__}); check TONGDA_DATABASE_URL"
        )
    return Finding(f"database ({kind})")


def _bss(settings: Settings) -> Finding:
    if settings.sandbox and not settings.bss_url:
        return Finding("billing system: the embedded sandbox")
    try:
        httpx.get(settings.bss_base, timeout=settings.bss_timeout_s)
    except httpx.HTTPError as error:
        return Finding(
            f"billing system {settings.bss_base}", f"no answer ({type(error).__name__}); check TONGDA_BSS_URL"
        )
    return Finding(f"billing system {settings.bss_base}")


def _wechat(settings: Settings) -> Finding:
    try:
        found = accounts(settings)
        for account in found.values():
            read_menu(account.menu or MENU)
    except StaffError as error:
        return Finding("WeChat accounts", f"{error.detail}; see docs/wechat.md")
    if not found:
        return Finding("WeChat accounts: none")
    pace = settings.wechat_calls_per_minute
    return Finding(
        f"WeChat accounts: {', '.join(found)}; {pace:,} calls a minute for each, in each service process"
    )


def _browser(_settings: Settings) -> Finding:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    return Finding(
        "Chromium for the browser tests",
        "" if found else "missing: those tests are skipped; Debian: apt-get install chromium",
    )
