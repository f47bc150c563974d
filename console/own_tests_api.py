"""The operator's own test questions over HTTP: asked of every release before it may go live."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sanic import Blueprint, HTTPResponse, Request, json

from console import knowledge_views as views
from console.accounts import Session
from console.knowledge_parts import KnowledgeParts, channel_of, filled_in, number, titles_of
from console.reading import Body
from knowledge_base.content.questions import NOTE, QUESTION

_PAGE, _MOST_PAGE, _MOST_LINES = 100, 500, 5_000


def mount(routes: Blueprint, parts: KnowledgeParts) -> None:
    """Add the routes."""

    @routes.get("/tests", name="test_list")
    @parts.writers
    async def tests(request: Request, session: Session) -> HTTPResponse:
        """Return the operator's own test questions."""
        offset, limit = number(request, "offset", 0), number(request, "limit", _PAGE, _MOST_PAGE)
        found, total = await parts.questions.tests(offset, limit)
        names, titles = await parts.names(), await titles_of(parts, [each.article_id for each in found])
        return json({"tests": [views.test(each, names, titles) for each in found], "total": total})

    @routes.post("/tests", name="test_add")
    @parts.writers
    async def add(request: Request, session: Session) -> HTTPResponse:
        """Add a test question."""
        return json(await _saved(parts, session, Body.of(request), None), 201)

    @routes.put("/tests/<test_id:str>", name="test_change")
    @parts.writers
    async def change(request: Request, session: Session, test_id: str) -> HTTPResponse:
        """Change a test question."""
        return json(await _saved(parts, session, Body.of(request), test_id))

    @routes.delete("/tests/<test_id:str>", name="test_remove")
    @parts.writers
    async def remove(request: Request, session: Session, test_id: str) -> HTTPResponse:
        """Remove a test question."""
        await parts.questions.remove_test(test_id, session.staff.id)
        return json({})

    @routes.post("/tests/import", name="test_import")
    @parts.writers
    async def add_lines(request: Request, session: Session) -> HTTPResponse:
        """Add test questions from lines of ``question<Tab>article id``; without an id nothing may answer."""
        lines = Body.of(request).text("lines", 500_000).splitlines()
        good, problems = _read_lines(lines[:_MOST_LINES])
        known = await titles_of(parts, [article_id for _, _, article_id in good])
        for place, _, article_id in good:
            if article_id is not None and article_id not in known:
                problems.append(_line_problem(place, "no_article"))
        if len(lines) > _MOST_LINES:
            problems.append(_line_problem(_MOST_LINES + 1, "too_many", _MOST_LINES))
        wanted = [(text, article_id) for _, text, article_id in good if not article_id or article_id in known]
        added = await parts.questions.add_tests(wanted, session.staff.id)
        return json({"added": added, "problems": sorted(problems, key=lambda problem: problem["line"])})


def _read_lines(lines: Sequence[str]) -> tuple[list[tuple[int, str, str | None]], list[dict[str, Any]]]:
    """Read ``question<Tab>article id`` lines: (line, question, id) each, and what is wrong with the others."""
    good: list[tuple[int, str, str | None]] = []
    problems = []
    for place, line in enumerate(lines, 1):
        question, _, article_id = (part.strip() for part in line.partition("\t"))
        if not question and not article_id:
            continue
        if not question:
            problems.append(_line_problem(place, "missing"))
        elif len(question) > QUESTION:
            problems.append(_line_problem(place, "too_long", QUESTION))
        else:
            good.append((place, question, article_id or None))
    return good, problems


def _line_problem(line: int, code: str, most: int = 0) -> dict[str, Any]:
    return {"line": line, "message": views.problem_words(code, "question", most)}


async def _saved(parts: KnowledgeParts, session: Session, body: Body, test_id: str | None) -> dict[str, Any]:
    article_id = body.text("article", 80, "").strip() or None
    saved = await parts.questions.save_test(
        filled_in(body, "question", QUESTION),
        article_id,
        session.staff.id,
        channel_of(body),
        body.text("note", NOTE, ""),
        test_id,
    )
    return views.test(saved, await parts.names(), await titles_of(parts, [article_id]))
