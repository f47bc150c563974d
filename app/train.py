"""`app train`: the knowledge index and the dialogue model, each rebuilt only when its inputs changed."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from filelock import FileLock, Timeout

from app.paths import ARTICLES, RASA_PYTHON, ROOT, TOPICS, DataPaths
from app.steps import Step, fail
from core.settings import Settings


class BuildError(Exception):
    """A step failed; the text says what to do."""


def train(settings: Settings, force: bool = False) -> None:
    """Build what is missing or out of date; raise SystemExit with advice when a step fails."""
    paths = DataPaths(settings.data_dir)
    paths.root.mkdir(parents=True, exist_ok=True)
    with _alone(paths.root / "train.lock"):
        try:
            asyncio.run(_side_by_side(_steps(settings), paths.stamps, force))
        except* BuildError as failed:
            fail("\n".join(str(failure) for failure in failed.exceptions))


def _alone(path: Path) -> FileLock:
    """Return a lock that is held: two trainings at once would build into one folder."""
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        print("    another training is at work in this folder; waiting for it", flush=True)
        lock.acquire()
    return lock


async def _side_by_side(steps: tuple[Step, ...], stamps: Path, force: bool) -> None:
    async with asyncio.TaskGroup() as group:
        for step in steps:
            group.create_task(_brought_up_to_date(step, stamps, force))


async def _brought_up_to_date(step: Step, stamps: Path, force: bool) -> None:
    if not await step.run(stamps, force):
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
            ROOT / "core" / "spelling.py",
            catalogue,
        ),
        output=model,
        build=lambda: _train_rasa(model),
    )


async def _train_rasa(model: Path) -> None:
    """Train the dialogue model into `model` with Rasa's interpreter."""
    if not RASA_PYTHON.exists():
        raise BuildError("Rasa's environment is missing. Run: make rasa")
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
        await _run(
            [*command, "--fixed-model-name", model.name.removesuffix(".tar.gz")], "dialogue model", output
        )


async def _run(command: list[str], what: str, output: IO[bytes] | None = None) -> None:
    environment = {
        **os.environ,
        "RASA_TELEMETRY_ENABLED": "false",
        "PYTHONPATH": str(ROOT),
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "PYTHONWARNINGS": "ignore",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    }
    to_file: dict[str, Any] = {"stdout": output, "stderr": subprocess.STDOUT} if output else {}
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environment, **to_file)
    try:
        status = await process.wait()
    except asyncio.CancelledError:  # Ctrl-C, or the step beside this one failed
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()
        raise
    if status != 0:
        if output is not None:
            _show_end(Path(output.name))
        raise BuildError(
            f"Building the {what} failed; the reason stands above. When it is put right, give the same command again."
        )


def _show_end(log: Path) -> None:
    print(log.read_text(encoding="utf-8", errors="replace")[-4000:], flush=True)
