"""Each dialogue has a customer of its own and a sandbox as it was seeded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.system.customer import Customer
from tests.system.stack import Stack

Subscriber = dict[str, Any]


@pytest.fixture
def customer(stack: Stack) -> Customer:
    """Somebody who has never written before, to a billing system without faults."""
    stack.reset()
    return Customer(stack)


@pytest.fixture
def subscriber(stack: Stack) -> Callable[[Callable[[Subscriber], bool]], str]:
    """Find the number of a seeded subscriber by what is true of them."""
    rows = httpx.get(f"{stack.sandbox}/sandbox/subscribers", timeout=30).json()
    return lambda is_wanted: str(next(row["number"] for row in rows if is_wanted(row)))
