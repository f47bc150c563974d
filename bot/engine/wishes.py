"""Finds several wishes in one message (查下话费，再帮我充50): its clauses, each with an intent of its own."""

from __future__ import annotations

import re
from typing import Any, Callable, Dict, List, Sequence, Tuple

WISHES = frozenset(
    [
        "topup",
        "plan_query",
        "plan_change",
        "balance_query",
        "bill_query",
        "usage_query",
        "faq",
        "fault",
        "human",
    ]
)
_MOST_CHARS = 60  # a longer message tells a story; its clauses are not wishes
_LEAST_CHARS = 3
_SURE = 0.6  # probability of a clause's intent from which it counts as a wish
_PARTING = re.compile(
    r"[,。;!?、\n]+(?:再|还|也|另外|顺便|然后|接着|同时)*|\s+|(?:然后|顺便|顺带|另外|接着|同时|还有就?是?|以及|完了|之后)(?:再|还|也|就)?|"
    r"(?<=[了费额单量餐])(?:再|还要|还想|并且?)(?=[帮给把查看充办开退取换报问])"
)
Classify = Callable[[str, List[Dict[str, Any]]], Tuple[str, float]]


def clauses(text: str) -> List[Tuple[int, int]]:
    """Return the (start, end) of every clause of a normalised text."""
    spans, start = [], 0
    for hit in _PARTING.finditer(text):
        spans.append((start, hit.start()))
        start = hit.end()
    spans.append((start, len(text)))
    return [(a, b) for a, b in spans if b - a >= _LEAST_CHARS]


def _goes_on(found: Sequence[Dict[str, Any]], intent: str, entities: Sequence[Dict[str, Any]]) -> bool:
    """Say whether a clause asks on about the offering named before it (…多少钱，有多少流量)."""
    if intent != "usage_query" or not found or found[-1]["intent"] != "plan_query":
        return False
    return any(e["entity"] == "offering" and e["start"] < found[-1]["end"] for e in entities)


def find_wishes(text: str, entities: Sequence[Dict[str, Any]], classify: Classify) -> List[Dict[str, Any]]:
    """Return the wishes of a message, each ``{text, intent, confidence, entities}``, in order; [] for fewer than two.

    A clause without a sure wish of its own belongs to the wish before it (给我妈充50，138…的那个).
    """
    if len(text) > _MOST_CHARS:
        return []
    found: List[Dict[str, Any]] = []
    for start, end in clauses(text):
        inside = [_shifted(e, start) for e in entities if start <= e["start"] and e["end"] <= end]
        intent, confidence = classify(text[start:end], inside)
        is_wish = intent in WISHES and confidence >= _SURE and not _goes_on(found, intent, entities)
        if is_wish and not (found and found[-1]["intent"] == intent):
            found.append({"intent": intent, "confidence": confidence, "start": start, "end": end})
        elif found:
            found[-1]["end"] = end
    if len(found) < 2:
        return []
    return [_wish(text, entities, wish) for wish in found]


def _wish(text: str, entities: Sequence[Dict[str, Any]], wish: Dict[str, Any]) -> Dict[str, Any]:
    start, end = wish["start"], wish["end"]
    return {
        "text": text[start:end],
        "intent": wish["intent"],
        "confidence": wish["confidence"],
        "entities": [_shifted(e, start) for e in entities if start <= e["start"] and e["end"] <= end],
    }


def _shifted(entity: Dict[str, Any], start: int) -> Dict[str, Any]:
    return {**entity, "start": entity["start"] - start, "end": entity["end"] - start}
