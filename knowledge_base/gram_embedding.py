"""The input module of the default model: a weighted bag of grams, one learned vector for each."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from sentence_transformers.base.modules import InputModule

from knowledge_base.gram_reader import MARK, Vector, bag
from knowledge_base.thesaurus import Thesaurus


def quantise(table: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return (n, d) int8 and (n, 1) scales: a quarter of the size, and no answer changes by it."""
    scales = table.abs().amax(dim=1, keepdim=True).clamp_min(1e-8) / 127
    return torch.round(table / scales).to(torch.int8), scales


class GramEmbedding(InputModule):
    """Sum of gram vectors weighted by (1 + log count) * idf, scaled to unit length.

    `weights` is one idf for each gram of the vocabulary, in its order.
    """

    def __init__(
        self, vocabulary: Mapping[str, int], weights: Vector, thesaurus: Thesaurus, dimension: int
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.vocabulary = dict(vocabulary)
        self.thesaurus = thesaurus
        self.dimension = dimension
        self.register_buffer("idf", torch.from_numpy(weights.astype(np.float32)))
        self.embedding = torch.nn.EmbeddingBag(
            len(self.vocabulary), dimension, mode="sum", include_last_offset=True
        )

    def preprocess(
        self, inputs: Sequence[Any], prompt: str | None = None, **kwargs: Any
    ) -> dict[str, torch.Tensor]:
        texts = [(prompt or "") + str(text) for text in inputs]
        bags = [bag(text, self.vocabulary, self.thesaurus) for text in texts]
        return {
            "input_ids": torch.tensor([i for ids, _ in bags for i in ids], dtype=torch.long),
            "weights": torch.tensor([w for _, weights in bags for w in weights], dtype=torch.float32),
            "offsets": torch.tensor([0, *np.cumsum([len(ids) for ids, _ in bags])], dtype=torch.long),
        }

    def forward(self, features: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        ids = features["input_ids"]
        weights = features["weights"] * self.get_buffer("idf")[ids]
        summed = self.embedding(ids, features["offsets"], per_sample_weights=weights)
        features["sentence_embedding"] = torch.nn.functional.normalize(summed, dim=1)
        return features

    def get_embedding_dimension(self) -> int:
        return self.dimension

    def save(self, output_path: str, *args: Any, safe_serialization: bool = True, **kwargs: Any) -> None:
        folder = Path(output_path)
        steps, scales = quantise(self.embedding.weight.detach())
        tensors = {"embedding": steps, "scales": scales, "idf": self.get_buffer("idf")}
        save_file(tensors, folder / "model.safetensors")
        vocabulary = json.dumps(list(self.vocabulary), ensure_ascii=False)
        (folder / MARK).write_text(vocabulary, encoding="utf-8")
        self.thesaurus.save(folder / "thesaurus.json")

    @classmethod
    def load(cls, model_name_or_path: str, *args: Any, subfolder: str = "", **kwargs: Any) -> GramEmbedding:
        folder = Path(model_name_or_path) / subfolder
        tensors = load_file(folder / "model.safetensors")
        known = json.loads((folder / MARK).read_text(encoding="utf-8"))
        vocabulary = {gram: position for position, gram in enumerate(known)}
        thesaurus = Thesaurus.open(folder / "thesaurus.json")
        table = tensors["embedding"].float() * tensors["scales"]
        module = cls(vocabulary, tensors["idf"].numpy(), thesaurus, table.shape[1])
        module.embedding.weight.data = table
        return module
