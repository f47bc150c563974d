"""Open a built knowledge base, and refuse one whose parts do not belong together."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from core.errors import StaffError
from knowledge_base.asking import Asking, Weighings
from knowledge_base.encoder import open_encoder
from knowledge_base.files import GATE, JUDGEMENT, MODEL, THESAURUS, part_files, shared_files
from knowledge_base.gate import Gate
from knowledge_base.index import REBUILD
from knowledge_base.judgement import Judgement
from knowledge_base.manifest import (
    Part,
    check_encoder,
    check_files,
    hash_of,
    mismatch,
    read_manifest,
)
from knowledge_base.matching import Matcher
from knowledge_base.retrieval import Retriever
from knowledge_base.segment import Segment
from knowledge_base.thesaurus import Thesaurus


def open_retriever(
    folder: Path, encoder: str | None = None, before: Retriever | None = None, *, verify: bool = True
) -> Retriever:
    """Open what `build` or `make` wrote; `encoder`, where given, must be the setting it was built with (empty: our own).

    What is the same in `before`, which is open now, is used again. `verify` reads every file once, a second for each
    gigabyte or so: not where another process has done it. Raises StaffError saying what does not fit and what to run.
    """
    manifest = read_manifest(folder)
    if encoder is not None and (encoder or MODEL) != manifest.model:
        reason = f"the index was built with {manifest.model}, the setting says {encoder or 'the model trained here'}"
        raise StaffError("knowledge.mismatch", f"{reason}; {REBUILD}")
    segments = [_segment(folder, part, before, verify) for part in manifest.parts]
    dead = [crossed_out(part) for part in manifest.parts]
    if before is not None and before.manifest.content_hash == manifest.content_hash:
        old = before.matcher
        matcher = Matcher(segments, dead, old.asking)
        return Retriever(manifest, matcher, before.gate, before.judgement)
    if verify:
        check_files(shared_files(folder), manifest.content_hash)
    model = open_encoder(str(folder / MODEL) if manifest.model == MODEL else manifest.model)
    check_encoder(manifest, model)
    thesaurus = Thesaurus.open(folder / THESAURUS)
    matcher = Matcher(segments, dead, Asking(model, Weighings.open(folder), thesaurus))
    gate, judgement = Gate.open(folder / GATE, thesaurus), Judgement.open(folder / JUDGEMENT)
    return Retriever(manifest, matcher, gate, judgement)


def _segment(folder: Path, part: Part, before: Retriever | None, verify: bool) -> Segment:
    """Open a part, or take it from what is open; one that was verified once is not read again."""
    if before is not None:
        open_now = zip(before.manifest.parts, before.matcher.segments, strict=True)
        for old, segment in open_now:
            if (old.name, old.content_hash) == (part.name, part.content_hash):
                return segment
    segment = Segment(folder / part.name)
    if segment.index.count != part.rows:
        raise mismatch(f"the index holds {segment.index.count} rows, the manifest says {part.rows}")
    if verify:
        check_files(part_files(segment.folder), part.content_hash)
    return segment.open_all()


def model_of(folder: Path) -> str:
    """Name what was trained, the encoder, the gate and the judgement: another name when one of them is another.

    Raises StaffError where no knowledge base lies.
    """
    manifest = read_manifest(folder)
    files = [path for path in (folder / MODEL).rglob("*") if path.is_file()]
    trained = hash_of([*files, folder / GATE, folder / JUDGEMENT])
    return hashlib.sha256(f"{manifest.model}\0{trained}".encode()).hexdigest()


def crossed_out(part: Part) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return which articles of a part are not to be found any more, (n,) bool."""
    found = np.zeros(part.articles, dtype=bool)
    found[list(part.dead)] = True
    return found
