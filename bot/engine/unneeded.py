"""Leaves out what Rasa does at every message for nothing.

It copies states and events deeply for debug lines that are never written, looks through every slot for a mapping from
entities or intents though the actions alone fill ours, makes an empty domain to see that ours is not, goes through all
classes of events to find the one of each event that an action returns, and makes an action of every kind to find the one
that is next.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Dict, List, Tuple

from rasa.core import processor
from rasa.core.actions import action, forms
from rasa.core.actions.action import Action, ActionExtractSlots
from rasa.core.policies import rule_policy
from rasa.shared.core.constants import ACTION_VALIDATE_SLOT_MAPPINGS, MAPPING_TYPE, SlotMappingType
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event

LOGGING_COPIES = (processor, forms, rule_policy)
"""Modules that copy for their debug lines and for nothing else."""

_extract, _is_empty, _action_for = ActionExtractSlots.run, Domain.is_empty, action.action_for_name_or_text


class NoCopies:
    """Stands in for the module `copy` in these modules."""

    @staticmethod
    def deepcopy(value: Any) -> Any:
        """Return the value itself."""
        return value


def install() -> None:
    """Change Rasa's modules; debug logs must be off, as the server keeps them."""
    for module in LOGGING_COPIES:
        module.copy = NoCopies
    ActionExtractSlots.run = extract
    Event.resolve_by_type = staticmethod(lru_cache(maxsize=None)(Event.resolve_by_type))
    Domain.is_empty = is_empty
    action.action_for_name_or_text = action_for


async def extract(
    self: ActionExtractSlots, channel: Any, nlg: Any, tracker: Any, domain: Domain
) -> List[Event]:
    """Return the events that fill slots from a message (see parent class)."""
    return await _extract(self, channel, nlg, tracker, domain) if _maps_anything(domain) else []


def action_for(name: str, domain: Domain, endpoint: Any) -> Action:
    """Return an action of a domain; actions keep nothing of a conversation, so that one of each is enough."""
    made: Dict[Tuple[str, int], Action] = domain.__dict__.setdefault("_actions", {})
    known = made.get((name, id(endpoint)))
    if known is None:
        known = made[name, id(endpoint)] = _action_for(name, domain, endpoint)
    return known


def is_empty(domain: Domain) -> bool:
    """Say whether a domain is empty; it does not change."""
    known = domain.__dict__.get("_is_empty")
    if known is None:
        known = domain.__dict__["_is_empty"] = _is_empty(domain)
    return bool(known)


def _maps_anything(domain: Domain) -> bool:
    """Say whether any slot is filled other than by the actions that set it, or a validating action wants to look."""
    known = domain.__dict__.get("_maps_anything")
    if known is None:
        mappings = [mapping for slot in domain.slots for mapping in slot.mappings]
        is_custom = SlotMappingType.CUSTOM.value
        known = ACTION_VALIDATE_SLOT_MAPPINGS in domain.user_actions or any(
            mapping.get(MAPPING_TYPE) != is_custom or mapping.get("action") for mapping in mappings
        )
        domain.__dict__["_maps_anything"] = known
    return bool(known)
