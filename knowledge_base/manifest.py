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
from knowledge_base.index import REBUILD, VectorIndex

FORMAT = 1
NAME = "manifest.json"
_PROBE = "手机没有信号怎么办"  # a text whose vector tells one model from another
_LIKENESS = 0.999  # of the probe's vectors; rounding differs between machines


@dataclass(frozen=True, slots=True)
class Manifest:
    """Written last: a folder without it is not a knowledge base."""

    model: str  # name of the encoder; a name relative to the folder for the model trained here
    probe: tuple[float, ...]  # the encoder's vector of a fixed text
    dimension: int
    count: int  # rows of the vector index
    articles: int
    content_hash: str  # of the files beside it
    built: str  # ISO time, UTC
    format: int = FORMAT

    def save(self, folder: Path) -> None:
        """Write into the folder."""
        text = json.dumps(asdict(self), ensure_ascii=False, indent=1)
        (folder / NAME).write_text(text, encoding="utf-8")


def read_manifest(folder: Path) -> Manifest:
    """Read a manifest; raises StaffError ``knowledge.manifest`` when there is none or it is of another format."""
    try:
        loaded = json.loads((folder / NAME).read_text(encoding="utf-8"))
        manifest = Manifest(**{**loaded, "probe": tuple(loaded["probe"])})
    except FileNotFoundError as error:
        raise StaffError("knowledge.manifest", f"no knowledge base in {folder}; {REBUILD}") from error
    except (ValueError, TypeError, KeyError) as error:
        raise StaffError("knowledge.manifest", f"{NAME} cannot be read; {REBUILD}") from error
    if manifest.format != FORMAT:
        raise StaffError("knowledge.manifest", f"format {manifest.format} is not {FORMAT}; {REBUILD}")
    return manifest


def probe_of(encoder: Encoder) -> tuple[float, ...]:
    """Return the encoder's vector of the fixed text."""
    return tuple(round(float(value), 6) for value in encoder.encode([_PROBE])[0])


def check_manifest(manifest: Manifest, encoder: Encoder, index: VectorIndex, files: Iterable[Path]) -> None:
    """Compare what was built with what is here; raises StaffError ``knowledge.mismatch`` saying what differs."""
    if encoder.dimension != manifest.dimension or index.dimension != manifest.dimension:
        raise _mismatch(
            f"the encoder has {encoder.dimension} dimensions, the index {index.dimension}, the manifest {manifest.dimension}"
        )
    if index.count != manifest.count:
        raise _mismatch(f"the index holds {index.count} rows, the manifest says {manifest.count}")
    if float(np.dot(probe_of(encoder), manifest.probe)) < _LIKENESS:
        raise _mismatch(f"{encoder.name} is not the model the index was built with")
    if hash_of(files) != manifest.content_hash:
        raise _mismatch("a file of the knowledge base was changed after it was built")


def hash_of(files: Iterable[Path]) -> str:
    """Hash files by name and content."""
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _mismatch(reason: str) -> StaffError:
    return StaffError("knowledge.mismatch", f"{reason}; {REBUILD}")
