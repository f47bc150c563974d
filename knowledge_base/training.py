"""Train the default encoder from the articles: no download, a few megabytes, the same bytes for the same seed.

The vocabulary is every gram seen in two texts. The vectors start from a singular value decomposition of the TF-IDF
matrix (latent semantic analysis, Deerwester et al., 1990) and are then moved by two contrastive losses: a question
should find its sibling among the questions of a batch (multiple negatives ranking, Henderson et al., 2017; siblings
are masked, and a batch is filled with questions of articles that are easily confused), and its article's answer
among the answers of the batch.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import svds
from sentence_transformers import SentenceTransformer
from torch.nn.functional import cross_entropy

from knowledge_base.articles import Article
from knowledge_base.corpus import Owners, answer_rows, question_rows
from knowledge_base.encoder import THREADS
from knowledge_base.gram_embedding import GramEmbedding
from knowledge_base.grams import grams
from knowledge_base.thesaurus import Thesaurus

Order = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the default encoder is trained; the shipped values were chosen on the development half of the held-out questions."""

    dimension: int = 128
    epochs: int = 12
    batch: int = 256
    rate: float = 0.01
    temperature: float = 0.06
    drop: float = 0.3  # share of grams left out of a question while training
    answer_weight: float = 1.0
    start: float = 0.1  # size of the starting vectors
    seed: int = 20260101


@dataclass(frozen=True, slots=True)
class Bags:
    """Texts as bags of grams, laid end to end."""

    ids: torch.Tensor
    weights: torch.Tensor
    offsets: NDArray[np.int64]  # (n + 1,)

    def take(self, rows: Order) -> dict[str, torch.Tensor]:
        """Return the chosen rows as the input of GramEmbedding."""
        parts = [np.arange(self.offsets[row], self.offsets[row + 1]) for row in rows]
        picked = torch.from_numpy(np.concatenate(parts))
        bounds = np.cumsum([0, *(len(part) for part in parts)])
        return {
            "input_ids": self.ids[picked],
            "weights": self.weights[picked],
            "offsets": torch.from_numpy(bounds),
        }


def train_encoder(
    articles: Sequence[Article], thesaurus: Thesaurus, folder: Path, recipe: Recipe | None = None
) -> SentenceTransformer:
    """Train on titles, similar questions and answers, and save a sentence-transformers model into `folder`."""
    recipe = recipe or Recipe()
    torch.set_num_threads(THREADS)
    torch.manual_seed(recipe.seed)
    questions, answers = question_rows(articles), answer_rows(articles)
    module = _untrained((*questions.texts, *answers.texts), thesaurus, recipe)
    _Training(
        module, _bags(module, questions.texts), _bags(module, answers.texts), questions.owners, recipe
    ).run()
    # What is used is what is saved: half precision.
    module.embedding.weight.data = module.embedding.weight.data.half().float()
    model = SentenceTransformer(modules=[module], device="cpu")
    model.save(str(folder), create_model_card=False)
    return model


def _untrained(texts: Sequence[str], thesaurus: Thesaurus, recipe: Recipe) -> GramEmbedding:
    frequency = Counter(gram for text in texts for gram in set(grams(text, thesaurus)))
    known = sorted(gram for gram, count in frequency.items() if count > 1)
    vocabulary = {gram: position for position, gram in enumerate(known)}
    idf = np.array(
        [math.log((1 + len(texts)) / (1 + frequency[gram])) + 1 for gram in known], dtype=np.float32
    )
    module = GramEmbedding(vocabulary, idf, thesaurus, min(recipe.dimension, len(known) - 1))
    with torch.no_grad():
        module.embedding.weight.copy_(_latent(module, _bags(module, texts), recipe))
    return module


def _bags(module: GramEmbedding, texts: Sequence[str]) -> Bags:
    found = [module.bag(text) for text in texts]
    ids = torch.tensor([i for gram_ids, _ in found for i in gram_ids], dtype=torch.long)
    weights = torch.tensor([w for _, gram_weights in found for w in gram_weights], dtype=torch.float32)
    return Bags(ids, weights, np.cumsum([0, *(len(gram_ids) for gram_ids, _ in found)]))


def _latent(module: GramEmbedding, bags: Bags, recipe: Recipe) -> torch.Tensor:
    idf = module.get_buffer("idf").numpy()
    values = bags.weights.numpy() * idf[bags.ids.numpy()]
    shape = (len(bags.offsets) - 1, len(idf))
    matrix = sparse.csr_array((values, bags.ids.numpy(), bags.offsets), shape=shape)
    lengths = np.sqrt(matrix.multiply(matrix).sum(axis=1))
    scaled = sparse.diags_array(1 / np.maximum(lengths, 1e-9)) @ matrix
    rank = min(module.dimension, min(shape) - 1)
    random = np.random.default_rng(recipe.seed)
    _, _, right = svds(scaled.astype(np.float64), k=rank, v0=random.standard_normal(min(shape)))
    signs = np.sign(right[np.arange(rank), np.abs(right).argmax(axis=1)])  # a component's sign is arbitrary
    vectors = np.zeros((shape[1], module.dimension), dtype=np.float32)
    vectors[:, :rank] = (right * signs[:, None]).T
    return torch.from_numpy(vectors * recipe.start * math.sqrt(shape[1] / module.dimension))


class _Training:
    """One run of the training loop."""

    def __init__(
        self, module: GramEmbedding, questions: Bags, answers: Bags, owners: Owners, recipe: Recipe
    ) -> None:
        self._module = module
        self._questions = questions
        self._answers = answers
        self._owners = owners
        self._recipe = recipe
        self._random = np.random.default_rng(recipe.seed)
        self._torch = torch.Generator().manual_seed(recipe.seed)
        self._siblings = [np.flatnonzero(owners == n) for n in range(int(owners.max()) + 1)]
        self._neighbours = self._confusable()

    def run(self) -> None:
        """Train for the recipe's epochs, with a short warm-up and a linear descent of the rate."""
        optimiser = torch.optim.Adam(self._module.embedding.parameters(), lr=self._recipe.rate)
        batches = math.ceil(len(self._owners) / self._recipe.batch)
        total, step = batches * self._recipe.epochs, 0
        for _ in range(self._recipe.epochs):
            for rows in np.array_split(self._order(), batches):
                step += 1
                pace = min(1.0, step / 20) * (1 - step / (total + 1))
                optimiser.param_groups[0]["lr"] = self._recipe.rate * pace
                optimiser.zero_grad()
                loss = self._loss(rows)
                loss.backward()  # type: ignore[no-untyped-call]
                optimiser.step()

    def _loss(self, rows: Order) -> torch.Tensor:
        owners = self._owners[rows]
        asked = self._embed(self._questions, rows)
        partners = np.array([self._random.choice(self._siblings[owner]) for owner in owners])
        other = self._embed(self._questions, partners)
        same = torch.from_numpy(owners[:, None] == owners[None, :]) & ~torch.eye(len(rows), dtype=torch.bool)
        alike = (asked @ other.T / self._recipe.temperature).masked_fill(same, -1e4)
        found = cross_entropy(alike, torch.arange(len(rows)))
        present, place = np.unique(owners, return_inverse=True)
        answers = self._embed(self._answers, present)
        fitting = asked @ answers.T / self._recipe.temperature
        answered = cross_entropy(fitting, torch.from_numpy(place), label_smoothing=0.1)
        return found + self._recipe.answer_weight * answered

    def _embed(self, bags: Bags, rows: Order) -> torch.Tensor:
        features: dict[str, Any] = dict(bags.take(rows))
        kept = torch.rand(len(features["weights"]), generator=self._torch) >= self._recipe.drop
        features["weights"] = features["weights"] * kept
        embedded: torch.Tensor = self._module(features)["sentence_embedding"]
        return embedded

    def _order(self) -> Order:
        """Return all rows, those of articles easily confused side by side, in an order that differs each time."""
        rows = self._random.permutation(len(self._owners))
        if self._random.random() < 0.5:  # half of the epochs see plain random batches
            return rows
        place = np.empty(len(self._siblings), dtype=np.int64)
        place[self._walk()] = np.arange(len(self._siblings))
        return rows[np.argsort(place[self._owners[rows]], kind="stable")]

    def _walk(self) -> Order:
        """Walk through the articles, each time to the nearest not yet seen, from a random start."""
        unseen = np.ones(len(self._siblings), dtype=bool)
        here, path = int(self._random.integers(len(unseen))), []
        for _ in range(len(unseen)):
            path.append(here)
            unseen[here] = False
            near = [n for n in self._neighbours[here] if unseen[n]]
            here = near[0] if near else int(np.flatnonzero(unseen)[0]) if unseen.any() else here
        return np.array(path)

    def _confusable(self) -> list[list[int]]:
        with torch.no_grad():
            vectors = [self._module(self._answers.take(np.arange(len(self._siblings))))["sentence_embedding"]]
            alike = (vectors[0] @ vectors[0].T).numpy()
        np.fill_diagonal(alike, -1)
        return [list(map(int, row)) for row in np.argsort(-alike, axis=1, kind="stable")[:, :20]]
