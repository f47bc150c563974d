"""What adding similar questions to an article would change: made and asked for real, beside what is live."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np

from knowledge_base.articles import Article
from knowledge_base.corpus import questions_of
from knowledge_base.load import open_retriever
from knowledge_base.release import make
from knowledge_base.retrieval import Answer, Choices, Outcome, Retriever

_NEIGHBOURS = 8  # articles near each phrase whose published questions are asked again
_REAL = 150  # questions of customers near the phrases, likewise
_NEAR = 0.3  # inner product from which a question is near


@dataclass(frozen=True, slots=True)
class Served:
    """What a question gets: the article that answers, or those offered; none: nothing."""

    outcome: str  # "answered", "offered" or "abstained"
    articles: tuple[str, ...]
    titles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Changed:
    """A question that would get something else."""

    question: str
    before: Served
    after: Served

    @property
    def verdict(self) -> str:
        """Return "taken" (another article answered it), "ambiguous" (one answered, now several are offered), or "other"."""
        if self.before.outcome == "answered" and self.after.outcome == "answered":
            return "taken"
        return "ambiguous" if self.before.outcome == "answered" else "other"


@dataclass(frozen=True, slots=True)
class Conflicts:
    """What would become of the phrases, of the questions they stand for, and of all others near them."""

    published: tuple[
        tuple[str, str], ...
    ]  # (phrase, article) where another article publishes the very phrase
    pulled: tuple[Changed, ...]  # phrases that another article answers now
    changed: tuple[Changed, ...]  # other questions, those that were answered first
    asked: int  # of the others
    helped: int  # questions of the group that would be answered by the article
    group: int  # questions of the group


def conflicts(
    folder: Path,
    article: Article,
    phrases: Sequence[str],
    group: Sequence[str],
    real: Sequence[str],
    at: datetime,
) -> Conflicts:
    """Add `phrases` to an article beside the knowledge base in `folder`, and ask both.

    `group` are the questions the phrases stand for, `real` what customers asked lately. Raises StaffError.
    """
    live = open_retriever(folder)
    wanted = replace(article, questions=tuple(dict.fromkeys((*article.questions, *phrases))), held_out=())
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".conflicts-") as work:
        make(folder, Path(work) / "next", [wanted], at=at)
        after = open_retriever(Path(work) / "next", before=live)
        others = [q for q in _others(live, article, phrases, real) if q not in {*phrases, *group}]
        changed = [
            found for question in others if (found := _difference(live, after, question, at)) is not None
        ]
        helped = sum(_served(after, question, at).articles == (article.id,) for question in group)
    was = [(phrase, live.ask(phrase, at=at)) for phrase in phrases]
    foreign = [(p, o) for p, o in was if isinstance(o, Answer) and o.article.id != article.id]
    return Conflicts(
        published=tuple((phrase, outcome.article.id) for phrase, outcome in foreign if outcome.is_exact),
        pulled=tuple(
            Changed(phrase, _named(outcome), Served("answered", (article.id,), (article.title,)))
            for phrase, outcome in foreign
            if not outcome.is_exact
        ),
        changed=tuple(sorted(changed, key=lambda found: found.verdict == "other")),
        asked=len(others),
        helped=helped,
        group=len(group),
    )


def _others(live: Retriever, article: Article, phrases: Sequence[str], real: Sequence[str]) -> list[str]:
    """Return the questions that may change: published ones of neighbours, and what customers asked like it."""
    found: dict[str, None] = {}
    for phrase in phrases:
        for hit in live.search(phrase, _NEIGHBOURS):
            if hit.article.id != article.id:
                found.update(dict.fromkeys(questions_of(hit.article)))
    if real and phrases:
        encoder = live.matcher.encoder
        likeness = (encoder.encode(list(real)) @ encoder.encode(list(phrases)).T).max(axis=1)
        nearest = np.argsort(-likeness, kind="stable")[:_REAL]
        found.update({real[n]: None for n in nearest if likeness[n] >= _NEAR})
    return list(found)


def _difference(before: Retriever, after: Retriever, question: str, at: datetime) -> Changed | None:
    old, new = _served(before, question, at), _served(after, question, at)
    is_same = (old.outcome, set(old.articles)) == (new.outcome, set(new.articles))
    return None if is_same else Changed(question, old, new)


def _served(retriever: Retriever, question: str, at: datetime) -> Served:
    return _named(retriever.ask(question, at=at))


def _named(outcome: Outcome) -> Served:
    if isinstance(outcome, Answer):
        return Served("answered", (outcome.article.id,), (outcome.article.title,))
    if isinstance(outcome, Choices):
        return Served(
            "offered", tuple(a.id for a in outcome.articles), tuple(a.title for a in outcome.articles)
        )
    return Served("abstained", (), ())
