"""What the knowledge console's pages read: values of content written as plain JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from console.desk_views import moment
from console.knowledge_parts import name_of
from console.knowledge_words import knowledge_words
from console.words import error_words, words_code
from conversations.canary import Sides
from core.errors import StaffError
from core.ids import ArticleId
from knowledge_base.content.builder import said_error
from knowledge_base.content.chain import Holding
from knowledge_base.content.checks import Problem
from knowledge_base.content.form import written
from knowledge_base.content.gate_rows import written_finding
from knowledge_base.content.hit_test import Tested
from knowledge_base.content.lists import Listed, state_of
from knowledge_base.content.model import (
    ArticleDraft,
    Breach,
    Canary,
    Change,
    Finding,
    GateSummary,
    Release,
    Revision,
    StoredArticle,
    TestQuestion,
    Tried,
)
from knowledge_base.content.serving import LiveRetriever

Names = Mapping[str, str]
Flagged = Sequence[Mapping[str, Any]]


def row(found: Listed, names: Names, hits: tuple[int, int], flags: Flagged) -> dict[str, Any]:
    """Write a line of the list; `hits` are those of 7 and of 30 days."""
    return {
        "id": found.id,
        "title": found.title,
        "category": found.category,
        "version": found.version,
        "state": found.state,
        "updated": moment(found.updated),
        "updated_by": found.updated_by,
        "updated_by_name": _name(names, found.updated_by),
        "valid_from": found.valid_from.isoformat() if found.valid_from else None,
        "valid_to": found.valid_to.isoformat() if found.valid_to else None,
        "questions": found.questions,
        "channels": [name for name in found.variants if not name.startswith("@")],
        "regions": [name[1:] for name in found.variants if name.startswith("@")],
        "hits_7": hits[0],
        "hits_30": hits[1],
        "flags": len(flags),
        "is_generated": False,
    }


def article(
    found: StoredArticle, live: ArticleDraft | None, names: Names, flags: Flagged = ()
) -> dict[str, Any]:
    """Write an article as the editor needs it."""
    return {
        "content": written(found.draft.content),
        "version": found.version,
        "state": state_of(found.draft.is_deletion, found.live, found.is_changed),
        "is_deleted": found.draft.is_deletion,
        "live": written(live) if live is not None else None,
        "live_version": found.live,
        "updated": moment(found.draft.at),
        "updated_by": found.draft.who,
        "updated_by_name": _name(names, found.draft.who),
        "flags": list(flags),
        "is_generated": False,
    }


def revision(found: Revision, names: Names, with_content: bool = False) -> dict[str, Any]:
    """Write a revision."""
    shown = {
        "number": found.number,
        "deed": found.deed.value,
        "who": found.who,
        "who_name": _name(names, found.who),
        "at": moment(found.at),
        "note": found.note,
    }
    return {**shown, "content": written(found.content)} if with_content else shown


def difference(before: ArticleDraft | None, after: ArticleDraft | None) -> list[dict[str, Any]]:
    """Write what differs between two contents, field by field; lists say what came and went."""
    old = written(before) if before is not None else {}
    new = written(after) if after is not None else {}
    found = []
    for name in new or old:
        was, becomes = old.get(name), new.get(name)
        if was == becomes:
            continue
        change: dict[str, Any] = {"field": name, "before": was, "after": becomes}
        if isinstance(was, list) or isinstance(becomes, list):
            change["added"] = [item for item in becomes or [] if item not in (was or [])]
            change["removed"] = [item for item in was or [] if item not in (becomes or [])]
        found.append(change)
    return found


def release(found: Release, names: Names) -> dict[str, Any]:
    """Write a release."""
    return {
        "id": found.id,
        "number": found.number,
        "state": found.state.value,
        "base": found.base,
        "note": found.note,
        "created": moment(found.created),
        "created_by": found.created_by,
        "created_by_name": _name(names, found.created_by),
        "changes": found.changes,
        "articles": found.articles,
        "with_catalogue": found.with_catalogue,
        "with_model": found.with_model,
        "requested_by": found.requested_by,
        "requested_by_name": _name(names, found.requested_by),
        "request_note": found.request_note,
        "gate": gate(found.gate) if found.gate is not None else None,
        "published": moment(found.published),
        "published_by": found.published_by,
        "published_by_name": _name(names, found.published_by),
        "override": found.override,
        "canary": canary(found) if found.canary is not None else None,
        "tried": _tried(found.tried) if found.tried is not None else None,
        "error": _error(found),
        "progress": dict(found.progress) if found.progress is not None else None,
    }


def gate(found: GateSummary) -> dict[str, Any]:
    """Write what the gate found, without the questions."""
    return {
        "is_blocked": found.is_blocked,
        "asked": {kind.value: count for kind, count in found.asked.items()},
        "counts": {verdict.value: count for verdict, count in found.counts.items()},
        "breaches": [_breach(breach) for breach in found.breaches],
        "seconds": found.seconds,
    }


def canary(found: Release) -> dict[str, Any]:
    """Write the canary of a release that has one."""
    tried = found.canary or Canary(0, found.created, then_full=False)
    then = "full" if tried.then_full else "back"
    return {"release": found.id, "percent": tried.percent, "until": moment(tried.until), "then": then}


def _tried(found: Tried) -> dict[str, Any]:
    return {"percent": found.percent, "since": moment(found.since), "until": moment(found.until)}


def sides(found: Sides) -> dict[str, Any]:
    """Write how a canary's conversations fare beside the others; `clear` names what differs by more than chance."""
    clear = [
        name for name in ("answered", "offered", "abstained", "useless", "handed_over") if found.clearly(name)
    ]
    return {"tried": asdict(found.tried), "others": asdict(found.others), "clear": clear}


def change(found: Change, live: Holding) -> dict[str, Any]:
    """Write what a release does to an article."""
    kind = "deleted" if found.revision is None else "changed" if live.get(found.article_id) else "new"
    return {"id": found.article_id, "title": found.title, "change": kind, "revision": found.revision}


def finding(found: Finding, wanted_title: str | None) -> dict[str, Any]:
    """Write one regression question with both answers, and what the article that should answer is called."""
    given = (found.after, found.before)  # one that is new is live nowhere yet
    titles = {item: title for each in given for item, title in zip(each.articles, each.titles, strict=True)}
    known = wanted_title or (titles.get(found.wanted) if found.wanted is not None else None)
    return {**written_finding(found), "wanted_title": known}


def title_of(retriever: LiveRetriever, article_id: ArticleId | None) -> str | None:
    """Return an article's title as customers know it; None where it is not live."""
    article = retriever.article(article_id) if article_id is not None else None
    return article.title if article is not None else None


def test(found: TestQuestion, names: Names, titles: Mapping[str, str]) -> dict[str, Any]:
    """Write a test question."""
    return {
        "id": found.id,
        "question": found.question,
        "article": found.article_id,
        "title": titles.get(found.article_id) if found.article_id else None,
        "channel": found.channel,
        "note": found.note,
        "created": moment(found.created),
        "created_by_name": _name(names, found.created_by),
    }


def problem(found: Problem) -> dict[str, str]:
    """Write what is wrong with a field."""
    message = problem_words(found.code, found.field, found.most)
    return {"field": found.field, "code": found.code, "message": message}


def problem_words(code: str, field: str, most: int) -> str:
    """Say what is wrong with a field."""
    known = knowledge_words()
    return known.problems[code].format(field=known.fields.get(field, field), most=most)


def tested(found: Tested, on: str, release_id: str | None, is_valid: Mapping[str, bool]) -> dict[str, Any]:
    """Write a hit test."""
    best = found.candidates[0].article.title if found.candidates else ""
    reason = (
        knowledge_words()
        .reasons[found.reason]
        .format(
            certainty=round(found.certainty * 100),
            near=round(found.near * 100),
            answer_from=round(found.answer_from * 100),
            offer_from=round(found.offer_from * 100),
            best=best,
        )
    )
    return {
        "on": on,
        "release": release_id,
        "outcome": found.outcome,
        "reason": reason,
        "certainty": round(found.certainty, 3),
        "near": round(found.near, 3),
        "ours": round(found.ours, 2),
        "thresholds": {
            "answer_from": round(found.answer_from, 3),
            "offer_from": round(found.offer_from, 3),
        },
        "is_exact": found.is_exact,
        "text": found.text,
        "given": [{"id": article.id, "title": article.title} for article in found.given],
        "candidates": [
            {
                "id": hit.article.id,
                "title": hit.article.title,
                "score": round(hit.score, 3),
                "dense": round(hit.dense, 3),
                "lexical": round(hit.lexical, 3),
                "matched_question": hit.matched_question,
                "is_valid": is_valid.get(hit.article.id, True),
            }
            for hit in found.candidates
        ],
    }


def _name(names: Names, who: str | None) -> str | None:
    return name_of(names, who, knowledge_words().system)


def _breach(found: Breach) -> dict[str, Any]:
    known = knowledge_words()
    shown = {"limit": found.limit, "found": found.found, "allowed": found.allowed, "subject": found.subject}
    is_share = found.limit.endswith("_share")
    text = known.breaches.get(found.limit.partition(".")[0], found.limit)
    message = text.format(
        found=f"{found.found * 100:.1f}%" if is_share else round(found.found),
        allowed=f"{found.allowed * 100:.1f}%" if is_share else round(found.allowed),
        subject=found.title or found.subject,
        detail=found.detail,
    )
    return {**shown, "message": message}


def _error(found: Release) -> str:
    """Return in words why a release could not be built."""
    if found.state.value != "failed":
        return ""
    error = said_error(found.error)
    if words_code(error) == "internal":
        return f"{error_words(StaffError('release.not_built'))}（{error.code}: {error.detail}）"
    return error_words(error)
