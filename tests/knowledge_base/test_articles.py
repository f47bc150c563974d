"""Articles are refused with the file, the article and the reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import StaffError
from knowledge_base.article_files import load_articles
from knowledge_base.corpus import StoredArticles, save_corpus
from tests.knowledge_base.small_corpus import RING

HEAD = "category: 测试\narticles:\n"
GOOD = "  - {id: one, title: 一号问题, questions: [怎么问一号], answer: '好'}\n"


def load(folder: Path, text: str) -> str:
    """Load one file and return the refusal."""
    (folder / "bad.yml").write_text(text, encoding="utf-8")
    with pytest.raises(StaffError) as refusal:
        load_articles(folder, [RING])
    return refusal.value.detail


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("- nothing", "`category` is missing"),
        ("category: [", "not YAML"),
        (HEAD + GOOD + GOOD, "one: the id is used twice"),
        (HEAD + GOOD.replace("one", "One Two"), "article One Two: the id must be small letters"),
        (HEAD + GOOD.replace("[怎么问一号]", "[]"), "article one: `questions` is empty"),
        (HEAD + GOOD.replace("怎么问一号", "10066"), "`questions` holds 10066; put quotes around it"),
        (HEAD + GOOD.replace("answer", "anwser"), "unknown keys anwser"),
        (HEAD + GOOD.replace("'好'", "'好', followups: [two]"), "one: follow-up two does not exist"),
        (HEAD + GOOD.replace("'好'", "'好', offerings: [vas-none]"), "no such offering: vas-none"),
        (HEAD + GOOD.replace("'好'", "'好', channels: {fax: 好}"), "unknown channel fax"),
        (HEAD + GOOD.replace("'好'", "'好', valid_to: soon"), "`valid_to` must be a day"),
        (HEAD + GOOD.replace("'好'", "'好', regions: [广东]"), "`regions` must map a region"),
        (
            HEAD + GOOD.replace("'好'", "'好', link: {title: 看, url: 'javascript:alert(1)'}"),
            "http and https",
        ),
        (HEAD + GOOD.replace("'好'", "'好', image: {alt: 图, url: 'data:text/html,x'}"), "http and https"),
        (HEAD + GOOD.replace("'好'", "'好', card: {title: 表, rows: [[一]]}"), "pairs of label and value"),
        (HEAD + GOOD.replace("'好'", "'{{vas-ring.colour}}'"), "article one: vas-ring has no colour"),
        (
            HEAD + GOOD + GOOD.replace("one", "two").replace("一号问题", "二号问题"),
            "two: one asks the same: 怎么问一号",
        ),
    ],
)
def test_bad_article_is_refused_with_its_reason(tmp_path: Path, text: str, words: str) -> None:
    assert words in load(tmp_path, text)


def test_price_in_an_answer_comes_from_the_catalogue(tmp_path: Path) -> None:
    text = HEAD + GOOD.replace("'好'", "'{{vas-ring.name}}{{vas-ring.price}}', offerings: [vas-ring]")
    (tmp_path / "good.yml").write_text(text, encoding="utf-8")
    assert load_articles(tmp_path, [RING])[0].answer == "视频彩铃6元/月"


def test_region_outranks_channel_and_the_corpus_keeps_link_image_and_card(tmp_path: Path) -> None:
    shown = (
        "'好', channels: {wechat: 微信好}, regions: {广东: 广东好}, link: {title: 看, url: 'https://a.cn/b'}, "
        "image: {url: 'https://a.cn/c.png', alt: 图}, card: {title: 表, rows: [[价格, 6元]]}"
    )
    (tmp_path / "good.yml").write_text(HEAD + GOOD.replace("'好'", shown), encoding="utf-8")
    articles = load_articles(tmp_path, [RING])
    save_corpus(articles, tmp_path)
    assert tuple(StoredArticles(tmp_path)) == articles
    said = [articles[0].answer_for(*who) for who in (("web", ""), ("wechat", ""), ("wechat", "广东"))]
    assert said == ["好", "微信好", "广东好"]
