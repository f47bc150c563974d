"""Names by which customers call what is sold, and which offerings each may mean."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional

import yaml

from bot.engine.values import Found
from core.text import normalise

_PRICE_IN_NAME = re.compile(r"\d+(?:\.\d+)?元(?:/[年月天次])?")
_SHELF_WORDS = {
    "plan": ("套餐", "的套餐", "套餐的", "档", "档的", "资费"),
    "data": ("流量包", "的流量包", "流量", "的流量", "加油包"),
    "voice": ("语音包", "的语音包"),
    "broadband": ("宽带", "的宽带"),
}
_GROUP = re.compile(r"(\D{2,})\d+")
_SHELVES = {"套餐", "宽带", "流量", "流量包", "充值"}  # whole shelves: too wide to be a name
_MOST = 6  # candidates named for one ambiguous name


def load_names(folder: Path) -> Dict[str, List[str]]:
    """Read the catalogue's YAML and return each name, normalised, with the ids of the offerings it may mean."""
    rows = [row for path in sorted(folder.glob("*.yml")) for row in _rows(_load(path))]
    given: Dict[str, List[str]] = {}
    derived: Dict[str, List[str]] = {}
    for row in rows:
        for name in dict.fromkeys(_given_names(row)):
            given.setdefault(name, []).append(str(row["id"]))
        for name in dict.fromkeys(_derived_names(row)):
            derived.setdefault(name, []).append(str(row["id"]))
    return dict(sorted({**derived, **given}.items()))  # what the catalogue says outranks what was derived


def _load(path: Path) -> Dict[str, Any]:
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")))


def _rows(content: Dict[str, Any]) -> List[Dict[str, Any]]:
    shared = {"category": (content.get("defaults") or {}).get("category", "")}
    return [{**shared, **row} for row in content.get("offerings") or ()]


def _given_names(row: Dict[str, Any]) -> Iterator[str]:
    for name in (row["name"], *(row.get("nicknames") or ())):
        yield normalise(str(name)).replace(" ", "")


def _derived_names(row: Dict[str, Any]) -> Iterator[str]:
    full, *nicknames = _given_names(row)
    for name in nicknames:
        group = _GROUP.fullmatch(name)
        if group and group.group(1) not in _SHELVES:
            yield group.group(1)  # 校园卡29: 校园卡 alone may mean each of them
    bare = _PRICE_IN_NAME.sub("", full)
    if len(bare) >= 3:
        yield bare  # 5g畅享套餐: several prices, hence several offerings
        yield bare.replace("套餐", "") if len(bare.replace("套餐", "")) >= 3 else bare
    price = _price_yuan(row)
    if price is not None and price > 0:
        category = str(row.get("category", ""))
        for word in _SHELF_WORDS.get(category, ()):
            yield f"{price}元{word}"
            yield f"{price}块{word}"
            yield f"{price}块钱{word}"
            if not (category == "broadband" or word in ("流量", "档", "资费")):
                yield f"{price}{word}"
        yield f"{price}元{bare}" if len(bare) >= 2 else full


def _price_yuan(row: Dict[str, Any]) -> Optional[int]:
    value = float(row["price"])
    return int(value) if value == int(value) else None


def _whole(name: str) -> str:
    """Return the pattern of a name; an amount it begins with is no part of a larger one (9的流量 in 79的流量)."""
    return (r"(?<![\d.])" if name[0].isdigit() else "") + re.escape(name)


class OfferingNames:
    """Finds offerings by name, longest name first."""

    def __init__(self, names: Dict[str, List[str]]) -> None:
        self.names = names
        longest_first = sorted((n for n in names if len(n) >= 2), key=len, reverse=True)
        self._pattern = re.compile("|".join(map(_whole, longest_first))) if longest_first else None

    def find(self, text: str) -> Iterator[Found]:
        """Yield one `offering` for each candidate of each name; an ambiguous name yields several at one place."""
        if self._pattern is None:
            return
        for hit in self._pattern.finditer(text):
            for offering_id in self.names[hit.group()][:_MOST]:
                yield Found("offering", offering_id, hit.start(), hit.end())
