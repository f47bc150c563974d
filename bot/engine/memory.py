"""Keeps the garbage collector away from what stays: Rasa's libraries and the model are a million objects that nobody gives up."""

from __future__ import annotations

import gc
from typing import Any

from rasa.core import run
from rasa.core.agent import Agent

_YOUNG, _MIDDLE, _OLD = 20_000, 20, 20  # objects, then rounds; Python's own are 700, 10, 10


def install() -> None:
    """Set what is loaded aside as soon as the model is there."""
    load = run.load_agent_on_start

    async def load_agent(*args: Any, **kwargs: Any) -> Agent:
        agent = await load(*args, **kwargs)
        gc.collect()
        gc.freeze()
        gc.set_threshold(_YOUNG, _MIDDLE, _OLD)
        return agent

    run.load_agent_on_start = load_agent
