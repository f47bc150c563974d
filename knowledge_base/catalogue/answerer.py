"""Answer a live question from our own catalogue, or say that it is not one for the catalogue."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from core.offering import Offering
from knowledge_base.catalogue.answers import AnswerKind, CatalogueAnswer, CatalogueChoices, Fact
from knowledge_base.catalogue.lexicon import Lexicon
from knowledge_base.catalogue.mentions import Mention, amounts
from knowledge_base.catalogue.model import DATA, PRICE, VOICE
from knowledge_base.catalogue.naming import Named, Naming
from knowledge_base.catalogue.published import FIELDS, from_offerings
from knowledge_base.catalogue.query import Compare, Constraint, Op, matching, select
from knowledge_base.catalogue.reading import mask
from knowledge_base.catalogue.shop import shop_words
from knowledge_base.catalogue.words import spell
from knowledge_base.catalogue.zero_shot import ZeroShotReader

_FILLERS = re.compile(r"[?？。!！,，吧呢啊呀的]|那个|这个")
_NETWORK = re.compile(r"[2-6]g")
_LONGEST = 80  # characters: what is longer tells a story
_LONGEST_SEARCH = 30
_FEW = 8  # more offerings than this are no choice to put to a customer
_OVERVIEW = ("业务简介", PRICE)
_COMPARED = (PRICE, DATA, VOICE)
_BOUNDS = frozenset({Op.LOWEST, Op.HIGHEST, Op.BELOW, Op.AT_MOST, Op.ABOVE, Op.AT_LEAST})


class CatalogueAnswerer:
    """Answers questions about a fixed list of offerings; build another when the list changes."""

    def __init__(self, offerings: Sequence[Offering]) -> None:
        self._offerings = tuple(offerings)
        self._catalogue = from_offerings(self._offerings)
        self._tiers = tuple(offering.tiers[0] for offering in self._catalogue.offerings)
        self._reader = ZeroShotReader(self._catalogue)
        self._naming = Naming(self._offerings)
        self._words = shop_words()

    @classmethod
    def from_offerings(cls, offerings: Iterable[Offering]) -> CatalogueAnswerer:
        """Build from what the billing system sells."""
        return cls(tuple(offerings))

    def ask(self, text: str, at: datetime | None = None) -> CatalogueAnswer | CatalogueChoices | None:
        """Return an answer, the choices to put, or None where no offering is clearly meant and nothing is searched.

        With `at`, a search leaves out what may not be offered then; an offering named outright is always answered.
        """
        spelled = spell(text)
        if len(spelled) > _LONGEST or self._words.personal.search(spelled):
            return None
        named = self._naming.named(spelled)
        if len(named) >= 2 and (answer := self._compared(spelled, named)):
            return answer
        if len(named) == 1 and len(named[0].positions) == 1:
            return self._facts(spelled, named)
        said = [m for m in _said(spelled, self._reader.lexicon) if not _names_it(m, named)]
        if named:
            return self._of_group(spelled, named[0], [m.constraint for m in said], at)
        if len(spelled) > _LONGEST_SEARCH:
            return None
        if len({m.constraint.name for m in said if m.constraint.op is Op.IS}) >= 2:
            return self._of_amounts(spelled, [m.constraint for m in said], at)
        return self._searched(spelled, [m.constraint for m in said], at)

    # --- one offering -------------------------------------------------------------------------------------------

    def _facts(self, spelled: str, named: Sequence[Named]) -> CatalogueAnswer | None:
        properties = self._asked(spelled, named)
        return self._about(named[0].positions[0], properties) if properties else None

    def _about(self, position: int, properties: tuple[str, ...]) -> CatalogueAnswer:
        return CatalogueAnswer(
            AnswerKind.FACTS,
            (self._offerings[position].id,),
            properties,
            tuple(self._fact(position, name) for name in properties),
        )

    def _asked(self, spelled: str, named: Sequence[Named]) -> tuple[str, ...]:
        """Return the properties that are surely asked for; what it is, where little but the name is said."""
        masked = mask(spelled, [(name.start, name.end) for name in named], [])
        properties = self._reader.surely_asked(masked)
        if properties:
            return properties
        rest = _FILLERS.sub("", masked.replace("E", ""))
        return _OVERVIEW if len(rest) <= 1 else ()

    def _fact(self, position: int, name: str) -> Fact:
        return Fact(
            self._offerings[position].id, name, FIELDS.get(name, ""), self._tiers[position].texts(name)
        )

    # --- several ------------------------------------------------------------------------------------------------

    def _compared(self, spelled: str, named: Sequence[Named]) -> CatalogueAnswer | None:
        between = spelled[named[0].end : named[1].start]
        how = self._reader.lexicon.comparison(mask(spelled, [(n.start, n.end) for n in named], []))
        if not self._words.versus.search(between) or not (
            how is not Compare.NONE or self._words.difference.search(spelled)
        ):
            return None
        pair = [name.positions[0] for name in named[:2] if len(name.positions) == 1]
        if len(pair) < 2:
            return None
        asked = self._reader.surely_asked(mask(spelled, [(n.start, n.end) for n in named], []))
        properties = tuple(name for name in asked if name in FIELDS and name != "业务简介")[:1]
        facts = tuple(self._fact(n, name) for name in properties or _COMPARED for n in pair)
        best, is_same = self._judged(pair, properties[0], how) if properties else ((), None)
        return CatalogueAnswer(
            AnswerKind.COMPARISON,
            tuple(self._offerings[n].id for n in pair),
            properties,
            facts,
            compare=how,
            best=tuple(self._offerings[n].id for n in best),
            is_same=is_same,
        )

    def _judged(self, pair: Sequence[int], name: str, how: Compare) -> tuple[tuple[int, ...], bool | None]:
        texts = [self._tiers[n].texts(name) for n in pair]
        if not all(texts):
            return (), None
        if how is Compare.SAME:
            return (), texts[0] == texts[1]
        numbers = {n: self._amount(n, name) for n in pair}
        known = {n: number for n, number in numbers.items() if number is not None}
        if how is Compare.NONE or len(known) < len(pair):
            return (), texts[0] == texts[1]
        wanted = (min if how is Compare.LEAST else max)(known.values())
        return tuple(n for n, number in known.items() if number == wanted), None

    def _amount(self, position: int, name: str) -> float | None:
        number, months = self._tiers[position].number(name), self._tiers[position].months
        return number / months if number is not None and name == PRICE and months else number

    def _of_group(
        self, spelled: str, group: Named, said: Sequence[Constraint], at: datetime | None
    ) -> CatalogueAnswer | CatalogueChoices | None:
        """Answer about a family of offerings: the one that the amounts choose, or those to choose from."""
        if any(constraint.op in _BOUNDS for constraint in said):
            return self._found(spelled, self._offered(group.positions, at), said)
        left = [n for n in group.positions if all(matching([self._tiers[n]], c) for c in said)]
        properties = self._asked(spelled, [group])
        if not left or not properties:
            return None
        if len(left) == 1:
            return self._about(left[0], properties)
        left = self._offered(left, at) or left
        return self._choices(left, properties)

    def _of_amounts(
        self, spelled: str, said: Sequence[Constraint], at: datetime | None
    ) -> CatalogueAnswer | CatalogueChoices | None:
        """Answer about what is known by its price and allowance: 20元20G那个."""
        left = [n for n in range(len(self._tiers)) if all(matching([self._tiers[n]], c) for c in said)]
        left = self._offered(left, at) or left
        properties = self._reader.surely_asked(spelled) or _OVERVIEW
        if len(left) == 1:
            return self._about(left[0], properties)
        return self._choices(left, properties) if left else None

    def _choices(self, positions: Sequence[int], properties: tuple[str, ...]) -> CatalogueChoices | None:
        if not 2 <= len(positions) <= _FEW:
            return None
        return CatalogueChoices(tuple(self._offerings[n].id for n in self._by_price(positions)), properties)

    # --- a search -----------------------------------------------------------------------------------------------

    def _searched(
        self, spelled: str, said: Sequence[Constraint], at: datetime | None
    ) -> CatalogueAnswer | None:
        """Search one shelf by bounds, superlatives or an amount."""
        shelf = self._words.shelf(spelled)
        if shelf is None or not said or not self._words.search.search(spelled):
            return None
        suitable = [
            n
            for n, offering in enumerate(self._offerings)
            if offering.category.value == shelf and self._words.suits(spelled, offering)
        ]
        return self._found(spelled, self._offered(suitable, at), said)

    def _found(
        self, spelled: str, positions: Sequence[int], said: Sequence[Constraint]
    ) -> CatalogueAnswer | None:
        tiers = {id(self._tiers[n]): n for n in positions}
        left = tuple(self._tiers[n] for n in positions)
        for constraint in said:
            if constraint.op not in (Op.LOWEST, Op.HIGHEST):
                left = matching(left, constraint)
        left = select(left, [c for c in said if c.op in (Op.LOWEST, Op.HIGHEST)])
        found = self._by_price([tiers[id(tier)] for tier in left])
        asked = self._reader.surely_asked(spelled)
        named = tuple(dict.fromkeys((PRICE, *(c.name for c in said), *asked)))
        properties = tuple(name for name in named if name in FIELDS)
        if not found and all(constraint.op is Op.IS for constraint in said):
            return None
        return CatalogueAnswer(
            AnswerKind.SEARCH,
            tuple(self._offerings[n].id for n in found),
            properties,
            tuple(self._fact(n, name) for n in found for name in properties),
            constraints=tuple(said),
        )

    def _offered(self, positions: Iterable[int], at: datetime | None) -> list[int]:
        return [
            n
            for n in positions
            if (self._offerings[n].is_offered(at) if at is not None else self._offerings[n].is_sellable)
        ]

    def _by_price(self, positions: Iterable[int]) -> list[int]:
        return sorted(positions, key=lambda n: (self._offerings[n].price_fen, n))


def _said(spelled: str, lexicon: Lexicon) -> list[Mention]:
    """Return the conditions of a text; 4g and 5g alone are networks, not allowances."""
    return [
        m
        for m in amounts(spelled, lexicon)
        if m.constraint.name != DATA
        or m.constraint.op is not Op.IS
        or not _NETWORK.fullmatch(spelled[m.start : m.end])
        or spelled[m.end :].startswith(("流量", "的流量", "国内流量"))
        or spelled[: m.start].endswith("元")
    ]


def _names_it(mention: Mention, named: Sequence[Named]) -> bool:
    return any(name.start < mention.end and mention.start < name.end for name in named)
