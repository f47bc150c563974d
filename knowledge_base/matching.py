"""Compare a question with the articles of every part, by meaning and by words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge_base.articles import Article
from knowledge_base.asking import Asked, Asking
from knowledge_base.corpus import questions_of
from knowledge_base.encoder import Encoder
from knowledge_base.exact import exact_number
from knowledge_base.lexical import Positions, telling
from knowledge_base.segment import Glance, Look, Segment

_CANDIDATES = 24  # articles worth weighing


@dataclass(frozen=True, slots=True)
class Candidates:
    """Articles that may be meant, with what speaks for each."""

    positions: NDArray[np.int64]  # (n,) of articles, counted through all parts
    signals: NDArray[np.float64]  # (n, d), in the order of SIGNALS
    rows: NDArray[np.int64]  # (n,) each article's question nearest in words, counted within the article


class LiveArticles(Sequence[Article]):
    """The articles of all parts but those crossed out; positions count through all parts."""

    def __init__(self, segments: Sequence[Segment], dead: Sequence[NDArray[np.bool_]]) -> None:
        self._segments, self._dead = segments, dead
        self.offsets = np.concatenate([[0], np.cumsum([len(s.articles) for s in segments])]).astype(np.int64)

    def __len__(self) -> int:
        return int(sum((~gone).sum() for gone in self._dead))

    def __iter__(self) -> Iterator[Article]:
        for segment, gone in zip(self._segments, self._dead, strict=True):
            yield from (segment.articles[int(n)] for n in np.flatnonzero(~gone))

    def __getitem__(self, position: int | slice) -> Article:  # type: ignore[override]  # positions are not consecutive
        if isinstance(position, slice):
            raise TypeError("articles are counted through all parts: iterate instead")
        part = int(np.searchsorted(self.offsets, position, "right")) - 1
        return self._segments[part].articles[position - int(self.offsets[part])]

    def by_id(self, article_id: str) -> Article | None:
        """Return a live article."""
        for segment, gone in zip(self._segments, self._dead, strict=True):
            position = segment.articles.position.get(article_id)
            if position is not None and not gone[position]:
                return segment.articles[position]
        return None


class Matcher:
    """Signals of all articles for a question."""

    def __init__(
        self,
        segments: Sequence[Segment],
        dead: Sequence[NDArray[np.bool_]],
        asking: Asking,
    ) -> None:
        self.articles = LiveArticles(segments, dead)
        self.segments, self.dead, self.asking = tuple(segments), tuple(dead), asking

    @property
    def encoder(self) -> Encoder:
        """Return the encoder questions are turned into vectors with."""
        return self.asking.encoder

    def candidates(self, question: str) -> Candidates:
        """Return the articles worth weighing, in order of the corpus."""
        asked = self.asking.asked(question)
        glances = [self._glance(n, asked) for n in range(len(self.segments))]
        found = np.concatenate([glance.positions for glance in glances])
        rough = np.concatenate([glance.rough for glance in glances])
        kept = np.sort(found[np.argsort(-rough, kind="stable")[:_CANDIDATES]])
        looks = [self._look(n, asked, kept) for n in range(len(self.segments))]
        signals = np.concatenate([look.signals for look in looks])
        told = telling(np.concatenate([look.held for look in looks]))
        return Candidates(
            kept, np.column_stack([signals, told]), np.concatenate([look.rows for look in looks])
        )

    def exact(self, key: str) -> Article | None:
        """Return the one article that publishes a question with this key; None where there is none, or several."""
        number = exact_number(key)
        found = [
            (segment, int(n))
            for segment, gone in zip(self.segments, self.dead, strict=True)
            for n in segment.exact(number)
            if not gone[n]
        ]
        return found[0][0].articles[found[0][1]] if len(found) == 1 else None

    def question(self, position: int, row: int) -> str:
        """Return an article's published question."""
        return questions_of(self.articles[position])[row]

    def _glance(self, part: int, asked: Asked) -> Glance:
        """Return what a part has for a question, less what is crossed out; positions count through all parts."""
        near = self.segments[part].near(asked)
        alive = ~self.dead[part][near.positions]
        return Glance(near.positions[alive] + self.articles.offsets[part], near.rough[alive])

    def _look(self, part: int, asked: Asked, kept: Positions) -> Look:
        first, end = self.articles.offsets[part : part + 2]
        return self.segments[part].look(asked, kept[(kept >= first) & (kept < end)] - first)
