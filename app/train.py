"""`app train`: the knowledge index and the dialogue model, each rebuilt only when its inputs changed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import IO, Any

from filelock import FileLock

from app.paths import ARTICLES, RASA_PYTHON, ROOT, TOPICS, DataPaths
from app.steps import Step, fail
from core.settings import Settings


def train(settings: Settings, force: bool = False) -> None:
    """Build what is missing or out of date; raise SystemExit with advice when a step fails."""
    paths = DataPaths(settings.data_dir)
    paths.root.mkdir(parents=True, exist_ok=True)
    with FileLock(paths.root / "train.lock"):  # two at once would build into one folder
        for step in _steps(settings):
            if not step.run(paths.stamps, force):
                print(f"    {step.title}: up to date", flush=True)


def outdated(settings: Settings) -> list[str]:
    """Return the titles of what `train` would build."""
    stamps = DataPaths(settings.data_dir).stamps
    return [step.title for step in _steps(settings) if not step.is_current(stamps)]


def _steps(settings: Settings) -> tuple[Step, ...]:
    paths = DataPaths(settings.data_dir)
    return _knowledge(settings, paths), _dialogue(paths)


def _knowledge(settings: Settings, paths: DataPaths) -> Step:
    package = ROOT / "knowledge_base"
    code = tuple(sorted(package.glob("*.py"))) + tuple(sorted(package.glob("*.yml")))
    catalogue = ROOT / "bss" / "sandbox" / "catalogue"
    return Step(
        name="knowledge",
        title="Knowledge base: encoder, index, thresholds",
        inputs=(ARTICLES, package / "calibration", catalogue, *code, ROOT / "core" / "text.py"),
        output=paths.knowledge / "manifest.json",
        build=lambda: _run(
            [sys.executable, "-m", "app.build_knowledge", str(paths.knowledge)], "knowledge base"
        ),
        extra=settings.encoder,
    )


def _dialogue(paths: DataPaths) -> Step:
    catalogue = ROOT / "bss" / "sandbox" / "catalogue"
    model = paths.rasa_model
    return Step(
        name="dialogue",
        title="Dialogue model: rasa train",
        inputs=(
            ROOT / "config.yml",
            ROOT / "domain.yml",
            TOPICS,
            ROOT / "bot" / "engine",
            ROOT / "core" / "text.py",
            catalogue,
        ),
        output=model,
        build=lambda: train_rasa(model),
    )


def train_rasa(model: Path) -> None:
    """Train the dialogue model into `model` with Rasa's interpreter."""
    if not RASA_PYTHON.exists():
        fail("Rasa's environment is missing. Run: make rasa")
    model.parent.mkdir(parents=True, exist_ok=True)
    arguments = [
        "--config",
        "config.yml",
        "--domain",
        "domain.yml",
        "--data",
        "bot/topics",
        "--out",
        str(model.parent),
        "--force",  # Rasa's cache does not see that the code its components call has changed
    ]
    command = [str(RASA_PYTHON), "-m", "rasa", "train", *arguments]
    with (model.parent / "train.log").open(
        "wb"
    ) as output:  # Rasa says a great deal; it is shown when it failed
        _run([*command, "--fixed-model-name", model.name.removesuffix(".tar.gz")], "dialogue model", output)


def _run(command: list[str], what: str, output: IO[bytes] | None = None) -> None:
    environment = {
        **os.environ,
        "RASA_TELEMETRY_ENABLED": "false",
        "PYTHONPATH": str(ROOT),
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "PYTHONWARNINGS": "ignore",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    }
    to_file: dict[str, Any] = {"stdout": output, "stderr": subprocess.STDOUT} if output else {}
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False, **to_file)
    if done.returncode != 0:
        if output is not None:
            print(Path(output.name).read_text(encoding="utf-8", errors="replace")[-4000:], flush=True)
        fail(
            f"Building the {what} failed; the reason stands above. When it is put right: .venv/bin/python -m app train"
        )
