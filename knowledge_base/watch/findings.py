"""What is wrong with an article as the catalogue and the calendar now stand: a function of the three and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from core.clock import CHINA
from core.ids import OfferingId
from core.money import from_yuan
from core.offering import Offering
from knowledge_base.articles import texts_of
from knowledge_base.content.model import ArticleDraft
from knowledge_base.placeholders import price_text
from knowledge_base.watch.naming import Names

_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_SENTENCES = re.compile(r"(?<=[。！？；!?;\n])")
_CLAUSES = re.compile(r"[，,、：:（）()]")
_AMOUNT = re.compile(
    r"(?P<digits>\d+(?:\.\d{1,2})?)\s*(?:元|块)|(?P<words>[零〇一二两三四五六七八九十百千]+)(?:元|块钱)"
)
_PLACEHOLDER = re.compile(r"\{\{\s*([^{}.]*)\.?([^{}]*?)\s*\}\}")
_NAME, _HELD = "\x01", "\x02"  # stand for a name (the price in it is no quotation) and for a placeholder
_FREE_WORD = "免费"
_FREE = re.compile(f"{_NAME}\\s*(?:是|为)?{_FREE_WORD}(?!.{{0,4}}(?:期|体验|试))")
_BARE = re.compile(r"\d+(?:\.\d{1,2})?\s*(?:元|块)[。！；]?")


class NoticeCode(str, Enum):
    """What may be wrong; the value is the key of its words."""

    PRICE_DIFFERS = "price_differs"
    OFFERING_MISSING = "offering_missing"
    OFFERING_ENDED = "offering_ended"
    OFFERING_ENDS = "offering_ends"
    ARTICLE_ENDED = "article_ended"
    ARTICLE_ENDS = "article_ends"


_BLOCKING = frozenset({NoticeCode.PRICE_DIFFERS, NoticeCode.OFFERING_MISSING, NoticeCode.OFFERING_ENDED})


@dataclass(frozen=True, slots=True)
class Notice:
    """Something about an article that somebody must look at."""

    code: NoticeCode
    told: Mapping[str, str] = field(hash=False)  # what fills in the code's words
    offering_id: OfferingId | None = None
    sentence: str = ""

    @property
    def is_blocking(self) -> bool:
        """Say whether a release with it needs a reviewer's reason."""
        return self.code in _BLOCKING

    @property
    def message(self) -> str:
        """What is wrong, in words for the operator."""
        return str(words()["notices"][self.code.value]).format(**self.told)


@cache
def words() -> Mapping[str, Any]:
    """Return the words of the watch."""
    loaded: Mapping[str, Any] = yaml.safe_load(
        (Path(__file__).parent / "words.yml").read_text(encoding="utf-8")
    )
    return loaded


@cache
def _cues(name: str) -> re.Pattern[str]:
    return re.compile(words()[name])


class CatalogueWatch:
    """A catalogue, laid out for looking many articles through."""

    def __init__(self, offerings: Iterable[Offering]) -> None:
        self._offerings = {offering.id: offering for offering in offerings}
        self._names = Names(self._offerings.values())
        self._amounts = {one.id: frozenset(_amounts_of(one)) for one in self._offerings.values()}

    def notices(self, draft: ArticleDraft, at: datetime, within: timedelta) -> tuple[Notice, ...]:
        """Return what is wrong with an article as of `at`, and what will be `within` a time."""
        found = [*self._validity(draft, at, within), *self._dependencies(draft, at, within)]
        texts = [draft.answer, *draft.channels.values(), *draft.regions.values()]
        if draft.card is not None:
            texts += [f"{draft.card.title}：{label} {value}" for label, value in draft.card.rows]
        for text in dict.fromkeys(texts):
            found += self._quoted(draft, text)
        return tuple({(one.code, one.offering_id, one.sentence): one for one in found}.values())

    def _validity(self, draft: ArticleDraft, at: datetime, within: timedelta) -> Iterator[Notice]:
        if draft.valid_to is None:
            return
        today, told = at.astimezone(CHINA).date(), {"day": draft.valid_to.isoformat()}
        if draft.valid_to < today:
            yield Notice(NoticeCode.ARTICLE_ENDED, told)
        elif draft.valid_to <= today + within:
            yield Notice(NoticeCode.ARTICLE_ENDS, told)

    def _dependencies(self, draft: ArticleDraft, at: datetime, within: timedelta) -> Iterator[Notice]:
        held = [OfferingId(name) for text in texts_of(draft) for name, _ in _PLACEHOLDER.findall(text)]
        for offering_id in dict.fromkeys((*draft.offerings, *held)):
            offering = self._offerings.get(offering_id)
            if offering is None:
                yield Notice(NoticeCode.OFFERING_MISSING, {"offering": offering_id}, offering_id)
                continue
            told = {"name": offering.name}
            is_yet_to_come = offering.valid_from is not None and at < offering.valid_from
            if not offering.is_offered(at) and not is_yet_to_come:
                if not _cues("ended_cues").search(draft.title + draft.answer):
                    yield Notice(NoticeCode.OFFERING_ENDED, told, offering_id)
            elif offering.valid_to is not None and offering.valid_to <= at + within:
                last = (offering.valid_to - timedelta(microseconds=1)).astimezone(CHINA).date()
                yield Notice(NoticeCode.OFFERING_ENDS, {**told, "day": last.isoformat()}, offering_id)

    def _quoted(self, draft: ArticleDraft, text: str) -> Iterator[Notice]:
        """Compare every price that a text quotes of an offering with what that offering costs."""
        sentences = [
            (sentence, *self._names.masked(_PLACEHOLDER.sub(_HELD, sentence), _NAME))
            for sentence in _SENTENCES.split(text)
        ]
        declared = [one for one in draft.offerings if one in self._offerings]
        anywhere = {one for _, _, named in sentences for one in named} | set(declared)
        before: list[OfferingId] = []  # what the sentence before was about
        for sentence, masked, named in sentences:
            about = named or before or (declared if len(declared) == 1 else [])
            known = self._known(named or anywhere)  # who is only meant may be any of those spoken of
            before = named or before
            for quoted, fen, place in _prices(masked) if about else ():
                if fen not in known:
                    offering = self._offerings[about[min(max(place - 1, 0), len(about) - 1)]]
                    told = {"quoted": quoted, "name": offering.name, "price": price_text(offering)}
                    yield Notice(NoticeCode.PRICE_DIFFERS, told, offering.id, sentence.strip()[:500])

    def _known(self, about: Iterable[OfferingId]) -> frozenset[int]:
        return frozenset[int]().union(*(self._amounts[one] for one in about))


def _prices(sentence: str) -> Iterator[tuple[str, int, int]]:
    """Yield what a sentence quotes as a price: the words, the amount in fen, and after how many names it stands."""
    names, follows_name = 0, False
    for clause in _CLAUSES.split(sentence):
        names += clause.count(_NAME)
        if _FREE.search(clause) or (follows_name and _FREE.match(_NAME + clause.strip())):
            yield _FREE_WORD, 0, names
        is_bare = follows_name and _BARE.fullmatch(clause.strip()) is not None
        follows_name = clause.rstrip().endswith(_NAME)
        if not (is_bare or _cues("price_cues").search(clause)) or _cues("other_cues").search(clause):
            continue
        for hit in _AMOUNT.finditer(clause):
            before = names - clause[hit.end() :].count(_NAME)
            yield hit[0], _fen(hit), before


def _fen(hit: re.Match[str]) -> int:
    return from_yuan(hit["digits"]) if hit["digits"] else _number(hit["words"]) * 100


def _amounts_of(offering: Offering) -> Iterator[int]:
    """Yield every amount that an offering's tariff itself names."""
    yield offering.price_fen
    told = (offering.description, offering.overage, offering.contract, offering.eligibility, offering.validity,
            offering.effective, offering.scope, offering.carry_over, offering.stacking, *offering.extras)  # fmt: skip
    for text in told:
        for hit in _AMOUNT.finditer(text):
            yield _fen(hit)


def _number(text: str) -> int:
    """Read a small number in words: 一百二十九 -> 129."""
    total = digit = 0
    for char in text:
        if (unit := {"十": 10, "百": 100, "千": 1000}.get(char)) is not None:
            total, digit = total + (digit or 1) * unit, 0
        else:
            digit = _DIGITS[char]
    return total + digit


def notices_of(
    drafts: Sequence[ArticleDraft], offerings: Iterable[Offering], at: datetime, within: timedelta
) -> dict[str, tuple[Notice, ...]]:
    """Return the notices of the articles that have any."""
    watch = CatalogueWatch(offerings)
    found = {str(draft.id): watch.notices(draft, at, within) for draft in drafts}
    return {article_id: notices for article_id, notices in found.items() if notices}
