"""How an offering is shown: the published tariff, as a card and in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from actions.responses import responses
from core.offering import Offering
from knowledge_base.placeholders import FIELDS

_ALLOWANCES = {
    "data": "utter_plan_label_data",
    "voice": "utter_plan_label_voice",
    "sms": "utter_plan_label_sms",
    "bandwidth": "utter_plan_label_bandwidth",
}
_ROWS = {
    "validity": "utter_plan_label_validity",
    "effective": "utter_plan_label_effective",
    "scope": "utter_plan_label_scope",
    "overage": "utter_plan_label_overage",
    "carry_over": "utter_plan_label_carry_over",
    "eligibility": "utter_plan_label_eligibility",
    "contract": "utter_plan_label_contract",
    "stacking": "utter_plan_label_stacking",
    "cancel": "utter_plan_label_cancel",
}
_MEASURED = {"data_mb": "data", "voice_min": "voice", "sms_count": "sms", "bandwidth_mbps": "bandwidth"}
_TOLD = {
    **_ROWS,
    "subscribe": "utter_plan_label_subscribe",
    "description": "utter_plan_label_description",
}


def price_of(offering: Offering) -> str:
    """Write the price with its period: ``59元/月``."""
    return FIELDS["price"](offering)


def tariff_card(offering: Offering) -> Mapping[str, Any]:
    """Return the tariff card as published."""
    price, _, period = price_of(offering).partition("/")
    extra = responses().text("utter_plan_label_extra")
    return {
        "type": "tariff",
        "name": offering.name,
        "price": price,
        "period": period,
        "allowances": [
            *_labelled(_allowances(offering)),
            *({"label": extra, "value": e} for e in offering.extras),
        ],
        "rows": _labelled(_rows(offering)),
        "tariff_no": offering.tariff_no,
    }


def tariff_text(offering: Offering) -> str:
    """Return the card in words, for clients without cards and as the evidence of what was shown."""
    words = responses()
    lines = [words.text("utter_plan_head", name=offering.name, price=price_of(offering))]
    contents = [f"{label}{value}" for label, value in _allowances(offering).items()] + list(offering.extras)
    if contents:
        lines.append(words.text("utter_plan_contents", contents="、".join(contents)))
    lines += [
        words.text("utter_plan_row", label=label, value=value) for label, value in _rows(offering).items()
    ]
    if offering.tariff_no:
        lines.append(words.text("utter_plan_tariff_no", tariff_no=offering.tariff_no))
    return "\n".join(lines)


def brief_text(offering: Offering) -> str:
    """Return an offering in one line: name, price and contents."""
    contents = [f"{label}{value}" for label, value in _allowances(offering).items()] + list(offering.extras)
    told = "、".join(contents) or offering.description
    return responses().text("utter_plan_brief", name=offering.name, price=price_of(offering), contents=told)


def labelled_fact(offering: Offering, field: str) -> str:
    """Return one field of an offering as a labelled line; empty where its tariff does not say."""
    if field == "price_fen":
        label, value = "utter_plan_label_price", price_of(offering)
    elif (name := _MEASURED.get(field)) is not None:
        label, value = _ALLOWANCES[name], FIELDS[name](offering)
    elif field == "extras":
        label, value = "utter_plan_label_extra", "、".join(offering.extras)
    else:
        label, value = _TOLD[field], str(getattr(offering, field))
    return responses().text("utter_plan_row", label=responses().text(label), value=value) if value else ""


def _allowances(offering: Offering) -> dict[str, str]:
    found = {words: FIELDS[name](offering) for name, words in _ALLOWANCES.items()}
    return {responses().text(words): value for words, value in found.items() if value}


def _rows(offering: Offering) -> dict[str, str]:
    found = {words: str(getattr(offering, name)) for name, words in _ROWS.items()}
    return {responses().text(words): value for words, value in found.items() if value}


def _labelled(rows: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"label": label, "value": value} for label, value in rows.items()]
