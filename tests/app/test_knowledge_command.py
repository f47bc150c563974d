"""`app knowledge` where there is no service to talk to: what it says, and the status a pipeline goes by."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.__main__ import main
from app.knowledge_service import texts
from app.paths import ROOT
from tests.ports import free_port


@pytest.fixture(autouse=True)
def _apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TONGDA_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("TONGDA_PORT", str(free_port()))


def test_a_service_that_is_down_is_told_from_a_refusal(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["knowledge", "publish"]) == 4
    assert "先启动：make run" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["import", "nowhere.csv"], "找不到文件或文件夹：nowhere.csv"),
        (["import", "folder"], "这是文件夹，不是文件：folder"),
        (["import", "large.csv"], "文件超过20MB"),
        (["export", "articles.pdf"], "文件名要以 .yml、.csv 或 .xlsx 结尾。"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_before_anything_is_sent(
    arguments: list[str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "folder").mkdir()
    with (tmp_path / "large.csv").open("wb") as large:
        large.truncate(200 * 1024 * 1024)
    assert main(["knowledge", *arguments]) == 1
    assert told in capsys.readouterr().err


def test_every_text_the_command_says_is_there_and_every_text_there_is_said() -> None:
    code = "".join((ROOT / "app" / f"knowledge_{part}.py").read_text() for part in ("command", "service"))
    used = set(re.findall(r'"([a-z_]+)"', code))
    assert {name for name in texts() if name not in used} == set()
    said = re.findall(r'said\("([a-z_]+)"(?: if [^"]*"?[^"]*"? ?else "([a-z_]+)")?', code)
    assert {name for pair in said for name in pair if name} <= set(texts())
