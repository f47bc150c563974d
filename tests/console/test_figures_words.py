"""The figures say the same everywhere."""

from __future__ import annotations

from console.figures_words import figure_words
from console.words import PATH

DOCUMENT = (PATH.parents[1] / "docs" / "figures.md").read_text(encoding="utf-8")


def test_every_figure_is_defined_in_the_document_word_for_word() -> None:
    for figure in figure_words().definitions.values():
        assert f"| {figure.name} | {figure.words} |" in DOCUMENT
