"""Answer a live question from our own catalogue, or say that it is not one for the catalogue."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from core.offering import Category, Offering, Period
from knowledge_base.catalogue import comparing, searching
from knowledge_base.catalogue.answers import AnswerKind, CatalogueAnswer, CatalogueChoices
from knowledge_base.catalogue.conditions import BOUNDS, EXTREMES, conditions
from knowledge_base.catalogue.leaning import Lean, lean_of
from knowledge_base.catalogue.mentions import Mention
from knowledge_base.catalogue.model import BANDWIDTH, DATA, PRICE, VOICE
from knowledge_base.catalogue.naming import Named, Naming
from knowledge_base.catalogue.published import from_offerings
from knowledge_base.catalogue.query import Compare, Constraint, Op, matching
from knowledge_base.catalogue.reading import mask
from knowledge_base.catalogue.shop import shop_words
from knowledge_base.catalogue.stock import Stock
from knowledge_base.catalogue.words import spell
from knowledge_base.catalogue.zero_shot import ZeroShotReader

_FILLERS = re.compile(r"[?？。!！,，吧呢啊呀的]|那个|这个")
_HOW_TO_GET = re.compile(
    r"(?:请问|我?想问一?下?|那个?)*E(?:那个|这个|的|套餐|包)*怎么办(?:呢|啊|呀)?[?？。!！]*$"
)
_AMOUNT_ALONE = re.compile(r"[\d.]+(?:元|g|m|分钟)?")
_LONGEST = 80  # characters: what is longer tells a story
_LONGEST_SEARCH = 30
_FEW = 8  # more offerings than this are no choice to put to a customer
_OVERVIEW = ("业务简介", PRICE)
_OF_NETWORK = re.compile(r"([45]g)的?套餐")
_EXTREME = {Compare.LEAST: Op.LOWEST, Compare.MOST: Op.HIGHEST}
_NUMBERS = frozenset({PRICE, DATA, VOICE, BANDWIDTH})
_ALLOWANCES = frozenset({DATA, VOICE})
_MEASURE = {Category.BROADBAND: BANDWIDTH, Category.DATA: DATA}  # without it, it only goes with what has it


class CatalogueAnswerer:
    """Answers questions about a fixed list of offerings; build another when the list changes."""

    def __init__(self, offerings: Sequence[Offering]) -> None:
        catalogue = from_offerings(offerings)
        self._stock = Stock(offerings, catalogue)
        self._reader = ZeroShotReader(catalogue)
        self._naming = Naming(self._stock.offerings)
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
        said = conditions(spelled, self._reader.lexicon)
        named = self._named(spelled, said)
        if answer := self._compared(spelled, named):
            return answer
        if len(named) == 1 and len(named[0].positions) == 1:
            return self._facts(spelled, named)
        said = [m for m in said if not _names_it(m, named)]
        required = [m.constraint for m in said]
        if named:
            return self._of_group(spelled, named[0], required, at)
        if len(spelled) > _LONGEST_SEARCH:
            return None
        if len({c.name for c in required if c.op is Op.IS}) >= 2:
            return self._of_amounts(spelled, required, at)
        return self._searched(spelled, required, at)

    def lean(self, text: str) -> Lean | None:
        """Say what a message asks that names nothing of its own (怎么关, 办这个, 那最便宜的呢)."""
        spelled = spell(text)
        if self._words.personal.search(spelled) or self._naming.named(spelled):
            return None
        return lean_of(spelled, self._words, self._reader)

    def follow(self, text: str, before: str, at: datetime | None = None) -> CatalogueAnswer | None:
        """Answer what is asked of a search or a comparison made before: 那最便宜的呢 after 50元以下的套餐有哪些."""
        spelled, earlier = spell(text), spell(before)
        said = [m.constraint for m in conditions(spelled, self._reader.lexicon)]
        told = conditions(earlier, self._reader.lexicon)
        named = self._named(earlier, told)
        side_by_side = comparing.sides(earlier, named, self._words, self._stock)
        if len(side_by_side) < 2:
            side_by_side = named
        among = [n for name in side_by_side for n in name.positions] or self._on_shelf(
            earlier + spelled, [*said]
        )
        if not (said or self._words.by_year.search(spelled)) or not among:
            return None
        if self._words.by_year.search(spelled):
            among = list(dict.fromkeys(each for n in among for each in self._by_year(n))) or among
        names = {constraint.name for constraint in said}
        replaced = {constraint.name for constraint in said if constraint.op in BOUNDS}
        kept = {
            (m.constraint.name, m.constraint.op): m.constraint  # what was said last holds
            for m in told
            if m.constraint.op not in EXTREMES
            and m.constraint.name not in replaced
            and not _names_it(m, side_by_side)
        }
        asked = self._reader.surely_asked(spelled)
        answer = searching.found(
            self._stock.offered(among, at) or among, [*kept.values(), *said], asked, self._stock
        )
        told_more = tuple(name for name in asked if name not in (*names, PRICE))
        if len(answer.offerings) == 1 and told_more:
            return self._about(self._stock.place(answer.offerings[0]), told_more)
        return answer

    def _named(self, spelled: str, said: Sequence[Mention]) -> list[Named]:
        """Return the offerings named; 300兆 in 300兆以上 is a bound and no name."""
        return [
            name
            for name in self._naming.named(spelled)
            if not (
                _AMOUNT_ALONE.fullmatch(spelled[name.start : name.end])
                and any(m.constraint.op in BOUNDS and _names_it(m, [name]) for m in said)
            )
        ]

    # --- one offering -------------------------------------------------------------------------------------------

    def _facts(self, spelled: str, named: Sequence[Named]) -> CatalogueAnswer | None:
        properties, place = self._asked(spelled, named), named[0].positions[0]
        if properties and self._words.by_year.search(spelled) and (yearly := self._by_year(place)):
            return searching.found([place, *yearly], [], properties, self._stock)
        return self._about(place, properties) if properties else None

    def _by_year(self, place: int) -> list[int]:
        """Return the same thing paid for by the year."""
        mine, stock = self._stock.offerings[place], self._stock
        return [
            n
            for n in stock.offered(range(len(stock.offerings)), None)
            if (stock.offerings[n].period, mine.period) == (Period.YEAR, Period.MONTH)
            and stock.offerings[n].category is mine.category
            and all(stock.tiers[n].texts(x) == stock.tiers[place].texts(x) for x in (BANDWIDTH, DATA, VOICE))
        ]

    def _about(self, place: int, properties: tuple[str, ...]) -> CatalogueAnswer:
        return CatalogueAnswer(
            AnswerKind.FACTS,
            self._stock.ids([place]),
            properties,
            tuple(self._stock.fact(place, name) for name in properties),
        )

    def _asked(self, spelled: str, named: Sequence[Named]) -> tuple[str, ...]:
        """Return the properties that are surely asked for; what it is, where little but the name is said."""
        masked = mask(spelled, [(name.start, name.end) for name in named], [])
        properties = self._reader.surely_asked(masked)
        if _HOW_TO_GET.match(masked) or (properties and masked.rstrip("?？呢啊").endswith("怎么办")):
            properties = tuple(dict.fromkeys((*properties, "开通方式")))
        if properties:
            return properties
        rest = _FILLERS.sub("", masked.replace("E", ""))
        return _OVERVIEW if len(rest) <= 1 else ()

    # --- several ------------------------------------------------------------------------------------------------

    def _compared(self, spelled: str, named: Sequence[Named]) -> CatalogueAnswer | None:
        masked = mask(spelled, [(n.start, n.end) for n in named], [])
        how = self._reader.lexicon.comparison(masked)
        if how is Compare.NONE and not self._words.difference.search(spelled):
            return None
        sides = comparing.sides(spelled, named, self._words, self._stock)
        if len(sides) < 2 or not self._words.versus.search(spelled[sides[0].end : sides[1].start]):
            return None
        masked = mask(spelled, [(n.start, n.end) for n in (*sides, *named)], [])
        asked = self._reader.surely_asked(masked)
        return comparing.compared([side.positions[0] for side in sides], asked, how, self._stock)

    def _of_group(
        self, spelled: str, group: Named, said: Sequence[Constraint], at: datetime | None
    ) -> CatalogueAnswer | CatalogueChoices | None:
        """Answer about a family of offerings: the one that the amounts choose, or those to choose from."""
        properties = self._asked(spelled, [group])
        said = [*said, *self._wanted_most(spelled, said)]
        if any(constraint.op in BOUNDS | EXTREMES for constraint in said):
            return searching.found(self._stock.offered(group.positions, at), said, properties, self._stock)
        left = [n for n in group.positions if all(matching([self._stock.tiers[n]], c) for c in said)]
        if not left or not properties:
            return None
        if len(left) == 1:
            return self._about(left[0], properties)
        left = self._stock.offered(left, at) or left
        return self._choices(left, properties)

    def _of_amounts(
        self, spelled: str, said: Sequence[Constraint], at: datetime | None
    ) -> CatalogueAnswer | CatalogueChoices | None:
        """Answer about what is known by its price and allowance: 20元20G那个."""
        every = range(len(self._stock.tiers))
        left = [n for n in every if all(matching([self._stock.tiers[n]], c) for c in said)]
        left = self._stock.offered(left, at) or left
        properties = self._reader.surely_asked(spelled) or _OVERVIEW
        if len(left) == 1:
            return self._about(left[0], properties)
        if left:
            return self._choices(left, properties)
        names = {constraint.name for constraint in said}
        like = [
            n for n in self._stock.offered(every, at) if all(self._stock.tiers[n].texts(x) for x in names)
        ]
        return searching.found(like, said, properties, self._stock) if like else None

    def _choices(self, places: Sequence[int], properties: tuple[str, ...]) -> CatalogueChoices | None:
        if not 2 <= len(places) <= _FEW:
            return None
        return CatalogueChoices(self._stock.ids(self._stock.by_price(places)), properties)

    # --- a search -----------------------------------------------------------------------------------------------

    def _searched(
        self, spelled: str, said: Sequence[Constraint], at: datetime | None
    ) -> CatalogueAnswer | None:
        """Search one shelf by bounds, superlatives, an amount, or for whom it is."""
        said = [*said, *self._wanted_most(spelled, said)]
        is_for = self._words.is_for_some(spelled) or self._words.by_year.search(spelled)
        is_abroad = self._words.abroad.search(spelled) and self._words.shelf(spelled) is not None
        if not self._words.search.search(spelled) or not (said or is_for or is_abroad):
            return None
        places = self._stock.offered(self._on_shelf(spelled, said), at)
        if not places:
            return None
        return searching.found(places, said, self._reader.surely_asked(spelled), self._stock)

    def _wanted_most(self, spelled: str, said: Sequence[Constraint]) -> list[Constraint]:
        """Return what 哪个便宜 or 哪个流量多 wants least or most of, without a word for it."""
        op = _EXTREME.get(self._reader.lexicon.comparison(spelled))
        asked = [name for name in self._reader.surely_asked(spelled) if name in _NUMBERS]
        if op is None or not asked or any(constraint.op in EXTREMES for constraint in said):
            return []
        wanted = PRICE if op is Op.LOWEST and PRICE in asked else asked[0]
        return [Constraint(wanted, op)]

    def _on_shelf(self, spelled: str, said: Sequence[Constraint]) -> list[int]:
        """Return what stands on the shelf a text names; a price and an allowance together are of plans."""
        shelf, names = self._words.shelf(spelled), {constraint.name for constraint in said}
        if shelf is None and ((PRICE in names and names & _ALLOWANCES) or VOICE in names):
            shelf = Category.PLAN.value
        places = [
            n
            for n, offering in enumerate(self._stock.offerings)
            if offering.category.value == shelf and self._words.suits(spelled, offering)
        ]
        if abroad := self._words.abroad.search(spelled):
            return [
                n
                for n, offering in enumerate(self._stock.offerings)
                if offering.category is Category.ROAMING and abroad[0] in offering.scope
            ]
        if network := _OF_NETWORK.search(spelled):
            like = [n for n in places if network[1] in spell(self._stock.offerings[n].name)]
            places = like or places
        measured = _MEASURE.get(Category(shelf)) if shelf else None
        places = [n for n in places if measured is None or self._stock.tiers[n].texts(measured)] or places
        by_year = [n for n in places if self._stock.offerings[n].period is Period.YEAR]
        return by_year if by_year and self._words.by_year.search(spelled) else places


def _names_it(mention: Mention, named: Sequence[Named]) -> bool:
    return any(name.start < mention.end and mention.start < name.end for name in named)
