"""What the administrator's page does, over HTTP: accounts, canned replies, operating rules, and the audit log."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sanic import Blueprint, HTTPResponse, Request, json

from console import desk_views as views
from console.accounts import Session
from console.admin_staff import StaffOffice, Wanted
from console.audit import Audit, Entry
from console.guard import Guard, Needs
from console.reading import Body
from conversations.canned import CannedReplies, CannedReply
from conversations.desk_model import Role, Skill, StaffId
from conversations.operating import Operating, written
from conversations.staff import Roster
from core.errors import StaffError

_PAGE = 50  # lines of the audit log at once
_LAST_NUMBER = 2**31 - 1  # of an audit line; the column's
_UNWRITABLE = re.compile("[\x00\ud800-\udfff]")  # what PostgreSQL takes in no text


@dataclass(frozen=True, slots=True)
class AdminParts:
    """What the routes stand on."""

    guard: Guard
    office: StaffOffice
    roster: Roster
    audit: Audit
    canned: CannedReplies
    operating: Operating


def blueprint(parts: AdminParts) -> Blueprint:
    """Return the routes under /api/admin."""
    routes = Blueprint("admin", url_prefix="/api/admin")
    admin, readers = parts.guard.needs(Role.ADMIN), parts.guard.needs(Role.ADMIN, Role.SUPERVISOR)
    _staff(routes, parts, admin, readers)
    _canned(routes, parts, admin)
    _operating(routes, parts, admin)
    _audit(routes, parts, readers)
    return routes


def _staff(routes: Blueprint, parts: AdminParts, admin: Needs, readers: Needs) -> None:
    @routes.get("/staff", name="staff_list")
    @readers
    async def everybody(request: Request, session: Session) -> HTTPResponse:
        """Return everybody who has, or had, an account."""
        return json([views.member(member) for member in await parts.roster.all()])

    @routes.post("/staff", name="staff_add")
    @admin
    async def add(request: Request, session: Session) -> HTTPResponse:
        """Add somebody; the one-time password is in this answer and nowhere else."""
        body = Body.of(request)
        member, password = await parts.office.add(
            session.staff,
            body.text("login", 64),
            _name(body),
            frozenset(body.choices("roles", Role)),
            frozenset(body.choices("skills", Skill)),
            body.number("capacity"),
        )
        return json({"member": views.member(member), "password": password}, 201)

    @routes.put("/staff/<staff_id:str>", name="staff_change")
    @admin
    async def change(request: Request, session: Session, staff_id: str) -> HTTPResponse:
        """Change what the body names of somebody."""
        wanted = _wanted(Body.of(request))
        return json(views.member(await parts.office.change(session.staff, StaffId(staff_id), wanted)))

    @routes.post("/staff/<staff_id:str>/reset", name="staff_reset")
    @admin
    async def reset(request: Request, session: Session, staff_id: str) -> HTTPResponse:
        """Give somebody a new one-time password, in this answer and nowhere else."""
        password = await parts.office.reset(session.staff, StaffId(staff_id))
        return json({"password": password})


def _canned(routes: Blueprint, parts: AdminParts, admin: Needs) -> None:
    @routes.get("/canned", name="canned_list")
    @admin
    async def replies(request: Request, session: Session) -> HTTPResponse:
        """Return every canned reply."""
        return json([views.canned(reply) for reply in await parts.canned.all()])

    @routes.post("/canned", name="canned_add")
    @admin
    async def add(request: Request, session: Session) -> HTTPResponse:
        """Add a canned reply."""
        return json(views.canned(await _save_reply(parts, session, Body.of(request), None)), 201)

    @routes.put("/canned/<reply_id:str>", name="canned_change")
    @admin
    async def change(request: Request, session: Session, reply_id: str) -> HTTPResponse:
        """Change a canned reply."""
        return json(views.canned(await _save_reply(parts, session, Body.of(request), reply_id)))

    @routes.delete("/canned/<reply_id:str>", name="canned_remove")
    @admin
    async def remove(request: Request, session: Session, reply_id: str) -> HTTPResponse:
        """Remove a canned reply; the audit log keeps what it said."""
        known = {reply.id: reply for reply in await parts.canned.all()}
        said = _said(known[reply_id]) if reply_id in known else {}
        async with parts.audit.together():
            await parts.canned.remove(reply_id)
            await parts.audit.record(session.staff.id, "canned.removed", reply_id, said)
        return json({})


def _operating(routes: Blueprint, parts: AdminParts, admin: Needs) -> None:
    @routes.get("/operating", name="operating")
    @admin
    async def rules(request: Request, session: Session) -> HTTPResponse:
        """Return opening hours, queue limit and how ratings are asked."""
        return json(written(await parts.operating.rules()))

    @routes.put("/operating/<name:str>", name="operating_change")
    @admin
    async def change(request: Request, session: Session, name: str) -> HTTPResponse:
        """Set one of them; the body is ``{"value": ...}`` in the form the list has."""
        value = Body.of(request).values.get("value")
        async with parts.audit.together():
            before, after = map(written, await parts.operating.change(name, value, session.staff.id))
            if before[name] != after[name]:
                told = {"before": before[name], "after": after[name]}
                await parts.audit.record(session.staff.id, "operating.changed", name, told)
        parts.operating.forget()
        return json(after)


def _audit(routes: Blueprint, parts: AdminParts, readers: Needs) -> None:
    @routes.get("/audit", name="audit")
    @readers
    async def entries(request: Request, session: Session) -> HTTPResponse:
        """Return a page of the audit log, newest first, of one kind or one person if asked."""
        asked = Body({name: request.args.get(name) or "" for name in ("what", "who", "before")})
        what, who, before = (_text(asked, name) or None for name in ("what", "who", "before"))
        found = await parts.audit.entries(what, who, _number(before), _PAGE + 1)
        names = {str(member.id): member.name for member in await parts.roster.all()}
        shown = [_entry(entry, names) for entry in found[:_PAGE]]
        return json({"entries": shown, "has_more": len(found) > _PAGE})


async def _save_reply(parts: AdminParts, session: Session, body: Body, reply_id: str | None) -> CannedReply:
    skill = body.choice("skill", Skill) if body.values.get("skill") is not None else None
    async with parts.audit.together():
        saved = await parts.canned.save(
            _text(body, "shortcut"), _text(body, "title"), _text(body, "text"), skill, reply_id
        )
        told = {**_said(saved), "is_new": reply_id is None}
        await parts.audit.record(session.staff.id, "canned.saved", saved.id, told)
    return saved


def _said(reply: CannedReply) -> dict[str, object]:
    return {"shortcut": reply.shortcut, "title": reply.title, "text": reply.text}


def _wanted(body: Body) -> Wanted:
    given = body.values
    return Wanted(
        name=_name(body) if "name" in given else None,
        roles=frozenset(body.choices("roles", Role)) if "roles" in given else None,
        skills=frozenset(body.choices("skills", Skill)) if "skills" in given else None,
        capacity=body.number("capacity") if "capacity" in given else None,
        is_active=body.flag("is_active") if "is_active" in given else None,
    )


def _text(body: Body, name: str) -> str:
    """Return a text that can be stored; how long it may be is for whoever takes it."""
    text = body.text(name, None)
    if _UNWRITABLE.search(text):
        raise StaffError("request.invalid", name, field=name)
    return text


def _name(body: Body) -> str:
    """Return a name as customers will see it: one line that can be read."""
    name = body.text("name", None).strip()
    if not name.isprintable():
        raise StaffError("staff.invalid", "name", field="name")
    return name


def _number(text: str | None) -> int | None:
    """Read the number of an audit line."""
    if text is None:
        return None
    if not text.isdecimal():
        raise StaffError("request.invalid", "before", field="before")
    return min(int(text[:20]), _LAST_NUMBER)


def _entry(entry: Entry, names: dict[str, str]) -> dict[str, Any]:
    """Write a line; `subject_name` is there where the subject is a member of staff."""
    return {
        "number": entry.number,
        "at": views.moment(entry.at),
        "who": entry.who,
        "who_name": names.get(entry.who),
        "what": entry.what,
        "subject": entry.subject,
        "subject_name": names.get(entry.subject),
        "detail": dict(entry.detail),
    }
