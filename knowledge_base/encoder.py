"""The encoder as a port, and sentence-transformers behind it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from core.errors import StaffError

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
    """Any sentence-transformers model; the one trained here has a quicker way for a single text."""

    def __init__(self, model: SentenceTransformer, name: str) -> None:
        from knowledge_base.gram_embedding import GramEmbedding

        self.model = model
        self._name = name
        first = model[0]
        self._bag = first if isinstance(first, GramEmbedding) and len(model) == 1 else None

    @property
    def name(self) -> str:
        return self._name

    @property
    def dimension(self) -> int:
        return int(self.model.get_embedding_dimension() or 0)

    def encode(self, texts: Sequence[str]) -> Matrix:
        if self._bag is not None and len(texts) == 1:
            return self._bag.embed(texts[0])[None, :]
        rows = self.model.encode(
            list(texts), batch_size=64, normalize_embeddings=True, show_progress_bar=False, convert_to_numpy=True
        )  # fmt: skip
        return np.asarray(rows, dtype=np.float32)


def open_encoder(name: str) -> SentenceTransformerEncoder:
    """Load a model from a local folder or by hub id, on the CPU.

    Raises StaffError ``knowledge.encoder`` when it cannot be loaded.
    """
    import torch

    torch.set_num_threads(THREADS)
    try:
        model = _load(name)
    except Exception as error:  # whatever the libraries raise: it is the setting that is wrong
        raise StaffError(
            "knowledge.encoder", f"the encoder {name} cannot be loaded ({error}); set TONGDA_ENCODER"
        ) from error
    return SentenceTransformerEncoder(model, str(name))


def _load(name: str) -> SentenceTransformer:
    from sentence_transformers import SentenceTransformer

    from knowledge_base.gram_embedding import GramEmbedding

    folder = Path(name)
    if (folder / GramEmbedding.MARK).exists():  # ours: built here, no code comes with it
        return SentenceTransformer(modules=[GramEmbedding.load(name)], device="cpu")
    return SentenceTransformer(name, device="cpu", local_files_only=folder.is_dir())
