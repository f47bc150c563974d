"""What the page of unknown questions reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from console import desk_views as views
from conversations.figures.model import day_of
from conversations.unknown.model import Effect, Example, Group
from knowledge_base.conflicts import Changed, Conflicts, Served
from knowledge_base.retrieval import Hit

TitleOf = Callable[[str], str]


def group(found: Group, title_of: TitleOf, names: Mapping[str, str]) -> dict[str, Any]:
    """Write a group."""
    return {
        "id": found.id,
        "title": found.title,
        "state": found.state.value,
        "size": found.size,
        "this_week": found.this_week,
        "last_week": found.last_week,
        "channels": dict(found.channels),
        "causes": {cause.value: count for cause, count in found.causes.items()},
        "nearest": _article(found.nearest, title_of),
        "nearest_score": round(found.nearest_score, 3),
        "created": views.moment(found.created),
        "target": _article(found.target, title_of),
        "phrases": list(found.phrases),
        "reason": found.reason,
        "decided": views.moment(found.decided),
        "decided_by_name": names.get(found.decided_by),
        "merged_into": found.merged_into or None,
        "live_since": views.moment(found.live_since),
    }


def example(found: Example) -> dict[str, Any]:
    """Write a wording."""
    return {
        "text": found.text,
        "count": found.count,
        "last": views.moment(found.last),
        "cause": found.cause.value,
        "conversation": found.conversation_id,
    }


def hit(found: Hit) -> dict[str, Any]:
    """Write an article that comes near."""
    return {
        "id": found.article.id,
        "title": found.article.title,
        "score": round(found.score, 3),
        "dense": round(found.dense, 3),
        "matched_question": found.matched_question,
        "is_generated": found.article.source == "offering",
    }


def effect(group: Group, found: Effect) -> dict[str, Any]:
    """Write the days of a group's effect, and the shares before and since customers get what was added."""
    return {
        "days": [
            {"day": each.day.isoformat(), "asked": each.asked, "answered": each.answered}
            for each in found.days
        ],
        "since": day_of(group.live_since).isoformat() if group.live_since else None,
        "before": _share(*found.before),
        "after": _share(*found.after),
    }


def _share(asked: int, answered: int) -> dict[str, Any]:
    return {"asked": asked, "answered": answered, "share": answered / asked if asked else None}


def conflicts(found: Conflicts, title_of: TitleOf) -> dict[str, Any]:
    """Write what adding phrases would change; `is_clear` when nothing speaks against it."""
    worse = [change for change in found.changed if change.verdict != "other"]
    return {
        "is_clear": not (found.published or found.pulled or worse),
        "published": [
            {"phrase": phrase, "article": _article(owner, title_of)} for phrase, owner in found.published
        ],
        "pulled": [_change(change) for change in found.pulled],
        "changed": [{**_change(change), "verdict": change.verdict} for change in found.changed[:100]],
        "asked": found.asked,
        "helped": found.helped,
        "group": found.group,
    }


def _change(found: Changed) -> dict[str, Any]:
    return {"question": found.question, "before": _served(found.before), "after": _served(found.after)}


def _served(found: Served) -> dict[str, Any]:
    pairs = zip(found.articles, found.titles, strict=True)
    return {"outcome": found.outcome, "articles": [{"id": each, "title": title} for each, title in pairs]}


def _article(article_id: str, title_of: TitleOf) -> dict[str, str] | None:
    return {"id": article_id, "title": title_of(article_id)} if article_id else None
