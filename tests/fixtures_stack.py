"""The running product, once for a whole test session."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.paths import RASA_PYTHON
from tests.system.stack import MODELS, Stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Real Rasa, sandbox and service on free ports; skips where they have not been built."""
    if not RASA_PYTHON.exists():
        pytest.skip("Rasa's environment is missing; run: make rasa")
    if (
        not (MODELS / "models" / "rasa.tar.gz").exists()
        or not (MODELS / "knowledge" / "manifest.json").exists()
    ):
        pytest.skip("the models have not been trained; run: make train")
    running = Stack(tmp_path_factory.mktemp("stack"))
    try:
        yield running.start_all()
    finally:
        running.stop_all()
