"""Whole seconds between two stored times, in the words of each database."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class elapsed_s(FunctionElement[int]):
    """``elapsed_s(earlier, later)``."""

    type = BigInteger()
    name = "elapsed_s"
    inherit_cache = True


@compiles(elapsed_s, "sqlite")
def _sqlite(element: elapsed_s, compiler: Any, **options: Any) -> str:
    earlier, later = (compiler.process(clause, **options) for clause in element.clauses)
    return f"(CAST(strftime('%s', {later}) AS INTEGER) - CAST(strftime('%s', {earlier}) AS INTEGER))"


@compiles(elapsed_s, "postgresql")
def _postgresql(element: elapsed_s, compiler: Any, **options: Any) -> str:
    earlier, later = (compiler.process(clause, **options) for clause in element.clauses)
    return f"CAST(floor(extract(epoch FROM {later})) - floor(extract(epoch FROM {earlier})) AS BIGINT)"
