"""Money: integer fen, exact both ways."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import format_yuan, from_yuan, to_yuan


@pytest.mark.parametrize(
    ("fen", "words"), [(5000, "50元"), (1250, "12.50元"), (1, "0.01元"), (-305, "-3.05元"), (0, "0元")]
)
def test_format_yuan_known_answers(fen: int, words: str) -> None:
    assert format_yuan(fen) == words


@pytest.mark.parametrize(
    ("yuan", "fen"), [("0.1", 10), (0.29, 29), (19.99, 1999), (Decimal("0.005"), 1), (50, 5000)]
)
def test_from_yuan_known_answers(yuan: Decimal | int | str | float, fen: int) -> None:
    assert from_yuan(yuan) == fen


@given(st.integers(min_value=-(10**12), max_value=10**12))
def test_fen_survive_a_trip_through_yuan(fen: int) -> None:
    assert from_yuan(to_yuan(fen)) == fen
