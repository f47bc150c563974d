"""Compares imported articles with the drafts there are, and puts them among them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from core.database import Database
from core.ids import ArticleId
from core.text import normalise
from knowledge_base.content.checks import ContentInvalid, Problem, checked
from knowledge_base.content.form import read, stored, written
from knowledge_base.content.model import ArticleDraft
from knowledge_base.content.rows import Merge
from knowledge_base.content.store import Content
from knowledge_base.content.tables import articles, revisions
from knowledge_base.exchange.columns import spoken
from knowledge_base.exchange.job_store import Planned, RowProblem
from knowledge_base.exchange.meanwhile import Overtaken, brought_up
from knowledge_base.exchange.problems import words

FIELDS = (
    "title", "category", "questions", "held_out", "answer", "channels", "regions", "link", "image", "card", "offerings",
    "followups", "valid_from", "valid_to",
)  # fmt: skip
_VARIANTS = ("channels", "regions")
_A, _R = articles.c, revisions.c


class ArticleImporter:
    """The `Importer` of articles."""

    def __init__(self, db: Database, content: Content) -> None:
        self._db, self._content = db, content

    async def plan(self, edits: Sequence[Mapping[str, Any]]) -> tuple[list[Planned], list[RowProblem]]:
        """Say what edits would do to the drafts."""
        there = await self._drafts([str(edit["id"]) for edit in edits])
        planned: list[Planned] = []
        problems: list[RowProblem] = []
        for edit in edits:
            before = there.get(edit["id"])
            try:
                after = written(read(merged(before, edit)))
            except ContentInvalid as refused:
                problems += [
                    RowProblem(edit["row"], _name(problem.field), _words(problem))
                    for problem in refused.problems
                ]
                continue
            changed = list(differences(before or {}, after))
            verdict = "create" if before is None else "update" if changed else "same"
            planned.append(
                Planned(edit["row"], edit["id"], after["title"], verdict, changed if before else [], after)
            )
        return planned, problems

    async def put(self, rows: Sequence[Planned], who: str, note: str) -> list[RowProblem]:
        """Put articles among the drafts as they are by now; one that is there already makes no revision."""
        problems: list[RowProblem] = []

        def merge(one: Planned) -> Merge:
            def over(there: ArticleDraft | None) -> ArticleDraft | None:
                try:
                    return checked(stored(brought_up(one, written(there) if there else None, FIELDS)))
                except Overtaken as overtaken:
                    problems.append(overtaken.problem(_name(overtaken.field)))
                except ContentInvalid as refused:  # what both changed does not go together
                    problems.extend(
                        RowProblem(one.row, _name(each.field), _words(each)) for each in refused.problems
                    )
                return None

            return over

        await self._content.merge_many({ArticleId(one.subject): merge(one) for one in rows}, who, note[:200])
        return problems

    async def _drafts(self, ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        newest = articles.join(revisions, (_R.article_id == _A.id) & (_R.number == _A.version))
        asked = select(_A.id, _R.content).select_from(newest).where(_A.id.in_(ids), _A.is_deleted.is_(False))
        async with self._db.read() as connection:
            return {row.id: row.content for row in await connection.execute(asked)}


def merged(before: Mapping[str, Any] | None, edit: Mapping[str, Any]) -> dict[str, Any]:
    """Return an article with an edit's values in it; of a table's edit, what it has no column for stays."""
    values = edit["values"]
    if before is None or edit["whole"]:
        return {"id": edit["id"], **values}
    after = {**before, **values}
    for name in _VARIANTS:
        if name in values:
            after[name] = {**before[name], **values[name]}
    for name in ("link", "image", "card"):
        if values.get(name) and before.get(name):
            after[name] = {**before[name], **values[name]}
    return after


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield {field, before, after} for what is not the same; of lists, what was added and removed."""
    for name in FIELDS:
        old, new = before.get(name), after.get(name)
        if old == new or (not old and not new):
            continue
        change: dict[str, Any] = {"field": name, "before": old, "after": new}
        if isinstance(new, list) and isinstance(old, list):
            known, kept = {normalise(text) for text in old}, {normalise(text) for text in new}
            change["added"] = [text for text in new if normalise(text) not in known]
            change["removed"] = [text for text in old if normalise(text) not in kept]
        yield change


def _words(problem: Problem) -> str:
    found = words()
    return found.get(f"content_{problem.code}", found["content_other"]).format(
        field=_name(problem.field), most=problem.most
    )


def _name(field: str) -> str:
    return words().get(f"field_{field}") or spoken(field)
