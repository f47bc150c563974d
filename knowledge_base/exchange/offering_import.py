"""Compares imported offerings with the catalogue, and puts them on the operator's own shelf."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from core.ids import OfferingId
from core.offering import Offering
from core.text import normalise
from knowledge_base.content.offerings import read_offerings, written_offerings
from knowledge_base.exchange.job_store import Planned, RowProblem
from knowledge_base.exchange.meanwhile import Overtaken, brought_up
from knowledge_base.exchange.offering_cells import CELL_OF, EMPTY
from knowledge_base.exchange.offering_rows import lexicon_name
from knowledge_base.exchange.problems import Problem
from knowledge_base.offering_store.merging import FIELDS
from knowledge_base.offering_store.shelves import Shelves

_GENERATED = "own-"  # ids made from a name


class OfferingImporter:
    """The `Importer` of offerings; `changed` is told when the catalogue is another."""

    def __init__(self, shelves: Shelves, changed: Callable[[], None]) -> None:
        self._shelves, self._changed = shelves, changed

    async def plan(self, edits: Sequence[Mapping[str, Any]]) -> tuple[list[Planned], list[RowProblem]]:
        """Say what edits would do to the catalogue."""
        there = {offering.id: offering for offering in await self._shelves.offerings()}
        owners = {normalise(name): one.id for one in there.values() for name in (one.name, *one.nicknames)}
        own_names = {normalise(one.name): one.id for one in there.values()}
        planned: list[Planned] = []
        problems: list[RowProblem] = []
        for edit in edits:
            offering_id, name = OfferingId(edit["id"]), normalise(str(edit["values"].get("name", "")))
            if offering_id.startswith(_GENERATED) and offering_id not in there:
                offering_id = own_names.get(name, offering_id)
            if (
                problem := _problem(edit, there.get(offering_id), owners.get(name, offering_id), offering_id)
            ) is not None:
                problems.append(RowProblem(problem.row, problem.column, problem.message))
                continue
            before = there.get(offering_id)
            after = _merged(offering_id, before, edit)
            changed = list(_differences(before, after)) if before is not None else []
            verdict = "create" if before is None else "update" if changed else "same"
            planned.append(Planned(edit["row"], offering_id, after["name"], verdict, changed, after))
        return planned, problems

    async def put(self, rows: Sequence[Planned], who: str, note: str) -> list[RowProblem]:
        """Put offerings on the operator's shelf, each beside what the billing system says of it now."""
        billing = {offering.id: offering for offering in await self._shelves.billing()}
        there = {one.id: written_offerings([one])[0] for one in await self._shelves.offerings()}
        bodies: list[Mapping[str, Any]] = []
        problems: list[RowProblem] = []
        for one in rows:
            try:
                after = brought_up(one, there.get(OfferingId(one.subject)), FIELDS)
                bodies.append({**after, "is_orderable": True})
            except Overtaken as overtaken:
                column = lexicon_name(CELL_OF[overtaken.field]) if overtaken.field else ""
                problems.append(overtaken.problem(column))
        offerings = read_offerings(bodies)
        await self._shelves.store.put_many([(one, billing.get(one.id)) for one in offerings], who, note[:200])
        self._changed()
        return problems


def _problem(
    edit: Mapping[str, Any], before: Offering | None, owner: OfferingId, own: OfferingId
) -> Problem | None:
    row, values = edit["row"], edit["values"]
    if before is None and "price_fen" not in values:
        return Problem(row, "", "row_empty", {"column": lexicon_name("price")})
    if owner != own:
        return Problem(row, "", "row_name_taken", {"value": values["name"], "other": owner})
    return None


def _merged(offering_id: OfferingId, before: Offering | None, edit: Mapping[str, Any]) -> dict[str, Any]:
    values = {**edit["values"], "id": str(offering_id)}
    if before is not None and not edit["whole"]:
        return {**written_offerings([before])[0], **values, "is_orderable": True}
    return {**EMPTY, **values}


def _differences(before: Offering, after: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    old = written_offerings([before])[0]
    for name in FIELDS:
        if old[name] != after[name]:
            yield {"field": name, "before": old[name], "after": after[name]}
