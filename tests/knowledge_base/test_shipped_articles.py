"""The articles that come with the product: another channel words the same, and names what is there."""

from __future__ import annotations

import re

import yaml

from app.paths import ARTICLES, ROOT
from knowledge_base.article_files import read_articles

WORDED = [article for article in read_articles(ARTICLES) if article.channels]


def _figures(text: str) -> set[str]:
    """Return the numbers and placeholders of an answer, without those that count its lines."""
    return set(re.findall(r"\{\{[^}]+\}\}|\d+(?:\.\d+)?", re.sub(r"(?m)^\d+\. ", "", text)))


def test_another_channel_is_told_the_same_terms_numbers_and_addresses() -> None:
    assert WORDED
    differing = {
        (article.id, channel): _figures(article.answer) ^ _figures(text)
        for article in WORDED
        for channel, text in article.channels.items()
    }
    assert {where: figures for where, figures in differing.items() if figures} == {}


def test_entry_of_the_menu_that_a_wechat_answer_names_is_there() -> None:
    menu = yaml.safe_load((ROOT / "bot" / "channels" / "wechat" / "menu.yml").read_text(encoding="utf-8"))
    there = {f"{entry['name']}-{below['name']}" for entry in menu for below in entry["below"]}
    named = {
        name
        for article in WORDED
        for name in re.findall(r"菜单“([^”]+)”", article.channels.get("wechat", ""))
    }
    assert named
    assert named <= there
