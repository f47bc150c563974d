"""The articles over HTTP: lists, the editor, its history (see docs/operator-api.md)."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Mapping
from typing import Any

from sanic import Blueprint, HTTPResponse, Request, json

from console import knowledge_views as views
from console.accounts import Session
from console.knowledge_parts import KnowledgeParts, name_of, number, word
from console.knowledge_words import knowledge_words
from console.reading import Body
from core.errors import StaffError
from knowledge_base.articles import CHANNELS, Article
from knowledge_base.content.checks import RESERVED, ContentInvalid
from knowledge_base.content.form import draft_of, read, written
from knowledge_base.content.lists import SORTS, STATES, Listed, Wanted
from knowledge_base.content.model import ArticleDraft, StoredArticle
from knowledge_base.content.store import ArticleConflict

_PAGE, _MOST_PAGE, _NOTE = 50, 200, 200


def mount(routes: Blueprint, parts: KnowledgeParts) -> None:
    """Add the routes."""
    _lists(routes, parts)
    _editor(routes, parts)
    _history(routes, parts)


def _lists(routes: Blueprint, parts: KnowledgeParts) -> None:
    @routes.get("/articles", name="article_list")
    @parts.writers
    async def articles(request: Request, session: Session) -> HTTPResponse:
        """Return a page of the articles that fit what is asked."""
        asked = Wanted(
            text=str(request.args.get("q") or "")[:100],
            is_everywhere=request.args.get("everywhere") == "1",
            category=str(request.args.get("category") or ""),
            state=word(request, "state", STATES),
            variant=word(request, "variant", (*CHANNELS, "region")),
            ids=tuple(filter(None, str(request.args.get("ids") or "").split(",")))[:_MOST_PAGE],
            sort=word(request, "sort", SORTS, "updated"),
            offset=number(request, "offset", 0),
            limit=number(request, "limit", _PAGE, _MOST_PAGE),
        )
        found, total = await parts.lists.articles(asked)
        return json({"articles": await rows(parts, found), "total": total})

    @routes.get("/drafts", name="article_drafts")
    @parts.writers
    async def drafts(request: Request, session: Session) -> HTTPResponse:
        """Return the drafts that wait for a release."""
        offset, limit = number(request, "offset", 0), number(request, "limit", _PAGE, _MOST_PAGE)
        found, total = await parts.lists.changed(offset, limit)
        shown = await rows(parts, found)
        return json({"articles": [{**row, "change": row["state"]} for row in shown], "total": total})

    @routes.get("/categories", name="article_categories")
    @parts.writers
    async def categories(request: Request, session: Session) -> HTTPResponse:
        """Return every category with the number of its articles."""
        found = await parts.lists.categories()
        return json([{"name": name, "count": count} for name, count in found])

    @routes.get("/articles/<article_id:str>/hits", name="article_hits")
    @parts.writers
    async def hits(request: Request, session: Session, article_id: str) -> HTTPResponse:
        """Return how often an article was answered with, by day."""
        found = await parts.hits.by_day(article_id, max(1, number(request, "days", 30, 365)))
        return json([{"day": day.isoformat(), "count": count} for day, count in found])


def _editor(routes: Blueprint, parts: KnowledgeParts) -> None:
    @routes.post("/articles", name="article_create")
    @parts.writers
    async def create(request: Request, session: Session) -> HTTPResponse:
        """Add an article."""
        body = Body.of(request)
        article_id = body.values.get("id")
        if article_id is None or article_id == "":
            article_id = f"a-{uuid.uuid4().hex[:10]}"
        made = parts.content.create(_draft(body, article_id), session.staff.id, _note(body))
        return json(await _shown(parts, await _told(parts, made)), 201)

    @routes.get("/articles/<article_id:str>", name="article")
    @parts.writers
    async def article(request: Request, session: Session, article_id: str) -> HTTPResponse:
        """Return an article with its draft and what is live; one made from the catalogue cannot be edited."""
        try:
            return json(await _shown(parts, await parts.content.article(article_id)))
        except StaffError:
            generated = parts.retriever.article(article_id)
            if generated is None or generated.source != "offering":
                raise
            return json(_generated(generated))

    @routes.put("/articles/<article_id:str>", name="article_save")
    @parts.writers
    async def save(request: Request, session: Session, article_id: str) -> HTTPResponse:
        """Keep an edit made on a version; where somebody was quicker, answer what they saved."""
        body = Body.of(request)
        draft = _draft(body, article_id)
        saved = parts.content.save(draft, body.number("version"), session.staff.id, _note(body))
        return json(await _shown(parts, await _told(parts, saved)))

    @routes.delete("/articles/<article_id:str>", name="article_delete")
    @parts.writers
    async def delete(request: Request, session: Session, article_id: str) -> HTTPResponse:
        """Take an article out of the next release."""
        body = Body.of(request)
        version = body.number("version") if "version" in body.values else number(request, "version", 0)
        gone = parts.content.delete(article_id, version, session.staff.id, _note(body))
        return json(await _shown(parts, await _told(parts, gone)))

    @routes.post("/articles/<article_id:str>/undelete", name="article_undelete")
    @parts.writers
    async def undelete(request: Request, session: Session, article_id: str) -> HTTPResponse:
        """Bring a deleted article back."""
        version = Body.of(request).number("version")
        back = parts.content.undelete(article_id, version, session.staff.id)
        return json(await _shown(parts, await _told(parts, back)))

    @routes.post("/articles/<article_id:str>/discard", name="article_discard")
    @parts.writers
    async def discard(request: Request, session: Session, article_id: str) -> HTTPResponse:
        """Make the draft what is live again."""
        version = Body.of(request).number("version")
        back = parts.content.discard(article_id, version, session.staff.id)
        return json(await _shown(parts, await _told(parts, back)))


def _history(routes: Blueprint, parts: KnowledgeParts) -> None:
    @routes.post("/articles/<article_id:str>/restore", name="article_restore")
    @parts.writers
    async def restore(request: Request, session: Session, article_id: str) -> HTTPResponse:
        """Write an earlier revision's content as a new one."""
        body = Body.of(request)
        version, revision = body.number("version"), body.number("revision")
        back = parts.content.restore(article_id, version, revision, session.staff.id)
        return json(await _shown(parts, await _told(parts, back)))

    @routes.get("/articles/<article_id:str>/revisions", name="article_revisions")
    @parts.writers
    async def revisions(request: Request, session: Session, article_id: str) -> HTTPResponse:
        """Return who changed what when, newest first."""
        before = number(request, "before", 0)
        limit = number(request, "limit", _PAGE, _MOST_PAGE)
        found = await parts.content.revisions(article_id, before or None, limit)
        names = await parts.names()
        return json([views.revision(each, names) for each in found])

    @routes.get("/articles/<article_id:str>/revisions/<revision:int>", name="article_revision")
    @parts.writers
    async def revision(request: Request, session: Session, article_id: str, revision: int) -> HTTPResponse:
        """Return one revision with its content."""
        found = await parts.content.revision(article_id, revision)
        return json(views.revision(found, await parts.names(), with_content=True))

    @routes.get("/articles/<article_id:str>/diff", name="article_diff")
    @parts.writers
    async def diff(request: Request, session: Session, article_id: str) -> HTTPResponse:
        """Return what differs between two revisions; `live` and `draft` are names for the present ones."""
        found = await parts.content.article(article_id)
        before = await _named(parts, found, str(request.args.get("from") or "live"))
        after = await _named(parts, found, str(request.args.get("to") or "draft"))
        return json(views.difference(before, after))


async def rows(parts: KnowledgeParts, found: list[Listed]) -> list[dict[str, Any]]:
    """Write lines of a list, with their hits and flags."""
    ids = [line.id for line in found]
    week, month = await parts.hits.recent(ids, 7), await parts.hits.recent(ids, 30)
    names, flags = await parts.names(), await parts.flags(ids)
    return [
        views.row(line, names, (week.get(line.id, 0), month.get(line.id, 0)), flags.get(line.id, ()))
        for line in found
    ]


def invalid(error: ContentInvalid) -> StaffError:
    """Return the refusal of content in words, field by field."""
    problems = [views.problem(found) for found in error.problems]
    message = problems[0]["message"] if problems else ""
    return StaffError("article.invalid", error.detail, problem=message, shown={"problems": problems})


def _draft(body: Body, article_id: Any) -> ArticleDraft:
    if isinstance(article_id, str) and article_id.startswith(RESERVED):
        raise StaffError("article.read_only", article_id)
    if not isinstance(article_id, str):
        raise StaffError("request.invalid", "id", field="id")
    try:
        return read(body.values, article_id)
    except ContentInvalid as error:
        raise invalid(error) from error


def _note(body: Body) -> str:
    return body.text("note", _NOTE, "")


async def _told(parts: KnowledgeParts, verb: Awaitable[StoredArticle]) -> StoredArticle:
    """Wait for a verb; say who was quicker and show what they saved, and what is wrong with content."""
    try:
        return await verb
    except ArticleConflict as error:
        theirs = await _shown(parts, error.theirs)
        name = theirs["updated_by_name"] or ""
        more = {"theirs": theirs, "who_name": name, "at": theirs["updated"]}
        raise StaffError("article.conflict", error.detail, name=name, shown=more) from error
    except ContentInvalid as error:
        raise invalid(error) from error


async def _shown(parts: KnowledgeParts, found: StoredArticle) -> dict[str, Any]:
    article_id = found.draft.article_id
    live = await _live(parts, found)
    flags = await parts.flags([article_id])
    return views.article(found, live, await parts.names(), flags.get(article_id, ()))


async def _live(parts: KnowledgeParts, found: StoredArticle) -> ArticleDraft | None:
    if found.live is None:
        return None
    return (await parts.content.revision(found.draft.article_id, found.live)).content


async def _named(parts: KnowledgeParts, found: StoredArticle, name: str) -> ArticleDraft | None:
    if name == "draft":
        return found.draft.content
    if name == "live":
        return await _live(parts, found)
    if not name.isdecimal() or len(name) > 9:
        raise StaffError("request.invalid", "from", field="from")
    return (await parts.content.revision(found.draft.article_id, int(name))).content


def _generated(found: Article) -> Mapping[str, Any]:
    content = written(draft_of(found))
    return {
        "content": content,
        "version": 0,
        "state": "live",
        "is_deleted": False,
        "live": content,
        "live_version": None,
        "updated": None,
        "updated_by": None,
        "updated_by_name": name_of({}, "system", knowledge_words().system),
        "flags": [],
        "is_generated": True,
    }
