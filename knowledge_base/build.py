"""Build a knowledge base: encoder, index, lexicon, gate and thresholds, in a folder that appears when it is complete."""

from __future__ import annotations

import shutil
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
from knowledge_base.corpus import answer_rows, load_corpus, question_rows, save_corpus, whole_texts
from knowledge_base.encoder import Encoder, Matrix, open_encoder
from knowledge_base.evaluation import Part, held_out
from knowledge_base.gate import Gate, out_of_scope_lines
from knowledge_base.gram_reader import GramReader
from knowledge_base.index import VectorIndex
from knowledge_base.judgement import Example, Judgement, calibrate
from knowledge_base.lexical import Lexicon
from knowledge_base.load import ANSWERS, CORPUS, GATE, INDEX, JUDGEMENT, MODEL, THESAURUS, built_files
from knowledge_base.manifest import Manifest, hash_of, probe_of
from knowledge_base.matching import Matcher
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
    work = out_dir.parent / f".{out_dir.name}.building"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    try:
        with _timed("read articles"):
            articles = load_corpus(articles_dir, catalogue, at)
            thesaurus = load_thesaurus(catalogue)
        model = _encoder(encoder, articles, thesaurus, work)
        manifest = _fill(work, articles, thesaurus, model, tuple(strangers or out_of_scope_lines()), at)
        manifest.save(work)
        _replace(work, out_dir)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return manifest


def _encoder(name: str, articles: Sequence[Article], thesaurus: Thesaurus, work: Path) -> Encoder:
    if name:
        with _timed(f"open encoder {name}"):
            return open_encoder(name)
    from knowledge_base.training import train_encoder

    with _timed("train encoder"):
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
    questions = question_rows(articles)
    with _timed(f"index {len(questions.texts)} questions of {len(articles)} articles"):
        index = VectorIndex.build(encoder.encode(questions.texts))
        answers = encoder.encode(answer_rows(articles).texts)
        lexicon = Lexicon.build(thesaurus, questions.texts, whole_texts(articles))
    matcher = Matcher(articles, questions.owners, encoder, index, answers, lexicon, thesaurus)
    with _timed("calibrate"):
        judgement = _calibrated(articles, questions.texts, matcher, thesaurus, strangers)
        gate = Gate.fit(questions.texts, strangers, thesaurus)
    _save(work, articles, thesaurus, index, answers, lexicon, gate, judgement)
    return Manifest(
        model=encoder.name,
        probe=probe_of(encoder),
        dimension=encoder.dimension,
        count=index.count,
        articles=len(articles),
        content_hash=hash_of(built_files(work)),
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
    written = held_out(articles, Part.DEV, "article")
    generated = held_out(articles, Part.DEV, "offering")
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


def _save(
    work: Path,
    articles: Sequence[Article],
    thesaurus: Thesaurus,
    index: VectorIndex,
    answers: Matrix,
    lexicon: Lexicon,
    gate: Gate,
    judgement: Judgement,
) -> None:
    save_corpus(articles, work / CORPUS)
    thesaurus.save(work / THESAURUS)
    index.save(work / INDEX)
    np.save(work / ANSWERS, answers)
    lexicon.save(work)
    gate.save(work / GATE)
    judgement.save(work / JUDGEMENT)


def _replace(work: Path, out_dir: Path) -> None:
    old = out_dir.parent / f".{out_dir.name}.old"
    shutil.rmtree(old, ignore_errors=True)
    if out_dir.exists():
        out_dir.rename(old)
    work.rename(out_dir)
    shutil.rmtree(old, ignore_errors=True)


@contextmanager
def _timed(title: str) -> Iterator[None]:
    started = time.monotonic()
    yield
    print(f"    {title}: {time.monotonic() - started:.1f} s", flush=True)  # noqa: T201 - progress of a command
