"""The operator's figures over HTTP: a span beside the one before it, and every table as a file for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sanic import Blueprint, HTTPResponse, Request, json
from sanic.response import raw

from console import figures_views as views
from console.accounts import Session
from console.figures_words import figure_words
from console.guard import Guard
from conversations.desk_model import Role
from conversations.figures.model import Span
from conversations.figures.report import Figures, Report
from conversations.staff import Roster
from core.errors import StaffError
from knowledge_base.exchange.rows import safe_text

READERS = (Role.OPERATOR, Role.REVIEWER, Role.SUPERVISOR, Role.ADMIN)
_LONGEST = timedelta(days=366)
_BOM = "\ufeff"  # without it Excel takes UTF-8 for the machine's own encoding


@dataclass(frozen=True, slots=True)
class FigureParts:
    """What the routes stand on."""

    guard: Guard
    figures: Figures
    roster: Roster
    title_of: Callable[[str], str]  # of an article; its id where it is gone


def blueprint(parts: FigureParts) -> Blueprint:
    """Return the routes under /api/figures."""
    routes = Blueprint("figures", url_prefix="/api/figures")
    readers = parts.guard.needs(*READERS)

    @routes.get("/", name="figures")
    @readers
    async def figures(request: Request, session: Session) -> HTTPResponse:
        """Return the figures of a span (`first`, `last`, `channel`), and of the one before."""
        span, channel = _asked(request, parts.figures.today())
        now, before = (
            await parts.figures.report(span, channel),
            await parts.figures.report(span.before, channel),
        )
        found = await _tables(parts, now)
        return json({
            "span": views.span(span),
            "before": views.span(span.before),
            "channel": channel or "",
            "channels": [{"code": code, "name": figure_words().named("channels", code)} for code in sorted(now.channels)],
            "values": views.values(now),
            "values_before": views.values(before),
            "counts": views.counts(now),
            "days_before": [row["conversations"] for row in (await _tables(parts, before))["days"][1]],
            "tables": {name: {"title": figure_words().tables[name], "columns": _columns(columns), "rows": views.shown(name, rows)}
                       for name, (columns, rows) in found.items()},
            "definitions": views.definitions(),
        })  # fmt: skip

    @routes.get("/csv/<table:str>", name="figures_csv")
    @readers
    async def table(request: Request, session: Session, table: str) -> HTTPResponse:
        """Return one table as a CSV file that Excel opens."""
        span, channel = _asked(request, parts.figures.today())
        found = (await _tables(parts, await parts.figures.report(span, channel))).get(table)
        if found is None:
            raise StaffError("figures.unknown", table)
        name = f"{table}-{span.first}-{span.last}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return raw(_csv(*found).encode(), headers=headers, content_type="text/csv; charset=utf-8")

    return routes


async def _tables(parts: FigureParts, report: Report) -> dict[str, views.Table]:
    agents = {str(member.id): member.name for member in await parts.roster.all()}
    return views.tables(report, parts.title_of, lambda agent: agents.get(agent, agent))


def _asked(request: Request, today: date) -> tuple[Span, str | None]:
    """Read the span asked for; without one the last seven days."""
    last = _day(request.args.get("last")) or today
    first = _day(request.args.get("first")) or last - timedelta(days=6)
    if first > last or last - first >= _LONGEST or last > today + timedelta(days=1) or first.year < 2000:
        raise StaffError("figures.span")
    channel = request.args.get("channel") or None
    if channel is not None and (len(channel) > 32 or not channel.isprintable()):
        raise StaffError("request.invalid", "channel", field="channel")
    return Span(first, last), channel


def _day(text: str | None) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise StaffError("figures.span", text) from None


def _columns(columns: tuple[str, ...]) -> list[dict[str, str]]:
    """Name the columns; a figure's comes with its unit."""
    known = figure_words()
    return [
        {"key": key, "name": known.definitions[key].name, "unit": known.definitions[key].unit}
        if key in known.definitions
        else {"key": key, "name": known.columns[key], "unit": "share" if key == "share" else ""}
        for key in columns
    ]


def _csv(columns: tuple[str, ...], rows: list[Mapping[str, Any]] | list[dict[str, Any]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([column["name"] for column in _columns(columns)])
    for row in rows:
        writer.writerow([_cell(row[key]) for key in columns])
    return _BOM + out.getvalue()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4f}"
    return safe_text(value) if isinstance(value, str) else str(value)
