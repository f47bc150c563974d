"""有用 and 没用: one word for each answer of one's own, kept with the article and the question."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import select

from conversations.desk_tables import answer_feedback
from conversations.feedback import Feedback
from conversations.model import Content, Message, Sender
from core.clock import FixedClock
from core.database import Database
from core.errors import CustomerError
from core.ids import MessageId
from tests.conversations.conftest import Repositories, says

ARTICLE = {"topic": "faq", "article": "number-porting", "outcome": "answered"}


@pytest.fixture
def feedback(database: Database, clock: FixedClock) -> Feedback:
    """Feedback on the repositories' database."""
    return Feedback(database, clock)


async def _answered(
    repositories: Repositories, about: Mapping[str, object] | None, sender: Sender = Sender.BOT
) -> Message:
    """Let anna ask, and answer her."""
    asked = (await repositories.transcript.receive(says("携号转网要什么条件"))).message
    content = Content("携号转网须满足四个条件。", about=about)
    said = await repositories.transcript.say(asked.conversation_id, content, sender, in_reply_to=asked.id)
    assert said is not None
    return said


async def _kept(database: Database) -> list[Any]:
    async with database.read() as connection:
        return list(await connection.execute(select(answer_feedback)))


async def test_customer_calls_an_answer_useful(
    repositories: Repositories, feedback: Feedback, database: Database, clock: FixedClock
) -> None:
    answer = await _answered(repositories, ARTICLE)
    await feedback.give("rest", "anna", answer.id, True)
    (row,) = await _kept(database)
    assert (row.message_id, row.conversation_id, row.article, row.question, row.is_useful, row.given) == (
        answer.id, answer.conversation_id, "number-porting", "携号转网要什么条件", True, clock.now()
    )  # fmt: skip


async def test_customer_who_thinks_again_changes_it(
    repositories: Repositories, feedback: Feedback, database: Database
) -> None:
    answer = await _answered(repositories, ARTICLE)
    await feedback.give("rest", "anna", answer.id, True)
    await feedback.give("rest", "anna", answer.id, False)
    assert [row.is_useful for row in await _kept(database)] == [False]


async def test_taps_at_the_same_moment_are_kept_once(
    repositories: Repositories, feedback: Feedback, database: Database
) -> None:
    answer = await _answered(repositories, ARTICLE)
    await asyncio.gather(*(feedback.give("rest", "anna", answer.id, True) for _ in range(5)))
    assert len(await _kept(database)) == 1


@pytest.mark.parametrize(
    ("about", "sender"),
    [(None, Sender.BOT), ({"topic": "bill"}, Sender.BOT), (ARTICLE, Sender.AGENT), (ARTICLE, Sender.SYSTEM)],
    ids=["nothing", "a bill", "an agent's words", "the service's words"],
)
async def test_what_is_no_article_takes_no_feedback(
    repositories: Repositories, feedback: Feedback, database: Database, about: Any, sender: Sender
) -> None:
    answer = await _answered(repositories, about, sender)
    with pytest.raises(CustomerError, match=r"feedback\.unknown"):
        await feedback.give("rest", "anna", answer.id, True)
    assert await _kept(database) == []


@pytest.mark.parametrize(("channel", "user"), [("rest", "mallory"), ("web", "anna")])
async def test_nobody_judges_what_was_said_to_another(
    repositories: Repositories, feedback: Feedback, database: Database, channel: str, user: str
) -> None:
    answer = await _answered(repositories, ARTICLE)
    with pytest.raises(CustomerError, match=r"feedback\.unknown"):
        await feedback.give(channel, user, answer.id, False)
    assert await _kept(database) == []


async def test_message_that_is_not_there_takes_no_feedback(feedback: Feedback) -> None:
    with pytest.raises(CustomerError, match=r"feedback\.unknown"):
        await feedback.give("rest", "anna", MessageId("0" * 32), True)
