"""Money is an integer number of fen; one yuan is 100 fen."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import NewType

Fen = NewType("Fen", int)


def from_yuan(amount: Decimal | int | str | float) -> Fen:
    """Convert an amount in yuan to fen, half a fen rounding up; floats go through their shortest text."""
    return Fen(int((Decimal(str(amount)) * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP)))


def to_yuan(fen: int) -> Decimal:
    """Convert fen to yuan, exactly."""
    return Decimal(fen) / 100


def format_yuan(fen: int) -> str:
    """Write fen the way a bill does, without needless zeros: 5000 -> ``50元``, 1250 -> ``12.50元``."""
    sign, rest = ("-" if fen < 0 else ""), abs(fen)
    return f"{sign}{rest // 100}元" if rest % 100 == 0 else f"{sign}{rest // 100}.{rest % 100:02d}元"
