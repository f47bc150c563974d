"""A newly trained encoder, gate and judgement reach customers by a release, like everything else."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from core.errors import StaffError
from knowledge_base.build import build
from knowledge_base.content.model import Release, ReleaseState
from knowledge_base.load import model_of
from knowledge_base.manifest import read_manifest
from tests.knowledge_base.content.writing import article
from tests.knowledge_base.small_corpus import NOW, RING, SMALL, STRANGERS, write_small
from tests.newsroom.house import House, Process

INVOICE = "可开具近12个月内未开具的账单发票。"


@pytest.fixture(scope="session")
def retrained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small knowledge base trained again, on more text and fewer questions out of scope."""
    folder = tmp_path_factory.mktemp("retrained")
    articles = write_small(folder / "articles")
    more = SMALL.replace("PUK码是多少", "PUK码是多少, 忘了PUK码怎么找回来")
    (articles / "small.yml").write_text(more, encoding="utf-8")
    build(articles, [RING], folder / "built", at=NOW, strangers=STRANGERS[:-4])
    return folder / "built"


def train(folder: Path, retrained: Path) -> None:
    """Put newly trained models where `app train` does."""
    shutil.rmtree(folder / "knowledge")
    shutil.copytree(retrained, folder / "knowledge")


async def test_a_new_model_waits_for_a_release_keeps_drafts_and_goes_back(
    house: House, tmp_path: Path, retrained: Path
) -> None:
    process = await house.process()
    esim = await process.content.create(article("esim", answer="到营业厅办理。"), "wang")
    first = await process.published()
    assert not first.with_model
    with pytest.raises(StaffError, match=r"release\.empty"):
        await process.releases.make("wang", model=process.newsroom.model())
    await process.content.save(article("esim", answer="在APP办理。"), esim.version, "wang")

    train(tmp_path / "one", retrained)
    assert process.newsroom.model() == model_of(retrained)
    assert process.answer("esim在哪里开") == "到营业厅办理。"  # nothing changes by itself
    release = await process.releases.make("wang", chosen=[], model=process.newsroom.model())
    await process.newsroom.changed()
    ready = await process.tested(release)
    assert (ready.state, ready.with_model, ready.changes) == (ReleaseState.READY, True, 0)
    assert ready.gate is not None
    assert sum(ready.gate.asked.values()) > 0
    await process.releases.publish(ready.id, "zhao", reason="训练集变了")
    await process.newsroom.changed()
    assert model_of(process.newsroom.folders.of(ready.id)) == model_of(retrained)
    assert process.retriever.shown.live.manifest.probe != _probe(process.newsroom.folders.of(first.id))
    assert process.answer("esim在哪里开") == "到营业厅办理。"
    assert process.answer("开发票") == INVOICE
    assert (await process.content.article("esim")).is_changed

    await process.releases.rollback("zhao")
    await process.newsroom.changed()
    live = (await process.releases.standing()).live
    assert live is not None
    assert (live.id, live.model != ready.model) == (first.id, True)
    assert process.retriever.shown.live.manifest.probe == _probe(process.newsroom.folders.of(first.id))
    await process.releases.rollback("zhao", ready.id)
    await process.newsroom.changed()

    later = await process.published()  # what is published on it stays on it, and is small again
    assert (later.with_model, later.model) == (False, model_of(retrained))
    assert process.answer("esim在哪里开") == "在APP办理。"


def _probe(folder: Path) -> tuple[float, ...]:
    return read_manifest(folder).probe


async def test_another_process_makes_the_release_on_the_new_model_too(
    house: House, tmp_path: Path, retrained: Path
) -> None:
    one = await house.process("one")
    other = await house.process("other")
    train(tmp_path / "one", retrained)
    train(tmp_path / "other", retrained)
    release = await _with_new_model(one)
    await other.newsroom.sync()
    assert other.newsroom.serves == release.id
    assert model_of(other.newsroom.folders.of(release.id)) == model_of(retrained)


async def _with_new_model(process: Process) -> Release:
    release = await process.releases.make("wang", model=process.newsroom.model())
    await process.newsroom.changed()
    ready = await process.tested(release)
    live = await process.releases.publish(ready.id, "zhao", reason="训练集变了")
    await process.newsroom.changed()
    return live
