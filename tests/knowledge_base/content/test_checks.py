"""What cannot be an article is refused with everything that is wrong with it."""

from __future__ import annotations

from typing import Any

import pytest

from knowledge_base.content.checks import ContentInvalid
from knowledge_base.content.form import stored, written
from tests.knowledge_base.content.writing import article


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"title": ""}, "title", "missing"),
        ({"title": "长" * 101}, "title", "too_long"),
        ({"answer": "空\x00字符"}, "answer", "unwritable"),
        ({"answer": 5}, "answer", "type"),
        ({"questions": []}, "questions", "missing"),
        ({"questions": [f"问法{n}" for n in range(201)]}, "questions", "too_many"),
        ({"questions": "一句"}, "questions", "type"),
        ({"link": {"title": "看", "url": "javascript:alert(1)"}}, "link", "address"),
        ({"link": {"title": "看", "url": "http://"}}, "link", "address"),
        ({"image": {"alt": "图", "url": "data:image/svg+xml,<svg onload=alert(1)>"}}, "image", "address"),
        ({"card": {"title": "表", "rows": [["一"]]}}, "card", "type"),
        ({"channels": {"fax": "好"}}, "channels", "channel"),
        ({"followups": ["esim"]}, "followups", "itself"),
        ({"valid_from": "2026-02-30"}, "valid_from", "day"),
        ({"valid_from": "2026-02-01", "valid_to": "2026-01-01"}, "valid_to", "order"),
        ({"id": "offering-vas-ring-cancel"}, "id", "id"),
        ({"id": "../etc"}, "id", "id"),
    ],
)
def test_bad_content_is_refused_by_field(changes: dict[str, Any], field: str, code: str) -> None:
    with pytest.raises(ContentInvalid) as refused:
        article(**changes)
    assert (field, code) in [(problem.field, problem.code) for problem in refused.value.problems]


def test_repeated_questions_are_kept_once_and_none_is_both_published_and_held_out() -> None:
    draft = article(questions=["怎么开", "怎么开 "], held_out=["怎么开", "在哪开"])
    assert (draft.questions, draft.held_out) == (("怎么开",), ("在哪开",))


def test_markup_is_text_like_any_other() -> None:
    draft = article(answer="<script>alert(1)</script>")
    assert draft.answer == "<script>alert(1)</script>"


def test_what_is_stored_is_read_back_the_same() -> None:
    draft = article(
        regions={"广东": "不支持"}, card={"title": "表", "rows": [["一", "二"]]}, valid_to="2026-12-31"
    )
    assert stored(written(draft)) == draft
