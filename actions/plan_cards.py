"""How an offering is shown: the published tariff card, and the receipt of an order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.offering import Offering
from knowledge_base.placeholders import FIELDS

_ALLOWANCES = (("data", "流量"), ("voice", "通话"), ("sms", "短信"), ("bandwidth", "宽带"))
_ROWS = (
    ("validity", "有效期"),
    ("effective", "生效"),
    ("scope", "使用范围"),
    ("overage", "超出后"),
    ("carry_over", "结转"),
    ("eligibility", "办理条件"),
    ("contract", "合约"),
    ("cancel", "退订"),
)


def tariff_card(offering: Offering) -> Mapping[str, Any]:
    """Return the tariff card as published."""
    allowances = [
        {"label": label, "value": FIELDS[name](offering)}
        for name, label in _ALLOWANCES
        if FIELDS[name](offering)
    ]
    allowances += [{"label": "另含", "value": extra} for extra in offering.extras]
    return {
        "type": "tariff",
        "name": offering.name,
        "price": FIELDS["price"](offering),
        "period": "",
        "allowances": allowances,
        "rows": [
            {"label": label, "value": getattr(offering, name)}
            for name, label in _ROWS
            if getattr(offering, name)
        ],
        "tariff_no": offering.tariff_no,
    }


def tariff_text(offering: Offering) -> str:
    """Return the card in words, for clients without cards and as the evidence of what was shown."""
    lines = [f"{offering.name}，{FIELDS['price'](offering)}"]
    parts = [f"{label}{FIELDS[name](offering)}" for name, label in _ALLOWANCES if FIELDS[name](offering)]
    if parts or offering.extras:
        lines.append("含" + "、".join([*parts, *offering.extras]))
    lines += [f"{label}：{getattr(offering, name)}" for name, label in _ROWS if getattr(offering, name)]
    return "\n".join([*lines, f"资费公示编号：{offering.tariff_no}"])
