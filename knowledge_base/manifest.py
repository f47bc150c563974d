"""The manifest of a built knowledge base: what it was made with, so that a mismatch is noticed before it answers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from core.errors import StaffError
from knowledge_base.encoder import Encoder
from knowledge_base.index import REBUILD

FORMAT = 2
NAME = "manifest.json"
_PROBE = "手机没有信号怎么办"  # a text whose vector tells one model from another
_LIKENESS = 0.999  # of the probe's vectors; rounding differs between machines


@dataclass(frozen=True, slots=True)
class Part:
    """One part, and which of its articles are crossed out."""

    name: str  # its folder
    content_hash: str  # of the files in it
    articles: int
    rows: int
    dead: tuple[int, ...] = ()  # positions of articles that were changed or removed since


@dataclass(frozen=True, slots=True)
class Manifest:
    """Written last: a folder without it is not a knowledge base."""

    model: str  # name of the encoder; a name relative to the folder for the model trained here
    probe: tuple[float, ...]  # the encoder's vector of a fixed text
    dimension: int
    parts: tuple[Part, ...]
    content_hash: str  # of the files beside it
    built: str  # ISO time, UTC
    format: int = FORMAT

    @property
    def articles(self) -> int:
        """Return how many articles may be found."""
        return sum(part.articles - len(part.dead) for part in self.parts)

    @property
    def count(self) -> int:
        """Return how many rows the vector indexes hold."""
        return sum(part.rows for part in self.parts)

    def save(self, folder: Path) -> None:
        """Write into the folder."""
        text = json.dumps(asdict(self), ensure_ascii=False, indent=1)
        (folder / NAME).write_text(text, encoding="utf-8")


def read_manifest(folder: Path) -> Manifest:
    """Read a manifest; raises StaffError ``knowledge.manifest`` when there is none or it is of another format."""
    try:
        loaded = json.loads((folder / NAME).read_text(encoding="utf-8"))
        if (found := loaded.get("format")) != FORMAT:
            raise StaffError("knowledge.manifest", f"format {found} is not {FORMAT}; {REBUILD}")
        parts = tuple(Part(**{**part, "dead": tuple(part["dead"])}) for part in loaded["parts"])
        return Manifest(**{**loaded, "probe": tuple(loaded["probe"]), "parts": parts})
    except FileNotFoundError as error:
        raise StaffError("knowledge.manifest", f"no knowledge base in {folder}; {REBUILD}") from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise StaffError("knowledge.manifest", f"{NAME} cannot be read; {REBUILD}") from error


def probe_of(encoder: Encoder) -> tuple[float, ...]:
    """Return the encoder's vector of the fixed text."""
    return tuple(round(float(value), 6) for value in encoder.encode([_PROBE])[0])


def check_encoder(manifest: Manifest, encoder: Encoder) -> None:
    """Compare the encoder with the one built with; raises StaffError ``knowledge.mismatch`` saying what differs."""
    if encoder.dimension != manifest.dimension:
        raise mismatch(
            f"the encoder has {encoder.dimension} dimensions, the manifest says {manifest.dimension}"
        )
    if float(np.dot(probe_of(encoder), manifest.probe)) < _LIKENESS:
        raise mismatch(f"{encoder.name} is not the model the index was built with")


def check_files(files: Iterable[Path], content_hash: str) -> None:
    """Compare files with what was written; raises StaffError ``knowledge.mismatch``."""
    if hash_of(files) != content_hash:
        raise mismatch("a file of the knowledge base was changed after it was built")


def hash_of(files: Iterable[Path]) -> str:
    """Hash files by name and content."""
    digest = hashlib.blake2b(digest_size=32)
    for path in sorted(files):
        digest.update(path.name.encode() + b"\0")
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "blake2b").digest())
    return digest.hexdigest()


def mismatch(reason: str) -> StaffError:
    """Return the refusal of a knowledge base whose parts do not belong together."""
    return StaffError("knowledge.mismatch", f"{reason}; {REBUILD}")
