"""A file is put in some time after it was read: what others changed meanwhile stays, and what both changed is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from knowledge_base.exchange.job_store import Planned, RowProblem
from knowledge_base.exchange.problems import words


class Overtaken(Exception):
    """Somebody else changed the same since the file was read."""

    def __init__(self, one: Planned, field: str) -> None:
        super().__init__(one.subject)
        self.row, self.field = one.row, field

    def problem(self, column: str) -> RowProblem:
        """Return it as a problem of the row; `column` is what an operator calls the field."""
        return RowProblem(self.row, column, words()["row_overtaken"])


def brought_up(one: Planned, there: Mapping[str, Any] | None, fields: Sequence[str]) -> Mapping[str, Any]:
    """Return what a row makes of what is there by now (None: nothing): only what the file changes, the rest as it is.

    Raises Overtaken where another value stands by now in a field that the file changes, or the thing came or went.
    """
    if there is None:
        if one.verdict != "create":
            raise Overtaken(one, "")
        return one.body
    if one.verdict == "create":
        if other := next((name for name in fields if _differ(there.get(name), one.body.get(name))), None):
            raise Overtaken(one, other)
        return there
    after = dict(there)
    for change in one.changed:
        name = change["field"]
        if _differ(after.get(name), change["before"]) and _differ(after.get(name), change["after"]):
            raise Overtaken(one, name)
        after[name] = change["after"]
    return after


def _differ(one: object, other: object) -> bool:
    return one != other and bool(one or other)
