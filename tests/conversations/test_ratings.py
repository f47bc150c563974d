"""Ratings on both databases: what a score is counted under, how long it can be changed, and who is asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from conversations import ratings
from conversations.desk_model import Rating, Skill
from conversations.directory import move
from conversations.identity import Identity
from conversations.model import Content, Conversation, Event, Sender
from conversations.operating import RatingRules
from conversations.rating_words import RatingInput
from conversations.ratings import Ratings, Subject, subject_of
from core.ids import ConversationId
from tests.conversations.floor import Floor

RULES = RatingRules(low_reasons=("等待太久", "态度不好"), high_reasons=("处理很快",))


async def conversation(floor: Floor, *abouts: dict[str, object], user: str = "anna") -> Conversation:
    """A customer's conversation, in which the bot has spoken about these things."""
    current = await floor.directory.current("rest", user)
    for about in abouts:
        await floor.transcript.say(current.id, Content("答", about=about), Sender.BOT)
    return current


async def asked(floor: Floor, *abouts: dict[str, object], user: str = "anna") -> Conversation:
    """The same, and the customer is asked for a rating."""
    current = await conversation(floor, *(abouts or ({"topic": "bill"},)), user=user)
    async with floor.db.write() as connection:
        await ratings.ask(connection, current, floor.clock.now())
    return current


async def keep(floor: Floor, conversation_id: ConversationId, **said: object) -> Rating | None:
    async with floor.db.write() as connection:
        answer = RatingInput(**said)  # type: ignore[arg-type]
        return await ratings.keep(connection, conversation_id, answer, RULES, floor.clock.now())


async def may_ask(floor: Floor, current: Conversation, rules: RatingRules = RULES) -> bool:
    async with floor.db.read() as connection:
        return await ratings.may_ask(connection, current, rules, floor.clock.now())


async def subject(floor: Floor, conversation_id: ConversationId) -> Subject:
    async with floor.db.read() as connection:
        return await subject_of(connection, conversation_id)


# --- attribution -----------------------------------------------------------------------------------------------


async def test_last_topic_article_and_offering_named_are_what_is_rated(floor: Floor) -> None:
    current = await conversation(
        floor,
        {"topic": "bill", "article": "bill-why"},
        {"topic": "plan", "offering": "plan-go-19"},
        {"topic": "smalltalk"},
    )
    assert await subject(floor, current.id) == Subject("plan", "bill-why", "plan-go-19", None)


async def test_customers_and_the_services_words_are_no_subject(floor: Floor) -> None:
    current = await conversation(floor, {"topic": "bill"})
    await floor.transcript.say(current.id, Content("您还在吗", about={"topic": "fault"}), Sender.SYSTEM)
    assert (await subject(floor, current.id)).topic == "bill"


@pytest.mark.parametrize("topic", ["smalltalk", "handoff", "rating", "silence", "identity", ""])
async def test_conversation_without_a_wish_has_no_subject(floor: Floor, topic: str) -> None:
    current = await conversation(floor, {"topic": topic}, {"outcome": "abstained"})
    assert not (await subject(floor, current.id)).is_wish


async def test_conversation_with_an_agent_alone_is_about_the_agent(floor: Floor) -> None:
    mei = await floor.agent("mei")
    handoff = await floor.served(mei)
    assert await subject(floor, handoff.conversation_id) == Subject("handoff", "", "", mei.id)


async def test_customer_who_only_waited_had_no_agent(floor: Floor) -> None:
    handoff = await floor.queues()
    assert await subject(floor, handoff.conversation_id) == Subject("", "", "", None)


async def test_after_a_transfer_the_last_agent_is_rated(floor: Floor) -> None:
    mei, bo = await floor.agent("mei"), await floor.agent("bo", Skill.PLANS)
    handoff = await floor.served(mei)
    await floor.wait(60)
    onwards = await floor.handoffs.transfer(handoff.id, mei.id, skill=Skill.PLANS, reason="改套餐")
    await floor.handoffs.accept(onwards.id, bo.id)
    assert (await subject(floor, handoff.conversation_id)).agent_id == bo.id


async def test_mixed_conversation_keeps_the_bots_topic_and_the_agent(floor: Floor) -> None:
    mei = await floor.agent("mei")
    await conversation(floor, {"topic": "fault", "article": "fault-slow"})
    handoff = await floor.served(mei, "anna")
    await floor.handoffs.hand_back(handoff.id, mei.id)
    assert await subject(floor, handoff.conversation_id) == Subject("fault", "fault-slow", "", mei.id)


async def test_rating_keeps_channel_region_and_age_of_when_it_was_asked(floor: Floor) -> None:
    current = await conversation(floor, {"topic": "bill", "article": "bill-why", "offering": "plan-go-19"})
    await Identity(floor.db, floor.clock, floor.settings).describe(current.id, "广东", "65+")
    await asked(floor)
    rating = await Ratings(floor.db, floor.clock).of(current.id)
    assert rating is not None
    assert (rating.channel, rating.region, rating.age_band) == ("rest", "广东", "65+")
    assert (rating.topic, rating.article, rating.offering) == ("bill", "bill-why", "plan-go-19")
    assert (rating.rated, rating.stars, rating.score, rating.is_solved) == (None, None, None, None)


# --- keeping ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("stars", "score"), [(1, 0), (2, 25), (3, 50), (4, 75), (5, 100)])
async def test_stars_are_counted_from_0_to_100(floor: Floor, stars: int, score: int) -> None:
    rating = await keep(floor, (await asked(floor)).id, stars=stars)
    assert rating is not None
    assert (rating.stars, rating.score, rating.scale, rating.rated) == (stars, score, 5, floor.clock.now())


async def test_what_follows_a_score_is_added_to_it(floor: Floor) -> None:
    current = await asked(floor)
    await keep(floor, current.id, stars=2)
    await floor.wait(60)
    await keep(floor, current.id, is_solved=False, reasons=("等待太久",))
    rating = await keep(floor, current.id, words="排了半小时")
    assert rating is not None
    assert (rating.stars, rating.is_solved, rating.reasons) == (2, False, ("等待太久",))
    assert (rating.words, rating.rated) == ("排了半小时", floor.clock.now() - timedelta(seconds=60))


@pytest.mark.parametrize(("after_s", "stars"), [(600, 1), (601, 5)])
async def test_score_can_be_changed_for_ten_minutes(floor: Floor, after_s: int, stars: int) -> None:
    current = await asked(floor)
    await keep(floor, current.id, stars=5)
    await floor.wait(after_s)
    changed = await keep(floor, current.id, stars=1)
    kept = await Ratings(floor.db, floor.clock).of(current.id)
    assert kept is not None
    assert (kept.stars, changed is None) == (stars, stars == 5)


async def test_changes_do_not_make_the_ten_minutes_longer(floor: Floor) -> None:
    current = await asked(floor)
    for stars in (5, 4):
        await keep(floor, current.id, stars=stars)
        await floor.wait(400)
    assert await keep(floor, current.id, stars=1) is None


@pytest.mark.parametrize(
    ("stars", "reasons"), [(1, ("态度不好",)), (3, ("态度不好",)), (4, ("处理很快",)), (5, ("处理很快",))]
)
async def test_only_reasons_that_go_with_the_score_are_kept(
    floor: Floor, stars: int, reasons: tuple[str, ...]
) -> None:
    current = await asked(floor)
    rating = await keep(floor, current.id, stars=stars, reasons=("态度不好", "处理很快", "编造的"))
    assert rating is not None
    assert rating.reasons == reasons


@pytest.mark.parametrize(("stars", "reasons"), [(1, ("等待太久",)), (5, ())])
async def test_reasons_of_a_low_score_go_when_it_becomes_a_high_one(
    floor: Floor, stars: int, reasons: tuple[str, ...]
) -> None:
    current = await asked(floor)
    await keep(floor, current.id, stars=2, reasons=("等待太久",))
    rating = await keep(floor, current.id, stars=stars)
    assert rating is not None
    assert rating.reasons == reasons


async def test_nothing_is_kept_for_who_was_not_asked(floor: Floor) -> None:
    current = await conversation(floor, {"topic": "bill"})
    assert await keep(floor, current.id, stars=5) is None
    assert await Ratings(floor.db, floor.clock).of(current.id) is None


@pytest.mark.parametrize(
    ("stars", "is_solved", "is_dissatisfied"),
    [(1, None, True), (2, True, True), (3, None, False), (5, False, True), (None, False, True), (5, True, False)],
)  # fmt: skip
async def test_one_or_two_stars_or_not_solved_is_dissatisfied(
    floor: Floor, stars: int | None, is_solved: bool | None, is_dissatisfied: bool
) -> None:
    rating = await keep(floor, (await asked(floor)).id, stars=stars, is_solved=is_solved)
    assert rating is not None
    assert ratings.is_dissatisfied(rating) is is_dissatisfied


# --- who is asked ----------------------------------------------------------------------------------------------


async def test_conversation_with_a_wish_may_be_asked_about_once(floor: Floor) -> None:
    current = await conversation(floor, {"topic": "bill"})
    assert await may_ask(floor, current)
    await asked(floor)
    assert not await may_ask(floor, current)


async def test_nobody_is_asked_about_a_greeting_or_when_ratings_are_off(floor: Floor) -> None:
    assert not await may_ask(floor, await conversation(floor, {"topic": "smalltalk"}))
    wished = await conversation(floor, {"topic": "bill"}, user="bea")
    assert not await may_ask(floor, wished, replace(RULES, is_on=False))


@pytest.mark.parametrize(
    ("once_a_day", "after_h", "may"), [(False, 1, True), (True, 23, False), (True, 24, True)]
)
async def test_customer_is_asked_at_most_once_a_day_when_so_ruled(
    floor: Floor, once_a_day: bool, after_h: int, may: bool
) -> None:
    first = await asked(floor)
    await _close(floor, first)
    await floor.wait(after_h * 3600)
    second = await conversation(floor, {"topic": "plan"})
    assert await may_ask(floor, second, replace(RULES, once_a_day=once_a_day)) is may
    other = await conversation(floor, {"topic": "plan"}, user="bea")
    assert await may_ask(floor, other, replace(RULES, once_a_day=once_a_day))


async def test_agent_only_conversation_may_be_asked_about(floor: Floor) -> None:
    handoff = await floor.served(await floor.agent("mei"))
    assert await may_ask(floor, await floor.conversation(handoff.conversation_id))


# --- reading ---------------------------------------------------------------------------------------------------


async def test_ratings_of_a_customer_are_the_given_ones_newest_first(floor: Floor) -> None:
    contact, given = None, []
    for stars in (5, 3, None):
        current = await asked(floor)
        if stars is not None:
            await keep(floor, current.id, stars=stars)
            given.append(current.id)
        await _close(floor, current)
        await floor.wait(60)
        contact = current.contact_id
    assert contact is not None
    found = await Ratings(floor.db, floor.clock).of_contact(contact)
    assert [rating.conversation_id for rating in found] == given[::-1]


async def test_ratings_since_a_time_are_all_that_was_asked(floor: Floor) -> None:
    await asked(floor, user="bea")
    await floor.wait(60)
    since = floor.clock.now()
    current = await asked(floor)
    found = await Ratings(floor.db, floor.clock).since(since)
    assert [rating.conversation_id for rating in found] == [current.id]


async def _close(floor: Floor, current: Conversation) -> None:
    async with floor.db.write() as connection:
        await move(connection, current.id, Event.FINISH_UNRATED, floor.clock)
