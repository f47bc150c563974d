"""Ends a turn that Rasa cut short; without it the conversation would stay mute for good.

Rasa stops after ten actions in a turn, but leaves the turn open: from then on every message is cut short at once.
"""

from __future__ import annotations

import logging
from typing import Any

from rasa.core import run
from rasa.core.agent import Agent
from rasa.shared.core.events import ActionExecuted
from rasa.shared.core.trackers import DialogueStateTracker

_logger = logging.getLogger(__name__)


def install() -> None:
    """Let every agent that the server loads end such turns."""
    load = run.load_agent_on_start

    async def load_agent(*args: Any, **kwargs: Any) -> Agent:
        agent = await load(*args, **kwargs)
        if agent.processor is not None:
            agent.processor.on_circuit_break = end_turn
        return agent

    run.load_agent_on_start = load_agent


def end_turn(tracker: DialogueStateTracker, _channel: Any, _nlg: Any) -> None:
    """Wait for the customer again."""
    _logger.error("a turn of conversation %s ran into too many actions", tracker.sender_id)
    tracker.update(ActionExecuted("action_listen"))
