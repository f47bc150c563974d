"""What the watch found, over HTTP: articles whose prices, offerings or days no longer hold."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from sanic import Blueprint, HTTPResponse, Request, json

from console import desk_views as views
from console.accounts import Session
from console.guard import Guard
from conversations.desk_model import Role
from core.errors import StaffError
from knowledge_base.watch.findings import Notice, NoticeCode
from knowledge_base.watch.rounds import Listed, Rounds

_PAGE = 100


@dataclass(frozen=True, slots=True)
class NoticeParts:
    """What the routes stand on; `look` looks every article through now, unless another process is at it."""

    guard: Guard
    rounds: Rounds
    look: Callable[[], Awaitable[None]]


def blueprint(parts: NoticeParts) -> Blueprint:
    """Return the routes under /api/catalogue/notices."""
    routes = Blueprint("notices", url_prefix="/api/catalogue/notices")
    staff = parts.guard.needs(Role.OPERATOR, Role.REVIEWER, Role.ADMIN)

    @routes.get("/", name="notices_list", strict_slashes=False)
    @staff
    async def listed(request: Request, session: Session) -> HTTPResponse:
        """Return a page of notices, those that block a release first: ?code=&offset=."""
        text = request.args.get("offset", "0")
        offset = int(text) if text.isdecimal() and len(text) < 9 else 0
        found, counts = await parts.rounds.listed(_code(request.args.get("code")), offset, _PAGE)
        return json(
            {"notices": [_row(one) for one in found], "counts": counts, "total": sum(counts.values())}
        )

    @routes.post("/look", name="notices_look")
    @staff
    async def look(request: Request, session: Session) -> HTTPResponse:
        """Look every article through now."""
        await parts.look()
        _, counts = await parts.rounds.listed(None, 0, 1)
        return json({"counts": counts, "total": sum(counts.values())})

    return routes


def notice_view(one: Notice) -> dict[str, Any]:
    """Write what is wrong with an article."""
    return {
        "code": one.code.value,
        "message": one.message,
        "is_blocking": one.is_blocking,
        "sentence": one.sentence,
        "offering": one.offering_id,
    }


def _row(one: Listed) -> dict[str, Any]:
    return {
        "article": one.article_id,
        "title": one.title,
        "found": views.moment(one.found),
        **notice_view(one.notice),
    }


def _code(asked: str | None) -> NoticeCode | None:
    if not asked:
        return None
    try:
        return NoticeCode(asked)
    except ValueError:
        raise StaffError("request.invalid", "code", field="code") from None
