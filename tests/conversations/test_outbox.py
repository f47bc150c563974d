"""The outbox: leased by row, sent in order, marked once, given up in the end."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from conversations.model import Contact, Content, Sender
from tests.conversations.conftest import Repositories, says


async def _waiting(repositories: Repositories, count: int, user: str = "anna") -> Contact:
    conversation = await repositories.conversation(user)
    for n in range(count):
        await repositories.transcript.say(conversation, Content(str(n)), Sender.BOT)
    contact = await repositories.directory.contact("rest", user)
    assert contact is not None
    return contact


async def test_of_many_processes_one_sends(repositories: Repositories) -> None:
    anna = await _waiting(repositories, 3)
    leased = await asyncio.gather(*(repositories.outbox.lease(anna.id, name) for name in "abcd"))
    assert sorted(map(len, leased)) == [0, 0, 0, 3]


async def test_while_one_process_sends_another_does_not_overtake_it(repositories: Repositories) -> None:
    anna = await _waiting(repositories, 1)
    await repositories.outbox.lease(anna.id, "a")
    await repositories.transcript.say(await repositories.conversation(), Content("新"), Sender.BOT)
    assert await repositories.outbox.lease(anna.id, "b") == []
    assert [m.content.text for m in await repositories.outbox.lease(anna.id, "a")] == ["0", "新"]


async def test_lease_of_a_process_that_died_runs_out(repositories: Repositories) -> None:
    anna = await _waiting(repositories, 2)
    await repositories.outbox.lease(anna.id, "a")
    assert await repositories.outbox.due("rest") == []
    repositories.clock.advance(timedelta(seconds=30))
    assert await repositories.outbox.due("rest") == [anna]
    assert len(await repositories.outbox.lease(anna.id, "b")) == 2


async def test_sent_is_sent(repositories: Repositories) -> None:
    anna = await _waiting(repositories, 2)
    leased = await repositories.outbox.lease(anna.id, "a")
    await repositories.outbox.mark_sent([leased[0].id])
    assert [m.content.text for m in await repositories.transcript.undelivered(anna.id)] == ["1"]


async def test_what_cannot_be_sent_is_tried_later_and_later_and_given_up_after_a_day(
    repositories: Repositories,
) -> None:
    anna = await _waiting(repositories, 1)
    waits = []
    for _ in range(3):
        leased = await repositories.outbox.lease(anna.id, "a")
        await repositories.outbox.put_back(leased)
        seconds = 0
        while not await repositories.outbox.due("rest"):
            repositories.clock.advance(timedelta(seconds=1))
            seconds += 1
        waits.append(seconds)
    assert waits == [2, 4, 8]
    began = repositories.clock.now()
    while await repositories.transcript.undelivered(anna.id):
        repositories.clock.advance(timedelta(minutes=10))
        await repositories.outbox.put_back(await repositories.outbox.lease(anna.id, "a"))
    assert timedelta(days=1) < repositories.clock.now() - began < timedelta(hours=25)


async def test_days_in_which_a_message_was_held_back_are_no_days_of_trying(
    repositories: Repositories,
) -> None:
    anna = await _waiting(repositories, 1)
    later = repositories.clock.now() + timedelta(days=3)
    await repositories.outbox.hold(await repositories.outbox.lease(anna.id, "a"), later, "a")
    repositories.clock.advance(timedelta(days=3))
    assert await repositories.outbox.due("rest") == [anna]
    await repositories.outbox.put_back(await repositories.outbox.lease(anna.id, "a"))
    assert len(await repositories.transcript.undelivered(anna.id)) == 1


async def test_only_reachable_customers_of_the_channel_are_due(repositories: Repositories) -> None:
    anna = await _waiting(repositories, 1)
    await _waiting(repositories, 1, user="bert")
    assert await repositories.outbox.due("rest", {"anna", "carl"}) == [anna]
    assert await repositories.outbox.due("rest", ()) == []
    assert await repositories.outbox.due("web") == []


async def test_two_requests_at_once_take_each_message_once(repositories: Repositories) -> None:
    anna = await _waiting(repositories, 4)
    taken = await asyncio.gather(*(repositories.outbox.take(anna.id) for _ in range(3)))
    assert sorted(m.content.text for part in taken for m in part) == ["0", "1", "2", "3"]


async def test_request_leaves_the_answers_to_later_messages(repositories: Repositories) -> None:
    first = await repositories.transcript.receive(says("一"), "a")
    second = await repositories.transcript.receive(says("二"), "a")
    conversation = first.conversation.id
    for received in (second, first):
        await repositories.transcript.say(
            conversation,
            Content(f"答{received.message.content.text}"),
            Sender.BOT,
            in_reply_to=received.message.id,
        )
    taken = await repositories.outbox.take(first.message.contact_id, up_to_seq=first.message.seq)
    assert [m.content.text for m in taken] == ["答一"]


async def test_fetched_history_needs_no_delivery(repositories: Repositories) -> None:
    anna = await _waiting(repositories, 3)
    await repositories.outbox.mark_read(anna.id, up_to_seq=2)
    assert [m.seq for m in await repositories.transcript.undelivered(anna.id)] == [3]
