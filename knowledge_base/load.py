"""Open a built knowledge base, and refuse one whose parts do not belong together."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from core.errors import StaffError
from knowledge_base.corpus import question_rows, read_corpus
from knowledge_base.encoder import open_encoder
from knowledge_base.gate import Gate
from knowledge_base.index import REBUILD, VectorIndex
from knowledge_base.judgement import Judgement
from knowledge_base.lexical import Lexicon
from knowledge_base.manifest import NAME, check_manifest, read_manifest
from knowledge_base.matching import Matcher
from knowledge_base.retrieval import Retriever
from knowledge_base.thesaurus import Thesaurus

MODEL = "model"  # folder of the model trained here
CORPUS, THESAURUS, INDEX, ANSWERS = "corpus.json", "thesaurus.json", "questions.faiss", "answers.npy"
GATE, JUDGEMENT = "gate.json", "judgement.json"


def built_files(folder: Path) -> list[Path]:
    """Return every file of a built knowledge base but its manifest."""
    return [path for path in folder.rglob("*") if path.is_file() and path.name != NAME]


def open_retriever(folder: Path, encoder: str | None = None) -> Retriever:
    """Open what `build` wrote; `encoder`, where given, must be the setting it was built with (empty: our own).

    Raises StaffError saying what does not fit and what to run.
    """
    manifest = read_manifest(folder)
    if encoder is not None and (encoder or MODEL) != manifest.model:
        reason = f"the index was built with {manifest.model}, the setting says {encoder or 'the model trained here'}"
        raise StaffError("knowledge.mismatch", f"{reason}; {REBUILD}")
    model = open_encoder(str(folder / MODEL) if manifest.model == MODEL else manifest.model)
    index = VectorIndex.open(folder / INDEX)
    check_manifest(manifest, model, index, built_files(folder))
    articles, thesaurus = read_corpus(folder / CORPUS), Thesaurus.open(folder / THESAURUS)
    questions = question_rows(articles)
    lexicon = Lexicon.open(folder, thesaurus)
    answers = np.load(folder / ANSWERS)
    matcher = Matcher(articles, questions.owners, model, index, answers, lexicon, thesaurus)
    gate, judgement = Gate.open(folder / GATE, thesaurus), Judgement.open(folder / JUDGEMENT)
    return Retriever(articles, questions.texts, matcher, gate, judgement)
