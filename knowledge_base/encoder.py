"""The encoder as a port, and sentence-transformers behind it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from core.errors import StaffError
from knowledge_base.gram_reader import MARK, GramReader

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Matrix = NDArray[np.float32]  # (n, d), unit rows

THREADS = 2  # of torch: more only get into each other's way on texts this short


class Encoder(Protocol):
    """Turns texts into vectors whose inner product says how alike they are."""

    @property
    def name(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    def encode(self, texts: Sequence[str]) -> Matrix:
        """Return (n, d) float32, unit rows; a text that says nothing to the model is a row of zeros."""


class SentenceTransformerEncoder:
    """Any sentence-transformers model."""

    def __init__(self, model: SentenceTransformer, name: str) -> None:
        self.model = model
        self._name = name

    @property
    def name(self) -> str:
        return self._name

    @property
    def dimension(self) -> int:
        return int(self.model.get_embedding_dimension() or 0)

    def encode(self, texts: Sequence[str]) -> Matrix:
        rows = self.model.encode(
            list(texts), batch_size=64, normalize_embeddings=True, show_progress_bar=False, convert_to_numpy=True
        )  # fmt: skip
        return np.asarray(rows, dtype=np.float32)


def open_encoder(name: str) -> Encoder:
    """Open a model from a local folder or by hub id, on the CPU; the one trained here without torch.

    Raises StaffError ``knowledge.encoder`` when it cannot be loaded.
    """
    try:
        if (Path(name) / MARK).exists():  # ours: built here, no code comes with it
            return GramReader.open(Path(name))
        return SentenceTransformerEncoder(_load(name), str(name))
    except Exception as error:  # whatever the libraries raise: it is the setting that is wrong
        raise StaffError(
            "knowledge.encoder", f"the encoder {name} cannot be loaded ({error}); set TONGDA_ENCODER"
        ) from error


def _load(name: str) -> SentenceTransformer:
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(THREADS)
    return SentenceTransformer(name, device="cpu", local_files_only=Path(name).is_dir())
