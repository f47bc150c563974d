"""The state machine: every way through it raises the epoch by one, and a closed conversation stays closed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.model import Event, State, next_state
from core.errors import StaffError

LEGAL = {
    (State.BOT, Event.REQUEST_HANDOFF, State.WAITING),
    (State.BOT, Event.FINISH, State.RATING),
    (State.BOT, Event.FINISH_UNRATED, State.CLOSED),
    (State.WAITING, Event.ACCEPT, State.HUMAN),
    (State.WAITING, Event.CANCEL_HANDOFF, State.BOT),
    (State.WAITING, Event.AFTER_HOURS, State.BOT),
    (State.WAITING, Event.ABANDON, State.RATING),
    (State.HUMAN, Event.TRANSFER, State.WAITING),
    (State.HUMAN, Event.HAND_BACK, State.BOT),
    (State.HUMAN, Event.FINISH, State.RATING),
    (State.HUMAN, Event.FINISH_UNRATED, State.CLOSED),
    (State.RATING, Event.RATED, State.CLOSED),
    (State.RATING, Event.SKIPPED, State.CLOSED),
    (State.RATING, Event.RATING_TIMED_OUT, State.CLOSED),
    (State.RATING, Event.NEW_WISH, State.CLOSED),
}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("event", Event)
def test_machine_allows_exactly_the_drawn_moves(state: State, event: Event) -> None:
    expected = {target for source, cause, target in LEGAL if (source, cause) == (state, event)}
    if expected:
        assert {next_state(state, event)} == expected
    else:
        with pytest.raises(StaffError, match="illegal_move"):
            next_state(state, event)


@given(st.lists(st.sampled_from(Event), max_size=30))
def test_no_sequence_of_events_leads_out_of_closed(events: list[Event]) -> None:
    state = State.BOT
    for event in events:
        was = state
        try:
            state = next_state(state, event)
        except StaffError:
            continue
        assert was is not State.CLOSED
        assert state is not was


@pytest.mark.parametrize("state", [state for state in State if state is not State.CLOSED])
def test_every_open_state_has_a_way_to_the_end(state: State) -> None:
    reached, frontier = {state}, [state]
    while frontier:
        here = frontier.pop()
        for source, _, target in LEGAL:
            if source is here and target not in reached:
                reached.add(target)
                frontier.append(target)
    assert State.CLOSED in reached
