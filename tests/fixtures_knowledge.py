"""One small knowledge base, built once for a whole test session."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge_base.build import build
from knowledge_base.load import open_retriever
from knowledge_base.retrieval import Retriever
from tests.knowledge_base.small_corpus import NOW, RING, STRANGERS, write_small


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the small knowledge base and its own trained encoder."""
    folder = tmp_path_factory.mktemp("knowledge")
    build(write_small(folder / "articles"), [RING], folder / "built", at=NOW, strangers=STRANGERS)
    return folder / "built"


@pytest.fixture(scope="session")
def retriever(built: Path) -> Retriever:
    """The small knowledge base, open."""
    return open_retriever(built)
