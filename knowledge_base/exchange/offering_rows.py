"""Rows of an operator's catalogue, whatever its columns, read as offerings; and TMF620 as it is."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from core.clock import CHINA, UTC
from core.errors import UpstreamMalformed
from core.money import from_yuan
from core.text import normalise
from core.tmf_offering import offering_from_tmf
from knowledge_base.content.offerings import written_offerings
from knowledge_base.exchange.cells import MARKUP, day_of, short, split
from knowledge_base.exchange.problems import Problem
from knowledge_base.exchange.rows import Row

PROSE = (
    "description", "tariff_no", "validity", "effective", "overage", "scope", "eligibility", "subscribe", "cancel", "contract",
    "carry_over", "stacking",
)  # fmt: skip
FIELDS = ("id", "name", "family", "edition", "category", "price", "period", "data", "voice", "sms", "bandwidth", *PROSE,
          "nicknames", "extras", "segments", "is_sellable", "lifecycle", "valid_from", "valid_to")  # fmt: skip
_QUANTITIES = {"data": "data_mb", "voice": "voice_min", "sms": "sms_count", "bandwidth": "bandwidth_mbps"}
_PRICE = re.compile(r"[¥￥]?\s*(\d+(?:\.\d+)?)\s*(?:元|块|RMB|CNY)?\s*(?:[/每]\s*(.+))?", re.IGNORECASE)
_VOLUME = re.compile(r"(\d+(?:\.\d+)?)\s*(TB?|GB?|MB?|KB?)?", re.IGNORECASE)
_WHOLE = re.compile(r"(\d+)(?:\.0+)?\s*(?:分钟|分|条|M|Mbps|兆|min)?", re.IGNORECASE)
_MB = {"T": 1024 * 1024, "G": 1024, "M": 1}
_ID = re.compile(r"[\w][\w.-]{0,79}")
_LONGEST = {"name": 100, "tariff_no": 60}  # characters; what is said in words may have 1,000
_PROSE_CHARS = 1_000
_MOST_PRICE = Decimal(1_000_000)  # yuan
_MOST_AMOUNT = 10**9


@dataclass(frozen=True, slots=True)
class OfferingEdit:
    """What a file says about an offering, as plain values; `is_whole` means that what is not said is empty."""

    row: int
    id: str
    values: Mapping[str, Any] = field(hash=False)
    is_whole: bool = False


@cache
def lexicon() -> Mapping[str, Any]:
    """Return the words of operators' tables."""
    path = Path(__file__).parent / "offering_words.yml"
    loaded: Mapping[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


def edit_of_tmf(row: int, node: object) -> OfferingEdit | list[Problem]:
    """Read a TMF620 productOffering."""
    try:
        if not isinstance(node, Mapping):
            raise UpstreamMalformed("bss.malformed", type(node).__name__)
        offering = offering_from_tmf(node)
    except UpstreamMalformed as error:
        return [Problem(row, "", "row_tmf", {"why": short(error.detail)})]
    values = written_offerings([offering])[0]
    if found := [name for name, text in values.items() if _has_markup(text)]:
        return [Problem(row, found[0], "row_markup", {"value": "<…>"})]
    return OfferingEdit(row, offering.id, values, is_whole=True)


def edit_of_offering_row(row: Row, columns: Sequence[tuple[str, str]]) -> OfferingEdit | list[Problem]:
    """Read a row; `columns` are (heading, field), the field empty where a column is not read."""
    reader = _OfferingReader(row.number)
    cells: dict[str, tuple[str, str]] = {}
    for place, (heading, name) in enumerate(columns):
        if not name:
            continue
        if place in row.faults:
            code, fields = row.faults[place]
            reader.wrong(heading, code, **fields)
        elif row.texts[place]:
            cells.setdefault(name, (heading, row.texts[place]))
    if row.extra:
        reader.wrong("", "row_extra_cells", count=row.extra)
    values = reader.read(cells)
    return reader.problems or OfferingEdit(row.number, values.pop("id"), values)


class _OfferingReader:
    """Reads the cells of one offering and collects what is wrong with them."""

    def __init__(self, row: int) -> None:
        self._row, self.problems = row, list[Problem]()

    def wrong(self, where: str, code: str, /, **fields: object) -> None:
        self.problems.append(Problem(self._row, where, code, fields))

    def read(self, cells: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
        """Return what the cells say, as plain values of an offering."""
        for heading, text in cells.values():
            if hit := MARKUP.search(text):
                self.wrong(heading, "row_markup", value=short(hit[0]))
        values: dict[str, Any] = {"name": self._name(cells)}
        if "family" in cells:
            values["family"] = cells["family"][1]
        values["id"] = self._id(cells, values["name"])
        self._category(cells, values)
        self._price(cells, values)
        for name, target in _QUANTITIES.items():
            if name in cells:
                values[target] = self._quantity(name, *cells[name])
        for name in PROSE:
            if name in cells:
                values[name] = self._words(*cells[name], _LONGEST.get(name, _PROSE_CHARS))
        for name in ("nicknames", "extras"):
            if name in cells:
                values[name] = [text for text in split(cells[name][1].replace("、", "|")) if text != "无"]
        self._offered(cells, values)
        return values

    def _name(self, cells: Mapping[str, tuple[str, str]]) -> str:
        if "name" in cells:
            return self._words(*cells["name"], _LONGEST["name"])
        if "family" not in cells:
            self.wrong("", "row_empty", column=lexicon_name("name"))
            return ""
        edition = cells.get("edition", ("", ""))[1]
        name = str(lexicon()["named_edition"]).format(family=cells["family"][1], edition=edition)
        return self._words(cells["family"][0], name, _LONGEST["name"])

    def _id(self, cells: Mapping[str, tuple[str, str]], name: str) -> str:
        if "id" not in cells:  # the same name is the same offering the next time, too
            return "own-" + hashlib.sha256(normalise(name).encode()).hexdigest()[:12]
        heading, text = cells["id"]
        if not _ID.fullmatch(text):
            self.wrong(heading, "row_id", value=short(text))
        return text

    def _category(self, cells: Mapping[str, tuple[str, str]], values: dict[str, Any]) -> None:
        if "category" in cells:
            heading, text = cells["category"]
            values["category"] = _first("categories", text)
            if values["category"] is None:
                self.wrong(
                    heading,
                    "row_category",
                    value=short(text),
                    choices="、".join(lexicon()["category_names"].values()),
                )
            return
        asked = " ".join(cells[name][1] for name in ("family", "name") if name in cells)
        values["category"] = _first("categories", asked) or _by_contents(cells)

    def _price(self, cells: Mapping[str, tuple[str, str]], values: dict[str, Any]) -> None:
        is_monthly = values["category"] in lexicon()["monthly"]
        values["period"] = "month" if is_monthly else "once"
        per = ""
        if "price" in cells:
            heading, text = cells["price"]
            hit = _PRICE.fullmatch(text)
            if re.fullmatch(lexicon()["free"], text):
                values["price_fen"] = 0
            elif (
                hit is None
                or (amount := _decimal(hit[1])) is None
                or amount > _MOST_PRICE
                or amount * 100 % 1
            ):
                self.wrong(heading, "row_price", value=short(text))
            else:
                values["price_fen"], per = from_yuan(amount), hit[2] or ""
        elif re.search(lexicon()["free_name"], values["name"]):
            values["price_fen"] = 0
        if per and (period := _first("periods", per)):
            values["period"] = period
        if "period" in cells:
            heading, text = cells["period"]
            values["period"] = _first("periods", text)
            if values["period"] is None:
                self.wrong(heading, "row_period", value=short(text))

    def _quantity(self, name: str, heading: str, text: str) -> int | None:
        if name == "data":
            hit = _VOLUME.fullmatch(text)
            unit = (hit[2] or _unit_of(heading) or "M")[0].upper() if hit else ""
            amount = _decimal(hit[1]) if hit else None
            if amount is not None and unit == "K":
                amount, unit = amount / 1024, "M"
            if amount is None or amount * _MB[unit] > _MOST_AMOUNT:
                self.wrong(heading, "row_volume", value=short(text))
                return None
            return round(amount * _MB[unit]) or None
        hit = _WHOLE.fullmatch(text)
        if hit is None or int(hit[1]) > _MOST_AMOUNT:
            self.wrong(heading, "row_minutes" if name == "voice" else "row_count", value=short(text))
            return None
        return int(hit[1]) or None

    def _words(self, heading: str, text: str, most: int) -> str:
        if len(text) > most:
            self.wrong(heading, "row_too_long", count=len(text), limit=most)
        return text

    def _offered(self, cells: Mapping[str, tuple[str, str]], values: dict[str, Any]) -> None:
        if "segments" in cells:
            text = cells["segments"][1]
            values["segments"] = [
                name for name, pattern in lexicon()["segments"].items() if re.search(pattern, text)
            ]
        if "is_sellable" in cells:
            values["is_sellable"] = self._flag(*cells["is_sellable"])
        if "lifecycle" in cells:
            values["lifecycle"] = "Active" if self._flag(*cells["lifecycle"]) else "Retired"
        for name in ("valid_from", "valid_to"):
            if name in cells:
                values[name] = self._moment(name, *cells[name])
        if (start := values.get("valid_from")) and (end := values.get("valid_to")) and start >= end:
            self.wrong(cells["valid_to"][0], "row_dates_order")

    def _flag(self, heading: str, text: str) -> bool:
        for word, claim in (("says_no", False), ("says_yes", True)):
            if re.fullmatch(f"(?:{lexicon()[word]})", text, re.IGNORECASE):
                return claim
        self.wrong(heading, "row_flag", value=short(text))
        return False

    def _moment(self, name: str, heading: str, text: str) -> str | None:
        """Return the moment a day begins in China; of a last day, the moment it ends."""
        try:
            day = day_of(text)
        except ValueError:
            self.wrong(heading, "row_date", value=short(text))
            return None
        if day is None or int(day[:4]) >= lexicon()["for_ever_year"]:
            return None
        moment = datetime.combine(datetime.fromisoformat(day), time(), tzinfo=CHINA)
        return (moment + timedelta(days=name == "valid_to")).astimezone(UTC).isoformat()


def lexicon_name(name: str) -> str:
    """Return what operators call a field."""
    from knowledge_base.exchange.columns import lexicon as columns

    return str(columns()["offering"][name][0])


def _by_contents(cells: Mapping[str, tuple[str, str]]) -> str:
    """Guess the shelf from what is included: data and calls together are a plan."""
    if "bandwidth" in cells:
        return "broadband"
    included = {name for name in ("data", "voice", "sms") if name in cells}
    if "data" in included:
        return "plan" if len(included) > 1 else "data"
    return "voice" if included else str(lexicon()["category_otherwise"])


def _segments(text: str) -> list[str]:
    named = split(text.replace("、", "|"))
    known = lexicon()["segments"]
    found = [name for name, pattern in known.items() if name in named or re.search(pattern, text)]
    return found or [name for name in named if re.fullmatch(r"[a-z_]+", name)]


def _first(table: str, text: str) -> str | None:
    found = (name for name, pattern in lexicon()[table] if re.search(pattern, text, re.IGNORECASE))
    return next(found, None)


def _decimal(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _unit_of(heading: str) -> str:
    hit = re.search(r"[（(]\s*([TGMK])B?\s*[）)]", heading, re.IGNORECASE)
    return hit[1] if hit else ""


def _has_markup(value: object) -> bool:
    texts = value if isinstance(value, list | tuple) else [value]
    return any(isinstance(text, str) and MARKUP.search(text) is not None for text in texts)
