"""What the phone says of itself, from `words.yml`."""

from __future__ import annotations

from pathlib import Path

import yaml

_WORDS: dict[str, str] = yaml.safe_load(Path(__file__).with_name("words.yml").read_text(encoding="utf-8"))

UNAVAILABLE = _WORDS["unavailable"]
