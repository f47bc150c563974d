"""What the figures' page reads: values, the days, and a table for each subject."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from console.figures_words import VALUES, figure_words
from conversations.figures.model import Measure, Span
from conversations.figures.rates import DURATIONS, RATES, Sums, percentile, rate, score
from conversations.figures.report import Report

Row = dict[str, Any]
Table = tuple[tuple[str, ...], list[Row]]  # columns and rows
SHOWN = 200  # rows of a table on the page; a file has them all
_DAY_VALUES = ("conversations", "asked", "score", *RATES)


def values(report: Report) -> dict[str, Any]:
    """Return every figure of a span; None where there is nothing to count."""
    found = {name: _value(name, report.totals) for name in ("conversations", "asked", "score", *RATES)}
    for name, measure in DURATIONS.items():
        counts = report.seconds(measure)
        found |= {f"{name}_p{percent}": percentile(counts, percent) for percent in (50, 95)}
    return {name: found[name] for name in (*VALUES, *RATES)}


def counts(report: Report) -> dict[str, tuple[int, int]]:
    """Return what each rate was made of."""
    return {name: (found.count, found.of) for name in RATES if (found := rate(name, report.totals))}


def _value(name: str, sums: Sums) -> float | int | None:
    if name == "conversations":
        return _n(sums, Measure.CONVERSATIONS)
    if name == "asked":
        return sum(_n(sums, m) for m in (Measure.ANSWERED, Measure.OFFERED, Measure.ABSTAINED))
    return score(sums) if name == "score" else rate(name, sums).value


def tables(
    report: Report, title_of: Callable[[str], str], agent_of: Callable[[str], str]
) -> dict[str, Table]:
    """Return every table, in the order of the page."""
    return {
        "days": _days(report),
        "channels": _channels(report),
        "topics": _topics(report),
        "articles": _articles(report, title_of),
        "agents": _agents(report, agent_of),
        "reasons": _reasons(report),
        "wordings": _wordings(report),
    }


def shown(name: str, rows: list[Row]) -> list[Row]:
    """Return the rows of a table that the page shows: every day, and the first of everything else."""
    return rows if name == "days" else rows[:SHOWN]


def _days(report: Report) -> Table:
    rows = [
        {"day": day.isoformat(), **{name: _value(name, report.days.get(day, {})) for name in _DAY_VALUES}}
        for day in report.span.days
    ]
    return ("day", *_DAY_VALUES), rows


def _channels(report: Report) -> Table:
    called = figure_words()
    rows = [
        {"channel": called.named("channels", channel), **{name: _value(name, sums) for name in _DAY_VALUES}}
        for channel, sums in sorted(report.channels.items())
    ]
    return ("channel", *_DAY_VALUES), rows


def _topics(report: Report) -> Table:
    called, keys = figure_words(), report.keys
    parts = (
        Measure.SETTLED,
        Measure.PENDING,
        Measure.ANSWERED,
        Measure.OFFERED,
        Measure.ABSTAINED,
        Measure.RATED_TOPIC,
    )
    topics = {topic for measure in parts for topic in keys[measure]}
    rows = []
    for topic in topics:
        sums = {
            measure: keys[measure][topic] for measure in (*parts, Measure.RESOLVED) if topic in keys[measure]
        }
        thumbs = {
            Measure.USEFUL: keys[Measure.TOPIC_USEFUL][topic],
            Measure.USELESS: keys[Measure.TOPIC_USELESS][topic],
        }
        rows.append({
            "topic": called.named("topics", topic), "settled": _n(sums, Measure.SETTLED), "pending": _n(sums, Measure.PENDING),
            "resolution": rate("resolution", sums).value, "asked": _value("asked", sums), "abstention": rate("abstention", sums).value,
            "false_answers": rate("false_answers", thumbs).value, "rated_count": _n(sums, Measure.RATED_TOPIC),
            "score": score(sums, Measure.RATED_TOPIC),
        })  # fmt: skip
    columns = (
        "topic",
        "settled",
        "pending",
        "resolution",
        "asked",
        "abstention",
        "false_answers",
        "rated_count",
        "score",
    )
    return columns, _most(rows, "settled", "asked")


def _articles(report: Report, title_of: Callable[[str], str]) -> Table:
    keys = report.keys
    most = sorted(keys[Measure.HIT], key=lambda article: (-keys[Measure.HIT][article].count, article))
    rows = []
    for article in most:
        thumbs = {measure: keys[measure][article] for measure in (Measure.USEFUL, Measure.USELESS)}
        rated = {Measure.RATED_ARTICLE: keys[Measure.RATED_ARTICLE][article]}
        rows.append({
            "article": title_of(article), "id": article, "hits": keys[Measure.HIT][article].count,
            "useful": thumbs[Measure.USEFUL].count, "useless": thumbs[Measure.USELESS].count,
            "false_answers": rate("false_answers", thumbs).value, "left_behind": keys[Measure.LEFT_BEHIND][article].count,
            "rated_count": rated[Measure.RATED_ARTICLE].count, "score": score(rated, Measure.RATED_ARTICLE),
        })  # fmt: skip
    return (
        "article",
        "id",
        "hits",
        "useful",
        "useless",
        "false_answers",
        "left_behind",
        "rated_count",
        "score",
    ), rows


def _agents(report: Report, agent_of: Callable[[str], str]) -> Table:
    keys = report.keys
    rows = []
    for agent in keys[Measure.HANDLED]:
        first, length = keys[Measure.AGENT_RESPONSE][agent], keys[Measure.AGENT_LENGTH][agent]
        rated = {Measure.RATED_AGENT: keys[Measure.RATED_AGENT][agent]}
        rows.append({
            "agent": agent_of(agent), "handled": keys[Measure.HANDLED][agent].count,
            "first_response": round(first.total / first.count) if first.count else None,
            "length": round(length.total / length.count) if length.count else None,
            "rated_count": rated[Measure.RATED_AGENT].count, "score": score(rated, Measure.RATED_AGENT),
        })  # fmt: skip
    return ("agent", "handled", "first_response", "length", "rated_count", "score"), _most(rows, "handled")


def _reasons(report: Report) -> Table:
    total = _n(report.totals, Measure.HANDOFF)
    rows = [
        {
            "reason": figure_words().named("reasons", reason),
            "count": found.count,
            "share": found.count / total,
        }
        for reason, found in report.keys[Measure.HANDOFF].items()
    ]
    return ("reason", "count", "share"), _most(rows, "count")


def _wordings(report: Report) -> Table:
    rows = [{"wording": text, "count": found.count} for text, found in report.keys[Measure.WORDING].items()]
    return ("wording", "count"), _most(rows, "count")


def _most(rows: Iterable[Row], *by: str) -> list[Row]:
    """Return the largest first; of equals the first in the alphabet."""
    return sorted(rows, key=lambda row: (*(-(row[name] or 0) for name in by), str(next(iter(row.values())))))


def _n(sums: Sums, measure: Measure) -> int:
    found = sums.get(measure)
    return found.count if found is not None else 0


_FIRST = (
    "conversations",
    "asked",
    "containment",
    "resolution",
    "abstention",
    "false_answers",
    "handoff",
    "score",
)


def definitions() -> dict[str, Mapping[str, str]]:
    """Return what the page calls each figure and says of it."""
    known = figure_words().definitions
    order = (*_FIRST, *(name for name in known if name not in _FIRST))  # of the page: what is looked at first
    return {
        name: {"name": each.name, "unit": each.unit, "good": each.good, "words": each.words}
        for name in order
        for each in (known[name],)
    }


def span(found: Span) -> dict[str, str]:
    """Write a span."""
    return {"first": found.first.isoformat(), "last": found.last.isoformat()}
