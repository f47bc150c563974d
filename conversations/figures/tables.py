"""What is counted of a day that is over, so that a year is a sum and not a search."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, Index, String, Table

from core.database import UtcDateTime, metadata

daily_figures = Table(
    "daily_figures",
    metadata,
    Column("day", Date, primary_key=True),  # China's
    Column("measure", String(24), primary_key=True),  # of `Measure`
    Column("channel", String(32), primary_key=True),
    Column(
        "key", String(120), primary_key=True
    ),  # a topic, an article, an agent, seconds; as the measure says
    Column("count", BigInteger, nullable=False),
    Column("total", BigInteger, nullable=False),  # of a score or of seconds, where the measure has one
    Index("ix_daily_figures_measure_day", "measure", "day"),
)
counted_days = Table(  # the days whose figures are kept
    "counted_days",
    metadata,
    Column("day", Date, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
)
