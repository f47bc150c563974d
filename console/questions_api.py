"""Hit test, preview, checks and confirmed questions over HTTP (see docs/operator-api.md)."""

from __future__ import annotations

import asyncio
from typing import Any

from sanic import Blueprint, HTTPResponse, Request, json

from console import knowledge_views as views
from console import own_tests_api
from console.accounts import Session
from console.desk_views import moment
from console.knowledge_parts import KnowledgeParts, channel_of, filled_in, number, titles_of
from console.reading import Body
from core.errors import StaffError
from core.privacy import redact
from core.text import normalise
from knowledge_base.articles import Article
from knowledge_base.content.checks import ContentInvalid, checked
from knowledge_base.content.form import filled_article, read
from knowledge_base.content.hit_test import hit_test
from knowledge_base.content.model import ArticleDraft, ReleaseId
from knowledge_base.content.questions import QUESTION
from knowledge_base.placeholders import price_text
from knowledge_base.retrieval import Retriever
from knowledge_base.shown import article_card, full_text, onward

_PAGE, _MOST_PAGE, _MOST_LINES = 100, 500, 5_000
_ALIKE, _ALIKE_SHOWN = 0.9, 20  # likeness of two questions from which an operator is warned


def mount(routes: Blueprint, parts: KnowledgeParts) -> None:
    """Add the routes."""
    _trying(routes, parts)
    own_tests_api.mount(routes, parts)
    _confirmed(routes, parts)


def _trying(routes: Blueprint, parts: KnowledgeParts) -> None:
    @routes.post("/hit-test", name="hit_test")
    @parts.writers
    async def test(request: Request, session: Session) -> HTTPResponse:
        """Say what a question gets and why; 202 while an index of the drafts is being made."""
        body = Body.of(request)
        question, on = body.text("question", QUESTION), str(body.values.get("on") or "live")
        channel, region = channel_of(body), body.text("region", 32, "")
        release_id, retriever = await _release(parts, on)
        if retriever is None:
            return json({"state": "building"}, 202)
        now = parts.clock.now()

        def told(article: Article) -> Article:
            """Return what a customer would be told now; of what is not live, what it will say."""
            return (parts.retriever.article(article.id) if on == "live" else None) or article

        found = hit_test(retriever, question, channel, region, now, told)
        valid = {str(hit.article.id): hit.article.is_valid(now) for hit in found.candidates}
        left_out = list(parts.news.left_out()) if on == "draft" else []
        return json({**views.tested(found, on, release_id, valid), "left_out": left_out})

    @routes.post("/check", name="article_check")
    @parts.writers
    async def check(request: Request, session: Session) -> HTTPResponse:
        """Say what is wrong with content, and which of its questions another article asks too."""
        body = Body.of(request)
        try:
            draft = _unsaved(body)
        except ContentInvalid as error:
            return json({"problems": [views.problem(each) for each in error.problems], "alike": []})
        alike = await asyncio.to_thread(_alike, draft, parts.retriever.shown.live)  # up to 201 searches
        return json({"problems": [], "alike": alike})

    @routes.post("/preview", name="article_preview")
    @parts.writers
    async def preview(request: Request, session: Session) -> HTTPResponse:
        """Show content as a channel would, with its placeholders filled in."""
        body = Body.of(request)
        try:
            draft = _unsaved(body)
            shelf = {offering.id: offering for offering in parts.offerings()}
            article = filled_article(draft, shelf)
        except ContentInvalid as error:
            problems = [views.problem(each) for each in error.problems]
            message = problems[0]["message"]
            raise StaffError(
                "article.invalid", error.detail, problem=message, shown={"problems": problems}
            ) from error
        said = article.answer_for(channel_of(body), body.text("region", 32, ""))
        followups = onward(article, parts.retriever.article, parts.clock.now())
        shown = [{"id": each.id, "title": each.title} for each in followups]
        return json(
            {
                "text": full_text(article, said),
                "card": article_card(article, said),
                "buttons": [{"title": each["title"], "payload": ""} for each in shown],
                "followups": shown,
            }
        )

    @routes.get("/offerings", name="article_offerings")
    @parts.writers
    async def offerings(request: Request, session: Session) -> HTTPResponse:
        """Return offerings of the catalogue by id, or whose name or id holds what is asked."""
        asked = normalise(str(request.args.get("q") or ""))
        ids = set(filter(None, str(request.args.get("ids") or "").split(",")))
        now, limit = parts.clock.now(), number(request, "limit", 20, _MOST_PAGE)
        found = [
            each
            for each in parts.offerings()
            if (not ids or each.id in ids)
            and any(asked in normalise(name) for name in (each.id, each.name, *each.nicknames))
        ]
        return json(
            [
                {
                    "id": each.id,
                    "name": each.name,
                    "price": price_text(each),
                    "is_active": each.is_offered(now),
                    "valid_to": moment(each.valid_to),
                }
                for each in found[:limit]
            ]
        )


def _confirmed(routes: Blueprint, parts: KnowledgeParts) -> None:
    @routes.get("/confirmed", name="confirmed_list")
    @parts.writers
    async def confirmed(request: Request, session: Session) -> HTTPResponse:
        """Return real questions whose answer somebody confirmed."""
        found = await parts.questions.confirmed(number(request, "limit", _PAGE, _MOST_PAGE))
        names, titles = await parts.names(), await titles_of(parts, [each.article_id for each in found])
        return json(
            [
                {
                    "question": each.question,
                    "article": each.article_id,
                    "title": titles.get(each.article_id),
                    "source_name": names.get(each.source),
                    "at": moment(each.at),
                }
                for each in found
            ]
        )

    @routes.post("/confirmed", name="confirm")
    @parts.writers
    async def confirm(request: Request, session: Session) -> HTTPResponse:
        """Note that an article answers what a customer asked; raises StaffError("article.unknown")."""
        body = Body.of(request)
        question, article_id = redact(filled_in(body, "question", QUESTION)), filled_in(body, "article", 80)
        if article_id not in await titles_of(parts, [article_id]):
            raise StaffError("article.unknown", article_id)
        await parts.questions.confirm(question, article_id, session.staff.id)
        return json({}, 201)


async def _release(parts: KnowledgeParts, on: str) -> tuple[str | None, Retriever | None]:
    live, candidate = await parts.releases.standing()
    if on == "live":
        return live.id if live is not None else None, parts.retriever.shown.live
    if on == "draft":
        return None, await parts.news.drafts()
    if on != "candidate":
        raise StaffError("request.invalid", "on", field="on")
    found = parts.news.candidate(ReleaseId(candidate.id)) if candidate is not None else None
    if candidate is None or found is None:
        raise StaffError("release.no_candidate")
    return candidate.id, found


def _alike(draft: ArticleDraft, live: Retriever) -> list[dict[str, Any]]:
    """Return the questions that come near to another article's, each with the one it is like."""
    found: list[dict[str, Any]] = []
    for text in (draft.title, *draft.questions):
        for hit in live.search(text, 3):
            is_same = normalise(text) == normalise(hit.matched_question)
            if hit.article.id == draft.id or not (is_same or hit.dense >= _ALIKE):
                continue
            found.append(
                {
                    "question": text,
                    "article": hit.article.id,
                    "title": hit.article.title,
                    "matched": hit.matched_question,
                    "likeness": round(hit.dense, 3),
                    "is_same": is_same,
                }
            )
            break
        if len(found) >= _ALIKE_SHOWN:
            break
    return found


def _unsaved(body: Body) -> ArticleDraft:
    """Read content that may have no id yet."""
    return checked(read(body.values, str(body.values.get("id") or "new")))
