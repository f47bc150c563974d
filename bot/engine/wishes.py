"""Finds several wishes in one message (查下话费，再帮我充50): its clauses, each with an intent of its own."""

from __future__ import annotations

import re
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

from bot.engine.chinese import NUMERAL

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
_LEAST_CHARS = 2
_SHORT_CLAUSE = 10
_SURE = 0.6  # probability of a clause's intent from which it counts as a wish
_SURE_OF_ANY_QUESTION = 0.75  # of faq, into which whatever is vague falls (我这卡咋整的呢)
_PARTING = re.compile(
    r"[,。;!?、\n]+(?:再|还|也|另外|顺便|然后|接着|同时)*|\s+|(?:然后|顺便|顺带|另外|接着|同时|还有就?是?(?!多少|几|没|剩|什么|啥|哪|吗|呢|钱)|以及)(?:再|还|也|就)?|"
    r"(?:完了|之后)(?:再|(?=[帮给]))|"
    r"(?<=[了费额单量餐元块\d])(?:再|还要|还想|并且?)(?=[帮给把查看充办开退取换报问])"
)
_UNIT = r"(?:元钱?|块钱?|圆|个?gb?|mb?|兆|分钟|条)?"
_BOUND = re.compile(  # 最好50以内, 流量20g以上的: a limit to what is looked for, not a question of its own
    r"(?:最好|而且|并且|要|得|需要|希望|能|有|是|在|每月|一个月|流量|通话|语音|电话|短信|宽带|网速|价格|价位|价钱|月租|月费|资费|预算|带宽)*"
    rf"(?:不超过|不低于|不少于|不高于|至少|最少|最多|起码|低于|超过|大于|高于|少于)?\s*{NUMERAL}{_UNIT}"
    rf"(?:(?:到|至|-|~){NUMERAL}{_UNIT}(?:之间)?)?(?:以上|以下|以内|之内|左右|上下|起步?|往上|内)*(?:的|就行|就好|就可以|吧|就够了?|够了)*"
)
_LIMIT = re.compile(
    r"以上|以下|以内|之内|左右|上下|起|往上|内|不超过|不低于|不少于|不高于|至少|最少|最多|起码|[低高]于|超过|[大少]于|到|至|[-~]"
)
_PAYS = re.compile(  # 充50: with a form open it fills in an amount, beside another wish it is one
    rf"(?:先|再|就|帮我|给我|请|麻烦)*(?:充值?|缴费?|交费?)(?:话费|电话费|网费)?{NUMERAL}{_UNIT}(?:吧|话费|电话费|进去|先)*"
)
_NAMED_ONLY = re.compile(r"\s*(?:@\S+\s*)+")  # whom a post is addressed to
_BUT = re.compile(r"却|但|可是|不过|结果|就是")
_ASKS = re.compile(r"帮|给我|查|看看|想|要|怎么|怎样|如何|咋|多少|吗|什么|哪|请|能不能|充|办")
_OWN_USE = re.compile(r"我|还剩|剩|还有|用了|用掉|查|看看|看下")
_ASKS_ON = re.compile(r"怎么[办开退关买订]|多久|几[张个次]|最多|生效|结转|叠加|有效期|合约|条件|多少钱")
_BARE_HOW = re.compile(
    r"(?:那|该|要)*(?:怎么|如何|怎样|咋)(?:办理?|开通?|退订?|取消|关|订购?|买)(?:呢|啊|呀)?"
)
_NO_LEAN = re.compile(r"我|号码|密码|身份证|实名|发票|销户")
Classify = Callable[[str, List[Dict[str, Any]]], Tuple[str, float]]


def clauses(text: str) -> List[Tuple[int, int]]:
    """Return the (start, end) of every clause of a normalised text."""
    spans, start = [], 0
    for hit in _PARTING.finditer(text):
        spans.append((start, hit.start()))
        start = hit.end()
    spans.append((start, len(text)))
    return [(a, b) for a, b in spans if b - a >= _LEAST_CHARS and not _NAMED_ONLY.fullmatch(text, a, b)]


def _is_limit(clause: str) -> bool:
    return _LIMIT.search(clause) is not None and _BOUND.fullmatch(clause) is not None


def _is_background(before: str, clause: str) -> bool:
    """Say whether what stands before a clause only leads up to it (手机没停机，却收不到短信)."""
    return _BUT.match(clause) is not None and _ASKS.search(before) is None


def _goes_on(
    found: Sequence[Dict[str, Any]], intent: str, clause: str, entities: Sequence[Dict[str, Any]]
) -> bool:
    """Say whether a clause asks on about what the one before it asked of plans (…多少钱，有多少流量，最多能办几张)."""
    if not found or found[-1]["intent"] != "plan_query":
        return False
    if _BARE_HOW.fullmatch(clause):
        return True
    if intent == "usage_query":
        return _OWN_USE.search(clause) is None
    is_named = any(e["entity"] == "offering" and e["start"] < found[-1]["end"] for e in entities)
    is_short = len(clause) <= _SHORT_CLAUSE and not _NO_LEAN.search(clause)
    return intent in ("faq", "plan_change") and is_named and is_short and _ASKS_ON.search(clause) is not None


def find_wishes(text: str, entities: Sequence[Dict[str, Any]], classify: Classify) -> List[Dict[str, Any]]:
    """Return the wishes of a message, each ``{text, intent, confidence, entities}``, in order; [] for fewer than two.

    A clause without a sure wish of its own belongs to the wish before it (给我妈充50，138…的那个); a limit that comes first
    belongs to the wish after it (流量50G以上，价格150以下，有吗).
    """
    if len(text) > _MOST_CHARS:
        return []
    spans = clauses(text)
    if len(spans) < 2:  # most messages: no need to ask what a single clause wants
        return []
    found: List[Dict[str, Any]] = []
    opened: Optional[int] = None  # where limits began that no wish has taken yet
    for start, end in spans:
        if _is_limit(text[start:end]):
            if found:
                found[-1]["end"] = end
            elif opened is None:
                opened = start
            continue
        inside = [_shifted(e, start) for e in entities if start <= e["start"] and e["end"] <= end]
        intent, confidence = classify(text[start:end], inside)
        if _PAYS.fullmatch(text, start, end):
            intent, confidence = "topup", max(confidence, _SURE)
        is_wish = (
            intent in WISHES
            and confidence >= (_SURE_OF_ANY_QUESTION if intent == "faq" else _SURE)
            and not _goes_on(found, intent, text[start:end], entities)
        )
        if is_wish and found and _is_background(text[found[-1]["start"] : found[-1]["end"]], text[start:end]):
            opened = found.pop()["start"]
        if is_wish and not (found and found[-1]["intent"] == intent):
            begin = start if opened is None else opened
            found.append({"intent": intent, "confidence": confidence, "start": begin, "end": end})
            opened = None
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
