"""Build a release and let the gate examine it, in a process of its own: ``python -m app.knowledge_worker``.

Told by one JSON object on stdin: `release`, `base` (the release whose folder is built on; null: what was shipped), `before`
(the release it is compared with; null: what it is built on), `limits` (null: only build), `drafts` (true: no release but the
drafts as they stand, under the name in `release`, filled in from the catalogue in `offerings`). Says by JSON lines on stdout how far it has come, and at last what it found.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, or_, select

from app.paths import DataPaths
from conversations.question_tables import questions as asked_questions
from core.background import Rests, give_way
from core.clock import SystemClock
from core.database import Database
from core.errors import StaffError
from core.ids import ArticleId
from core.release_rules import GateLimits
from core.settings import Settings
from knowledge_base.content import gate_rows, regression
from knowledge_base.content.folders import Folders
from knowledge_base.content.gate import examine
from knowledge_base.content.making import Plan, plan, plan_drafts
from knowledge_base.content.model import Breach, QuestionKind, RegressionQuestion, ReleaseId
from knowledge_base.content.offerings import read_offerings
from knowledge_base.load import open_retriever
from knowledge_base.release import make
from knowledge_base.retrieval import Retriever
from knowledge_base.watch.findings import notices_of

_RECENT = timedelta(days=90)  # of customers' questions


def main() -> int:
    """Do what stdin says; the exit status is 0 also when the release cannot be built, which is said on stdout."""
    give_way()
    job = json.load(sys.stdin)
    settings = Settings()
    try:
        asyncio.run(_carried_out(job, settings))
    except StaffError as error:
        _say(failed={"code": error.code, "detail": error.detail, "fields": _plain(error.fields)})
    return 0


async def _carried_out(job: Mapping[str, Any], settings: Settings) -> None:
    folders, db = folders_of(settings), Database(settings.database)
    target, base = ReleaseId(job["release"]), ReleaseId(job["base"]) if job["base"] else None
    source = folders.of(base) if base else folders.shipped
    try:
        async with db.read() as connection:
            wanted = await connection.run_sync(_plan, job, base, target)
        _say(step="building", done=0, total=len(wanted.changed))
        _build(source, folders.of(target), wanted, is_whole=base is None)
        if job["limits"] is None:
            _say(built=True, left_out=wanted.left_out)
            return
        compared = folders.of(ReleaseId(job["before"])) if job["before"] else source
        live = open_retriever(compared, verify=False)  # the service did when it began to answer from it
        candidate = open_retriever(folders.of(target), before=live)
        now = SystemClock().now()
        async with db.read() as connection:
            questions = await connection.run_sync(_questions, wanted, live, now)
    finally:
        await db.close()
    rests = Rests()

    def progress(done: int, total: int) -> None:
        _say(step="asking", done=done, total=total)
        rests.rest()

    limits = GateLimits(**job["limits"])
    report = examine(questions, live, candidate, wanted.touched, limits, now, progress)
    report = replace(report, breaches=(*report.breaches, *_noticed(wanted, now)))
    _say(
        articles=len(candidate.articles),
        report=gate_rows.written_summary(report),
        findings=[gate_rows.written_finding(found) for found in report.findings],
    )


def _noticed(wanted: Plan, now: datetime) -> Iterator[Breach]:
    """Yield what the watch holds against the changed articles: a price or an offering that is not so any more."""
    titles = {str(draft.id): draft.title for draft in wanted.drafts}
    for article_id, notices in notices_of(wanted.drafts, wanted.catalogue, now, timedelta()).items():
        for notice in notices:
            if notice.is_blocking:
                limit = f"notice.{notice.code.value}"
                yield Breach(limit, 1.0, 0.0, article_id, titles[article_id], notice.message)


def _plan(connection: Connection, job: Mapping[str, Any], base: ReleaseId | None, target: ReleaseId) -> Plan:
    if job["drafts"] and base is not None:
        return plan_drafts(connection, base, SystemClock().now(), read_offerings(job["offerings"]))
    return plan(connection, base, target, ReleaseId(job["before"]) if job["before"] else None)


def folders_of(settings: Settings) -> Folders:
    """Return where releases lie."""
    paths = DataPaths(settings.data_dir)
    return Folders(paths.releases, paths.knowledge)


def _build(source: Path, out: Path, wanted: Plan, is_whole: bool) -> None:
    removed = set(wanted.removed)
    if is_whole:
        kept = {article.id for article in wanted.changed}
        known = open_retriever(source).articles
        removed |= {article.id for article in known if article.source == "article" and article.id not in kept}
    make(source, out, wanted.changed, removed, wanted.offerings, at=wanted.at)


def _questions(
    connection: Connection, wanted: Plan, live: Retriever, now: datetime
) -> list[RegressionQuestion]:
    near = regression.neighbours(wanted.drafts, live)
    return regression.without_repeats(
        [
            *regression.stored_questions(connection, wanted.touched, near),
            *regression.changed_questions(wanted.drafts, live, now),
            *_real_questions(connection, now),
            *regression.generated_questions(wanted.catalogue, wanted.at),
            *regression.stranger_questions(),
        ]
    )


def _real_questions(connection: Connection, now: datetime) -> list[RegressionQuestion]:
    """Return what customers asked lately where they said themselves that the answer was right, or chose it."""
    asked = asked_questions.c
    query = (
        select(asked.text, asked.article)
        .where(
            asked.asked_s >= int((now - _RECENT).timestamp()),
            asked.article != "",
            asked.text != "",
            or_(asked.is_useful.is_(True), asked.outcome == "chosen"),
        )
        .order_by(asked.asked_s.desc())
        .limit(regression.REAL)
    )
    return [
        RegressionQuestion(row.text, QuestionKind.REAL, ArticleId(row.article))
        for row in connection.execute(query)
    ]


def _say(**words: object) -> None:
    print(json.dumps(words, ensure_ascii=False), flush=True)


def _plain(fields: Mapping[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in fields.items()}


if __name__ == "__main__":
    sys.exit(main())
