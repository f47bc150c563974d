"""What is built is built again when what it is made from has changed, and only then."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from app.steps import Step


def step_of(folder: Path) -> Step:
    source, output = folder / "source.yml", folder / "model"

    async def build() -> None:
        output.write_text(source.read_text())

    return Step("model", "Model", (source,), output, build)


async def test_step_is_current_until_its_input_changes(tmp_path: Path) -> None:
    (tmp_path / "source.yml").write_text("one")
    step, stamps = step_of(tmp_path), tmp_path / "stamps"
    assert not step.is_current(stamps)
    assert (await step.run(stamps), await step.run(stamps), step.is_current(stamps)) == (True, False, True)
    (tmp_path / "source.yml").write_text("two")
    assert not step.is_current(stamps)
    assert await step.run(stamps)
    assert (tmp_path / "model").read_text() == "two"


async def test_step_whose_output_is_gone_is_not_current(tmp_path: Path) -> None:
    (tmp_path / "source.yml").write_text("one")
    step, stamps = step_of(tmp_path), tmp_path / "stamps"
    await step.run(stamps)
    (tmp_path / "model").unlink()
    assert not step.is_current(stamps)


async def test_step_that_is_cut_short_is_not_current(tmp_path: Path) -> None:
    (tmp_path / "source.yml").write_text("one")
    step, stamps = step_of(tmp_path), tmp_path / "stamps"
    await step.run(stamps)

    async def cut_short() -> None:
        (tmp_path / "model").write_text("o")
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await replace(step, build=cut_short).run(stamps, force=True)
    assert not step.is_current(stamps)
