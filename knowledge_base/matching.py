"""Compare a question with the articles of every part, by meaning and by words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge_base.articles import Article
from knowledge_base.corpus import questions_of
from knowledge_base.encoder import Encoder
from knowledge_base.exact import exact_number
from knowledge_base.lexical import Positions, bag_of
from knowledge_base.segment import SIGNALS, Asked, Segment, Weighings, concepts_of
from knowledge_base.thesaurus import Thesaurus

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
        encoder: Encoder,
        weighings: Weighings,
        thesaurus: Thesaurus,
    ) -> None:
        self.articles = LiveArticles(segments, dead)
        self.segments, self.dead = tuple(segments), tuple(dead)
        self.encoder, self.thesaurus, self.weighings = encoder, thesaurus, weighings

    def candidates(self, question: str) -> Candidates:
        """Return the articles worth weighing, in order of the corpus."""
        asked = self._asked(question)
        found = [self._of_part(n, asked) for n in range(len(self.segments))]
        positions, signals, rows = (np.concatenate(part) for part in zip(*found, strict=True))
        rough = signals[:, :5].sum(axis=1) + signals[:, 5] - signals[:, 6]
        kept = np.sort(np.argsort(-rough, kind="stable")[:_CANDIDATES])
        return Candidates(positions[kept], signals[kept], rows[kept])

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

    def _asked(self, question: str) -> Asked:
        bag = bag_of(question, self.thesaurus)
        return Asked(
            vector=self.encoder.encode([question]),
            bag=bag,
            concepts=concepts_of(question, self.thesaurus),
            question_reach=self.weighings.questions.reach(bag),
            article_reach=self.weighings.articles.reach(bag),
        )

    def _of_part(self, part: int, asked: Asked) -> tuple[Positions, NDArray[np.float64], Positions]:
        segment = self.segments[part]
        near, dense = segment.near(asked)
        alive = ~self.dead[part][near]
        near, dense = near[alive], dense[alive]
        if not len(near):
            return near, np.empty((0, len(SIGNALS))), near
        signals, rows = segment.signals(asked, near, dense)
        return near + self.articles.offsets[part], signals, rows
