"""Short messages that name nothing and lean on what was talked about: 怎么关, 多少钱, 办这个, 那最便宜的呢."""

from __future__ import annotations

from enum import Enum

from knowledge_base.catalogue.conditions import BOUNDS, EXTREMES, conditions
from knowledge_base.catalogue.query import Op
from knowledge_base.catalogue.shop import ShopWords
from knowledge_base.catalogue.zero_shot import ZeroShotReader

_LONGEST = 14  # characters; a longer message stands by itself


class Lean(str, Enum):
    """What is asked of the offering, or of the list, talked about before."""

    FACTS = "facts"  # 多少钱, 能结转吗
    SEARCH = "search"  # 那最便宜的呢
    ORDER = "order"  # 办这个
    CANCEL = "cancel"  # 帮我退了吧


def lean_of(spelled: str, words: ShopWords, reader: ZeroShotReader) -> Lean | None:
    """Return what a spelled text leans towards; None where it says anything that stands by itself."""
    if len(spelled) > _LONGEST or words.shelf(spelled) is not None or words.unleaning.search(spelled):
        return None
    if words.order.fullmatch(spelled):
        return Lean.ORDER
    if words.cancel.fullmatch(spelled):
        return Lean.CANCEL
    if words.get.fullmatch(spelled):
        return Lean.FACTS
    said = [m for m in conditions(spelled, reader.lexicon) if m.constraint.op in BOUNDS | EXTREMES | {Op.IS}]
    asked = list(reader.where_surely_asked(spelled))
    yearly = [hit.span() for hit in words.by_year.finditer(spelled)]
    if not said and not asked and not yearly:
        return None
    spans = (
        [(m.start, m.end) for m in said]
        + asked
        + yearly
        + [hit.span() for hit in words.around.finditer(spelled)]
    )
    if any(not any(start <= place < end for start, end in spans) for place in range(len(spelled))):
        return None
    return Lean.SEARCH if said or (yearly and not asked) else Lean.FACTS
