"""A few words that point at one of the offerings shown before."""

from __future__ import annotations

import pytest

from bss.sandbox.catalogue import load_offerings
from knowledge_base.catalogue.pointing import pointed_at

BY_ID = {str(offering.id): offering for offering in load_offerings()}
ROAMING = ("roam-asia-day", "roam-asia-7")
BROADBAND = ("bb-300", "bb-500", "bb-1000", "bb-500-year")
DATA = ("data-boost-10", "data-boost-20", "data-boost-30", "data-boost-50")


def pointed(text: str, among: tuple[str, ...]) -> tuple[list[str], str] | None:
    found = pointed_at(text, [BY_ID[each] for each in among])
    return None if found is None else ([str(offering.id) for offering in found.offerings], found.rest)


@pytest.mark.parametrize(
    ("text", "among", "offerings", "rest"),
    [
        ("7天的多少钱", ROAMING, ["roam-asia-7"], "这个多少钱"),
        ("办7天的", ROAMING, ["roam-asia-7"], "办这个"),
        ("日包呢", ROAMING, ["roam-asia-day"], "这个呢"),
        ("500兆的", BROADBAND, ["bb-500", "bb-500-year"], "这个"),
        ("包年的呢", BROADBAND, ["bb-500-year"], "这个呢"),
        ("50块的有多少g", DATA, ["data-boost-50"], "这个有多少g"),
    ],
)
def test_words_of_a_name_a_price_or_a_volume_point(
    text: str, among: tuple[str, ...], offerings: list[str], rest: str
) -> None:
    assert pointed(text, among) == (offerings, rest)


@pytest.mark.parametrize("text", ["300元的呢", "3g的呢", "流量的呢", "今天天气怎么样"])
def test_a_cut_amount_or_what_all_have_in_common_points_at_none(text: str) -> None:
    assert pointed(text, DATA) is None
