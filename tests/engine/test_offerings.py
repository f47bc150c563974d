"""Names by which customers call offerings."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.paths import ROOT
from bot.engine.offerings import OfferingNames, load_names
from bss.sandbox.catalogue import load_offerings
from core.text import normalise

CATALOGUE = ROOT / "bss" / "sandbox" / "catalogue"


@pytest.fixture(scope="module")
def names() -> OfferingNames:
    return OfferingNames(load_names(CATALOGUE))


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("星享套餐59元怎么样", {"plan-star-59"}),
        ("59元套餐", {"plan-star-59"}),
        ("99块的套餐", {"plan-5g-99"}),
        ("彩铃多少钱", {"vas-ring"}),
        ("校园卡有哪些", {"plan-campus-29", "plan-campus-49"}),
        ("5G畅享套餐", {"plan-5g-99", "plan-5g-129", "plan-5g-159", "plan-5g-199", "plan-5g-299"}),
        ("10元加油包", {"data-boost-10"}),
        ("79的流量多多少", set()),
        ("我要充值", set()),
        ("宽带坏了", set()),
    ],
)
def test_a_name_leads_to_what_it_may_mean(names: OfferingNames, text: str, ids: set[str]) -> None:
    assert {str(f.value) for f in names.find(normalise(text))} == ids


def test_every_offering_has_a_name_of_its_own(names: OfferingNames) -> None:
    alone = {ids[0] for ids in names.names.values() if len(ids) == 1}
    assert {str(offering.id) for offering in load_offerings()} <= alone


def test_no_names_find_nothing(tmp_path: Path) -> None:
    assert list(OfferingNames(load_names(tmp_path)).find("星享套餐59元")) == []
