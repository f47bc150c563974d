"""What the desk is told of WeChat's allowance, and how the ledger counts it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.channels.wechat import ledger
from bot.channels.wechat.arrival import Action
from bot.channels.wechat.budget import Budgets
from bot.channels.wechat.ledger import Purpose
from conversations.directory import Directory
from core.clock import FixedClock
from core.database import Database
from core.settings import Settings

ANNA = "demo:anna"


async def _act(database: Database, clock: FixedClock, *actions: Action) -> None:
    async with database.write() as connection:
        await ledger.lock_user(connection, ANNA, clock.now())
        for action in actions:
            await ledger.grant(connection, ANNA, action, clock.now())


async def _left(database: Database, clock: FixedClock) -> int:
    async with database.read() as connection:
        found = await ledger.allowance(connection, ANNA, clock.now())
    return found.left if found else -1


async def _charge(database: Database, clock: FixedClock, count: int) -> None:
    async with database.write() as connection:
        await ledger.charge(connection, ANNA, count, clock.now())


@pytest.mark.parametrize(
    ("actions", "left"),
    [((Action.MESSAGE,), 5), ((Action.CLICK,), 3), ((Action.MESSAGE, Action.CLICK), 8), ((Action.NONE,), 0)],
)
async def test_each_kind_of_action_allows_its_own(
    database: Database, clock: FixedClock, actions: tuple[Action, ...], left: int
) -> None:
    await _act(database, clock, *actions)
    assert await _left(database, clock) == left


async def test_another_message_replaces_the_allowance_and_adds_nothing(
    database: Database, clock: FixedClock
) -> None:
    await _act(database, clock, Action.MESSAGE)
    await _charge(database, clock, 2)
    clock.advance(timedelta(seconds=2))
    await _act(database, clock, Action.MESSAGE)
    assert await _left(database, clock) == 5


async def test_message_that_comes_late_does_not_allow_again_what_was_pushed_since(
    database: Database, clock: FixedClock
) -> None:
    await _act(database, clock, Action.MESSAGE)
    clock.advance(timedelta(seconds=5))
    sent = clock.now()
    clock.advance(timedelta(seconds=5))
    await _charge(database, clock, 2)
    async with database.write() as connection:
        await ledger.grant(connection, ANNA, Action.MESSAGE, sent)
    assert await _left(database, clock) == 3


async def test_message_older_than_one_that_is_known_allows_nothing(
    database: Database, clock: FixedClock
) -> None:
    sent = clock.now()
    clock.advance(timedelta(seconds=5))
    await _act(database, clock, Action.MESSAGE)
    await _charge(database, clock, 4)
    async with database.write() as connection:
        await ledger.grant(connection, ANNA, Action.MESSAGE, sent)
    assert await _left(database, clock) == 1


async def test_click_is_used_first_and_lasts_a_minute(database: Database, clock: FixedClock) -> None:
    await _act(database, clock, Action.MESSAGE, Action.CLICK)
    await _charge(database, clock, 2)
    clock.advance(timedelta(seconds=60))
    assert await _left(database, clock) == 5


async def test_message_s_allowance_ends_after_two_days(database: Database, clock: FixedClock) -> None:
    await _act(database, clock, Action.MESSAGE)
    clock.advance(timedelta(hours=47))
    assert await _left(database, clock) == 5
    clock.advance(timedelta(hours=1))
    assert await _left(database, clock) == 0


async def test_unsent_messages_are_given_back(database: Database, clock: FixedClock) -> None:
    await _act(database, clock, Action.MESSAGE, Action.CLICK)
    await _charge(database, clock, 4)
    async with database.write() as connection:
        await ledger.refund(connection, ANNA, of_click=1, of_message=1)
    assert await _left(database, clock) == 6


@pytest.mark.parametrize(
    ("purpose", "affordable"), [(Purpose.ORDINARY, 3), (Purpose.HANDOFF, 4), (Purpose.RATING, 5)]
)
async def test_what_matters_more_is_always_kept(
    database: Database, clock: FixedClock, purpose: Purpose, affordable: int
) -> None:
    await _act(database, clock, Action.MESSAGE)
    async with database.read() as connection:
        found = await ledger.allowance(connection, ANNA, clock.now())
    assert found is not None
    assert found.affordable(purpose) == affordable


async def test_who_unfollows_is_allowed_nothing_until_they_write(
    database: Database, clock: FixedClock
) -> None:
    await _act(database, clock, Action.MESSAGE)
    async with database.write() as connection:
        await ledger.unfollow(connection, ANNA)
    assert await _left(database, clock) == 0
    await _act(database, clock, Action.MESSAGE)
    assert await _left(database, clock) == 5


async def test_desk_sees_what_an_agent_may_send_and_until_when(
    database: Database, clock: FixedClock, settings: Settings
) -> None:
    conversation = await Directory(database, clock, settings).current("wechat", ANNA)
    await _act(database, clock, Action.MESSAGE)
    budget = await Budgets(database, clock).of(conversation.contact_id)
    assert budget is not None
    assert (budget.left, budget.waiting) == (4, 0)
    assert timedelta(hours=47) < budget.until - clock.now() <= timedelta(hours=48)


async def test_desk_sees_no_limit_on_the_web(
    database: Database, clock: FixedClock, settings: Settings
) -> None:
    conversation = await Directory(database, clock, settings).current("web", "anna")
    assert await Budgets(database, clock).of(conversation.contact_id) is None
