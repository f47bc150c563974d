"""What is noted of each question, in the transaction of its answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from conversations.desk_model import HandoffRequest, Reason, Skill
from conversations.feedback import Feedback
from conversations.handoff_steps import conversation_of
from conversations.locking import lock_contact_of
from conversations.model import Content, Inbound, Message, Sender
from conversations.question_tables import questions
from conversations.tables import contacts
from conversations.worklist import Worklist
from core.ids import ConversationId, Msisdn
from tests.conversations.conftest import Repositories
from tests.conversations.floor import SUMMARY, Floor

FAQ = {"topic": "faq"}


class Talk:
    """A customer whose messages a bot answers as the test says."""

    def __init__(self, floor: Floor, user: str = "anna", channel: str = "rest") -> None:
        self.floor, self.worklist = floor, Worklist(floor.db, floor.clock)
        self.user, self.channel = user, channel

    async def asks(self, text: str, **about: Any) -> tuple[Message, Message]:
        """Return the question and its answer."""
        received = await self.floor.transcript.receive(Inbound(self.channel, self.user, text), "me")
        assert received.work is not None
        contents = [Content("好的", about=about)]
        answered = await self.worklist.answer(received.work, contents, Sender.BOT, "me", about=about)
        return received.message, answered.messages[0]


async def rows_of(floor: Floor) -> list[Mapping[str, Any]]:
    async with floor.db.read() as connection:
        return [
            dict(row._mapping)
            for row in await connection.execute(select(questions).order_by(questions.c.seq))
        ]


async def test_question_is_noted_masked_with_what_its_answer_was_about(floor: Floor) -> None:
    await Talk(floor).asks("13800000001的PUK码是多少？", topic="faq", article="puk", outcome="answered")
    (row,) = await rows_of(floor)
    assert (row["topic"], row["article"], row["outcome"]) == ("faq", "puk", "answered")
    assert (row["subject"], row["channel"], row["wording"]) == ("faq:puk", "rest", "的puk码是多少")
    assert "13800000001" not in row["text"]
    assert row["asked_s"] == int(floor.clock.now().timestamp())


async def test_answer_about_nothing_is_not_noted(floor: Floor) -> None:
    await Talk(floor).asks("嗯")
    assert await rows_of(floor) == []


async def test_choice_from_what_was_offered_answers_the_question_before(floor: Floor) -> None:
    talk = Talk(floor)
    await talk.asks("解锁", topic="faq", outcome="offered")
    await talk.asks(
        "手机卡要求输入PUK码怎么办", topic="faq", article="puk", outcome="answered", is_choice="yes"
    )
    asked, chosen = await rows_of(floor)
    assert (asked["outcome"], asked["is_taken"], asked["subject"]) == ("offered", True, "faq:puk")
    assert (chosen["outcome"], chosen["text"], chosen["wording"]) == ("chosen", "解锁", "解锁")


async def test_a_further_article_chosen_later_is_a_question_of_its_own(floor: Floor) -> None:
    talk = Talk(floor)
    await talk.asks("puk码是多少", topic="faq", article="puk", outcome="answered")
    await talk.asks("电子发票怎么开", topic="faq", article="invoice", outcome="answered", is_choice="yes")
    assert [row["outcome"] for row in await rows_of(floor)] == ["answered", "answered"]


async def test_thumb_is_noted_with_the_question(floor: Floor) -> None:
    _, answer = await Talk(floor).asks("puk码是多少", topic="faq", article="puk", outcome="answered")
    feedback = Feedback(floor.db, floor.clock)
    await feedback.give("rest", "anna", answer.id, False)
    assert [row["is_useful"] for row in await rows_of(floor)] == [False]
    await feedback.give("rest", "anna", answer.id, True)
    assert [row["is_useful"] for row in await rows_of(floor)] == [True]


async def test_handoff_marks_the_last_wish_and_not_the_request_itself(floor: Floor) -> None:
    talk = Talk(floor)
    await talk.asks("卡坏了怎么办", topic="faq", outcome="abstained")
    await talk.asks("你好", topic="smalltalk")
    message, _ = await talk.asks("转人工", topic="handoff", outcome="handoff")
    async with floor.db.write() as connection:
        await lock_contact_of(connection, message.conversation_id)
        conversation = await conversation_of(connection, message.conversation_id)
        request = HandoffRequest(Reason.ASKED, Skill.BILLING, SUMMARY)
        await floor.handoffs.open(connection, conversation, request, floor.clock.now())
    assert [row["handed_over"] for row in await rows_of(floor)] == ["asked", None, None]


async def test_proven_number_makes_one_person_of_two_channels(repositories: Repositories) -> None:
    for channel, user in (("web", "anna"), ("wechat", "o123"), ("web", "berta")):
        conversation = ConversationId(await repositories.conversation(user, channel))
        if user != "berta":
            code = await repositories.identity.issue_code(conversation, Msisdn("13800000001"))
            await repositories.identity.check_code(conversation, code)
    async with repositories.db.read() as connection:
        found = await connection.execute(select(contacts.c.person).order_by(contacts.c.channel_user))
        anna, berta, wechat = found.scalars().all()
    assert anna == wechat != berta
    assert "13800000001" not in anna
