"""The scores of an intent evaluation on answers worked out by hand."""

from __future__ import annotations

import pytest

from app.intent_scores import Judged, calibration_error, per_label, scores

ROWS = [
    Judged("充五十", "topup", "topup", 0.9),
    Judged("没到账", "topup", "bill_query", 0.9, ("bill_query",)),
    Judged("账单", "bill_query", "bill_query", 0.5),
    Judged("你好", "chitchat", "faq", 0.5),
]


def test_strict_and_lenient_differ_by_the_alternatives() -> None:
    found = scores(ROWS)
    assert (found["strict"], found["lenient"]) == (0.5, 0.75)


def test_precision_and_recall_of_a_label() -> None:
    assert per_label(ROWS)["bill_query"] == {"precision": 0.5, "recall": 1.0, "support": 1}


def test_calibration_error_is_the_weighted_gap_of_the_bins() -> None:
    # both bins hold two rows of which one is right: gaps 0.4 and 0.0
    assert calibration_error(ROWS) == pytest.approx(0.2)


def test_a_lenient_hit_is_no_confusion() -> None:
    assert [(row["label"], row["predicted"]) for row in scores(ROWS)["worst"]] == [("chitchat", "faq")]


def test_no_rows_give_zeros_rather_than_an_error() -> None:
    assert scores([])["strict"] == 0.0
