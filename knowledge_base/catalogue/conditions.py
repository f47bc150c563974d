"""What a live question requires of an offering: amounts, bounds, ranges, superlatives."""

from __future__ import annotations

import re
from collections.abc import Iterator

from knowledge_base.catalogue.lexicon import Lexicon
from knowledge_base.catalogue.mentions import Mention, amounts
from knowledge_base.catalogue.model import BANDWIDTH, DATA, PRICE, VOICE
from knowledge_base.catalogue.query import Constraint, Op

BOUNDS = frozenset({Op.BELOW, Op.AT_MOST, Op.ABOVE, Op.AT_LEAST})
EXTREMES = frozenset({Op.LOWEST, Op.HIGHEST})
_NETWORK = re.compile(r"[2-6]g")
_INCLUSIVE = re.compile(r"以下|以内|之内|之下|内$")
_NUMBER = r"(?<![\d.a-z])\d+(?:\.\d+)?"
_UNIT = r"元|g(?![a-z])|m(?![a-z])|分钟"
_RANGE = re.compile(
    rf"({_NUMBER})(?P<low>{_UNIT})?(?:到|至|-|~|—+)(\d+(?:\.\d+)?)(?P<high>{_UNIT})?(?P<is>之间)?"
)
_ABOUT = re.compile(rf"({_NUMBER})({_UNIT})?(?:左右|上下|出头|附近)")
_SOME_MORE = re.compile(rf"({_NUMBER})多个?({_UNIT})")
# A number that counts nothing else.
_BARE = re.compile(rf"{_NUMBER}(?![\d.a-z元年月天日号点岁个人次条张%折]|分钟|小时)")
_PRICED = re.compile(r"(?:价格|价位|价钱|月租|月费|资费|费用|预算|每个?月|一个?月)(?:是|在|要)?$")
_DATA_SAID = re.compile(r"(?:流量)(?:要|有|最少|至少|不少于|不低于|超过|大于)*$")
_VOICE_SAID = re.compile(r"(?:通话|语音|打电话)(?:要|有|最少|至少|不少于|不低于|超过|大于)*$")
_SPREAD = 0.25  # 50元左右: from 37.5 to 62.5
_OF_UNIT = {"元": (PRICE, 1.0), "g": (DATA, 1024.0), "m": (DATA, 1.0), "分钟": (VOICE, 1.0)}
_THAN = re.compile(r"(?:比.{1,6}?|更|再)$")
_LINE = re.compile(r"宽带|光纤|网速|带宽")


def conditions(text: str, lexicon: Lexicon) -> list[Mention]:
    """Return the conditions of a spelled text in order; 4g and 5g alone are networks, not allowances.

    More is read than in a table of test questions: 50以内 without a unit, 30到60元, 50元左右.
    """
    found = [*_ranges(text), *_about(text), *_some_more(text)]
    for mention in (*amounts(text, lexicon), *_bare(text, lexicon)):
        if not any(m.start < mention.end and mention.start < m.end for m in found):
            found.append(mention)
    kept = [_inclusive(m, text) for m in found if not (_is_network(m, text) or _is_comparative(m, text))]
    return sorted(kept, key=lambda mention: (mention.start, mention.end))


def _ranges(text: str) -> Iterator[Mention]:
    for hit in _RANGE.finditer(text):
        unit = hit["high"] or hit["low"]
        if unit is None and not (hit["is"] or _PRICED.search(text[: hit.start()])):
            continue
        yield from _between(text, unit, float(hit[1]), float(hit[3]), hit.span())


def _about(text: str) -> Iterator[Mention]:
    for hit in _ABOUT.finditer(text):
        number = float(hit[1])
        yield from _between(text, hit[2], number * (1 - _SPREAD), number * (1 + _SPREAD), hit.span())


def _some_more(text: str) -> Iterator[Mention]:
    """Yield 100多元 as 100 to 200, 150多元 as 150 to 160."""
    for hit in _SOME_MORE.finditer(text):
        number = hit[1].partition(".")[0]
        step = 10 ** (len(number) - len(number.rstrip("0")))
        yield from _between(text, hit[2], float(number), float(number) + step, hit.span())


def _between(
    text: str, unit: str | None, low: float, high: float, span: tuple[int, int]
) -> Iterator[Mention]:
    name, factor = _OF_UNIT[unit or "元"]
    if unit == "m" and _LINE.search(text):
        name = BANDWIDTH
    yield Mention(Constraint(name, Op.AT_LEAST, f"{low * factor:g}"), *span)
    yield Mention(Constraint(name, Op.AT_MOST, f"{high * factor:g}"), *span)


def _bare(text: str, lexicon: Lexicon) -> Iterator[Mention]:
    """Yield bounds whose number has no unit: money, unless data or minutes are named before it."""
    for hit in _BARE.finditer(text):
        op, start, end = lexicon.bound(text, *hit.span())
        if op is Op.IS:
            continue
        name, factor = PRICE, 1.0
        if _DATA_SAID.search(text[: hit.start()]):
            name, factor = DATA, 1024.0
        elif _VOICE_SAID.search(text[: hit.start()]):
            name = VOICE
        yield Mention(Constraint(name, op, f"{float(hit.group()) * factor:g}"), start, end)


def _inclusive(mention: Mention, text: str) -> Mention:
    """Read 50元以内 as customers mean it: 50元 is within."""
    said = mention.constraint
    if said.op is not Op.BELOW or not _INCLUSIVE.search(text[mention.start : mention.end]):
        return mention
    return Mention(Constraint(said.name, Op.AT_MOST, said.value), mention.start, mention.end, mention.is_sure)


def _is_comparative(mention: Mention, text: str) -> bool:
    """Say whether it is asked for less than something, not for the least (比现在便宜的)."""
    return mention.constraint.op in EXTREMES and _THAN.search(text[: mention.start]) is not None


def _is_network(mention: Mention, text: str) -> bool:
    return (
        mention.constraint.name == DATA
        and mention.constraint.op is Op.IS
        and _NETWORK.fullmatch(text[mention.start : mention.end]) is not None
        and not text[mention.end :].startswith(("流量", "的流量", "国内流量"))
        and not text[: mention.start].endswith("元")
    )
