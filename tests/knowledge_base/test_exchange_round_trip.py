"""What is written is read back the same, whatever the articles say, in every form."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from knowledge_base.exchange.article_rows import ArticleEdit
from knowledge_base.exchange.cells import MARKUP
from knowledge_base.exchange.reading import read_articles
from knowledge_base.exchange.writing import to_csv, to_workbook, to_yaml

FORMS: dict[str, Callable[[Sequence[Any]], bytes]] = {
    "a.yml": to_yaml,
    "a.csv": to_csv,
    "a.xlsx": to_workbook,
}
_CHARS = st.one_of(
    st.sampled_from("=+-@'\"|｜\\,;\t\n%<>& #{}[]:*!元一二三ABC019\u200b\ufeff🎉"),
    st.characters(exclude_categories=("Cs", "Cc", "Cn")),
)
TEXTS = (
    st.text(_CHARS, min_size=1, max_size=30)
    .map(str.strip)
    .filter(lambda text: text and not MARKUP.search(text))
)
QUESTIONS = TEXTS.filter(lambda text: len(text.splitlines()) == 1)  # the next line is the next question
LISTS = st.lists(QUESTIONS, max_size=4, unique=True)
DAYS = st.one_of(st.none(), st.dates().filter(lambda day: day.year > 1999).map(lambda day: day.isoformat()))
IDS = st.from_regex(r"[a-z][a-z0-9-]{0,20}", fullmatch=True).filter(
    lambda text: not text.startswith("offering-")
)
URLS = st.just("https://www.yuntong.example/help?a=1&b=%20")
ARTICLES = st.fixed_dictionaries(
    {
        "category": TEXTS,
        "title": TEXTS,
        "questions": st.lists(QUESTIONS, min_size=1, max_size=4, unique=True),
        "held_out": LISTS,
        "answer": TEXTS,
        "channels": st.dictionaries(st.sampled_from(["web", "wechat", "rest"]), TEXTS, max_size=2),
        "regions": st.dictionaries(st.sampled_from(["广东", "北京", "内蒙古"]), TEXTS, max_size=2),
        "link": st.one_of(st.none(), st.fixed_dictionaries({"title": TEXTS, "url": URLS})),
        "image": st.one_of(st.none(), st.fixed_dictionaries({"url": URLS, "alt": TEXTS})),
        "card": st.one_of(
            st.none(),
            st.fixed_dictionaries(
                {
                    "title": TEXTS,
                    "rows": st.lists(st.lists(TEXTS, min_size=2, max_size=2), min_size=1, max_size=3),
                }
            ),
        ),
        "offerings": st.lists(IDS, max_size=3, unique=True),
        "followups": st.lists(IDS, max_size=3, unique=True),
        "valid_from": st.none(),
        "valid_to": DAYS,
    }
)


@pytest.mark.parametrize("name", FORMS)
@settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(content=ARTICLES)
def test_an_article_is_read_back_as_it_was_written(name: str, content: dict[str, Any]) -> None:
    written = {"id": "an-article", **content}
    reading = read_articles(name, FORMS[name]([written]))

    assert not reading.problems
    (edit,) = reading.edits
    assert _whole(edit) == {key: value for key, value in written.items() if value}


@pytest.mark.parametrize("name", FORMS)
def test_a_question_of_two_lines_becomes_one_line_not_two_questions(name: str) -> None:
    article = _article("a1", questions=["话费\n怎么查", "查话费"], held_out=["余额\u2028多少"])
    (edit,) = read_articles(name, FORMS[name]([article])).edits
    assert edit.values["questions"] == ["话费 怎么查", "查话费"]
    assert edit.values["held_out"] == ["余额 多少"]


def test_many_articles_are_read_back_in_order_and_long_lists_go_on_in_the_next_column() -> None:
    articles = [
        _article(f"a{n}", questions=[f"第{n}篇第{m}问{'长' * 190}" for m in range(200)]) for n in range(3)
    ]
    for name, write in FORMS.items():
        reading = read_articles(name, write(articles))
        assert [edit.values["questions"] for edit in reading.edits] == [one["questions"] for one in articles]


def test_no_cell_of_an_export_is_a_formula_to_a_spreadsheet() -> None:
    evil = ["=1+1", "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "'=1+1", "''@x"]
    articles = [
        _article(f"a{n}", answer=text, title=f"{text}{n}", questions=[f"{text}问{n}"])
        for n, text in enumerate(evil)
    ]

    cells = [cell for row in csv.reader(io.StringIO(to_csv(articles).decode("utf-8-sig"))) for cell in row]
    sheet: Any = openpyxl.load_workbook(io.BytesIO(to_workbook(articles))).active
    cells += [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value]

    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    assert [edit.values["answer"] for edit in read_articles("a.csv", to_csv(articles)).edits] == evil


def _article(article_id: str, **values: Any) -> dict[str, Any]:
    empty: dict[str, Any] = {
        "held_out": [],
        "channels": {},
        "regions": {},
        "link": None,
        "image": None,
        "card": None,
    }
    empty |= {"offerings": [], "followups": [], "valid_from": None, "valid_to": None}
    return {
        "id": article_id,
        "category": "c",
        "title": article_id,
        "questions": ["问" + article_id],
        "answer": "答",
        **empty,
        **values,
    }


def _whole(edit: ArticleEdit) -> dict[str, Any]:
    found = {"id": edit.id, **{key: value for key, value in edit.values.items() if value}}
    for key in ("channels", "regions"):
        if key in found and not (kept := {name: text for name, text in found[key].items() if text}):
            del found[key]
        elif key in found:
            found[key] = kept
    return found
