"""Questions in a customer's words, read without and with training questions."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge_base.catalogue.folder import load_folder
from knowledge_base.catalogue.model import Catalogue
from knowledge_base.catalogue.query import Compare, Constraint, Op, answer
from knowledge_base.catalogue.questions import Labelled, load_questions
from knowledge_base.catalogue.scoring import judge, score
from knowledge_base.catalogue.trained import train_reader
from knowledge_base.catalogue.words import spell
from knowledge_base.catalogue.zero_shot import ZeroShotReader
from tests.knowledge_base.small_catalogue import write_catalogue, write_questions


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    return load_folder(write_catalogue(tmp_path_factory.mktemp("catalogue")))


@pytest.fixture(scope="module")
def reader(catalogue: Catalogue) -> ZeroShotReader:
    return ZeroShotReader(catalogue)


@pytest.fixture(scope="module")
def questions(catalogue: Catalogue, tmp_path_factory: pytest.TempPathFactory) -> list[Labelled]:
    return load_questions(
        write_questions(tmp_path_factory.mktemp("questions") / "questions.jsonl"), catalogue
    )


@pytest.mark.parametrize(
    ("said", "spelled"),
    [
        ("三十块钱 四十个G", "30元40g"),
        ("一百二十元", "120元"),
        ("五块的 2GB", "5元的2g"),
        ("看一下五福", "看一下五福"),
    ],
)
def test_amounts_are_spelled_one_way(said: str, spelled: str) -> None:
    assert spell(said) == spelled


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("朝阳卡怎么办", "晨光套餐"),
        ("50元20G那个怎么取消", "晨光套餐"),  # by price and allowance
        ("新河铃音怎么退", "星河铃音"),  # by its sound
        ("來電音樂多少錢", "星河铃音"),
    ],
)
def test_offering_is_recognised(reader: ZeroShotReader, text: str, name: str) -> None:
    assert reader.read(text).offering.name == name


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("铃声要多少钱", {"价格"}),
        ("麻烦帮我退了晨光卡", {"取消方式"}),
        ("在哪里可以办晨光卡", {"开通方式"}),
        ("为啥山海活动退订不了", {"取消条件"}),
        ("为啥山海活动办不了", {"开通条件"}),
        ("晨光卡下个月才生效吗", {"生效规则"}),
        ("铃声年包多少钱，怎么订购", {"价格", "开通方式"}),
    ],
)
def test_property_is_recognised(reader: ZeroShotReader, text: str, asked: set[str]) -> None:
    assert set(reader.read(text).properties) == asked


@pytest.mark.parametrize(
    ("text", "constraints"),
    [
        ("三十块的晨光卡怎么取消", (Constraint("价格", Op.IS, "30"),)),
        ("铃声年包怎么开", (Constraint("子业务", Op.IS, "年包"),)),
        ("最贵的晨光卡有多少流量", (Constraint("价格", Op.HIGHEST),)),
        ("50元以下的晨光卡怎么开", (Constraint("价格", Op.BELOW, "50"),)),
        ("晨光卡怎么取消", ()),
    ],
)
def test_condition_on_tiers_is_recognised(
    reader: ZeroShotReader, text: str, constraints: tuple[Constraint, ...]
) -> None:
    assert reader.read(text).constraints == constraints


def test_which_edition_costs_less_is_a_comparison(reader: ZeroShotReader) -> None:
    query = reader.read("铃声的月包和年包哪个便宜")
    assert query.compare is Compare.LEAST
    assert answer(query) == {"年包"}


def test_questions_are_answered_without_training(reader: ZeroShotReader, questions: list[Labelled]) -> None:
    found = score(judge(questions, reader.read))
    assert (found.joint, found.exact_match, found.f1) == (1.0, 1.0, 1.0)


def test_training_twice_gives_the_same_readings(catalogue: Catalogue, questions: list[Labelled]) -> None:
    texts = [question.text for question in questions] + ["朝阳卡啥时候生效", "铃音怎么弄"]
    first, second = (train_reader(catalogue, questions * 3) for _ in range(2))
    assert [first.read(text) for text in texts] == [second.read(text) for text in texts]


def test_customers_own_word_is_learned(catalogue: Catalogue, tmp_path: Path) -> None:
    taught = [
        Labelled(f"小晨晨{end}", "", "晨光套餐", frozenset({name}), (), frozenset())
        for end, name in [
            ("搞一个", "开通方式"),
            ("拜拜", "取消方式"),
            ("拜拜了您", "取消方式"),
            ("来一个", "开通方式"),
        ]
    ]
    others = [
        Labelled(f"{name}怎么开", "", name, frozenset({"开通方式"}), (), frozenset())
        for name in ("星河铃音", "山海活动")
    ]
    reader = train_reader(catalogue, (taught + others) * 3)
    query = reader.read("小晨晨拜拜")
    assert (query.offering.name, query.properties) == ("晨光套餐", ("取消方式",))
