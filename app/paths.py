"""Where things lie in a checkout and under the data folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RASA_PYTHON = ROOT / ".venv-rasa" / "bin" / "python"
ARTICLES = ROOT / "knowledge_base" / "articles"
TOPICS = ROOT / "bot" / "topics"


@dataclass(frozen=True, slots=True)
class DataPaths:
    """What the product writes, all under one folder."""

    root: Path

    @property
    def rasa_model(self) -> Path:
        return self.root / "models" / "rasa.tar.gz"

    @property
    def knowledge(self) -> Path:
        return self.root / "knowledge"

    @property
    def releases(self) -> Path:
        return self.root / "releases"

    @property
    def sandbox_db(self) -> Path:
        return self.root / "sandbox.db"

    @property
    def wechat_simulator_db(self) -> Path:
        return self.root / "wechat-simulator.db"

    @property
    def tracker_db(self) -> Path:
        return self.root / "rasa-trackers.db"

    @property
    def stamps(self) -> Path:
        return self.root / "stamps"

    @property
    def logs(self) -> Path:
        return self.root / "logs"
