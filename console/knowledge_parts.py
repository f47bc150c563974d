"""What the routes of the knowledge console stand on, and what they share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sanic import Request

from console.accounts import Session
from console.audit import Audit
from console.guard import Guard, Needs
from console.reading import Body
from conversations.canary import CanaryFigures
from conversations.desk_model import Role
from conversations.operating import Operating
from conversations.staff import Roster
from core.clock import Clock
from core.errors import NotAllowed, StaffError
from core.offering import Offering
from knowledge_base.articles import CHANNELS
from knowledge_base.content.gate_rows import Reports
from knowledge_base.content.hits import Hits
from knowledge_base.content.lists import Lists, Wanted
from knowledge_base.content.model import SYSTEM, ReleaseId
from knowledge_base.content.questions import Questions
from knowledge_base.content.releases import Releases
from knowledge_base.content.serving import LiveRetriever
from knowledge_base.content.store import Content
from knowledge_base.retrieval import Retriever

WRITERS = (Role.OPERATOR, Role.REVIEWER, Role.ADMIN)
PUBLISHERS = (Role.REVIEWER, Role.ADMIN)
_MOST_OFFSET = 10_000_000
Flags = Callable[[Collection[str]], Awaitable[Mapping[str, Sequence[Mapping[str, Any]]]]]
"""Finds what the watch says of some articles: ``{"code", "message", "is_blocking"}`` each."""


class News(Protocol):
    """The releases as this process shows them."""

    async def changed(self) -> None:
        """Tell every process to look; this one shows what stands when the call returns."""

    def model(self) -> str:
        """Name the encoder, gate and judgement that the next release is made with."""

    def candidate(self, release_id: ReleaseId) -> Retriever | None:
        """Return a candidate that is open here."""

    async def drafts(self) -> Retriever | None:
        """Return an index of the drafts; None while it is being made."""

    def left_out(self) -> Sequence[str]:
        """Return the titles of the drafts that could not be filled in, and are not in that index."""


@dataclass(frozen=True, slots=True)
class KnowledgeParts:
    """What the routes stand on."""

    guard: Guard
    audit: Audit
    roster: Roster
    content: Content
    lists: Lists
    releases: Releases
    reports: Reports
    canaries: CanaryFigures
    questions: Questions
    hits: Hits
    retriever: LiveRetriever
    news: News
    operating: Operating
    offerings: Callable[[], Sequence[Offering]]
    clock: Clock
    flags: Flags

    @property
    def writers(self) -> Needs:
        """Let in who writes articles."""
        return self.guard.needs(*WRITERS)

    @property
    def publishers(self) -> Needs:
        """Let in who decides what customers get."""
        return self.guard.needs(*PUBLISHERS)

    def check_publisher(self, session: Session) -> None:
        """Refuse who may not decide what customers get."""
        if not session.staff.roles & set(PUBLISHERS):
            raise NotAllowed("role.missing")

    async def names(self) -> Mapping[str, str]:
        """Return the names of staff by their ids."""
        return await self.roster.names()


async def no_flags(_ids: Collection[str]) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """Flag nothing."""
    return {}


def name_of(names: Mapping[str, str], who: str | None, system: str) -> str | None:
    """Return a name to show: the system's own deeds are named too."""
    if who is None:
        return None
    return system if who == SYSTEM else names.get(who)


def number(request: Request, name: str, otherwise: int, most: int = _MOST_OFFSET) -> int:
    """Read a whole number of the query; raise StaffError("request.invalid")."""
    text = request.args.get(name)
    if text is None or text == "":
        return otherwise
    if not text.isdecimal() or len(text) > 10:
        raise StaffError("request.invalid", name, field=name)
    return min(int(text), most)


def word(request: Request, name: str, allowed: Collection[str], otherwise: str = "") -> str:
    """Read a word of a closed set out of the query; raise StaffError("request.invalid")."""
    text = str(request.args.get(name) or otherwise)
    if text and text not in allowed:
        raise StaffError("request.invalid", name, field=name)
    return text


def channel_of(body: Body) -> str:
    """Read a channel, the web page where none is named; raise StaffError("request.invalid")."""
    channel = body.text("channel", 32, "") or "web"
    if channel not in CHANNELS:
        raise StaffError("request.invalid", "channel", field="channel")
    return channel


def filled_in(body: Body, name: str, most: int) -> str:
    """Read a text that may not be empty; raise StaffError("request.invalid")."""
    text = body.text(name, most).strip()
    if not text:
        raise StaffError("request.invalid", name, field=name)
    return text


async def titles_of(parts: KnowledgeParts, ids: Sequence[str | None]) -> dict[str, str]:
    """Return the titles of articles as customers know them, of those that are not live yet as their drafts say."""
    asked = set(filter(None, ids))
    live = {item: found.title for item in asked if (found := parts.retriever.article(item)) is not None}
    missing = tuple(asked - live.keys())
    drafts, _ = await parts.lists.articles(Wanted(ids=missing, limit=len(missing))) if missing else ([], 0)
    return live | {str(draft.id): draft.title for draft in drafts}
