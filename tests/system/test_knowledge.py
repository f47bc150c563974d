"""An operator's pipeline from the command line, and what customers are told: import, test, publish, roll back."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from app.paths import ARTICLES, ROOT
from tests.system.stack import Stack

pytestmark = [pytest.mark.rasa, pytest.mark.timeout(600)]

HEAD = "id,category,title,questions,answer\n"
GOOD = HEAD + (
    "crane-lift,测试,云梯安装服务怎么预约,云梯安装服务怎么预约|云梯上门安装要预约吗|预约云梯安装,"
    "云梯安装请拨打400-800-1234提前一天预约。\n"
)
QUESTION = "云梯安装服务怎么预约"


def command(stack: Stack, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``python -m app knowledge`` against the running service."""
    return subprocess.run(
        [sys.executable, "-m", "app", "knowledge", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **stack.environment},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )


def said(stack: Stack, sender: str, question: str = QUESTION) -> str:
    return "\n".join(str(answer.get("text")) for answer in stack.send(sender, question))


def test_what_is_exported_comes_back_as_it_was(stack: Stack, tmp_path: Path) -> None:
    for name in ("all.csv", "all.yml"):
        assert command(stack, "export", str(tmp_path / name)).returncode == 0
        again = command(stack, "import", str(tmp_path / name), "--dry-run")
        assert "新增0篇，修改0篇" in again.stdout, again.stdout + again.stderr


def test_a_file_becomes_an_answer_and_goes_again(stack: Stack, tmp_path: Path) -> None:
    good = tmp_path / "good.csv"
    good.write_text(GOOD, encoding="utf-8")
    dry = command(stack, "import", str(good), "--dry-run")
    assert (dry.returncode, "新增1篇" in dry.stdout) == (0, True), dry.stderr
    assert command(stack, "import", str(good)).returncode == 0
    assert "400-800-1234" not in said(stack, "crane-1")
    published = command(stack, "publish")
    assert published.returncode == 0, published.stdout + published.stderr
    started = time.monotonic()
    while "400-800-1234" not in said(stack, f"crane-2-{time.monotonic()}"):
        assert time.monotonic() - started < 10.0
    status = command(stack, "status")
    assert "待发布的草稿：0篇" in status.stdout
    assert command(stack, "rollback").returncode == 0
    assert "400-800-1234" not in said(stack, "crane-3")
    assert "待发布的草稿：0篇" not in command(stack, "status").stdout  # it waits again


def test_what_makes_answers_worse_is_stopped_and_named(stack: Stack, tmp_path: Path) -> None:
    asked = [
        article
        for path in sorted(ARTICLES.glob("*.yml"))
        for article in yaml.safe_load(path.read_text(encoding="utf-8"))["articles"]
    ]
    stolen = [text for article in asked[:8] for text in (*article["questions"], *article["held_out"])][:190]
    bad = tmp_path / "bad.csv"
    questions = "|".join(text.replace(",", "，").replace('"', "") for text in stolen)
    bad.write_text(HEAD + f"thief,测试,什么都问我,{questions},一律请拨打热线。\n", encoding="utf-8")
    assert command(stack, "import", str(bad)).returncode == 0
    stopped = command(stack, "publish")
    assert (stopped.returncode, "没有通过测试门槛" in stopped.stderr) == (3, True), stopped.stdout
    assert "变差：" in stopped.stdout
    forced = command(stack, "publish", "--override", "演练")
    assert (forced.returncode, "已上线" in forced.stdout) == (0, True), forced.stderr
    assert command(stack, "rollback").returncode == 0
    assert "一律请拨打热线" not in said(stack, "thief-1", asked[0]["questions"][0])


def test_the_command_line_says_what_to_do_when_nobody_listens(stack: Stack, tmp_path: Path) -> None:
    environment = {**os.environ, **stack.environment, "TONGDA_PORT": "9", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "app", "knowledge", "status"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, "先启动：make run" in done.stderr) == (4, True)
