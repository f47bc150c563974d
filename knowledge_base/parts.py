"""Write the parts of a knowledge base, in a folder that appears when it is complete."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from knowledge_base.articles import Article
from knowledge_base.asking import Weighings
from knowledge_base.encoder import Encoder
from knowledge_base.files import part_files
from knowledge_base.manifest import Part, hash_of
from knowledge_base.segment import Segment
from knowledge_base.segment_writing import KnownVectors, write_segment
from knowledge_base.thesaurus import Thesaurus


@contextmanager
def appearing(out_dir: Path) -> Iterator[Path]:
    """Give a folder to fill; it takes the place of `out_dir` when the block ends, and is gone when it fails."""
    work = out_dir.parent / f".{out_dir.name}.building"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    try:
        yield work
        _replace(work, out_dir)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def add_part(
    work: Path,
    articles: Sequence[Article],
    encoder: Encoder,
    thesaurus: Thesaurus,
    weighings: Weighings | None = None,
    known: KnownVectors | None = None,
) -> tuple[Part, Weighings]:
    """Write one more part into a knowledge base being built; its folder is named by what is in it."""
    unnamed = work / "part"
    weighings = write_segment(unnamed, articles, encoder, thesaurus, weighings, known)
    content_hash = hash_of(part_files(unnamed))
    name = f"part-{content_hash[:16]}"
    unnamed.rename(work / name)
    rows = Segment(work / name).rows
    return Part(name, content_hash, len(articles), rows), weighings


def _replace(work: Path, out_dir: Path) -> None:
    old = out_dir.parent / f".{out_dir.name}.old"
    shutil.rmtree(old, ignore_errors=True)
    if out_dir.exists():
        out_dir.rename(old)
    work.rename(out_dir)
    shutil.rmtree(old, ignore_errors=True)
