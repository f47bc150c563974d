"""Read questions about a catalogue of which no training question exists: by names, scheme and our own phrasings."""

from __future__ import annotations

from collections.abc import Iterator

from knowledge_base.catalogue.lexicon import Lexicon, load_lexicon
from knowledge_base.catalogue.linking import Linker, rank
from knowledge_base.catalogue.model import Catalogue, CatalogueOffering
from knowledge_base.catalogue.query import Compare, Constraint, Op, Query
from knowledge_base.catalogue.reading import Reading, outside, read, sides
from knowledge_base.catalogue.scheme import SchemeMatcher
from knowledge_base.catalogue.words import spell

SURE = 0.6  # a phrasing of at least this weight counts beside others
_MOST = 4  # properties asked for in one message
_SILENT = 0.5  # what a phrasing is worth where the offering has no such value


class ZeroShotReader:
    """Reads a question into a query."""

    def __init__(self, catalogue: Catalogue, lexicon: Lexicon | None = None) -> None:
        self.lexicon = lexicon or load_lexicon()
        self.linker = Linker(catalogue, self.lexicon)
        self._scheme = SchemeMatcher(catalogue, self.lexicon)
        self._properties = frozenset(catalogue.properties)

    def read(self, question: str) -> Query:
        """Return the likeliest reading of a question."""
        text = spell(question)
        position = int(rank(self.linker.signals(question))[0])
        return self.query(read(text, position, self.linker, self.lexicon))

    def query(self, reading: Reading) -> Query:
        """Return the query that a laid-out question makes."""
        properties = self.properties(reading)
        if reading.compare is not Compare.NONE:
            return Query(reading.offering, properties[:1], sides(reading), reading.compare)
        return Query(reading.offering, properties, constraints(reading))

    def properties(self, reading: Reading) -> tuple[str, ...]:
        """Return what is asked for, the surest first; empty only where nothing at all resembles a property."""
        scores = self._scheme.scores(reading.masked)
        found = self._phrased(reading.masked, reading.offering)
        best_scheme = max(scores, key=lambda name: (scores[name], name), default=None)
        if best_scheme and scores[best_scheme] > max(found.values(), default=0.0):
            return (best_scheme,)
        sure = [name for name, weight in found.items() if weight >= SURE]
        return tuple(sure[:2]) or tuple(sorted(found, key=lambda name: -found[name])[:1])

    def surely_asked(self, masked: str) -> tuple[str, ...]:
        """Return what a masked text asks for in so many words; often nothing."""
        return tuple(name for name, weight in self._phrased(masked).items() if weight >= SURE)[:_MOST]

    def where_surely_asked(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield the spans that ask for a property of this catalogue in so many words."""
        for name, weight, start, end in self.lexicon.where_asked(text):
            if weight >= SURE and self._own(name) is not None:
                yield start, end

    def _phrased(self, masked: str, offering: CatalogueOffering | None = None) -> dict[str, float]:
        """Return the properties whose phrasings are in a masked text; a surer phrasing takes its words from others."""
        hits = sorted(self.lexicon.where_asked(masked), key=lambda hit: (-hit[1], hit[2] - hit[3], hit[2]))
        taken: list[tuple[int, int]] = []
        found: dict[str, float] = {}
        for phrased, weight, start, end in hits:
            name = self._own(phrased)
            if name is None or any(s < end and start < e for s, e in taken):
                continue
            if offering is not None and not offering.texts(name):
                weight *= _SILENT
            if weight >= SURE or not found:
                taken.append((start, end))
                found[name] = max(weight, found.get(name, 0.0))
        return found

    def _own(self, name: str) -> str | None:
        """Return the catalogue's own name for a property of the lexicon; None where it has no such property."""
        if name in self._properties:
            return name
        return next((own for own in self.lexicon.names_of(name) if own in self._properties), None)


def constraints(reading: Reading) -> tuple[Constraint, ...]:
    """Return the conditions that a question sets: what it says of tiers outside the offering's name."""
    found: dict[tuple[str, Op], Constraint] = {}
    for mention in reading.mentions:
        if mention.is_sure and outside(mention, reading.name_spans):
            found.setdefault((mention.constraint.name, mention.constraint.op), mention.constraint)
    return tuple(sorted(found.values(), key=lambda c: (c.name, c.op.value)))
