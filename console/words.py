"""The words of `words.yml`, checked when they are loaded: what a refusal says to staff."""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from console import FOLDER
from core.errors import AppError, CustomerError, StaffError, UpstreamError

PATH = FOLDER / "words.yml"
# Every code that staff can meet, and the fields its words may fill in.
ERRORS: Mapping[str, frozenset[str]] = {
    "login.wrong": frozenset(),
    "login.locked": frozenset({"minutes"}),
    "password.weak": frozenset({"least"}),
    "password.same": frozenset(),
    "password.wrong": frozenset(),
    "password.must_change": frozenset(),
    "session.missing": frozenset(),
    "token.wrong": frozenset(),
    "csrf.wrong": frozenset(),
    "origin.refused": frozenset(),
    "role.missing": frozenset(),
    "request.invalid": frozenset({"field"}),
    "staff.unknown": frozenset(),
    "staff.inactive": frozenset(),
    "staff.login_taken": frozenset(),
    "staff.invalid": frozenset({"field"}),
    "staff.not_online": frozenset(),
    "staff.own_role": frozenset(),
    "staff.last_admin": frozenset(),
    "handoff.taken": frozenset(),
    "handoff.gone": frozenset(),
    "handoff.unknown": frozenset(),
    "handoff.over_capacity": frozenset({"capacity"}),
    "conversation.not_yours": frozenset(),
    "conversation.unknown": frozenset(),
    "conversation.illegal_move": frozenset(),
    "transfer.nowhere": frozenset(),
    "follow_up.invalid": frozenset({"field"}),
    "follow_up.unknown": frozenset(),
    "follow_up.gone": frozenset(),
    "follow_up.not_yours": frozenset(),
    "note.empty": frozenset(),
    "note.too_long": frozenset({"max_chars"}),
    "message.empty": frozenset(),
    "message.too_long": frozenset({"max_chars"}),
    "message.id_invalid": frozenset(),
    "canned.unknown": frozenset(),
    "canned.taken": frozenset({"shortcut"}),
    "canned.invalid": frozenset({"field"}),
    "operating.invalid": frozenset({"field"}),
    "operating.day_unreadable": frozenset({"line", "text"}),
    "operating.day_year": frozenset({"line"}),
    "operating.day_unknown": frozenset({"line", "day"}),
    "operating.day_weekday": frozenset({"line", "day"}),
    "operating.day_order": frozenset({"line"}),
    "operating.day_long": frozenset({"line", "most"}),
    "operating.day_what": frozenset({"line"}),
    "operating.day_hours": frozenset({"line"}),
    "operating.day_name": frozenset({"line", "most"}),
    "operating.day_twice": frozenset({"line", "other", "day"}),
    "operating.days_many": frozenset({"most"}),
    "customer.unverified": frozenset(),
    "import.refused": frozenset({"message"}),  # the reader of files has the words
    "import.unknown": frozenset(),
    "import.gone": frozenset(),
    "import.problems": frozenset({"count"}),
    "offering.unknown": frozenset(),
    "offering.taken": frozenset(),
    "article.unknown": frozenset(),
    "article.taken": frozenset(),
    "article.invalid": frozenset({"problem"}),
    "article.conflict": frozenset({"name"}),
    "article.read_only": frozenset(),
    "article.not_live": frozenset(),
    "article.placeholder_offering": frozenset({"article", "placeholder"}),
    "article.placeholder_field": frozenset({"article", "placeholder"}),
    "article.placeholder_open": frozenset({"article", "placeholder"}),
    "revision.unknown": frozenset(),
    "release.unknown": frozenset(),
    "release.empty": frozenset(),
    "release.blocked": frozenset(),
    "release.outdated": frozenset(),
    "release.not_ready": frozenset(),
    "release.nothing_before": frozenset(),
    "release.no_candidate": frozenset(),
    "release.not_built": frozenset(),
    "release.no_canary": frozenset(),
    "release.in_canary": frozenset({"number"}),
    "test.unknown": frozenset(),
    "unknown_group.unknown": frozenset(),
    "unknown_group.taken": frozenset(),
    "unknown_group.busy": frozenset(),
    "unknown_group.merge": frozenset(),
    "unknown_group.reason": frozenset(),
    "figures.span": frozenset(),
    "figures.unknown": frozenset(),
    "upstream": frozenset(),  # whoever is down
    "refused": frozenset(),  # any CustomerError: its own words are for customers
    "internal": frozenset(),
}


@dataclass(frozen=True, slots=True)
class Words:
    """What the file says."""

    errors: Mapping[str, str]
    fields: Mapping[str, str]


@cache
def words(path: Path = PATH) -> Words:
    """Return every text, loaded once; raise StaffError("words.invalid") when one is missing or unknown."""
    loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
    errors, fields = (loaded.get(part) if isinstance(loaded, dict) else None for part in ("errors", "fields"))
    if not isinstance(errors, dict) or not isinstance(fields, dict):
        raise StaffError("words.invalid", "needs `errors` and `fields`")
    if set(errors) != set(ERRORS):
        differing = ", ".join(sorted(map(str, set(ERRORS) ^ set(errors))))
        raise StaffError("words.invalid", f"missing or unknown: {differing}")
    for code, text in errors.items():
        _check(code, text)
    return Words(errors, {str(name): str(shown) for name, shown in fields.items()})


def error_words(error: AppError) -> str:
    """Return what an error says; a code without words is as much a failure of ours as any other."""
    known, code = words(), words_code(error)
    field = str(error.fields.get("field", ""))
    filled = {**error.fields, "field": known.fields.get(field, field)}
    return known.errors[code].format(**{name: filled.get(name, "") for name in ERRORS[code]})


def words_code(error: AppError) -> str:
    """Return the code whose words an error is told in."""
    if error.code in ERRORS:
        return error.code
    if isinstance(error, UpstreamError):
        return "upstream"
    return "refused" if isinstance(error, CustomerError) else "internal"


def _check(code: str, text: object) -> None:
    if not isinstance(text, str) or not text.strip():
        raise StaffError("words.invalid", f"{code} is empty")
    try:
        fields = {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    except ValueError as error:
        raise StaffError("words.invalid", f"{code}: {error}") from error
    if not fields <= ERRORS[code]:
        raise StaffError("words.invalid", f"{code} has unknown fields")
