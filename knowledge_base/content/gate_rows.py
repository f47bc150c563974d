"""What the gate found, as rows and plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select

from core.database import Database
from core.ids import ArticleId
from knowledge_base.content.model import (
    Breach,
    Finding,
    GateReport,
    GateSummary,
    Given,
    QuestionKind,
    ReleaseId,
    Verdict,
)
from knowledge_base.content.rows import parts
from knowledge_base.content.tables import findings

_F = findings.c
_AT_ONCE = 500


def written_summary(report: GateReport | GateSummary) -> dict[str, Any]:
    """Write a report without its findings."""
    return {
        "asked": {kind.value: count for kind, count in report.asked.items()},
        "counts": {verdict.value: count for verdict, count in report.counts.items()},
        "breaches": [asdict(breach) for breach in report.breaches],
        "seconds": round(report.seconds, 2),
    }


def summary_from(entry: Mapping[str, Any]) -> GateSummary:
    """Read what `written_summary` wrote."""
    return GateSummary(
        asked={QuestionKind(kind): count for kind, count in entry["asked"].items()},
        counts={Verdict(verdict): count for verdict, count in entry["counts"].items()},
        breaches=tuple(Breach(**breach) for breach in entry["breaches"]),
        seconds=entry["seconds"],
    )


def written_finding(found: Finding) -> dict[str, Any]:
    """Write one finding."""
    return {
        "question": found.question,
        "kind": found.kind.value,
        "wanted": found.wanted,
        "verdict": found.verdict.value,
        "before": _written_given(found.before),
        "after": _written_given(found.after),
    }


def finding_from(entry: Mapping[str, Any]) -> Finding:
    """Read what `written_finding` wrote."""
    return Finding(
        question=entry["question"],
        kind=QuestionKind(entry["kind"]),
        wanted=ArticleId(entry["wanted"]) if entry["wanted"] is not None else None,
        verdict=Verdict(entry["verdict"]),
        before=_given_from(entry["before"]),
        after=_given_from(entry["after"]),
    )


def keep(connection: Connection, release_id: ReleaseId, found: Sequence[Finding]) -> None:
    """Write findings, in their order."""
    connection.execute(delete(findings).where(_F.release_id == release_id))
    rows = [
        {
            "release_id": release_id,
            "place": place,
            "verdict": finding.verdict.value,
            "kind": finding.kind.value,
            "article_id": finding.wanted,
            "body": written_finding(finding),
        }
        for place, finding in enumerate(found)
    ]
    for part in parts(rows, _AT_ONCE):
        connection.execute(insert(findings), list(part))


class Reports:
    """Reads findings page by page."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def findings(
        self,
        release_id: str,
        verdict: Verdict | None = None,
        kind: QuestionKind | None = None,
        article_id: str | None = None,
        offset: int = 0,
        limit: int = 50,
    ) -> tuple[list[Finding], int]:
        """Return a page of findings and how many there are of that sort."""
        where = [_F.release_id == release_id]
        where += [_F.verdict == verdict.value] if verdict is not None else []
        where += [_F.kind == kind.value] if kind is not None else []
        where += [_F.article_id == article_id] if article_id is not None else []
        query = select(_F.body).where(*where).order_by(_F.place).offset(offset).limit(limit)
        async with self._db.read() as connection:
            total = await connection.execute(select(func.count()).select_from(findings).where(*where))
            found = await connection.execute(query)
            return [finding_from(row.body) for row in found], int(total.scalar_one())


def _written_given(given: Given) -> dict[str, Any]:
    return {
        "outcome": given.outcome,
        "articles": [
            {"id": article_id, "title": title}
            for article_id, title in zip(given.articles, given.titles, strict=True)
        ],
        "text": given.text,
        "score": round(given.score, 3),
    }


def _given_from(entry: Mapping[str, Any]) -> Given:
    return Given(
        outcome=entry["outcome"],
        articles=tuple(ArticleId(article["id"]) for article in entry["articles"]),
        titles=tuple(article["title"] for article in entry["articles"]),
        text=entry["text"],
        score=entry["score"],
    )
