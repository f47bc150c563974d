"""Splitting keeps a fifth of the questions apart, once."""

from __future__ import annotations

from pathlib import Path

import yaml

from knowledge_base.article_files import load_articles
from knowledge_base.split import split_file

TEXT = """\
category: 测试
articles:
  - id: one
    title: "带引号: 的标题"
    questions: [问一, 问二, 问三, 问四, 问五, 问六, 问七, 问八, 问九, '10066']
    answer: |-
      第一行
      第二行
"""


def test_a_fifth_is_held_out_and_nothing_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "one.yml"
    path.write_text(TEXT, encoding="utf-8")
    before = load_articles(tmp_path)[0]
    assert split_file(path)
    after = load_articles(tmp_path)[0]
    assert len(after.held_out) == 3
    assert set(after.questions) | set(after.held_out) == set(before.questions)
    assert (after.title, after.answer) == (before.title, before.answer)
    assert "answer: |-\n" in path.read_text(encoding="utf-8")


def test_splitting_again_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "one.yml"
    path.write_text(TEXT, encoding="utf-8")
    split_file(path)
    text = path.read_text(encoding="utf-8")
    assert not split_file(path)
    assert path.read_text(encoding="utf-8") == text
    assert yaml.safe_load(text)["articles"][0]["title"] == "带引号: 的标题"
