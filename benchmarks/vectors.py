"""A million vectors: `.venv/bin/python -m benchmarks.vectors [--rows 1000000] [--with-graph]`.

Vectors are those of the real questions, each many times with noise, so that they lie as close together as questions do.
For each kind of index: seconds to build, memory of the index, time of one search by one thread, and the share of the ten
truly nearest rows that were found. Prints one JSON object a line. `--with-graph` adds HNSW, which takes minutes to build.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator

import faiss
import numpy as np
from numpy.typing import NDArray

from app.paths import DataPaths
from core.settings import Settings
from knowledge_base.index import VectorIndex
from knowledge_base.segment import VECTORS

Rows = NDArray[np.float32]
_ASKED, _NEAREST = 500, 10
_NOISE = 0.35  # of a unit vector's length: two askings of one question are about this far apart
_SEED = 20260101


def rows_like_questions(count: int) -> Rows:
    """Return (count, d) unit rows around the vectors of the built knowledge base."""
    folder = DataPaths(Settings().data_dir).knowledge
    real = np.concatenate([np.load(path) for path in sorted(folder.glob(f"part-*/{VECTORS}"))])
    rng = np.random.default_rng(_SEED)
    found = np.empty((count, real.shape[1]), dtype=np.float32)
    for start in range(0, count, 50_000):
        chosen = real[rng.integers(0, len(real), min(50_000, count - start))].astype(np.float32)
        noise = rng.standard_normal(chosen.shape).astype(np.float32) * (_NOISE / real.shape[1] ** 0.5)
        found[start : start + len(chosen)] = _unit(chosen + noise)
    return found


def _unit(rows: Rows) -> Rows:
    found: Rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return found


def flat(rows: Rows) -> faiss.Index:
    """Exact."""
    index = faiss.IndexFlatIP(rows.shape[1])
    index.add(rows)
    return index


def halves(rows: Rows) -> faiss.Index:
    """Exact over 16-bit components."""
    index = faiss.IndexScalarQuantizer(
        rows.shape[1], faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
    )
    index.train(rows[:1000])
    index.add(rows)
    return index


def lists_of_products(rows: Rows) -> faiss.Index:
    """Inverted lists of product-quantised vectors: the smallest."""
    dimension = rows.shape[1]
    index = faiss.IndexIVFPQ(
        faiss.IndexFlatIP(dimension), dimension, 2048, dimension // 4, 8, faiss.METRIC_INNER_PRODUCT
    )
    index.cp.niter, index.nprobe = 8, 24
    index.train(rows[np.random.default_rng(_SEED).choice(len(rows), min(82_000, len(rows)), replace=False)])
    index.add(rows)
    return index


def graph(rows: Rows) -> faiss.Index:
    """A graph of neighbours over 8-bit components."""
    index = faiss.IndexHNSWSQ(rows.shape[1], faiss.ScalarQuantizer.QT_8bit, 16, faiss.METRIC_INNER_PRODUCT)  # type: ignore[arg-type]  # the stubs know only one constructor
    index.hnsw.efConstruction, index.hnsw.efSearch = 80, 64
    index.train(rows[:100_000])
    index.add(rows)
    return index


def ours(rows: Rows) -> faiss.Index:
    """What `knowledge_base/index.py` chooses at this size."""
    return VectorIndex.build(rows)._index


KINDS: dict[str, Callable[[Rows], faiss.Index]] = {
    "ours": ours, "flat": flat, "flat, 16 bit": halves, "inverted lists, products": lists_of_products,
}  # fmt: skip


def measure(rows: Rows, kinds: dict[str, Callable[[Rows], faiss.Index]]) -> Iterator[dict[str, object]]:
    """Build and search each kind of index."""
    rng = np.random.default_rng(1)
    noise = rng.standard_normal((_ASKED, rows.shape[1])).astype(np.float32) * (_NOISE / rows.shape[1] ** 0.5)
    asked = _unit(rows[rng.integers(0, len(rows), _ASKED)] + noise)
    faiss.omp_set_num_threads(2)
    truth = flat(rows).search(asked, _NEAREST)[1]
    for name, build in kinds.items():
        faiss.omp_set_num_threads(2)
        started = time.perf_counter()
        index = build(rows)
        built_s = time.perf_counter() - started
        yield {
            "index": name,
            "rows": len(rows),
            "build_s": round(built_s, 1),
            **_searched(index, asked, truth),
        }


def _searched(index: faiss.Index, asked: Rows, truth: NDArray[np.int64]) -> dict[str, object]:
    faiss.omp_set_num_threads(1)
    taken_ms, found = [], 0
    for row, wanted in zip(asked, truth, strict=True):
        started = time.perf_counter()
        hits = index.search(row[None], _NEAREST)[1][0]
        taken_ms.append((time.perf_counter() - started) * 1000)
        found += len(set(hits.tolist()) & set(wanted.tolist()))
    taken_ms.sort()
    size_mb = len(faiss.serialize_index(index)) / 2**20
    return {
        "memory_mb": round(size_mb),
        "p50_ms": round(taken_ms[len(taken_ms) // 2], 2),
        "p95_ms": round(taken_ms[len(taken_ms) * 95 // 100], 2),
        "recall_at_10": round(found / truth.size, 3),
    }


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--with-graph", action="store_true")
    options = parser.parse_args()
    kinds = {**KINDS, **({"graph": graph} if options.with_graph else {})}
    for line in measure(rows_like_questions(options.rows), kinds):
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
