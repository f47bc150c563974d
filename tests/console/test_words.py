"""The words for refusals: complete, checked, and filled in."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from console.words import ERRORS, PATH, error_words, words
from core.errors import AppError, StaffError

ROOT = PATH.parents[1]
_RAISED = re.compile(r'\b(?:StaffError|NotAllowed)\(\s*"([a-z_.]+)"(?: if \w+ else "([a-z_.]+)")?')
_PARTS = (
    "console",
    "conversations",
    "conversations/unknown",
    "knowledge_base/exchange",
    "knowledge_base/offering_store",
    "knowledge_base/content",
)
_NOBODY_MEETS = {"live.too_large", "words.invalid"}  # bugs and broken files: they are told as "internal"


def test_every_error_that_staff_can_meet_has_words() -> None:
    code = "".join(path.read_text() for part in _PARTS for path in ROOT.glob(f"{part}/*.py"))
    raised = {name for hit in _RAISED.findall(code) for name in hit if name}
    assert raised - _NOBODY_MEETS <= set(ERRORS)
    assert set(ERRORS) - raised == {"upstream", "refused", "internal", "import.refused", "unknown_group.busy"}


@pytest.mark.parametrize("code", ERRORS)
def test_every_text_is_filled_in_without_leftovers(code: str) -> None:
    said = error_words(AppError(code, "detail", **dict.fromkeys(ERRORS[code], 7)))
    assert ("7" in said) is bool(ERRORS[code])
    assert "detail" not in said
    assert not re.search(r"\{(?!customer|agent|plan)|\{\{", said)


def test_error_without_its_field_is_told_all_the_same() -> None:
    assert error_words(StaffError("handoff.over_capacity")).startswith("您手上的会话已经达到上限")


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("  login.wrong:", "  login.wrung:"),
        lambda text: text.replace("{minutes}", "{hours}"),
        lambda text: text.replace("{least}", "{least"),
        lambda text: text.replace("note.empty: 备注或原因不能为空。", "note.empty: ''"),
        lambda text: text.replace("fields:", "field:"),
        lambda text: "",
    ],
    ids=range(6),
)
def test_broken_file_is_refused_when_it_is_loaded(tmp_path: Path, change: Callable[[str], str]) -> None:
    path = tmp_path / "words.yml"
    path.write_text(change(PATH.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(StaffError, match=r"words\.invalid"):
        words(path)
