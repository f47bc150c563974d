"""What became of the questions of a canary's conversations, beside those of the others."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from conversations.canary import CanaryFigures, Side, Sides
from conversations.feedback import Feedback
from core.clock import FixedClock
from core.ids import ConversationId
from tests.conversations.floor import Floor
from tests.conversations.test_questions import Talk

MINUTE = timedelta(minutes=1)


async def test_each_question_counts_on_the_side_of_its_conversation(floor: Floor) -> None:
    since = floor.clock.now()
    tried, other = Talk(floor, "anna"), Talk(floor, "berta")
    question, answer = await tried.asks("puk码是多少", topic="faq", article="puk", outcome="answered")
    await tried.asks("卡坏了怎么办", topic="faq", outcome="abstained")
    await Feedback(floor.db, floor.clock).give("rest", "anna", answer.id, False)
    await other.asks("解锁", topic="faq", outcome="offered")
    await other.asks("PUK码", topic="faq", article="puk", outcome="answered", is_choice="yes")
    await other.asks("查话费", topic="balance")
    found = await _counted(floor, question.conversation_id, since)
    assert found.tried == Side(conversations=1, asked=2, answered=1, abstained=1, useless=1)
    assert found.others == Side(conversations=1, asked=1, offered=1)  # what was chosen is no second question


async def test_only_what_was_asked_while_it_ran_counts(floor: Floor) -> None:
    talk = Talk(floor)
    await _asked_once(talk, floor.clock)
    since = floor.clock.now()
    question = await _asked_once(talk, floor.clock)
    until = floor.clock.now()
    floor.clock.advance(MINUTE)
    await _asked_once(talk, floor.clock)
    figures = CanaryFigures(floor.db)
    found = await figures.sides(since, until, lambda each: each == question)
    assert (found.tried.asked, found.others.asked) == (1, 0)


@pytest.mark.parametrize(
    ("tried", "others", "is_clear"),
    [
        (Side(asked=100, answered=60), Side(asked=900, answered=720), True),
        (Side(asked=100, answered=78), Side(asked=900, answered=720), False),  # by chance one time in two
        (Side(asked=20, answered=0), Side(asked=900, answered=720), False),  # too few to say
        (Side(asked=100), Side(asked=900), False),
    ],
)
def test_only_a_difference_beyond_chance_is_called_one(tried: Side, others: Side, is_clear: bool) -> None:
    assert Sides(tried, others).clearly("answered") is is_clear


async def _asked_once(talk: Talk, clock: FixedClock) -> ConversationId:
    question, _ = await talk.asks("puk码是多少", topic="faq", article="puk", outcome="answered")
    clock.advance(MINUTE)
    return question.conversation_id


async def _counted(floor: Floor, tried: ConversationId, since: datetime) -> Sides:
    return await CanaryFigures(floor.db).sides(since, floor.clock.now(), lambda each: each == tried)
