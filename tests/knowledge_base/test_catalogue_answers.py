"""An understood question and what the catalogue answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import StaffError
from knowledge_base.catalogue.folder import load_folder
from knowledge_base.catalogue.model import Catalogue, CatalogueOffering
from knowledge_base.catalogue.query import Compare, Constraint, Op, Query, answer
from tests.knowledge_base.small_catalogue import write_catalogue


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    return load_folder(write_catalogue(tmp_path / "catalogue"))


def offering(catalogue: Catalogue, name: str) -> CatalogueOffering:
    found = catalogue.find(name)
    assert found is not None
    return found


def test_offering_is_found_by_name_or_synonym_however_written(catalogue: Catalogue) -> None:
    assert {offering(catalogue, name).name for name in ("晨光套餐", "朝陽卡", " 晨光 卡 ")} == {"晨光套餐"}


def test_older_name_in_another_table_joins_the_offering_it_begins(catalogue: Catalogue) -> None:
    assert answer(Query(offering(catalogue, "山海活动"), ("结转规则",))) == {"结_5"}


def test_question_without_constraint_answers_for_every_tier(catalogue: Catalogue) -> None:
    assert answer(Query(offering(catalogue, "晨光套餐"), ("价格",))) == {"30", "50", "80"}


@pytest.mark.parametrize(
    ("constraint", "expected"),
    [
        (Constraint("价格", Op.IS, "50"), {"20480"}),
        (Constraint("价格", Op.LOWEST), {"10240"}),
        (Constraint("价格", Op.HIGHEST), {"40960"}),
        (Constraint("价格", Op.BELOW, "50"), {"10240"}),
        (Constraint("价格", Op.AT_MOST, "50"), {"10240", "20480"}),
        (Constraint("价格", Op.ABOVE, "50"), {"40960"}),
    ],
)
def test_constraint_chooses_tiers(catalogue: Catalogue, constraint: Constraint, expected: set[str]) -> None:
    assert answer(Query(offering(catalogue, "晨光套餐"), ("流量",), (constraint,))) == expected


def test_constraint_that_no_tier_meets_is_passed_over(catalogue: Catalogue) -> None:
    wanted = (Constraint("价格", Op.IS, "7"), Constraint("流量", Op.IS, "20480"))
    assert answer(Query(offering(catalogue, "晨光套餐"), ("开通方式",), wanted)) == {"开_2"}


def test_offerings_own_property_does_not_depend_on_the_tier(catalogue: Catalogue) -> None:
    wanted = (Constraint("价格", Op.IS, "30"),)
    assert answer(Query(offering(catalogue, "晨光套餐"), ("生效规则",), wanted)) == {"次月"}


@pytest.mark.parametrize(
    ("asked", "compare", "expected"),
    [
        ("价格", Compare.LEAST, {"年包"}),  # 60 for a year is 5 a month
        ("价格", Compare.MOST, {"月包"}),
        ("价格", Compare.SAME, {"no"}),
        ("开通方式", Compare.SAME, {"yes"}),
    ],
)
def test_two_editions_are_compared(
    catalogue: Catalogue, asked: str, compare: Compare, expected: set[str]
) -> None:
    pair = (Constraint("子业务", Op.IS, "月包"), Constraint("子业务", Op.IS, "年包"))
    assert answer(Query(offering(catalogue, "星河铃音"), (asked,), pair, compare)) == expected


def test_broken_row_is_named_by_file_and_line(tmp_path: Path) -> None:
    folder = write_catalogue(tmp_path)
    with (folder / "plan_catalogue.jsonl").open("a", encoding="utf-8") as file:
        file.write("{broken\n")
    with pytest.raises(StaffError, match="line 7"):
        load_folder(folder)
