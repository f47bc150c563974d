"""Articles about an offering, written from the offering itself, so that the two cannot disagree."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from core.ids import ArticleId
from core.offering import Offering, Period
from knowledge_base.articles import Article
from knowledge_base.placeholders import FIELDS

_PATTERNS = Path(__file__).parent / "offering_patterns.yml"
_HELD_OUT = 3  # questions of each article kept out of training and of the index
_NEEDED = {  # the fields without which an aspect has nothing to say
    "overview": (),
    "subscribe": ("subscribe", "eligibility"),
    "cancel": ("cancel",),
    "timing": ("effective", "validity"),
    "rules": ("scope",),
    "terms": ("eligibility",),
}


@lru_cache(maxsize=1)
def _patterns() -> Mapping[str, Any]:
    loaded: Mapping[str, Any] = yaml.safe_load(_PATTERNS.read_text(encoding="utf-8"))
    return loaded


def articles_of(offering: Offering, at: datetime) -> tuple[Article, ...]:
    """Return one article for each aspect that the offering says something about."""
    aspects = _patterns()["aspects"]
    return tuple(
        _article(offering, aspect, pattern, at)
        for aspect, pattern in aspects.items()
        if all(getattr(offering, name) for name in _NEEDED[aspect])
    )


def _article(offering: Offering, aspect: str, pattern: Mapping[str, Any], at: datetime) -> Article:
    names = (offering.name, *offering.nicknames)
    questions = [
        text.format(n=names[(index + _shift(offering, aspect)) % len(names)])
        for index, text in enumerate(pattern["questions"])
    ]
    held_out = sorted(questions, key=lambda text: hashlib.sha256(text.encode()).digest())[:_HELD_OUT]
    return Article(
        id=ArticleId(f"offering-{offering.id}-{aspect}"),
        category=offering.category.value,
        title=pattern["title"].format(name=offering.name),
        questions=tuple(text for text in questions if text not in held_out),
        held_out=tuple(held_out),
        answer=_answer(offering, pattern, at),
        offerings=(offering.id,),
        source="offering",
    )


def _shift(offering: Offering, aspect: str) -> int:
    """Start the names at another place for each aspect: a nickname should not go with one way of asking."""
    return hashlib.sha256(f"{offering.id}/{aspect}".encode()).digest()[0]


def _answer(offering: Offering, pattern: Mapping[str, str], at: datetime) -> str:
    values = _values(offering)
    if offering.is_offered(at):
        return pattern["answer"].format(**values).rstrip()
    why = _why_not_offered(offering, at)
    status = str(_patterns()["lines"][why]).format(name=offering.name)
    words = pattern["answer"] if why == "upcoming" else pattern.get("closed", pattern["answer"])
    return (status + words.format(**values)).rstrip()


def _why_not_offered(offering: Offering, at: datetime) -> str:
    """Return the line that says why it may not be ordered at `at`."""
    if offering.lifecycle != "Active":
        return "retired"
    if offering.valid_to is not None and offering.valid_to <= at:
        return "expired"
    return "upcoming" if offering.valid_from is not None and at < offering.valid_from else "not_sold"


def _values(offering: Offering) -> dict[str, str]:
    lines = _patterns()["lines"]
    free_to_leave = "no_contract_once" if offering.period in (Period.ONCE, Period.DAY) else "no_contract"
    contract = (
        lines["contract"].format(value=offering.contract) if offering.contract else lines[free_to_leave]
    )
    rules = "".join(
        line.format(value=getattr(offering, name))
        for name, line in lines["rules"].items()
        if getattr(offering, name)
    )
    return {
        **{name: field(offering) for name, field in FIELDS.items()},
        "named": _named(offering),
        "about": f"{offering.description}\n" if offering.description else "",
        "eligibility": offering.eligibility,
        "facts": _facts(offering),
        "rules": rules,
        "contract_line": contract,
        "tariff_line": lines["tariff"].format(value=offering.tariff_no) if offering.tariff_no else "",
        "effective_line": lines["effective"].format(value=offering.effective) if offering.effective else "",
    }


def _named(offering: Offering) -> str:
    """Return the name with its price, said once: 流量日包3元, 来电显示（5元/月）."""
    name, price = offering.name, FIELDS["price"](offering)
    return name if price in name else str(_patterns()["lines"]["named"]).format(name=name, price=price)


def _facts(offering: Offering) -> str:
    lines = _patterns()["lines"]
    parts = [lines["price"].format(value=FIELDS["price"](offering)) if offering.price_fen else lines["free"]]
    parts += [
        line.format(value=value) for name, line in lines["facts"].items() if (value := FIELDS[name](offering))
    ]
    if offering.extras:
        parts.append(lines["extras"].format(value="、".join(offering.extras)))
    return "，".join(parts) + "。\n"
