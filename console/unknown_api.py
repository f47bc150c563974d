"""The unknown questions over HTTP: groups to work off, what accepting would change, and what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from sanic import Blueprint, HTTPResponse, Request, json

from console import unknown_views as views
from console.accounts import Session
from console.articles_api import invalid
from console.guard import Guard, Needs
from console.reading import Body
from conversations.desk_model import Role
from conversations.staff import Roster
from conversations.unknown.groups import SORTS, Groups
from conversations.unknown.model import Group, State
from core.errors import StaffError
from knowledge_base.conflicts import Conflicts
from knowledge_base.content.checks import ContentInvalid
from knowledge_base.retrieval import Hit

WRITERS = (Role.OPERATOR, Role.REVIEWER, Role.ADMIN)
_PHRASES, _CHARS = 30, 200
_PAGE, _FARTHEST = 50, 1_000_000
_ANSWER_CHARS = 5_000
_T = TypeVar("_T")


class Articles(Protocol):
    """The articles as drafts, for whoever adds to them."""

    async def titles(self, ids: Collection[str]) -> Mapping[str, str]:
        """Return titles as customers know them, of what is not live yet as the drafts say; none of what is gone."""

    async def add_questions(self, article_id: str, questions: Sequence[str], by: str) -> None:
        """Add similar questions to the draft; raise StaffError."""

    async def create(self, title: str, category: str, questions: Sequence[str], answer: str, by: str) -> str:
        """Start an article; return its id. Raises StaffError."""


class Search(Protocol):
    """The live retriever, as far as it is needed here."""

    def search(self, question: str, limit: int = 10) -> list[Hit]: ...


@dataclass(frozen=True, slots=True)
class UnknownParts:
    """What the routes stand on."""

    guard: Guard
    roster: Roster
    groups: Groups
    articles: Articles
    search: Search
    check: Callable[[str, str, Sequence[str], Sequence[str]], Awaitable[Conflicts]]
    # article (empty: a new one), its title, phrases, questions they stand for
    refresh: Callable[[], Awaitable[bool]]


def blueprint(parts: UnknownParts) -> Blueprint:
    """Return the routes under /api/unknown."""
    routes = Blueprint("unknown", url_prefix="/api/unknown")
    writers = parts.guard.needs(*WRITERS)
    _reading(routes, parts, writers)
    _deciding(routes, parts, writers)
    return routes


def _reading(routes: Blueprint, parts: UnknownParts, writers: Needs) -> None:
    @routes.get("/groups", name="unknown_groups")
    @writers
    async def groups(request: Request, session: Session) -> HTTPResponse:
        """Return a page of groups: `state`, `q`, `channel`, `sort`, `offset`."""
        asked = Body(
            {name: request.args.get(name) or "" for name in ("state", "q", "channel", "sort", "offset")}
        )
        state = State.OPEN if not asked.text("state", 16) else asked.choice("state", State)
        sort = asked.text("sort", 16) or SORTS[0]
        if sort not in SORTS:
            raise StaffError("request.invalid", "sort", field="sort")
        found, total = await parts.groups.page(
            state, _plain(asked, "q", 100), _plain(asked, "channel", 32), sort, _offset(asked), _PAGE
        )
        names = await _names(parts)
        title_of = await _title_of(parts, *(item for each in found for item in (each.nearest, each.target)))
        shown = [views.group(each, title_of, names) for each in found]
        return json({"groups": shown, "total": total, "page": _PAGE})

    @routes.get("/groups/<group_id:str>", name="unknown_group")
    @writers
    async def group(request: Request, session: Session, group_id: str) -> HTTPResponse:
        """Return a group with its wordings, the articles nearest to it, and the effect of what was done."""
        return json(await _whole(parts, await parts.groups.get(group_id)))

    @routes.post("/refresh", name="unknown_refresh")
    @writers
    async def refresh(request: Request, session: Session) -> HTTPResponse:
        """Sort what came in since, now; `done` is false while it is being done already."""
        return json({"done": await parts.refresh()})

    @routes.post("/groups/<group_id:str>/check", name="unknown_check")
    @writers
    async def check(request: Request, session: Session, group_id: str) -> HTTPResponse:
        """Return what adding `phrases` to `article` would change, or starting one with this `title` and these phrases."""
        body = Body.of(request)
        texts = [example.text for example in await parts.groups.examples(group_id)]
        article, title = body.text("article", 80, ""), body.text("title", _CHARS, "")
        if not article and not title:
            raise StaffError("request.invalid", "article", field="article")
        found = await parts.check(article, title, _phrases(body), texts)
        return json(views.conflicts(found, await _title_of(parts, *(owner for _, owner in found.published))))


def _deciding(routes: Blueprint, parts: UnknownParts, writers: Needs) -> None:
    @routes.post("/groups/<group_id:str>/accept", name="unknown_accept")
    @writers
    async def accept(request: Request, session: Session, group_id: str) -> HTTPResponse:
        """Add `phrases` to the draft of `article`."""
        body = Body.of(request)
        article, phrases, by = body.text("article", 80), _phrases(body), str(session.staff.id)
        await parts.groups.accept(group_id, article, phrases, by)
        await _or_back(parts, group_id, by, parts.articles.add_questions(article, phrases, by))
        title = (await _title_of(parts, article))(article)
        told: dict[str, object] = {"article": article, "title": title, "phrases": phrases}
        accepted = await parts.groups.aim(group_id, article, by, "unknown.accepted", told)
        return json(await _whole(parts, accepted))

    @routes.post("/groups/<group_id:str>/draft", name="unknown_draft")
    @writers
    async def draft(request: Request, session: Session, group_id: str) -> HTTPResponse:
        """Start an article from a group: `title`, `category`, `answer`, `phrases`."""
        body, by = Body.of(request), str(session.staff.id)
        title, category = _plain(body, "title", _CHARS), _plain(body, "category", 40)
        answer, phrases = body.text("answer", _ANSWER_CHARS), _phrases(body)
        await parts.groups.accept(group_id, "", phrases, by)
        article = await _or_back(
            parts, group_id, by, parts.articles.create(title, category, phrases, answer, by)
        )
        told = {"article": article, "title": title}
        return json(
            await _whole(parts, await parts.groups.aim(group_id, article, by, "unknown.drafted", told))
        )

    @routes.post("/groups/<group_id:str>/ignore", name="unknown_ignore")
    @writers
    async def ignore(request: Request, session: Session, group_id: str) -> HTTPResponse:
        """Put a group aside with a `reason`, until it grows."""
        reason = _plain(Body.of(request), "reason", _CHARS)
        return json(await _whole(parts, await parts.groups.ignore(group_id, reason, session.staff.id)))

    @routes.post("/groups/<group_id:str>/reopen", name="unknown_reopen")
    @writers
    async def reopen(request: Request, session: Session, group_id: str) -> HTTPResponse:
        """Take a decision back; what was added to a draft stays there."""
        return json(await _whole(parts, await parts.groups.reopen(group_id, session.staff.id)))

    @routes.post("/groups/<group_id:str>/merge", name="unknown_merge")
    @writers
    async def merge(request: Request, session: Session, group_id: str) -> HTTPResponse:
        """Put a group's questions into the group `into`."""
        into = Body.of(request).text("into", 32)
        return json(await _whole(parts, await parts.groups.merge(group_id, into, session.staff.id)))


async def _or_back(parts: UnknownParts, group_id: str, by: str, doing: Awaitable[_T]) -> _T:
    """Do what a decision is about; where that fails, the decision is taken back."""
    try:
        return await doing
    except ContentInvalid as error:
        await parts.groups.take_back(group_id, by)
        raise invalid(error) from error
    except Exception:
        await parts.groups.take_back(group_id, by)
        raise


async def _whole(parts: UnknownParts, group: Group) -> dict[str, Any]:
    hits = await asyncio.to_thread(parts.search.search, group.title, 5)
    title_of = await _title_of(parts, group.nearest, group.target)
    return {
        **views.group(group, title_of, await _names(parts)),
        "examples": [views.example(each) for each in await parts.groups.examples(group.id)],
        "articles": [views.hit(each) for each in hits],
        "effect": views.effect(group, await parts.groups.effect(group)),
    }


async def _title_of(parts: UnknownParts, *ids: str) -> views.TitleOf:
    """Return what names these articles; one that is gone has its id for a name."""
    titles = await parts.articles.titles(set(filter(None, ids)))
    return lambda article_id: titles.get(article_id, article_id)


async def _names(parts: UnknownParts) -> Mapping[str, str]:
    return await parts.roster.names()


def _phrases(body: Body) -> list[str]:
    """Read the similar questions, each once."""
    found = body.values.get("phrases")
    if not isinstance(found, list) or not 1 <= len(found) <= _PHRASES:
        raise StaffError("request.invalid", "phrases", field="phrases")
    texts = [Body({"phrases": text}).text("phrases", _CHARS).strip() for text in found]
    if not all(text and text.isprintable() for text in texts):
        raise StaffError("request.invalid", "phrases", field="phrases")
    return list(dict.fromkeys(texts))


def _plain(body: Body, name: str, most: int) -> str:
    text = body.text(name, most).strip()
    if not text.isprintable():
        raise StaffError("request.invalid", name, field=name)
    return text


def _offset(asked: Body) -> int:
    text = asked.text("offset", 12) or "0"
    if not (text.isascii() and text.isdecimal()):
        raise StaffError("request.invalid", "offset", field="offset")
    return min(int(text), _FARTHEST)
