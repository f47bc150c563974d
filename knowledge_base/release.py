"""Make the next knowledge base from the one before it: only what changed is encoded, weighed and written.

A change becomes a small part beside the large one, in which the articles it replaces are crossed out. Small parts are
written together with the next change; when too much is crossed out or there are too many parts, all is written anew.
Encoder, gate and thresholds stay as they were: only `build` trains.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from core.clock import SystemClock
from core.ids import ArticleId
from core.offering import Offering
from knowledge_base.articles import Article
from knowledge_base.asking import Weighings
from knowledge_base.corpus import generated_articles, questions_of
from knowledge_base.encoder import Encoder, Matrix, open_encoder
from knowledge_base.files import MODEL, THESAURUS, shared_files
from knowledge_base.manifest import NAME, Manifest, Part, hash_of, read_manifest
from knowledge_base.parts import add_part, appearing
from knowledge_base.segment import Segment
from knowledge_base.thesaurus import Thesaurus, load_thesaurus

SMALL = 1_000  # articles of a part that is written again with the next change
_PARTS = 6  # beyond which all is written anew
_WASTE = 0.3  # share of articles crossed out, likewise
_OUTGROWN = 0.5  # share of articles that are new: what is rare has to be learnt again
_LATER = ("-idf.npy", "-weighing.json")  # files of the weighings


def make(
    base: Path,
    out: Path,
    changed: Sequence[Article],
    removed: Collection[ArticleId] = (),
    offerings: Sequence[Offering] | None = None,
    *,
    at: datetime | None = None,
) -> Manifest:
    """Write into `out` what `base` knows with some articles changed (or added) and others removed.

    `offerings`, where the catalogue changed: their generated articles take the place of the old ones. `out` appears only
    when it is complete; parts that stay the same are shared by hard links. Raises StaffError.
    """
    at = at or SystemClock().now()
    before = _Base(base)
    thesaurus, is_renamed = before.thesaurus, False
    if offerings is not None:
        thesaurus = load_thesaurus(offerings)
        is_renamed = thesaurus.as_dict() != before.thesaurus.as_dict()
        changed, removed = _with_generated(before, offerings, changed, removed, at)
    news = {article.id: article for article in changed}
    parts = before.without({*news, *removed})
    with appearing(out) as work:
        _link(shared_files(base), base, work)
        if is_renamed or _is_worn(parts, len(news)):
            manifest = _anew(before, work, parts, news, thesaurus)
        else:
            manifest = _beside(before, work, parts, news)
        manifest = replace(manifest, content_hash=hash_of(shared_files(work)), built=at.isoformat())
        manifest.save(work)
    return manifest


class _Base:
    """A built knowledge base, opened as far as making the next one needs."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.manifest = folder, read_manifest(folder)
        self.segments = {part.name: Segment(folder / part.name) for part in self.manifest.parts}
        self.thesaurus = Thesaurus.open(folder / THESAURUS)

    def encoder(self) -> Encoder:
        """Open the encoder."""
        model = self.manifest.model
        return open_encoder(str(self.folder / MODEL) if model == MODEL else model)

    def without(self, ids: Collection[ArticleId]) -> list[Part]:
        """Return the parts with these articles crossed out."""
        return [self._crossed_out(part, ids) for part in self.manifest.parts]

    def _crossed_out(self, part: Part, ids: Collection[ArticleId]) -> Part:
        places = self.segments[part.name].articles.position
        gone = {places[article_id] for article_id in ids if article_id in places}
        return replace(part, dead=tuple(sorted({*part.dead, *gone})))

    def live(self, part: Part) -> Iterator[Article]:
        """Return the articles of a part that are not crossed out."""
        dead, articles = set(part.dead), self.segments[part.name].articles
        return (articles[n] for n in range(part.articles) if n not in dead)

    def vectors(self, article: Article) -> Matrix | None:
        """Return the vectors of an article's rows where it asks the same as before."""
        for segment in self.segments.values():
            position = segment.articles.position.get(article.id)
            if position is not None and questions_of(segment.articles[position]) == questions_of(article):
                return segment.vectors_of(position)
        return None


def _with_generated(
    before: _Base,
    offerings: Sequence[Offering],
    changed: Sequence[Article],
    removed: Collection[ArticleId],
    at: datetime,
) -> tuple[list[Article], set[ArticleId]]:
    """Add the generated articles that differ from the old ones, and remove those that nothing generates any more."""
    wanted = {article.id: article for article in generated_articles(offerings, at)}
    old = {a.id: a for part in before.manifest.parts for a in before.live(part) if a.source == "offering"}
    fresh = [article for article in wanted.values() if old.get(article.id) != replace(article, held_out=())]
    return [*changed, *fresh], {*removed, *(old.keys() - wanted.keys())}


def _is_worn(parts: Sequence[Part], added: int) -> bool:
    total = sum(part.articles for part in parts) + added
    dead = sum(len(part.dead) for part in parts)
    alive = total - dead
    kept = [part for part in parts if _alive(part) >= SMALL]
    return len(kept) >= _PARTS or dead > _WASTE * total or (added >= SMALL and added > _OUTGROWN * alive)


def _alive(part: Part) -> int:
    return part.articles - len(part.dead)


def _beside(before: _Base, work: Path, parts: Sequence[Part], news: Mapping[ArticleId, Article]) -> Manifest:
    """Write what is new, with the small parts there are, beside the large ones."""
    largest = max(parts, key=_alive)
    kept = [part for part in parts if part is largest or _alive(part) >= SMALL]
    articles = [a for part in parts if part not in kept for a in before.live(part)] + list(news.values())
    for part in kept:
        folder = before.folder / part.name
        _link(folder.iterdir(), before.folder, work)
    if not articles:
        return replace(before.manifest, parts=tuple(kept))
    added, _ = add_part(
        work, articles, before.encoder(), before.thesaurus, Weighings.open(before.folder), before.vectors
    )
    return replace(before.manifest, parts=(*kept, added))


def _anew(
    before: _Base,
    work: Path,
    parts: Sequence[Part],
    news: Mapping[ArticleId, Article],
    thesaurus: Thesaurus,
) -> Manifest:
    """Write everything as one part, and learn again what is rare."""
    for path in work.iterdir():
        if path.name == THESAURUS or path.name.endswith(_LATER):
            path.unlink()  # a hard link: the old one keeps its own
    articles = [a for part in parts for a in before.live(part)] + list(news.values())
    whole, weighings = add_part(work, articles, before.encoder(), thesaurus, None, before.vectors)
    weighings.save(work)
    thesaurus.save(work / THESAURUS)
    return replace(before.manifest, parts=(whole,))


def _link(files: Iterable[Path], base: Path, work: Path) -> None:
    """Share files with the base; copy them where the file system cannot."""
    for path in files:
        target = work / path.relative_to(base)
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.name == NAME:
            continue
        try:
            os.link(path, target)
        except OSError:
            shutil.copy2(path, target)
