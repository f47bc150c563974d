"""Releases over HTTP: made, tested, published, tried on a part, taken back (see docs/operator-api.md)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sanic import Blueprint, HTTPResponse, Request, json

from console import knowledge_views as views
from console.accounts import Session
from console.knowledge_parts import KnowledgeParts, number, word
from console.reading import Body
from core.errors import StaffError
from core.release_rules import written_rules
from knowledge_base.content.making import is_renewed
from knowledge_base.content.model import Canary, QuestionKind, Release, ReleaseState, Verdict
from knowledge_base.content.serving import lot_of

_PAGE, _MOST_PAGE, _SHOWN_CHANGES = 20, 200, 500
_NOTE, _REASON, _MOST_CHOSEN = 200, 500, 100_000
_MOST_MINUTES = 30 * 24 * 60


def mount(routes: Blueprint, parts: KnowledgeParts) -> None:
    """Add the routes."""
    _standing(routes, parts)
    _candidates(routes, parts)
    _going_live(routes, parts)


def _standing(routes: Blueprint, parts: KnowledgeParts) -> None:
    @routes.get("/status", name="release_status")
    @parts.writers
    async def status(request: Request, session: Session) -> HTTPResponse:
        """Return what is live, what is being tested, and what waits."""
        live, candidate = await parts.releases.standing()
        names, rules = await parts.names(), (await parts.operating.rules()).releases
        last = await _last_gate(parts, candidate, live)
        return json(
            {
                "live": views.release(live, names) if live is not None else None,
                "candidate": views.release(candidate, names) if candidate is not None else None,
                "failed": await _failed(parts, candidate, names),
                "drafts": await parts.lists.count_changed(),
                "catalogue_changed": live is not None and is_renewed(parts.offerings(), live.offerings_hash),
                "model_changed": live is not None and live.model != parts.news.model(),
                "canary": views.canary(candidate)
                if candidate is not None and candidate.canary is not None
                else None,
                "last_gate": views.gate(last) if last is not None else None,
                "limits": written_rules(rules),
            }
        )

    @routes.get("/releases", name="release_list")
    @parts.writers
    async def releases(request: Request, session: Session) -> HTTPResponse:
        """Return releases, newest first."""
        before = number(request, "before", 0)
        found = await parts.releases.recent(before or None, number(request, "limit", _PAGE, _MOST_PAGE))
        names = await parts.names()
        return json([views.release(each, names) for each in found])

    @routes.get("/limits", name="release_limits")
    @parts.writers
    async def limits(request: Request, session: Session) -> HTTPResponse:
        """Return the gate's limits and what is proposed for a canary."""
        return json(written_rules((await parts.operating.rules()).releases))

    @routes.put("/limits", name="release_limits_change")
    @parts.publishers
    async def change_limits(request: Request, session: Session) -> HTTPResponse:
        """Set them; what is left out is as by default."""
        value = dict(Body.of(request).values)
        async with parts.audit.together():
            was, rules = await parts.operating.change("releases", value, session.staff.id)
            before, after = written_rules(was.releases), written_rules(rules.releases)
            if before != after:
                told = {"before": before, "after": after}
                await parts.audit.record(session.staff.id, "operating.changed", "releases", told)
        parts.operating.forget()
        return json(after)


def _candidates(routes: Blueprint, parts: KnowledgeParts) -> None:
    @routes.post("/releases", name="release_make")
    @parts.writers
    async def make(request: Request, session: Session) -> HTTPResponse:
        """Fix what goes in and let it be built and tested."""
        body = Body.of(request)
        chosen, left_out = _ids(body, "articles"), _ids(body, "except")
        note, offerings = body.text("note", _NOTE, ""), parts.offerings() or None
        made = await parts.releases.make(
            session.staff.id, note, chosen, offerings, parts.news.model(), left_out or ()
        )
        await parts.news.changed()
        return json(views.release(made, await parts.names()), 201)

    @routes.get("/releases/<release_id:str>", name="release")
    @parts.writers
    async def release(request: Request, session: Session, release_id: str) -> HTTPResponse:
        """Return a release with what it changes."""
        found = await parts.releases.release(release_id)
        changes = await parts.releases.changes(release_id, _SHOWN_CHANGES)
        was_live = await parts.releases.held_by_base(found, [change.article_id for change in changes])
        listed = [views.change(change, was_live) for change in changes]
        return json({**views.release(found, await parts.names()), "change_list": listed})

    @routes.get("/releases/<release_id:str>/findings", name="release_findings")
    @parts.writers
    async def findings(request: Request, session: Session, release_id: str) -> HTTPResponse:
        """Return what the gate found, with both answers side by side."""
        verdict = word(request, "verdict", [each.value for each in Verdict])
        kind = word(request, "kind", [each.value for each in QuestionKind])
        found, total = await parts.reports.findings(
            release_id,
            Verdict(verdict) if verdict else None,
            QuestionKind(kind) if kind else None,
            request.args.get("article") or None,
            number(request, "offset", 0),
            number(request, "limit", 50, _MOST_PAGE),
        )
        shown = [views.finding(each, views.title_of(parts.retriever, each.wanted)) for each in found]
        return json({"findings": shown, "total": total})

    @routes.post("/releases/<release_id:str>/request", name="release_request")
    @parts.writers
    async def ask(request: Request, session: Session, release_id: str) -> HTTPResponse:
        """Ask that a release be published."""
        note = Body.of(request).text("note", _NOTE, "")
        asked = await parts.releases.request(release_id, session.staff.id, note)
        return await _answer(parts, asked)

    @routes.delete("/releases/<release_id:str>", name="release_discard")
    @parts.writers
    async def discard(request: Request, session: Session, release_id: str) -> HTTPResponse:
        """Give a candidate up; drafts stay. One that is tried on customers is the publishers' to take back."""
        found = await parts.releases.release(release_id)
        if found.canary is not None:
            parts.check_publisher(session)
        return await _answer(parts, await parts.releases.discard(release_id, session.staff.id))


def _going_live(routes: Blueprint, parts: KnowledgeParts) -> None:
    @routes.post("/releases/<release_id:str>/publish", name="release_publish")
    @parts.publishers
    async def publish(request: Request, session: Session, release_id: str) -> HTTPResponse:
        """Make a tested release the live one; one that the gate blocks needs a reason."""
        reason = Body.of(request).text("reason", _REASON, "")
        return await _answer(parts, await parts.releases.publish(release_id, session.staff.id, reason))

    @routes.post("/rollback", name="release_rollback")
    @parts.publishers
    async def rollback(request: Request, session: Session) -> HTTPResponse:
        """Make an earlier release live again, the one before unless another is named."""
        to = Body.of(request).text("to", 32, "")
        return await _answer(parts, await parts.releases.rollback(session.staff.id, to or None))

    @routes.post("/releases/<release_id:str>/canary", name="release_canary")
    @parts.publishers
    async def canary(request: Request, session: Session, release_id: str) -> HTTPResponse:
        """Give a tested release to a part of the conversations, for a time."""
        body = Body.of(request)
        percent, minutes = body.number("percent"), body.number("minutes")
        for name, value, most in (("percent", percent, 99), ("minutes", minutes, _MOST_MINUTES)):
            if not 1 <= value <= most:
                raise StaffError("request.invalid", name, field=name)
        tried = Canary(percent, parts.clock.now() + timedelta(minutes=minutes), _is_full(body, "then"))
        reason = body.text("reason", _REASON, "")
        return await _answer(
            parts, await parts.releases.start_canary(release_id, tried, session.staff.id, reason)
        )

    @routes.get("/releases/<release_id:str>/canary", name="release_canary_figures")
    @parts.writers
    async def figures(request: Request, session: Session, release_id: str) -> HTTPResponse:
        """Return how the conversations of the last canary fared beside the others; null where there was none."""
        tried = (await parts.releases.release(release_id)).tried
        if tried is None:
            return json(None)
        until = tried.until or parts.clock.now()
        found = await parts.canaries.sides(tried.since, until, lambda each: lot_of(each) < tried.percent)
        return json(views.sides(found))

    @routes.post("/releases/<release_id:str>/canary/end", name="release_canary_end")
    @parts.publishers
    async def end(request: Request, session: Session, release_id: str) -> HTTPResponse:
        """End a canary: for everybody, or back."""
        full = _is_full(Body.of(request), "to")
        return await _answer(parts, await parts.releases.end_canary(release_id, full, session.staff.id))


async def _answer(parts: KnowledgeParts, found: Release) -> HTTPResponse:
    """Answer once this process shows what stands now."""
    await parts.news.changed()
    return json(views.release(found, await parts.names()))


async def _failed(
    parts: KnowledgeParts, candidate: Release | None, names: Mapping[str, str]
) -> dict[str, Any] | None:
    """Write the newest release where it could not be made, until another one is made or it is discarded."""
    newest = await parts.releases.recent(limit=1) if candidate is None else []
    return views.release(newest[0], names) if newest and newest[0].state is ReleaseState.FAILED else None


async def _last_gate(parts: KnowledgeParts, *newest: Release | None) -> Any:
    for release in newest:
        if release is not None and release.gate is not None:
            return release.gate
    recent = await parts.releases.recent(limit=_PAGE)
    tested = [each for each in recent if each.gate is not None and each.state is not ReleaseState.FAILED]
    return tested[0].gate if tested else None


def _ids(body: Body, name: str) -> list[str] | None:
    found = body.values.get(name)
    if found is not None and (
        not isinstance(found, list)
        or len(found) > _MOST_CHOSEN
        or not all(isinstance(item, str) for item in found)
    ):
        raise StaffError("request.invalid", name, field=name)
    return found


def _is_full(body: Body, name: str) -> bool:
    value = body.values.get(name)
    if value not in ("full", "back"):
        raise StaffError("request.invalid", name, field=name)
    return bool(value == "full")
