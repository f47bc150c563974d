"""Which property a question asks for, by its likeness to names, descriptions and example questions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from sklearn.feature_extraction.text import TfidfVectorizer

from knowledge_base.catalogue.lexicon import Lexicon
from knowledge_base.catalogue.model import Catalogue
from knowledge_base.catalogue.words import bare

_LEAST = 0.3  # below this, likeness is chance
_WORTH = 0.85  # what a question identical to an example counts, against a phrasing's weight


class SchemeMatcher:
    """Compares a masked question with what is written about each property."""

    def __init__(self, catalogue: Catalogue, lexicon: Lexicon) -> None:
        self._owners: list[str] = []
        texts: list[str] = []
        for name in catalogue.properties:
            for text in _written(name, catalogue, lexicon):
                self._owners.append(name)
                texts.append(bare(text))
        self._vectorizer = TfidfVectorizer(analyzer="char", ngram_range=(2, 4), sublinear_tf=True)
        self._rows = self._vectorizer.fit_transform(texts or ["E"])

    def scores(self, masked: str) -> dict[str, float]:
        """Return each property's likeness to a masked question, 0..1."""
        row = self._vectorizer.transform([bare(masked.replace("E", "").replace("T", ""))])
        likeness = (self._rows @ row.T).toarray().ravel()
        found: dict[str, float] = defaultdict(float)
        for owner, score in zip(self._owners, likeness, strict=True):
            found[owner] = max(found[owner], float(score) * _WORTH)
        return {name: score for name, score in found.items() if score >= _LEAST}


def _written(name: str, catalogue: Catalogue, lexicon: Lexicon) -> Iterator[str]:
    yield name
    yield from lexicon.names_of(name)
    yield from lexicon.examples.get(name, ())
    if note := catalogue.scheme.get(name):
        yield note.description
        yield from _split(note.examples)


def _split(examples: str) -> Iterable[str]:
    return [text for text in examples.replace("?", " ").replace("？", " ").split() if text]
