"""Importing and exporting files over HTTP: what a file would do, row by row, before it is done."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from sanic import Blueprint, HTTPResponse, Request, json
from sanic.response import raw

from console import desk_views as views
from console.accounts import Session
from console.audit import Audit
from console.guard import Guard, Needs
from console.reading import Body
from conversations.desk_model import Role
from conversations.staff import Roster
from core.errors import StaffError
from knowledge_base.exchange.job_store import Job, JobKind, Planned, RowProblem
from knowledge_base.exchange.jobs import Imports
from knowledge_base.exchange.limits import MAX_BYTES
from knowledge_base.exchange.offering_cells import changes_of
from knowledge_base.exchange.problems import FileRefused, words
from knowledge_base.exchange.rows import safe_text

_PAGE = 100
_DISCARDED = 256 * 1024 * 1024  # bytes of a file that is too large, taken in only to be answered
_UPLOAD_S = 300.0
_ROOM = 64 * 1024  # of a request beside its file
_FORMS = {
    "yaml": ("yml", "application/yaml"),
    "csv": ("csv", "text/csv; charset=utf-8"),
    "xlsx": ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


class Articles(Protocol):
    """Where exports come from."""

    async def file(self, form: str, live: bool) -> bytes:
        """Return every draft, or everything live, as a file of one of `_FORMS`."""


@dataclass(frozen=True, slots=True)
class ImportParts:
    """What the routes stand on."""

    guard: Guard
    audit: Audit
    roster: Roster
    imports: Imports
    articles: Articles


def blueprint(parts: ImportParts) -> Blueprint:
    """Return the routes under /api/knowledge that take and give files."""
    routes = Blueprint("imports", url_prefix="/api/knowledge")
    staff = parts.guard.needs(Role.OPERATOR, Role.REVIEWER, Role.ADMIN)
    _jobs(routes, parts, staff)
    _details(routes, parts, staff)
    _export(routes, parts, staff)
    return routes


def _jobs(routes: Blueprint, parts: ImportParts, staff: Needs) -> None:
    imports = parts.imports

    async def view(job_id: str) -> dict[str, Any]:
        return job_view(await imports.store.job(job_id), await parts.roster.names())

    @routes.post("/import", name="import_start", stream=True)
    @staff
    async def start(request: Request, session: Session) -> HTTPResponse:
        """Take a file as the raw body and begin to read it."""
        kind = _kind(request.args.get("kind"))
        filename = str(request.args.get("filename") or "")
        data = await uploaded(request)
        apply, rest = request.args.get("dry_run") != "1", request.args.get("rest") == "1"
        job_id = await imports.start(kind, filename, data, session.staff.id, apply, rest)
        return json({"id": job_id}, 202)

    @routes.get("/imports", name="import_list")
    @staff
    async def recent(request: Request, session: Session) -> HTTPResponse:
        """Return the last imports, newest first."""
        names = await parts.roster.names()
        return json([job_view(job, names) for job in await imports.store.recent()])

    @routes.get("/imports/<job_id:str>", name="import_show")
    @staff
    async def show(request: Request, session: Session, job_id: str) -> HTTPResponse:
        """Return how far an import is, and the first things wrong with it."""
        job = await imports.store.job(job_id)
        problems = await imports.store.problems(job_id, 0, _PAGE)
        shown = job_view(job, await parts.roster.names())
        return json({**shown, "problems": [problem_view(one) for one in problems]})

    @routes.post("/imports/<job_id:str>/apply", name="import_apply")
    @staff
    async def apply(request: Request, session: Session, job_id: str) -> HTTPResponse:
        """Put in what can go in; with problems only where `rest` says so."""
        body = Body.of(request)
        rest = body.flag("rest") if "rest" in body.values else False
        await imports.apply(job_id, rest, session.staff.id)
        return json(await view(job_id), 202)

    @routes.delete("/imports/<job_id:str>", name="import_drop")
    @staff
    async def drop(request: Request, session: Session, job_id: str) -> HTTPResponse:
        """Stop reading a file, or forget what was read."""
        await imports.store.job(job_id)
        await imports.drop(job_id, session.staff.id)
        return json(await view(job_id))


def _details(routes: Blueprint, parts: ImportParts, staff: Needs) -> None:
    store = parts.imports.store

    @routes.get("/imports/<job_id:str>/rows", name="import_rows")
    @staff
    async def rows(request: Request, session: Session, job_id: str) -> HTTPResponse:
        """Return what rows would do, a page at a time."""
        job = await store.job(job_id)
        verdict = request.args.get("verdict")
        found, total = await store.rows(job_id, verdict, _number(request, "after"), _PAGE)
        return json({"rows": [row_view(job.kind, place, one) for place, one in found], "total": total})

    @routes.get("/imports/<job_id:str>/problems", name="import_problems")
    @staff
    async def problems(request: Request, session: Session, job_id: str) -> HTTPResponse:
        """Return what is wrong, a page at a time."""
        job = await store.job(job_id)
        found = await store.problems(job_id, _number(request, "offset"), _PAGE)
        return json({"problems": [problem_view(one) for one in found], "total": job.problems})

    @routes.get("/imports/<job_id:str>/problems.csv", name="import_problems_csv")
    @staff
    async def problem_file(request: Request, session: Session, job_id: str) -> HTTPResponse:
        """Return what is wrong as a table, to work through beside the file."""
        await store.job(job_id)
        written = io.StringIO(newline="")
        table = csv.writer(written)
        table.writerow(words()["problems_header"].split("|"))
        for one in await store.problems(job_id, 0, 1_000_000):
            table.writerow((one.row, safe_text(one.column), safe_text(one.message)))
        body = b"\xef\xbb\xbf" + written.getvalue().encode()
        return file_response(body, "import-problems.csv", "text/csv; charset=utf-8")

    @routes.put("/imports/<job_id:str>/columns", name="import_columns")
    @staff
    async def columns(request: Request, session: Session, job_id: str) -> HTTPResponse:
        """Read a table of offerings again with its columns taken another way: {"columns": {heading: field or ""}}."""
        wanted = Body.of(request).values.get("columns")
        if not isinstance(wanted, dict) or not all(isinstance(value, str) for value in wanted.values()):
            raise StaffError("request.invalid", "columns", field="columns")
        await parts.imports.read_again(job_id, wanted, session.staff.id)
        return json(job_view(await store.job(job_id), await parts.roster.names()), 202)


def _export(routes: Blueprint, parts: ImportParts, staff: Needs) -> None:
    @routes.get("/export", name="export")
    @staff
    async def export(request: Request, session: Session) -> HTTPResponse:
        """Return every article as one file: ?format=yaml|csv|xlsx&what=drafts|live."""
        form = request.args.get("format", "yaml")
        if form not in _FORMS:
            raise StaffError("request.invalid", "format", field="format")
        suffix, kind = _FORMS[form]
        what = "live" if request.args.get("what") == "live" else "drafts"
        body = await parts.articles.file(form, what == "live")
        await parts.audit.record(session.staff.id, "articles.exported", "", {"format": form, "what": what})
        return file_response(body, f"articles-{what}.{suffix}", kind)


async def uploaded(request: Request) -> bytes:
    """Return a request's file; raise FileRefused where it is too large.

    A browser shows the answer only once everything is sent, so what is too much is still taken in for a while, and thrown
    away piece by piece; whoever sends still more is hung up on.
    """
    stream: Any = request.stream
    stream.request_max_size = _DISCARDED + _ROOM  # the service's own limit is for messages
    stated = request.headers.get("content-length", "")
    parts: list[bytes] = []
    size = 0
    is_refused = stated.isdecimal() and int(stated) > MAX_BYTES
    with suppress(TimeoutError):
        async with asyncio.timeout(_UPLOAD_S):
            while size <= _DISCARDED and (part := await stream.read()) is not None:
                size += len(part)
                is_refused = is_refused or size > MAX_BYTES
                if is_refused:
                    parts.clear()
                else:
                    parts.append(part)
            return b"".join(parts) if not is_refused else _refuse()
    return _refuse()


def _refuse() -> bytes:
    raise FileRefused("file_too_large", limit=MAX_BYTES // 1024 // 1024)


def file_response(body: bytes, name: str, kind: str) -> HTTPResponse:
    """Return a file that browsers save and never show."""
    return raw(body, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def job_view(job: Job, names: Mapping[str, str]) -> dict[str, Any]:
    """Write a job."""
    return {
        "id": job.id,
        "kind": job.kind.value,
        "filename": job.filename,
        "state": job.state.value,
        "who": job.who,
        "who_name": names.get(job.who),
        "started": views.moment(job.created),
        "done": job.done,
        "total": job.total,
        "created": job.adds,
        "updated": job.changes,
        "unchanged": job.same,
        "problem_count": job.problems,
        "ignored": list(job.ignored),
        "columns": dict(job.columns) if job.columns is not None else None,
        "message": job.message,
    }


def row_view(kind: JobKind, place: int, one: Planned) -> dict[str, Any]:
    """Write what a row would do; of an offering as an operator would type it."""
    changed = changes_of(one.body, one.changed) if kind is JobKind.OFFERINGS else list(one.changed)
    return {
        "place": place,
        "row": one.row,
        "id": one.subject,
        "title": one.title,
        "verdict": one.verdict,
        "changed": changed,
        "body": dict(one.body),
    }


def problem_view(one: RowProblem) -> dict[str, Any]:
    """Write what is wrong with a row."""
    return {"row": one.row, "column": one.column, "message": one.message}


def _kind(asked: str | None) -> JobKind:
    try:
        return JobKind(asked or JobKind.ARTICLES.value)
    except ValueError:
        raise StaffError("request.invalid", "kind", field="kind") from None


def _number(request: Request, name: str) -> int:
    text = request.args.get(name, "0")
    if not text.isdecimal() or len(text) > 9:
        raise StaffError("request.invalid", name, field=name)
    return int(text)
