"""A catalogue as questions see it: offerings of one or several tiers, each a row of property -> values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from core.text import normalise

# The properties every telecom catalogue has; a catalogue's own spelling is mapped to these by its loader.
PRICE = "价格"  # yuan, a decimal number as text
DATA = "流量"  # MB
VOICE = "语音时长"  # minutes
BANDWIDTH = "带宽"  # Mbps
PART = "子业务"  # the edition of an offering that a tier is: 年包, 家庭版, 2019版
CITY = "城市"
LABEL = "产品名称"  # the name a tier is sold under

Values = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class Tier:
    """One row of an offering."""

    id: str
    values: Values
    months: float | None = None  # how long the price pays for, where the tier says so
    _numbers: dict[str, float] = field(init=False, repr=False)
    _folded: dict[str, frozenset[str]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        # Looked up for every tier of every question: worked out once.
        numbers = {
            name: number
            for name, texts in self.values.items()
            for text in reversed(texts)
            if (number := as_number(text)) is not None
        }
        object.__setattr__(self, "_numbers", numbers)
        folded = {name: frozenset(map(fold, texts)) for name, texts in self.values.items()}
        object.__setattr__(self, "_folded", folded)

    def texts(self, name: str) -> tuple[str, ...]:
        """Return the values of a property; empty where the tier says nothing about it."""
        return self.values.get(name, ())

    def number(self, name: str) -> float | None:
        """Return a property's value as a number; None where it has none."""
        return self._numbers.get(name)

    def folded(self, name: str) -> frozenset[str]:
        """Return the values of a property in the spelling by which they are compared."""
        return self._folded.get(name, frozenset())


@dataclass(frozen=True, slots=True, eq=False)
class CatalogueOffering:
    """One thing that is sold, with every name it goes by."""

    name: str
    synonyms: tuple[str, ...]
    tiers: tuple[Tier, ...]
    values: Values = field(default_factory=dict)  # what holds for all its tiers

    @property
    def names(self) -> tuple[str, ...]:
        """Its own name first, then the others."""
        return (self.name, *self.synonyms)

    def texts(self, name: str) -> frozenset[str]:
        """Return every value of a property, of the offering or of any tier."""
        own = self.values.get(name, ())
        return frozenset(own) | frozenset(text for tier in self.tiers for text in tier.texts(name))


@dataclass(frozen=True, slots=True)
class PropertyNote:
    """What the catalogue's scheme says about a property."""

    name: str
    description: str = ""
    examples: str = ""  # questions, separated by spaces
    is_tiers: bool = True  # False: it belongs to the offering as a whole


class Catalogue:
    """All offerings, found by any of their names."""

    def __init__(self, offerings: Iterable[CatalogueOffering], scheme: Iterable[PropertyNote] = ()) -> None:
        self.offerings = tuple(offerings)
        self.scheme = {note.name: note for note in scheme}
        self._by_name: dict[str, CatalogueOffering] = {}
        for offering in self.offerings:
            for name in offering.names:
                self._by_name.setdefault(fold(name), offering)
        for offering in self.offerings:  # an offering's own name wins over another's synonym
            self._by_name[fold(offering.name)] = offering
        used = {name for offering in self.offerings for name in offering.values}
        used |= {name for offering in self.offerings for tier in offering.tiers for name in tier.values}
        self.properties = tuple(sorted(used | set(self.scheme)))

    def find(self, name: str) -> CatalogueOffering | None:
        """Return the offering of a name, however it is spaced or capitalised."""
        return self._by_name.get(fold(name))


def fold(name: str) -> str:
    """Return the one spelling by which names and values are compared."""
    return normalise(name).replace(" ", "")


def as_number(text: str) -> float | None:
    """Read a value as a number; None where it is words."""
    try:
        return float(text)
    except ValueError:
        return None
