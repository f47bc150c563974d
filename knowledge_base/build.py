"""Build a knowledge base: encoder, index, lexicon, gate and thresholds, in a folder that appears when it is complete."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import numpy as np

from core.clock import SystemClock
from core.errors import StaffError
from core.offering import Offering
from knowledge_base.articles import Article
from knowledge_base.asking import Asking
from knowledge_base.corpus import load_corpus, question_rows
from knowledge_base.encoder import Encoder, open_encoder
from knowledge_base.evaluation import Part as Half
from knowledge_base.evaluation import held_out
from knowledge_base.files import GATE, JUDGEMENT, MODEL, THESAURUS, shared_files
from knowledge_base.gate import Gate, out_of_scope_lines
from knowledge_base.gram_reader import GramReader
from knowledge_base.judgement import Example, Judgement, calibrate
from knowledge_base.manifest import Manifest, hash_of, probe_of
from knowledge_base.matching import Matcher
from knowledge_base.parts import add_part, appearing
from knowledge_base.segment import Segment
from knowledge_base.thesaurus import Thesaurus, load_thesaurus

_EXAMPLES_MIN = 8  # held-out questions without which nothing can be calibrated


def build(
    articles_dir: Path,
    offerings: Iterable[Offering],
    out_dir: Path,
    encoder: str = "",
    *,
    at: datetime | None = None,
    strangers: Sequence[str] | None = None,
) -> Manifest:
    """Build into `out_dir`, replacing what was there only at the end; `encoder` empty trains our own.

    `strangers` are texts out of scope to calibrate on; by default those shipped. Raises StaffError.
    """
    at = at or SystemClock().now()
    catalogue = tuple(offerings)
    with appearing(out_dir) as work:
        with timed("read articles"):
            articles = load_corpus(articles_dir, catalogue, at)
            thesaurus = load_thesaurus(catalogue)
        model = _encoder(encoder, articles, thesaurus, work)
        manifest = _fill(work, articles, thesaurus, model, tuple(strangers or out_of_scope_lines()), at)
        manifest.save(work)
    return manifest


def _encoder(name: str, articles: Sequence[Article], thesaurus: Thesaurus, work: Path) -> Encoder:
    if name:
        with timed(f"open encoder {name}"):
            return open_encoder(name)
    from knowledge_base.training import train_encoder

    with timed("train encoder"):
        train_encoder(articles, thesaurus, work / MODEL)
    return GramReader.open(work / MODEL, MODEL)


def _fill(
    work: Path,
    articles: Sequence[Article],
    thesaurus: Thesaurus,
    encoder: Encoder,
    strangers: Sequence[str],
    at: datetime,
) -> Manifest:
    questions = question_rows(articles).texts
    with timed(f"index {len(questions)} questions of {len(articles)} articles"):
        part, weighings = add_part(work, articles, encoder, thesaurus)
        weighings.save(work)
    segment = Segment(work / part.name)
    crossed_out = np.zeros(len(articles), dtype=bool)
    matcher = Matcher([segment], [crossed_out], Asking(encoder, weighings, thesaurus))
    with timed("calibrate"):
        judgement = _calibrated(articles, questions, matcher, thesaurus, strangers)
        gate = Gate.fit(questions, strangers, thesaurus)
    thesaurus.save(work / THESAURUS)
    gate.save(work / GATE)
    judgement.save(work / JUDGEMENT)
    return Manifest(
        model=encoder.name,
        probe=probe_of(encoder),
        dimension=encoder.dimension,
        parts=(part,),
        content_hash=hash_of(shared_files(work)),
        built=at.isoformat(),
    )


def _calibrated(
    articles: Sequence[Article],
    questions: Sequence[str],
    matcher: Matcher,
    thesaurus: Thesaurus,
    strangers: Sequence[str],
) -> Judgement:
    """Calibrate on held-out questions and on the half of the strangers that the draft gate has not seen."""
    draft = Gate.fit(questions, strangers[::2], thesaurus)
    position = {str(article.id): n for n, article in enumerate(articles)}
    written = held_out(articles, Half.DEV, "article")
    generated = held_out(articles, Half.DEV, "offering")
    # Generated questions are plentiful and easy: a third of the number of the written ones is enough.
    asked = written + generated[:: max(1, 3 * len(generated) // max(len(written), 1))]
    if len(asked) < _EXAMPLES_MIN:
        raise StaffError(
            "knowledge.calibration",
            f"only {len(asked)} held-out questions, {_EXAMPLES_MIN} are needed; run: .venv/bin/python -m knowledge_base.split",
        )
    texts = [(text, position[article_id]) for text, article_id in asked]
    pairs: list[tuple[str, int | None]] = [*texts, *((line, None) for line in strangers[1::2])]
    return calibrate([Example(matcher.candidates(t), draft.score(t), truth) for t, truth in pairs])


@contextmanager
def timed(title: str) -> Iterator[None]:
    """Say what a step is and how long it took."""
    started = time.monotonic()
    yield
    print(f"    {title}: {time.monotonic() - started:.1f} s", flush=True)  # noqa: T201 - progress of a command
