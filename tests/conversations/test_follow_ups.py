"""What agents have promised to come back to, on both databases."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from conversations.desk_model import Disposition, FollowUp, Handoff, StaffId, StaffMember
from conversations.desk_tables import follow_ups
from conversations.follow_ups import FOLLOW_UP
from conversations.model import Sender, State
from conversations.tables import timers
from core.clock import CHINA
from core.errors import StaffError
from core.ids import Msisdn
from tests.conversations.floor import Floor

NUMBER = Msisdn("13800000001")
TASK = "查清国际漫游费，回电说明"


async def promises(
    floor: Floor, agent: StaffMember, user: str = "anna", task: str = TASK, hours: float = 20
) -> tuple[Handoff, FollowUp]:
    """Let an agent end a customer's conversation with something left to do."""
    served, due = await floor.served(agent, user), floor.clock.now() + timedelta(hours=hours)

    async def promise(ended: Handoff) -> None:
        await floor.follow_ups.open(ended, agent.id, task, due, NUMBER)

    ended = await floor.handoffs.resolve(served.id, agent.id, Disposition.FOLLOW_UP, promise, due)
    (owed,) = await floor.follow_ups.of_conversation(ended.conversation_id)
    return ended, owed


async def test_promise_is_on_the_agents_list_and_the_customer_hears_until_when(floor: Floor) -> None:
    mei = await floor.agent("mei")
    ended, owed = await promises(floor, mei)
    assert await floor.follow_ups.open_now(mei.id) == [owed]
    assert (owed.task, owed.owner, owed.skill, owed.has_number) == (TASK, mei.id, ended.request.skill, True)
    told, at = await floor.told(ended), owed.due.astimezone(CHINA)
    assert f"follow_up_promised month={at.month} day={at.day} time={at:%H:%M}" in told
    assert told[-2:] == ["goodbye", "rate"]  # and is asked for a rating as ever
    assert await floor.state(ended) is State.RATING


async def test_number_is_kept_sealed(floor: Floor) -> None:
    _, owed = await promises(floor, await floor.agent("mei"))
    assert await floor.follow_ups.number(owed.id) == NUMBER
    async with floor.db.read() as connection:
        sealed = (await connection.execute(select(follow_ups.c.number_sealed))).scalar_one()
    assert NUMBER not in sealed


@pytest.mark.parametrize(("task", "hours"), [("  ", 1), ("长" * 501, 1), (TASK, 0), (TASK, 24 * 91)])
async def test_promise_without_sense_changes_nothing(floor: Floor, task: str, hours: float) -> None:
    mei = await floor.agent("mei")
    with pytest.raises(StaffError) as refused:
        await promises(floor, mei, task=task, hours=hours)
    assert refused.value.code == "follow_up.invalid"
    (served,) = await floor.handoffs.of_agent(mei.id)
    assert await floor.state(served) is State.HUMAN  # the conversation goes on


async def test_most_urgent_stands_first(floor: Floor) -> None:
    mei = await floor.agent("mei")
    _, later = await promises(floor, mei, "anna", hours=30)
    _, sooner = await promises(floor, mei, "berta", hours=2)
    assert await floor.follow_ups.open_now() == [sooner, later]


async def test_what_is_done_leaves_the_list_with_its_outcome(floor: Floor) -> None:
    mei = await floor.agent("mei")
    ended, owed = await promises(floor, mei)
    before = await floor.told(ended)
    done = await floor.follow_ups.finish(owed.id, mei, "已退10元")
    assert (done.done, done.done_by, done.outcome) == (floor.clock.now(), mei.id, "已退10元")
    assert await floor.follow_ups.open_now() == []
    assert await floor.told(ended) == before  # the customer hears of it only where the agent says so


async def test_two_tick_off_at_once_and_one_is_told(floor: Floor, other_floor: Floor) -> None:
    mei = await floor.agent("mei")
    _, owed = await promises(floor, mei)
    told = await asyncio.gather(
        floor.follow_ups.finish(owed.id, mei, "一", "给您退了10元"),
        other_floor.follow_ups.finish(owed.id, mei, "二", "给您退了20元"),
        return_exceptions=True,
    )
    (refused,) = [one for one in told if isinstance(one, StaffError)]
    assert refused.code == "follow_up.gone"
    assert len(floor.announced) + len(other_floor.announced) == 4 + 1  # accepted, until when, goodbye, rate


async def test_customer_hears_the_outcome_where_they_are_talking_now(floor: Floor) -> None:
    mei = await floor.agent("mei")
    ended, owed = await promises(floor, mei)
    await floor.wait(3_600)
    now = await floor.says(ended, "流量怎么查")  # a new conversation
    await floor.follow_ups.finish(owed.id, mei, "已退10元", "漫游费10元已退到您的话费里")
    last = (await floor.transcript.history(now.conversation_id))[-1]
    assert now.conversation_id != ended.conversation_id
    assert last.sender is Sender.SYSTEM
    assert last.content.text == f"follow_up_done text=漫游费10元已退到您的话费里 agent={mei.name}"


async def test_promise_can_be_put_off_and_given_on_until_it_is_done(floor: Floor) -> None:
    mei, ning = await floor.agent("mei"), await floor.agent("ning")
    _, owed = await promises(floor, mei)
    due = owed.due + timedelta(days=2)
    moved = await floor.follow_ups.move(owed.id, due, ning.id)
    assert moved == replace(owed, due=due, owner=ning.id)
    assert await floor.follow_ups.open_now(mei.id) == []
    await floor.follow_ups.finish(owed.id, ning, "办好了")
    with pytest.raises(StaffError, match="gone"):
        await floor.follow_ups.move(owed.id, due)


async def test_only_who_works_here_takes_a_promise_on(floor: Floor) -> None:
    mei = await floor.agent("mei")
    _, owed = await promises(floor, mei)
    with pytest.raises(StaffError, match="unknown"):
        await floor.follow_ups.move(owed.id, owner=StaffId("nobody"))
    with pytest.raises(StaffError, match="invalid"):
        await floor.follow_ups.move(owed.id)  # nothing to change


async def test_customer_who_comes_back_goes_to_who_owes_them_an_answer(floor: Floor) -> None:
    mei, ning = await floor.agent("mei"), await floor.agent("ning")
    ended, owed = await promises(floor, mei, hours=60)
    await floor.wait(30 * 3_600)  # longer than who served them last is remembered
    await floor.follow_ups.move(owed.id, owner=ning.id)
    await floor.says(ended, "退的钱还没到账")
    assert (await floor.queues("anna")).last_agent == ning.id
    assert await floor.follow_ups.of_contact(owed.contact_id) != []
    assert (await floor.queues("berta")).last_agent is None


async def test_every_change_sets_the_timer_of_the_ticket(floor: Floor) -> None:
    mei = await floor.agent("mei")
    _, owed = await promises(floor, mei)

    async def due() -> list[object]:
        query = select(timers.c.due).where(timers.c.kind == FOLLOW_UP, timers.c.subject == owed.id)
        async with floor.db.read() as connection:
            return list((await connection.execute(query)).scalars())

    assert await due() == [floor.clock.now()]
    await floor.wait(60)
    await floor.follow_ups.finish(owed.id, mei, "办好了")
    assert await due() == [floor.clock.now()]
