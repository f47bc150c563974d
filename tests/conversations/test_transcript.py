"""The transcript on both databases: once, in order, and no gap in the sequence."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from conversations.model import Button, Content, Event, Processing, Sender
from conversations.worklist import LEASE
from tests.conversations.conftest import Repositories, says


async def test_same_channel_message_id_is_one_message(repositories: Repositories) -> None:
    received = await asyncio.gather(*(repositories.transcript.receive(says("充50", "m1")) for _ in range(6)))
    assert sum(not r.is_duplicate for r in received) == 1
    assert len({r.message.id for r in received}) == 1


async def test_messages_without_an_id_are_each_their_own(repositories: Repositories) -> None:
    first, second = [await repositories.transcript.receive(says("在吗")) for _ in range(2)]
    assert (first.is_duplicate, second.is_duplicate, second.message.seq) == (False, False, 2)


async def test_sequence_has_no_gap_however_many_speak_at_once(repositories: Repositories) -> None:
    conversation = await repositories.conversation()
    await asyncio.gather(
        *(repositories.transcript.receive(says(f"第{n}条")) for n in range(6)),
        *(repositories.transcript.say(conversation, Content("好"), Sender.BOT) for _ in range(6)),
    )
    history = await repositories.transcript.history(conversation)
    assert [message.seq for message in history] == list(range(1, 13))


async def test_sequence_goes_on_in_the_next_conversation(repositories: Repositories) -> None:
    first = await repositories.transcript.receive(says("查话费"))
    await repositories.directory.finish(first.conversation.id)
    second = await repositories.transcript.receive(says("查流量"))
    assert second.conversation.id != first.conversation.id
    assert second.message.seq == 2
    recent = await repositories.transcript.recent("rest", "anna")
    assert [message.content.text for message in recent] == ["查话费", "查流量"]


async def test_buttons_and_card_come_back_as_they_were_said(repositories: Repositories) -> None:
    conversation = await repositories.conversation()
    content = Content(
        "套餐", (Button("办理", '/inform{"offering": "p1"}'),), {"type": "tariff", "rows": [{"a": 1}]}
    )
    said = await repositories.transcript.say(conversation, content, Sender.BOT)
    assert said is not None
    (kept,) = await repositories.transcript.history(conversation)
    assert (kept, kept.content) == (said, content)


async def test_listeners_hear_what_is_said_after_it_is_stored(repositories: Repositories) -> None:
    heard: list[str] = []
    repositories.transcript.on_said(lambda message: heard.append(message.content.text))
    conversation = await repositories.conversation()
    await repositories.transcript.say(conversation, Content("一"), Sender.BOT)
    await repositories.transcript.say(conversation, Content("二"), Sender.BOT, epoch=7)
    assert heard == ["一"]


async def test_history_pages_and_recent_keeps_the_newest(repositories: Repositories) -> None:
    conversation = await repositories.conversation()
    for n in range(5):
        await repositories.transcript.say(conversation, Content(str(n)), Sender.BOT)
    page = await repositories.transcript.history(conversation, after_seq=1, limit=2)
    newest = await repositories.transcript.recent("rest", "anna", limit=2)
    assert [m.content.text for m in page] == ["1", "2"]
    assert [m.content.text for m in newest] == ["3", "4"]


# --- buttons -----------------------------------------------------------------------------------------------------


async def _received(repositories: Repositories, text: str) -> tuple[str, str | None]:
    received = await repositories.transcript.receive(says(text), "me")
    assert received.work is not None
    await repositories.worklist.answer(received.work, [], Sender.BOT, "me")
    return received.message.content.text, received.work.engine_text


async def test_button_that_was_offered_is_sent_as_it_is_and_shown_by_its_title(
    repositories: Repositories,
) -> None:
    payload = '/inform{"offering": "p1"}'
    await repositories.transcript.say(
        await repositories.conversation(), Content("选", (Button("5G畅享", payload),)), Sender.BOT
    )
    assert await _received(repositories, payload) == ("5G畅享", payload)


async def test_button_offered_to_somebody_else_is_only_text(repositories: Repositories) -> None:
    payload = '/inform{"offering": "p1"}'
    await repositories.transcript.say(
        await repositories.conversation("bert"), Content("选", (Button("5G畅享", payload),)), Sender.BOT
    )
    assert await _received(repositories, payload) == (payload[1:], payload[1:])


async def test_plain_intent_needs_no_offer_and_an_unknown_one_is_text(repositories: Repositories) -> None:
    assert await _received(repositories, "/topup") == ("topup", "/topup")
    assert await _received(repositories, "/session_start") == ("session_start", "session_start")
    assert (await _received(repositories, "／restart"))[1] == "restart"


# --- work --------------------------------------------------------------------------------------------------------


async def test_one_process_works_on_a_conversation(repositories: Repositories) -> None:
    first = await repositories.transcript.receive(says("一"), "process a")
    second = await repositories.transcript.receive(says("二"), "process b")
    assert first.work is not None
    assert (second.work, second.is_orphaned) == (None, False)
    answered = await repositories.worklist.answer(first.work, [Content("好")], Sender.BOT, "process a")
    assert answered.next is not None
    assert (answered.next.message.id, answered.next.is_resumed) == (second.message.id, False)
    assert (await repositories.worklist.answer(answered.next, [], Sender.BOT, "process a")).next is None
    third = await repositories.transcript.receive(says("三"), "process b")
    assert third.work is not None


async def test_answer_is_stored_once(repositories: Repositories) -> None:
    received = await repositories.transcript.receive(says("充50"), "a")
    assert received.work is not None
    work = received.work
    answers = await asyncio.gather(
        *(repositories.worklist.answer(work, [Content("好")], Sender.BOT, "a") for _ in range(5))
    )
    assert sum(not answer.is_stale for answer in answers) == 1
    assert len(await repositories.transcript.history(received.conversation.id)) == 2


async def test_lease_runs_out_unless_it_is_renewed(repositories: Repositories) -> None:
    received = await repositories.transcript.receive(says("一"), "a")
    conversation = received.conversation.id
    assert await repositories.worklist.abandoned() == []
    repositories.clock.advance(LEASE - timedelta(seconds=1))
    assert await repositories.worklist.renew(conversation, "a")
    repositories.clock.advance(timedelta(seconds=2))
    assert await repositories.worklist.take(conversation, "b") is None
    repositories.clock.advance(LEASE)
    assert await repositories.worklist.abandoned() == [conversation]
    taken = await asyncio.gather(*(repositories.worklist.take(conversation, name) for name in "bcd"))
    assert [work.is_resumed for work in taken if work is not None] == [True]
    assert not await repositories.worklist.renew(conversation, "a")


async def test_answer_of_a_process_that_lost_its_lease_does_not_take_the_next_message(
    repositories: Repositories,
) -> None:
    received = await repositories.transcript.receive(says("一"), "a")
    await repositories.transcript.receive(says("二"), "a")
    assert received.work is not None
    repositories.clock.advance(LEASE)
    await repositories.worklist.take(received.conversation.id, "b")
    late = await repositories.worklist.answer(received.work, [Content("好")], Sender.BOT, "a")
    assert late.next is None


async def test_message_to_a_person_is_nobodys_work(repositories: Repositories) -> None:
    conversation = await repositories.conversation()
    await repositories.directory.move(conversation, Event.REQUEST_HANDOFF)
    await repositories.directory.move(conversation, Event.ACCEPT)
    received = await repositories.transcript.receive(says("在吗"), "a")
    assert (received.work, received.message.processing) == (None, Processing.ANSWERED)


async def test_outage_is_told_once_until_something_is_answered(repositories: Repositories) -> None:
    told = []
    for text in ("一", "二"):
        received = await repositories.transcript.receive(says(text), "a")
        assert received.work is not None
        for _ in range(3):
            told.append(await repositories.worklist.tell_outage(received.work, Content("稍后回复")))
        await repositories.worklist.answer(received.work, [Content("好")], Sender.BOT, "a")
    assert [message is not None for message in told] == [True, False, False] * 2


async def test_outage_is_not_told_to_a_customer_a_person_has_taken_over(repositories: Repositories) -> None:
    received = await repositories.transcript.receive(says("一"), "a")
    assert received.work is not None
    await repositories.directory.move(received.conversation.id, Event.REQUEST_HANDOFF)
    assert await repositories.worklist.tell_outage(received.work, Content("稍后回复")) is None
