"""Conversations on both databases: one open per customer, and an epoch that rises with every move."""

from __future__ import annotations

import asyncio
import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conversations.model import Content, Event, Sender, State, next_state
from core.errors import StaffError
from core.ids import ConversationId
from tests.conversations.conftest import Repositories

_USERS = itertools.count()


async def test_customer_has_one_open_conversation_however_many_ask(repositories: Repositories) -> None:
    found = await asyncio.gather(*(repositories.directory.current("rest", "anna") for _ in range(8)))
    assert len({conversation.id for conversation in found}) == 1


async def test_new_conversation_is_opened_when_the_last_is_closed(repositories: Repositories) -> None:
    first = await repositories.conversation()
    await repositories.directory.finish(first)
    second = await repositories.directory.current("rest", "anna")
    assert (second.id != first, second.state, second.epoch) == (True, State.BOT, 0)


async def test_same_name_on_two_channels_is_two_customers(repositories: Repositories) -> None:
    assert await repositories.conversation(channel="rest") != await repositories.conversation(channel="web")


async def test_contact_whose_conversation_is_closed_has_none_open(repositories: Repositories) -> None:
    conversation_id = await repositories.conversation()
    contact = await repositories.directory.contact("rest", "anna")
    assert contact is not None
    found = await repositories.directory.open_of(contact.id)
    assert found is not None
    assert found.id == conversation_id
    await repositories.directory.finish(conversation_id)
    assert await repositories.directory.open_of(contact.id) is None


async def test_illegal_move_is_refused_and_changes_nothing(repositories: Repositories) -> None:
    conversation_id = await repositories.conversation()
    with pytest.raises(StaffError, match="illegal_move"):
        await repositories.directory.move(conversation_id, Event.ACCEPT)
    found = await repositories.directory.conversation(conversation_id)
    assert found is not None
    assert (found.state, found.epoch) == (State.BOT, 0)


async def test_of_two_who_move_from_the_same_epoch_one_succeeds(repositories: Repositories) -> None:
    conversation_id = await repositories.conversation()
    await repositories.directory.move(conversation_id, Event.REQUEST_HANDOFF)
    moves = await asyncio.gather(
        *(repositories.directory.move(conversation_id, Event.ACCEPT, epoch=1) for _ in range(5))
    )
    assert sum(move is not None for move in moves) == 1


async def test_moving_an_unknown_conversation_is_an_error(repositories: Repositories) -> None:
    with pytest.raises(StaffError, match="unknown"):
        await repositories.directory.finish(ConversationId("0" * 32))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.one_of(st.sampled_from(Event), st.integers(0, 3)), max_size=12))
async def test_epoch_counts_moves_and_only_answers_of_the_present_epoch_are_said(
    repositories: Repositories, steps: list[Event | int]
) -> None:
    conversation_id = await repositories.conversation(user=f"user{next(_USERS)}")
    state, epoch, said = State.BOT, 0, 0
    for step in steps:
        if isinstance(step, int):  # an answer computed `step` epochs ago
            answer = await repositories.transcript.say(
                conversation_id, Content("好"), Sender.BOT, epoch=epoch - step
            )
            assert (answer is not None) == (step == 0)
            said += answer is not None
            continue
        try:
            state = next_state(state, step)
        except StaffError:
            with pytest.raises(StaffError):
                await repositories.directory.move(conversation_id, step)
            continue
        moved = await repositories.directory.move(conversation_id, step)
        epoch += 1
        assert moved is not None
        assert (moved.state, moved.epoch, moved.closed is not None) == (state, epoch, state is State.CLOSED)
    assert len(await repositories.transcript.history(conversation_id)) == said
