"""Which files a built knowledge base has, beside its parts."""

from __future__ import annotations

from pathlib import Path

from knowledge_base.manifest import NAME

MODEL = "model"  # folder of the model trained here
THESAURUS, GATE, JUDGEMENT = "thesaurus.json", "gate.json", "judgement.json"


def part_files(folder: Path) -> list[Path]:
    """Return the files of one part."""
    return [path for path in folder.iterdir() if path.is_file()]


def shared_files(folder: Path) -> list[Path]:
    """Return the files that all parts share: everything but the manifest and the parts themselves."""
    beside = [path for path in folder.iterdir() if path.is_file() and path.name != NAME]
    model = folder / MODEL
    return beside + [path for path in model.rglob("*") if path.is_file()]
