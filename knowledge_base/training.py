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
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from sentence_transformers import SentenceTransformer
from torch.nn.functional import cross_entropy, normalize

from knowledge_base.articles import Article
from knowledge_base.corpus import Owners, answer_rows, question_rows
from knowledge_base.gram_embedding import GramEmbedding, quantise
from knowledge_base.grams import grams
from knowledge_base.thesaurus import Thesaurus

Order = NDArray[np.int64]
Table = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the default encoder is trained; the shipped values were chosen on the development half of the held-out questions."""

    dimension: int = 192
    epochs: int = 4
    batch: int = 512
    rate: float = 0.01
    temperature: float = 0.06
    drop: float = 0.3  # share of grams left out of a question while training
    answer_weight: float = 1.0
    start: float = 0.1  # size of the starting vectors
    seed: int = 20260101
    runs: int = (
        3  # whose vectors are averaged: one alone differs by a point or two when two words of the text change
    )


class _WeightedSum(torch.autograd.Function):
    """Sparse rows times a dense table; SciPy does it many times faster than an embedding bag's backward pass."""

    @staticmethod
    def forward(ctx: Any, table: torch.Tensor, rows: sparse.csr_array) -> torch.Tensor:
        ctx.rows = rows
        return torch.from_numpy(rows @ table.detach().numpy())

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, None]:
        return torch.from_numpy(ctx.rows.T @ gradients[0].numpy()), None


def train_encoder(
    articles: Sequence[Article], thesaurus: Thesaurus, folder: Path, recipe: Recipe | None = None
) -> SentenceTransformer:
    """Train on titles, similar questions and answers, and save a sentence-transformers model into `folder`."""
    recipe = recipe or Recipe()
    torch.set_num_threads(1)  # steps this small are slower on two
    torch.manual_seed(recipe.seed)
    questions, answers = question_rows(articles), answer_rows(articles)
    module, matrix = _untrained((*questions.texts, *answers.texts), thesaurus, recipe)
    _train(module, matrix, questions.owners, recipe)
    steps, scales = quantise(module.embedding.weight.data)
    module.embedding.weight.data = steps.float() * scales  # what is used is what is saved
    model = SentenceTransformer(modules=[module], device="cpu")
    model.save(str(folder), create_model_card=False)
    return model


def _untrained(
    texts: Sequence[str], thesaurus: Thesaurus, recipe: Recipe
) -> tuple[GramEmbedding, sparse.csr_array]:
    """Return the module at its starting point, and the texts as a (texts, vocabulary) matrix of weights."""
    bags = [Counter(grams(text, thesaurus)) for text in texts]
    frequency = Counter(gram for bag in bags for gram in bag)
    known = sorted(gram for gram, count in frequency.items() if count > 1)
    vocabulary = {gram: position for position, gram in enumerate(known)}
    idf = np.array(
        [math.log((1 + len(texts)) / (1 + frequency[gram])) + 1 for gram in known], dtype=np.float32
    )
    matrix = _matrix(bags, vocabulary, idf)
    module = GramEmbedding(vocabulary, idf, thesaurus, min(recipe.dimension, len(known) - 1))
    with torch.no_grad():
        module.embedding.weight.copy_(torch.from_numpy(_latent(matrix, module.dimension, recipe)))
    return module, matrix


def _matrix(bags: Sequence[Counter[str]], vocabulary: dict[str, int], idf: Table) -> sparse.csr_array:
    rows = [[(vocabulary[gram], count) for gram, count in bag.items() if gram in vocabulary] for bag in bags]
    columns = np.array([column for row in rows for column, _ in row], dtype=np.int32)
    counts = np.array([count for row in rows for _, count in row], dtype=np.float32)
    bounds = np.cumsum([0, *(len(row) for row in rows)])
    values = ((1 + np.log(counts)) * idf[columns]).astype(np.float32)
    return sparse.csr_array((values, columns, bounds), shape=(len(rows), len(vocabulary)))


def _latent(matrix: sparse.csr_array, dimension: int, recipe: Recipe) -> Table:
    """Return the grams' vectors in the leading right singular space, (vocabulary, dimension).

    Source: randomised range finder with power iterations, Halko, Martinsson and Tropp, 2011.
    """
    lengths = np.sqrt(matrix.multiply(matrix).sum(axis=1))
    scaled = sparse.csr_array(sparse.diags_array(1 / np.maximum(lengths, 1e-9)).astype(np.float32) @ matrix)
    random = np.random.default_rng(recipe.seed)
    rank = min(dimension, *(size - 1 for size in matrix.shape))
    basis = random.standard_normal((matrix.shape[1], min(rank + 16, *matrix.shape))).astype(np.float32)
    for _ in range(4):
        basis = _orthonormal(scaled.T @ (scaled @ basis))
    _, _, right = np.linalg.svd(scaled @ basis, full_matrices=False)
    vectors = np.zeros((matrix.shape[1], dimension), dtype=np.float32)
    vectors[:, :rank] = (basis @ right.T)[:, :rank]
    scaled_up: Table = vectors * np.float32(recipe.start * math.sqrt(matrix.shape[1] / dimension))
    return scaled_up


def _orthonormal(basis: Table) -> Table:
    """Return an orthonormal basis of the same columns, through the small matrix of their inner products."""
    values, vectors = np.linalg.eigh((basis.T @ basis).astype(np.float64))
    turned: Table = (basis @ (vectors / np.sqrt(np.maximum(values, values[-1] * 1e-12)))).astype(np.float32)
    return turned


def _train(module: GramEmbedding, matrix: sparse.csr_array, owners: Owners, recipe: Recipe) -> None:
    """Train several times from one start and keep the mean (model soups, Wortsman et al., 2022)."""
    start = module.embedding.weight.data.clone()
    total = torch.zeros_like(start)
    for number in range(recipe.runs):
        module.embedding.weight.data = start.clone()
        _Training(module, matrix, owners, replace(recipe, seed=recipe.seed + number)).run()
        total += module.embedding.weight.data
    module.embedding.weight.data = total / recipe.runs


class _Training:
    """One run of the training loop."""

    def __init__(
        self, module: GramEmbedding, matrix: sparse.csr_array, owners: Owners, recipe: Recipe
    ) -> None:
        self._matrix = matrix  # questions, then one answer of each article
        self._owners = owners
        self._recipe = recipe
        self._random = np.random.default_rng(recipe.seed)
        self._sizes = np.bincount(owners)
        self._starts = np.cumsum(self._sizes) - self._sizes  # an article's questions lie side by side
        self._table = module.embedding.weight
        self._neighbours = self._confusable()

    def run(self) -> None:
        """Train for the recipe's epochs, with a short warm-up and a linear descent of the rate."""
        optimiser = torch.optim.Adam([self._table], lr=self._recipe.rate, fused=True)
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
        partners = self._siblings_of(owners)
        present, place = np.unique(owners, return_inverse=True)
        answers = len(self._owners) + present
        embedded = self._embed(np.concatenate([rows, partners, answers]), self._recipe.drop)
        asked, other, answer = torch.split(embedded, [len(rows), len(partners), len(answers)])
        same = torch.from_numpy(owners[:, None] == owners[None, :]) & ~torch.eye(len(rows), dtype=torch.bool)
        alike = (asked @ other.T / self._recipe.temperature).masked_fill(same, -1e4)
        found = cross_entropy(alike, torch.arange(len(rows)))
        fitting = asked @ answer.T / self._recipe.temperature
        answered = cross_entropy(fitting, torch.from_numpy(place), label_smoothing=0.1)
        return found + self._recipe.answer_weight * answered

    def _siblings_of(self, owners: Owners) -> Order:
        """Return a random question of each article, sometimes the asked one itself."""
        places = (self._random.random(len(owners)) * self._sizes[owners]).astype(np.int64)
        return self._starts[owners] + places

    def _embed(self, rows: Order, drop: float = 0.0) -> torch.Tensor:
        chosen = self._matrix[rows]
        if drop:
            chosen.data = chosen.data * (self._random.random(len(chosen.data)) >= drop).astype(np.float32)
        summed: torch.Tensor = _WeightedSum.apply(self._table, chosen)  # type: ignore[no-untyped-call]
        return normalize(summed, dim=1)

    def _order(self) -> Order:
        """Return all rows, those of articles easily confused side by side, in an order that differs each time."""
        rows = self._random.permutation(len(self._owners))
        if self._random.random() < 0.5:  # half of the epochs see plain random batches
            return rows
        place = np.empty(len(self._sizes), dtype=np.int64)
        place[self._walk()] = np.arange(len(self._sizes))
        return rows[np.argsort(place[self._owners[rows]], kind="stable")]

    def _walk(self) -> Order:
        """Walk through the articles, each time to the nearest not yet seen, from a random start."""
        unseen = np.ones(len(self._sizes), dtype=bool)
        here, path = int(self._random.integers(len(unseen))), []
        for _ in range(len(unseen)):
            path.append(here)
            unseen[here] = False
            near = [n for n in self._neighbours[here] if unseen[n]]
            here = near[0] if near else int(np.flatnonzero(unseen)[0]) if unseen.any() else here
        return np.array(path)

    def _confusable(self) -> list[list[int]]:
        """Return, for each article, those whose answers are nearest to its own before training."""
        with torch.no_grad():
            vectors = self._embed(len(self._owners) + np.arange(len(self._sizes)))
            alike = (vectors @ vectors.T).numpy()
        np.fill_diagonal(alike, -1)
        return [list(map(int, row)) for row in np.argsort(-alike, axis=1, kind="stable")[:, :20]]
