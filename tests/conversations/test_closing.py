"""The end of a conversation on both databases: silence, the gentle check, the question, and a restart in between."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert

from conversations import rows
from conversations.closing import RATING
from conversations.desk_model import Disposition, HandoffState
from conversations.desk_tables import operating_settings
from conversations.model import Content, Event, Inbound, Sender, State
from conversations.operating import Rules, written
from conversations.ratings import Ratings
from tests.conversations.closing_service import Service
from tests.conversations.floor import Floor

GREETING = {"topic": "smalltalk"}
CHECK, GOODBYE, QUESTION = "silence_check", "silence_closed", "rating_question"


@pytest.fixture
def service(floor: Floor) -> Service:
    """A service process."""
    return Service(floor)


@pytest.fixture
def restarted(other_floor: Floor) -> Service:
    """The process that follows it."""
    return Service(other_floor, "second")


# --- silence ---------------------------------------------------------------------------------------------------


async def test_silent_customer_is_gently_asked_and_then_the_conversation_ends(service: Service) -> None:
    conversation_id = await service.talk()
    await service.passes(110)
    assert await service.told(conversation_id) == []
    await service.passes(10)
    assert await service.told(conversation_id) == [CHECK]
    await service.passes(170)
    assert await service.state(conversation_id) is State.BOT
    await service.passes(10)
    assert await service.told(conversation_id) == [CHECK, GOODBYE, QUESTION]
    assert await service.state(conversation_id) is State.RATING
    assert service.announced == [CHECK, GOODBYE, QUESTION]


async def test_silent_customer_is_not_asked_where_every_message_counts(service: Service) -> None:
    conversation_id = await service.talk(channel="rationed")
    await service.passes(290)
    assert (await service.state(conversation_id), await service.told(conversation_id)) == (State.BOT, [])
    await service.passes(10)
    assert await service.told(conversation_id) == [GOODBYE, QUESTION]
    assert await service.state(conversation_id) is State.RATING


async def test_customer_who_writes_after_the_check_is_asked_again_only_after_new_silence(
    service: Service,
) -> None:
    conversation_id = await service.talk()
    await service.passes(200)
    await service.talk()
    await service.passes(110)
    assert await service.told(conversation_id) == [CHECK]
    await service.passes(180)
    assert (await service.state(conversation_id), await service.told(conversation_id)) == (
        State.BOT,
        [CHECK, CHECK],
    )


@pytest.mark.parametrize("about", [GREETING, {}])
async def test_greeting_is_closed_without_a_word(service: Service, about: dict[str, object]) -> None:
    conversation_id = await service.talk(about)
    await service.passes(290)
    assert await service.state(conversation_id) is State.BOT
    await service.passes(10)
    assert await service.state(conversation_id) is State.CLOSED
    assert await service.told(conversation_id) == []


async def test_customer_who_is_owed_an_answer_by_the_bot_is_left_alone(service: Service) -> None:
    received = await service.floor.transcript.receive(Inbound("rest", "anna", "账单"), "dead")
    await service.passes(1_000)
    assert await service.told(received.conversation.id) == []
    assert await service.state(received.conversation.id) is State.BOT


async def test_customer_who_waits_for_a_person_is_left_alone(service: Service) -> None:
    conversation_id = await service.talk()
    await service.floor.queues("anna")
    await service.passes(1_000)
    assert (await service.state(conversation_id), await service.told(conversation_id)) == (State.WAITING, [])


@pytest.mark.parametrize("state", ["awaiting", "confirmed", "placed"])
async def test_conversation_with_a_payment_under_way_is_left_alone(service: Service, state: str) -> None:
    conversation_id = await service.talk()
    pending = await service.pending.create(conversation_id, "topup", {"fen": 5_000}, "充50元")
    if state != "awaiting":
        await service.pending.confirm(pending)
    if state == "placed":
        await service.pending.place(pending, {"id": "T1"})
    await service.passes(service.floor.settings.pending_lifetime_s - 10)
    assert (await service.state(conversation_id), await service.told(conversation_id)) == (State.BOT, [])


async def test_payment_nobody_confirmed_does_not_keep_a_conversation_open_for_ever(service: Service) -> None:
    conversation_id = await service.talk()
    await service.pending.create(conversation_id, "topup", {"fen": 5_000}, "充50元")
    await service.passes(service.floor.settings.pending_lifetime_s + 300)
    assert await service.state(conversation_id) is State.RATING


async def test_after_a_payment_has_settled_the_customer_is_gently_asked_as_ever(service: Service) -> None:
    conversation_id = await service.talk()
    pending = await service.pending.create(conversation_id, "topup", {"fen": 5_000}, "充50元")
    await service.passes(180)
    await service.pending.cancel(pending)
    await service.floor.transcript.say(conversation_id, Content("settled"), Sender.SYSTEM)
    await service.passes(120)
    assert await service.told(conversation_id) == ["settled", CHECK]
    await service.passes(180)
    assert await service.state(conversation_id) is State.RATING


# --- silence with an agent -------------------------------------------------------------------------------------


async def test_customer_silent_after_the_agents_answer_is_asked_and_the_agent_is_free_again(
    service: Service,
) -> None:
    mei = await service.floor.agent("mei")
    handoff = await service.served(mei, has_answered=True)
    await service.passes(300)
    ended = await service.handoffs.get(handoff.id)
    assert (await service.told(handoff.conversation_id))[1:] == [CHECK, GOODBYE, QUESTION]
    assert (ended.state, ended.disposition) == (HandoffState.RESOLVED, Disposition.NO_REPLY)
    assert await service.handoffs.of_agent(mei.id) == []


async def test_customer_whose_agent_has_not_yet_said_a_word_is_left_alone(service: Service) -> None:
    handoff = await service.served(await service.floor.agent("mei"), has_answered=False)
    await service.passes(1_000)
    assert await service.told(handoff.conversation_id) == ["handoff_accepted agent=客服mei"]
    assert await service.state(handoff.conversation_id) is State.HUMAN


async def test_customer_who_wrote_to_the_agent_last_is_left_alone(service: Service) -> None:
    handoff = await service.served(await service.floor.agent("mei"), has_answered=True)
    await service.floor.says(handoff, "那怎么办")
    await service.floor.transcript.say(handoff.conversation_id, Content("到账了"), Sender.SYSTEM)
    await service.passes(1_000)
    assert CHECK not in await service.told(handoff.conversation_id)
    assert await service.state(handoff.conversation_id) is State.HUMAN


# --- a restart -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("restart_at_s", [10, 110, 120, 200, 290, 300, 400])
async def test_restart_loses_nothing_and_repeats_nothing(
    service: Service, restarted: Service, restart_at_s: int
) -> None:
    conversation_id = await service.talk()
    await service.passes(restart_at_s)
    await restarted.passes(420 - restart_at_s)
    assert await restarted.told(conversation_id) == [CHECK, GOODBYE, QUESTION]
    assert await restarted.state(conversation_id) is State.RATING


@pytest.mark.parametrize(("crash_at_s", "said"), [(120, [CHECK]), (300, [CHECK, GOODBYE, QUESTION])])
async def test_crash_before_the_timer_is_settled_repeats_nothing(
    service: Service, restarted: Service, crash_at_s: int, said: list[str]
) -> None:
    conversation_id = await service.talk()
    await service.passes(crash_at_s - 10)
    await service.floor.wait(10)
    await service.closing.on_silence(conversation_id)  # written, and the process is gone
    await restarted.passes(60)
    assert await restarted.told(conversation_id) == said
    await restarted.passes(300)
    assert await restarted.told(conversation_id) == [CHECK, GOODBYE, QUESTION]


async def test_two_processes_that_look_at_once_ask_once(service: Service, restarted: Service) -> None:
    conversation_id = await service.talk()
    for _ in range(30):
        await service.floor.wait(10)
        await service.timers.fire_due()
        await restarted.timers.fire_due()
    assert await service.told(conversation_id) == [CHECK, GOODBYE, QUESTION]


# --- the question ----------------------------------------------------------------------------------------------


async def test_conversation_an_agent_resolves_is_asked_about_in_the_same_step(service: Service) -> None:
    mei = await service.floor.agent("mei")
    handoff = await service.served(mei, has_answered=True)
    await service.handoffs.resolve(handoff.id, mei.id, Disposition.SOLVED)
    rating = await Ratings(service.floor.db, service.floor.clock).of(handoff.conversation_id)
    assert rating is not None
    assert (rating.topic, rating.agent_id, rating.rated) == ("bill", mei.id, None)
    assert (await service.told(handoff.conversation_id))[-1] == QUESTION


async def test_question_comes_with_a_card(service: Service) -> None:
    conversation_id = await service.talk()
    await service.passes(300)
    (question,) = await service.floor.transcript.last(conversation_id, 1)
    assert question.content.card == {"type": "rating", "choices": []}  # the words have no buttons here
    assert question.content.about == {"topic": "rating"}


async def test_where_ratings_are_off_the_customer_hears_a_goodbye(service: Service) -> None:
    await _set_rating(service, is_on=False)
    conversation_id = await service.talk()
    await service.passes(300)
    assert (await service.state(conversation_id), await service.told(conversation_id)) == (
        State.CLOSED,
        [CHECK, "closed"],
    )


async def test_customer_asked_today_is_not_asked_again_when_once_a_day_is_enough(service: Service) -> None:
    await _set_rating(service, once_a_day=True)
    first = await service.talk()
    await service.passes(1_000)
    second = await service.talk()
    await service.passes(300)
    assert first != second
    assert await service.told(second) == [CHECK, "closed"]


@pytest.mark.parametrize(("after_s", "state"), [(590, State.RATING), (600, State.CLOSED)])
async def test_question_nobody_answers_is_open_for_ten_minutes(
    service: Service, restarted: Service, after_s: int, state: State
) -> None:
    conversation_id = await service.talk()
    await service.passes(300)
    await restarted.passes(after_s)
    assert await restarted.state(conversation_id) is state
    assert await restarted.told(conversation_id) == [CHECK, GOODBYE, QUESTION]


async def test_timer_of_a_rating_that_was_given_does_nothing(service: Service) -> None:
    conversation_id = await service.talk()
    await service.passes(300)
    await service.floor.directory.move(conversation_id, Event.RATED)
    before = await service.floor.conversation(conversation_id)
    await service.passes(700)
    assert await service.floor.conversation(conversation_id) == before


@pytest.mark.parametrize("kind", [rows.IDLE, RATING])
async def test_timer_of_a_conversation_that_is_gone_is_dropped(service: Service, kind: str) -> None:
    await service.timers.set(kind, "gone", service.floor.clock.now())
    assert await service.timers.fire_due() == 1
    await service.floor.wait(timedelta(hours=1).total_seconds())
    assert await service.timers.fire_due() == 0


async def _set_rating(service: Service, **changed: bool) -> None:
    value = {**written(Rules())["rating"], **changed}
    row = {"name": "rating", "value": value, "updated": service.floor.clock.now(), "updated_by": "test"}
    async with service.floor.db.write() as connection:
        await connection.execute(insert(operating_settings).values(**row))
