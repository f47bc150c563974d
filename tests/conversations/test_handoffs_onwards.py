"""What follows an accepted handoff, on both databases: transfer, end, take-over, vanished agents; places and figures."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from conversations.desk_model import Disposition, Handoff, HandoffId, HandoffState, Skill, StaffId
from conversations.forecast import Forecast
from conversations.model import State
from core.errors import NotAllowed, StaffError
from tests.conversations.floor import Floor
from tests.conversations.people import hire

# --- onwards -------------------------------------------------------------------------------------------------


async def test_transfer_keeps_when_the_customer_first_asked_and_notes_the_reason(floor: Floor) -> None:
    mei = await floor.agent("mei")
    handoff = await floor.served(mei)
    await floor.wait(60)
    moved = await floor.handoffs.transfer(handoff.id, mei.id, skill=Skill.FAULTS, reason="宽带问题")
    assert (moved.request.skill, moved.requested, moved.queued) == (
        Skill.FAULTS,
        handoff.requested,
        floor.clock.now(),
    )
    assert [(n.author, n.text) for n in await floor.handoffs.notes(handoff.conversation_id)] == [
        (mei.id, "宽带问题")
    ]
    assert (await floor.told(handoff))[-1] == "handoff_transferred"


async def test_transfer_to_a_person_names_them(floor: Floor) -> None:
    mei, lin = await floor.agent("mei"), await floor.agent("lin", Skill.FAULTS)
    handoff = await floor.served(mei)
    moved = await floor.handoffs.transfer(handoff.id, mei.id, to=lin.id, reason="熟悉情况")
    assert (moved.wanted_agent, await floor.state(handoff)) == (lin.id, State.WAITING)


async def test_transfer_needs_somebody_else_a_reason_and_the_conversation(floor: Floor) -> None:
    mei, lin = await floor.agent("mei"), await floor.agent("lin")
    handoff = await floor.served(mei)
    for transfer, code in [
        (floor.handoffs.transfer(handoff.id, mei.id, reason="x"), "transfer.nowhere"),
        (floor.handoffs.transfer(handoff.id, mei.id, to=mei.id, reason="x"), "transfer.nowhere"),
        (floor.handoffs.transfer(handoff.id, mei.id, to=StaffId("nobody"), reason="x"), "staff.unknown"),
        (floor.handoffs.transfer(handoff.id, mei.id, skill=Skill.PLANS, reason=" "), "note.empty"),
        (
            floor.handoffs.transfer(handoff.id, lin.id, skill=Skill.PLANS, reason="x"),
            "conversation.not_yours",
        ),
    ]:
        with pytest.raises(StaffError) as refused:
            await transfer
        assert refused.value.code == code
    assert await floor.state(handoff) is State.HUMAN


async def test_agent_hands_the_customer_back_to_the_bot(floor: Floor) -> None:
    mei = await floor.agent("mei")
    handoff = await floor.served(mei)
    ended = await floor.handoffs.hand_back(handoff.id, mei.id)
    assert (ended.state, await floor.state(handoff)) == (HandoffState.HANDED_BACK, State.BOT)
    assert (await floor.told(handoff))[-1] == "handoff_handed_back"


async def test_agent_resolves_and_the_customer_is_asked_for_a_rating(floor: Floor) -> None:
    mei = await floor.agent("mei")
    handoff = await floor.served(mei)
    ended = await floor.handoffs.resolve(handoff.id, mei.id, Disposition.SOLVED)
    assert (ended.disposition, await floor.state(handoff)) == (Disposition.SOLVED, State.RATING)
    assert (await floor.told(handoff))[-2:] == ["goodbye", "rate"]


async def test_resolving_twice_at_once_asks_for_one_rating(floor: Floor, other_floor: Floor) -> None:
    mei = await floor.agent("mei")
    handoff = await floor.served(mei)
    await asyncio.gather(
        *(f.handoffs.resolve(handoff.id, mei.id, Disposition.SOLVED) for f in [floor, other_floor] * 2),
        return_exceptions=True,
    )
    assert (await floor.told(handoff)).count("rate") == 1


async def test_supervisor_takes_over_and_the_agent_may_no_longer_speak(floor: Floor) -> None:
    mei = await floor.agent("mei")
    boss = await hire(floor.db, floor.clock.now(), "boss", capacity=0)
    handoff = await floor.served(mei)
    taken = await floor.handoffs.take_over(handoff.id, boss)
    await floor.handoffs.say(handoff.conversation_id, boss, "我来处理", "b1")
    assert (taken.agent_id, taken.state) == (boss.id, HandoffState.ACCEPTED)
    with pytest.raises(NotAllowed, match="not_yours"):
        await floor.handoffs.say(handoff.conversation_id, mei, "还在吗", "m1")


async def test_supervisor_takes_a_customer_out_of_the_queue_but_not_out_of_the_past(floor: Floor) -> None:
    boss = await hire(floor.db, floor.clock.now(), "boss", capacity=0)
    taken = await floor.handoffs.take_over((await floor.queues()).id, boss)
    await floor.handoffs.resolve(taken.id, boss.id, Disposition.SOLVED)
    with pytest.raises(StaffError, match=r"handoff\.gone"):
        await floor.handoffs.take_over(taken.id, boss)


async def test_epoch_rises_with_every_move(floor: Floor) -> None:
    mei, boss = await floor.agent("mei"), await hire(floor.db, floor.clock.now(), "boss")
    waiting = await floor.queues()
    epochs = [(await floor.conversation(waiting.conversation_id)).epoch]
    steps: list[Callable[[HandoffId], Awaitable[Handoff]]] = [
        lambda h: floor.handoffs.accept(h, mei.id),
        lambda h: floor.handoffs.transfer(h, mei.id, skill=Skill.BILLING, reason="x"),
        lambda h: floor.handoffs.accept(h, mei.id),
        lambda h: floor.handoffs.take_over(h, boss),
        lambda h: floor.handoffs.hand_back(h, boss.id),
    ]
    for step in steps:
        open_now = await floor.handoffs.open_of(waiting.conversation_id)
        assert open_now is not None
        await step(open_now.id)
        epochs.append((await floor.conversation(waiting.conversation_id)).epoch)
    assert epochs == [1, 2, 3, 4, 6, 7]


async def test_answer_of_the_bot_computed_before_the_agent_accepted_is_dropped(floor: Floor) -> None:
    mei, waiting = await floor.agent("mei"), await floor.queues()
    epoch = (await floor.conversation(waiting.conversation_id)).epoch
    await floor.handoffs.accept(waiting.id, mei.id)
    words, sender = floor.announced[0].content, floor.announced[0].sender
    assert await floor.transcript.say(waiting.conversation_id, words, sender, epoch=epoch) is None


# --- vanished agents and the queue ---------------------------------------------------------------------------


async def test_customers_of_a_vanished_agent_return_to_the_front_of_the_queue(floor: Floor) -> None:
    mei = await floor.agent("mei")
    first, second = await floor.served(mei), await floor.served(mei)
    await floor.wait(60)
    elderly = await floor.queues(is_elderly=True)
    returned = await floor.handoffs.give_back_of(mei.id)
    line = [h.conversation_id for h in await floor.handoffs.waiting()]
    assert set(line[:2]) == {first.conversation_id, second.conversation_id}
    assert line[2:] == [elderly.conversation_id]
    assert [h.last_agent for h in returned] == [mei.id, mei.id]
    assert (await floor.told(first))[-1] == "handoff_returned"


async def test_customers_are_returned_once_by_however_many_processes(
    floor: Floor, other_floor: Floor
) -> None:
    mei = await floor.agent("mei")
    handoff = await floor.served(mei)
    returned = await asyncio.gather(*(f.handoffs.give_back_of(mei.id) for f in [floor, other_floor] * 2))
    assert sum(len(found) for found in returned) == 1
    assert (await floor.told(handoff)).count("handoff_returned") == 1


async def test_agents_are_lost_without_a_sign_of_life_even_when_offline(floor: Floor) -> None:
    mei = await floor.agent("mei", is_online=False)
    await floor.served(mei)
    await floor.wait(29)
    assert await floor.handoffs.lost_agents() == []
    await floor.wait(1)
    assert await floor.handoffs.lost_agents() == [mei.id]


async def test_queue_is_elderly_then_complaints_then_arrival(floor: Floor) -> None:
    plain = await floor.queues()
    await floor.wait(1)
    complaint, elderly = await floor.queues(is_complaint=True), await floor.queues(is_elderly=True)
    assert [h.id for h in await floor.handoffs.waiting()] == [elderly.id, complaint.id, plain.id]


async def test_returning_customer_is_routed_to_who_served_them_in_the_last_day(floor: Floor) -> None:
    mei = await floor.agent("mei")
    handoff = await floor.served(mei, "anna")
    floor.closing.is_rated = False
    await floor.handoffs.resolve(handoff.id, mei.id, Disposition.SOLVED)
    await floor.wait(timedelta(hours=23).total_seconds())
    assert (await floor.queues("anna")).last_agent == mei.id


async def test_place_counts_who_is_ahead_and_says_nothing_about_time_when_nobody_is_online(
    floor: Floor,
) -> None:
    await floor.queues()
    await floor.queues(skill=Skill.FAULTS)
    await floor.wait(1)
    place = await floor.handoffs.place(await floor.queues())
    assert place == Forecast(1, None)


async def test_estimate_is_no_wait_with_a_free_agent_and_grows_when_all_are_busy(floor: Floor) -> None:
    mei = await floor.agent("mei", capacity=2)
    first = await floor.queues()
    assert (await floor.handoffs.place(first)).wait_s == 0
    await floor.handoffs.accept(first.id, mei.id)
    await floor.served(mei)
    waiting = await floor.queues()
    assert (await floor.handoffs.place(waiting)).wait_s == floor.settings.handoff_average_s / 2


async def test_figures_measure_waits_answers_and_lengths(floor: Floor) -> None:
    mei, since = await floor.agent("mei"), floor.clock.now()
    waiting = await floor.queues()
    await floor.wait(10)
    await floor.handoffs.accept(waiting.id, mei.id)
    await floor.wait(5)
    await floor.handoffs.say(waiting.conversation_id, mei, "您好", "m1")
    await floor.wait(95)
    await floor.handoffs.resolve(waiting.id, mei.id, Disposition.SOLVED)
    await floor.queues()
    found = await floor.handoffs.figures(mei.id, since)
    assert (found.handled, found.waiting_now, found.in_hand_now) == (1, 1, 0)
    assert (found.wait_p50_s, found.first_response_p95_s, found.average_s) == (10, 5, 100)


async def test_whispers_and_notes_are_kept_in_order_and_never_reach_the_customer(floor: Floor) -> None:
    mei = await floor.agent("mei")
    handoff = await floor.served(mei)
    await floor.handoffs.note(handoff.conversation_id, mei, "老客户")
    await floor.wait(1)
    await floor.handoffs.note(handoff.conversation_id, mei, "注意语气", is_whisper=True)
    found = await floor.handoffs.notes(handoff.conversation_id)
    assert [(note.text, note.is_whisper) for note in found] == [("老客户", False), ("注意语气", True)]
    assert len(await floor.told(handoff)) == 1
