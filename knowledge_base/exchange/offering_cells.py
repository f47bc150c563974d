"""An offering as people write it in a table, and back: what forms, CSV and Excel files have in common."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from core.clock import CHINA
from core.money import to_yuan
from core.offering import Offering
from core.tmf_offering import to_tmf
from knowledge_base.content.offerings import read_offerings, written_offerings
from knowledge_base.exchange.cells import join
from knowledge_base.exchange.offering_rows import (
    FIELDS,
    PROSE,
    edit_of_offering_row,
    lexicon,
    lexicon_name,
)
from knowledge_base.exchange.problems import Problem
from knowledge_base.exchange.problems import words as problem_words
from knowledge_base.exchange.rows import Row, safe_text
from knowledge_base.exchange.writing import csv_bytes, workbook_bytes

_WRITTEN = tuple(name for name in FIELDS if name not in ("family", "edition"))
_MB_PER_GB = 1024
EMPTY: Mapping[str, Any] = {
    "description": "", "tariff_no": "", "nicknames": [], "data_mb": None, "voice_min": None, "sms_count": None,
    "bandwidth_mbps": None, "validity": "", "effective": "", "overage": "", "scope": "", "eligibility": "", "subscribe": "",
    "cancel": "", "contract": "", "carry_over": "", "stacking": "", "extras": [], "segments": [], "is_sellable": True,
    "lifecycle": "Active", "valid_from": None, "valid_to": None, "is_orderable": True,
}  # fmt: skip


class OfferingInvalid(Exception):
    """Cells that make no offering; `problems` has the field as the column."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(", ".join(f"{one.column}: {one.code}" for one in problems))
        self.problems = tuple(problems)


def cells_of(offering: Offering) -> dict[str, str]:
    """Write an offering as texts by field, as an operator would type them."""
    words = lexicon()
    cells = {
        "id": str(offering.id),
        "name": offering.name,
        "category": words["category_names"][offering.category.value],
        "price": f"{to_yuan(offering.price_fen):f}".removesuffix(".00"),
        "period": words["period_names"][offering.period.value],
        "data": _volume(offering.data_mb),
        "nicknames": join(offering.nicknames),
        "extras": join(offering.extras),
        "segments": join(words["segments"].get(name, name).partition("|")[0] for name in offering.segments),
        "is_sellable": words["flag_names"][offering.is_sellable],
        "lifecycle": words["lifecycle_names"]["Active" if offering.lifecycle == "Active" else "Retired"],
        "valid_from": offering.valid_from.astimezone(CHINA).date().isoformat() if offering.valid_from else "",
        "valid_to": "",
    }
    if offering.valid_to is not None:  # its last day
        cells["valid_to"] = (
            (offering.valid_to - timedelta(microseconds=1)).astimezone(CHINA).date().isoformat()
        )
    for name, field in (("voice", "voice_min"), ("sms", "sms_count"), ("bandwidth", "bandwidth_mbps")):
        amount = getattr(offering, field)
        cells[name] = str(amount) if amount is not None else ""
    return cells | {name: getattr(offering, name) for name in PROSE}


def changes_of(body: Mapping[str, Any], changed: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Write what an import changes of an offering ({field, before, after} of plain values) as an operator would type it."""
    was = {**body, **{one["field"]: one["before"] for one in changed}}
    before, after = (cells_of(read_offerings([each])[0]) for each in (was, body))
    names = [CELL_OF[one["field"]] for one in changed]
    return [{"field": name, "before": before[name], "after": after[name]} for name in names]


def offering_of(cells: Mapping[str, str], before: Offering | None) -> Offering:
    """Read what an operator typed; a cell that was not touched keeps `before`'s value exactly. Raises OfferingInvalid."""
    shown = cells_of(before) if before is not None else {}
    wanted = {name: str(cells.get(name, "")) for name in _WRITTEN}
    if before is not None:
        wanted["id"] = str(before.id)
    edit = edit_of_offering_row(Row(0, tuple(wanted.values())), [(name, name) for name in wanted])
    if isinstance(edit, list):
        raise OfferingInvalid(edit)
    values: dict[str, Any] = {**EMPTY, **edit.values, "id": edit.id}
    if "price_fen" not in values:
        raise OfferingInvalid([Problem(0, "price", "row_empty", {"column": lexicon_name("price")})])
    if before is not None:
        kept = written_offerings([before])[0]
        values |= {key: kept[key] for key, name in CELL_OF.items() if wanted[name] == shown[name]}
    return read_offerings([values])[0]


def offerings_csv(offerings: Sequence[Offering]) -> bytes:
    """Write offerings as CSV that can be imported again."""
    return csv_bytes(_lines(offerings))


def offerings_workbook(offerings: Sequence[Offering]) -> bytes:
    """Write offerings as a workbook that can be imported again."""
    return workbook_bytes(problem_words()["sheet_offerings"], _lines(offerings))


def offerings_json(offerings: Sequence[Offering]) -> bytes:
    """Write offerings as a list of TMF620 productOffering."""
    return json.dumps([to_tmf(one) for one in offerings], ensure_ascii=False, indent=1).encode()


def _lines(offerings: Sequence[Offering]) -> Iterator[list[str]]:
    yield [lexicon_name(name) for name in _WRITTEN]
    for offering in offerings:
        cells = cells_of(offering)
        yield [safe_text(cells[name]) for name in _WRITTEN]


def _volume(data_mb: int | None) -> str:
    if data_mb is None:
        return ""
    return f"{data_mb // _MB_PER_GB}GB" if data_mb % _MB_PER_GB == 0 else f"{data_mb}MB"


CELL_OF: Mapping[str, str] = {  # value of an offering -> the cell that says it
    **{name: name for name in (*PROSE, "name", "category", "period", "nicknames", "extras", "segments")},
    **{name: name for name in ("is_sellable", "lifecycle", "valid_from", "valid_to")},
    "price_fen": "price",
    "data_mb": "data",
    "voice_min": "voice",
    "sms_count": "sms",
    "bandwidth_mbps": "bandwidth",
}
