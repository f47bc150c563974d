"""Handoffs on both databases: into the queue and out of it, accepting, speaking, and who loses a race."""

from __future__ import annotations

import asyncio

import pytest

from conversations.desk_model import HandoffState, Skill, StaffId
from conversations.model import State
from core.errors import NotAllowed, StaffError
from core.ids import ConversationId
from tests.conversations.floor import SUMMARY, Floor

# --- into the queue and out of it ----------------------------------------------------------------------------


async def test_handoff_keeps_its_request_and_summary(floor: Floor) -> None:
    opened = await floor.queues(skill=Skill.FAULTS, is_elderly=True)
    assert await floor.handoffs.get(opened.id) == opened
    assert opened.request.summary == SUMMARY


async def test_asking_for_a_person_twice_is_one_place_in_the_queue(floor: Floor) -> None:
    await floor.queues("anna")
    with pytest.raises(StaffError, match="illegal_move"):
        await floor.queues("anna")
    assert len(await floor.handoffs.waiting()) == 1


async def test_customer_who_cancels_is_back_with_the_bot(floor: Floor) -> None:
    waiting = await floor.queues()
    await floor.handoffs.cancel(waiting.conversation_id)
    assert await floor.state(waiting) is State.BOT
    assert (await floor.handoffs.get(waiting.id)).state is HandoffState.CANCELLED
    assert floor.published[-1] == ("queue.changed", waiting.conversation_id, {})


async def test_customer_who_cancels_after_an_agent_accepted_stays_with_the_agent(floor: Floor) -> None:
    handoff = await floor.served(await floor.agent("mei"))
    with pytest.raises(StaffError, match=r"handoff\.gone"):
        await floor.handoffs.cancel(handoff.conversation_id)
    assert await floor.state(handoff) is State.HUMAN


@pytest.mark.parametrize(
    ("is_rated", "state", "words"),
    [(True, State.RATING, ["goodbye", "rate"]), (False, State.CLOSED, ["goodbye"])],
)
async def test_customer_who_leaves_the_queue_for_good_is_asked_only_if_ratable(
    floor: Floor, is_rated: bool, state: State, words: list[str]
) -> None:
    floor.closing.is_rated = is_rated
    waiting = await floor.queues()
    await floor.handoffs.leave(waiting.conversation_id)
    assert (await floor.state(waiting), await floor.told(waiting)) == (state, words)


async def test_customer_for_whom_nobody_came_is_told_the_ticket_and_is_with_the_bot(floor: Floor) -> None:
    waiting = await floor.queues()
    await floor.handoffs.nobody_came(waiting.conversation_id, ticket="T1")
    assert (await floor.state(waiting), await floor.told(waiting)) == (
        State.BOT,
        ["handoff_nobody ticket=T1"],
    )


# --- accepting -----------------------------------------------------------------------------------------------


async def test_agent_who_accepts_owns_the_conversation_and_the_customer_hears_it(floor: Floor) -> None:
    mei = await floor.agent("mei")
    handoff = await floor.served(mei)
    assert (handoff.agent_id, await floor.state(handoff)) == (mei.id, State.HUMAN)
    assert await floor.told(handoff) == [f"handoff_accepted agent={mei.name}"]
    assert [message.content.text for message in floor.announced] == await floor.told(handoff)


async def test_of_two_agents_accepting_at_once_one_wins_and_the_other_is_told(
    floor: Floor, other_floor: Floor
) -> None:
    agents = [await floor.agent(f"agent{n}") for n in range(6)]
    waiting = await floor.queues()
    outcomes = await asyncio.gather(
        *(
            (floor, other_floor)[n % 2].handoffs.accept(waiting.id, agent.id)
            for n, agent in enumerate(agents)
        ),
        return_exceptions=True,
    )
    codes = sorted(o.code if isinstance(o, StaffError) else "won" for o in outcomes if not _is_bug(o))
    assert codes == ["handoff.taken"] * 5 + ["won"]
    assert len(await floor.told(waiting)) == 1


async def test_accepting_twice_is_no_error_and_changes_nothing(floor: Floor) -> None:
    mei = await floor.agent("mei")
    handoff = await floor.served(mei)
    assert await floor.handoffs.accept(handoff.id, mei.id) == handoff
    assert len(await floor.told(handoff)) == 1


async def test_capacity_is_never_exceeded_however_many_accepts_come_at_once(
    floor: Floor, other_floor: Floor
) -> None:
    mei = await floor.agent("mei", capacity=2)
    queue = [await floor.queues() for _ in range(8)]
    outcomes = await asyncio.gather(
        *((floor, other_floor)[n % 2].handoffs.accept(h.id, mei.id) for n, h in enumerate(queue)),
        return_exceptions=True,
    )
    refused = [o.code for o in outcomes if isinstance(o, StaffError)]
    assert refused == ["handoff.over_capacity"] * 6
    assert len(await floor.handoffs.of_agent(mei.id)) == 2


async def test_agent_accepts_while_the_customer_cancels_and_exactly_one_of_them_succeeds(
    floor: Floor, other_floor: Floor
) -> None:
    mei = await floor.agent("mei", capacity=20)
    for _ in range(10):
        waiting = await floor.queues()
        accepted, cancelled = await asyncio.gather(
            floor.handoffs.accept(waiting.id, mei.id),
            other_floor.handoffs.cancel(waiting.conversation_id),
            return_exceptions=True,
        )
        lost = [o for o in (accepted, cancelled) if isinstance(o, StaffError)]
        assert [o.code for o in lost] == ["handoff.gone"]
        assert await floor.state(waiting) is (State.BOT if accepted in lost else State.HUMAN)


async def test_routing_does_not_give_a_customer_to_an_agent_who_went_on_a_break(floor: Floor) -> None:
    away = await floor.agent("away", is_online=False)
    waiting = await floor.queues()
    with pytest.raises(StaffError, match="not_online"):
        await floor.handoffs.accept(waiting.id, away.id, only_if_online=True)
    assert await floor.state(waiting) is State.WAITING


async def test_unknown_handoff_and_unknown_agent_are_errors(floor: Floor) -> None:
    waiting = await floor.queues()
    with pytest.raises(StaffError, match=r"staff\.unknown"):
        await floor.handoffs.accept(waiting.id, StaffId("nobody"))
    with pytest.raises(StaffError, match=r"handoff\.unknown"):
        await floor.handoffs.accept(type(waiting.id)("none"), StaffId("nobody"))


# --- saying --------------------------------------------------------------------------------------------------


async def test_agent_speaks_under_their_name(floor: Floor) -> None:
    mei = await floor.agent("mei")
    handoff = await floor.served(mei)
    said = await floor.handoffs.say(handoff.conversation_id, mei, " 您好 ", "m1")
    assert (said.content.text, said.author, said.author_name) == ("您好", mei.id, mei.name)
    assert floor.announced[-1] == said


async def test_same_client_message_id_is_one_message_however_often_it_comes(
    floor: Floor, other_floor: Floor
) -> None:
    mei = await floor.agent("mei")
    handoff = await floor.served(mei)
    said = await asyncio.gather(
        *(f.handoffs.say(handoff.conversation_id, mei, "您好", "m1") for f in [floor, other_floor] * 3)
    )
    assert len({message.id for message in said}) == 1
    assert (await floor.told(handoff)).count("您好") == 1


async def test_first_response_is_noted_once(floor: Floor) -> None:
    mei = await floor.agent("mei")
    handoff = await floor.served(mei)
    await floor.wait(7)
    await floor.handoffs.say(handoff.conversation_id, mei, "您好", "m1")
    first = floor.clock.now()
    await floor.wait(9)
    await floor.handoffs.say(handoff.conversation_id, mei, "请讲", "m2")
    assert (await floor.handoffs.get(handoff.id)).first_response == first


async def test_agent_who_has_not_accepted_may_not_speak(floor: Floor) -> None:
    mei, lin = await floor.agent("mei"), await floor.agent("lin")
    waiting = await floor.queues()
    with pytest.raises(NotAllowed, match="not_yours"):
        await floor.handoffs.say(waiting.conversation_id, mei, "您好", "m1")
    await floor.handoffs.accept(waiting.id, lin.id)
    with pytest.raises(NotAllowed, match="not_yours"):
        await floor.handoffs.say(waiting.conversation_id, mei, "您好", "m1")


async def test_message_of_an_agent_after_the_transfer_is_refused(floor: Floor) -> None:
    mei = await floor.agent("mei")
    handoff = await floor.served(mei)
    await floor.handoffs.transfer(handoff.id, mei.id, skill=Skill.FAULTS, reason="宽带问题")
    with pytest.raises(NotAllowed, match="not_yours"):
        await floor.handoffs.say(handoff.conversation_id, mei, "还在吗", "m1")


async def test_message_resent_after_the_transfer_is_still_the_one_that_was_said(floor: Floor) -> None:
    mei = await floor.agent("mei")
    handoff = await floor.served(mei)
    said = await floor.handoffs.say(handoff.conversation_id, mei, "我帮您转", "m1")
    await floor.handoffs.transfer(handoff.id, mei.id, skill=Skill.FAULTS, reason="宽带问题")
    again = await floor.handoffs.say(handoff.conversation_id, mei, "我帮您转", "m1")
    assert again.id == said.id


@pytest.mark.parametrize(
    ("text", "key", "code"),
    [("  ", "m1", "empty"), ("长" * 2001, "m1", "too_long"), ("好", "", "id_invalid")],
)
async def test_message_that_cannot_be_sent_is_refused(floor: Floor, text: str, key: str, code: str) -> None:
    mei = await floor.agent("mei")
    handoff = await floor.served(mei)
    with pytest.raises(StaffError, match=code):
        await floor.handoffs.say(handoff.conversation_id, mei, text, key)


async def test_customer_and_agent_writing_at_once_have_one_order_without_gaps(
    floor: Floor, other_floor: Floor
) -> None:
    mei = await floor.agent("mei")
    handoff = await floor.served(mei)
    spoken = [floor.handoffs.say(handoff.conversation_id, mei, f"a{n}", f"m{n}") for n in range(12)]
    written = [other_floor.says(handoff, f"c{n}") for n in range(12)]
    await asyncio.gather(*(turn for pair in zip(spoken, written, strict=True) for turn in pair))
    history = await floor.transcript.history(handoff.conversation_id)
    assert [m.seq for m in history] == list(range(1, 26))
    assert history == await other_floor.transcript.history(handoff.conversation_id)


async def test_conversation_that_does_not_exist_cannot_be_spoken_in(floor: Floor) -> None:
    mei = await floor.agent("mei")
    with pytest.raises(StaffError, match=r"conversation\.unknown"):
        await floor.handoffs.say(ConversationId("none"), mei, "您好", "m1")


def _is_bug(outcome: object) -> bool:
    """Anything but an expected refusal must fail the test."""
    if isinstance(outcome, BaseException) and not isinstance(outcome, StaffError):
        raise outcome
    return False
