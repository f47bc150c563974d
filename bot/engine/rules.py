"""Lets the rule policy look only at what its rules can match.

Rasa's own turns the whole conversation into states, twice for every message: once for rules on what was written word by word (we
have none), once for rules on intents. The longest rule says how many states matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, List, Optional, Tuple

from rasa.core.policies.rule_policy import RULES, RULES_FOR_LOOP_UNHAPPY_PATH, RulePolicy
from rasa.shared.core.constants import ACTION_LISTEN_NAME, PREVIOUS_ACTION, USER
from rasa.shared.core.domain import Domain, State
from rasa.shared.core.events import ActionExecuted
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ACTION_NAME, INTENT

_find_action = RulePolicy._find_action_from_rules


@dataclass(frozen=True)
class Reach:
    """What a policy's rules look at: how many states, and whether a message's text may decide."""

    longest: int
    reads_text: bool

    @classmethod
    def of(cls, policy: RulePolicy) -> Reach:
        """Return the reach of a trained policy, found once."""
        known: Optional[Reach] = getattr(policy, "_reach", None)
        if known is None:
            keys = [*policy.lookup[RULES], *policy.lookup[RULES_FOR_LOOP_UNHAPPY_PATH]]
            rules = [policy._rule_key_to_state(key) for key in keys]
            longest = max((len(states) for states in rules), default=1)
            known = policy._reach = cls(longest, any(_reads_text(states[-1]) for states in rules))
        return known


def _reads_text(state: State) -> bool:
    """Say whether a rule's last state may match a message whose intent is left out."""
    previous = state.get(PREVIOUS_ACTION, {}).get(ACTION_NAME)
    return previous in (None, ACTION_LISTEN_NAME) and not state.get(USER, {}).get(INTENT)


def install() -> None:
    """Let Rasa's rule policy predict this way."""
    RulePolicy._find_action_from_rules = find_action
    RulePolicy._prediction_states = prediction_states


def find_action(
    self: RulePolicy, tracker: DialogueStateTracker, domain: Domain, use_text_for_last_user_input: bool
) -> Tuple[Optional[str], Optional[str], bool]:
    """Return the action of the matching rule (see parent class)."""
    if use_text_for_last_user_input and not Reach.of(self).reads_text:
        return None, None, False
    found: Tuple[Optional[str], Optional[str], bool] = _find_action(
        self, tracker, domain, use_text_for_last_user_input
    )
    return found


def prediction_states(
    self: RulePolicy,
    tracker: DialogueStateTracker,
    domain: Domain,
    use_text_for_last_user_input: bool = False,
    rule_only_data: Any = None,
) -> List[State]:
    """Return the last states of a conversation, as many as a rule can reach (see parent class)."""
    states = last_states(tracker, domain, Reach.of(self).longest)
    self.featurizer._choose_last_user_input([states], use_text_for_last_user_input)
    return states


def last_states(tracker: DialogueStateTracker, domain: Domain, count: int) -> List[State]:
    """Return the end of `domain.states_for_tracker_history(tracker)`."""
    events = tracker.applied_events()
    to_come = sum(isinstance(event, ActionExecuted) for event in events)
    replayed, states = tracker.init_copy(), []
    for event in events:
        if isinstance(event, ActionExecuted):
            if to_come < count:
                states.append(domain.get_active_state(replayed))
            to_come -= 1
        replayed.update(event)
    return [*states, domain.get_active_state(replayed)]
