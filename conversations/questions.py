"""What customers asked and what became of it: one row for each message the bot answered, written with the answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from enum import Enum

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from conversations.figures.model import day_of
from conversations.figures.tables import counted_days
from conversations.model import Conversation, Message
from conversations.question_tables import questions
from core.clock import UTC
from core.ids import ConversationId, MessageId
from core.text import TOKEN

NO_WISH = ("", "smalltalk", "rating", "silence", "identity")  # topics of talk that wants nothing
HANDOFF = "handoff"  # the topic, and the outcome, of being put through to a person
_WORDING_CHARS = 64
_MARKS = re.compile(r"[\W_]+")
_Q = questions.c


class Outcome(str, Enum):
    """What the bot made of a message."""

    DONE = ""  # a task or small talk: nothing was asked of the knowledge base
    ANSWERED = "answered"
    OFFERED = "offered"  # a few articles to choose from
    CHOSEN = "chosen"  # the answer to a question whose article was chosen from those offered
    ABSTAINED = "abstained"
    OUT_OF_SCOPE = "out_of_scope"  # taken for nobody's business here
    HANDOFF = HANDOFF  # the customer wanted a person


_OUTCOMES = {outcome.value: outcome for outcome in Outcome}
_ADD = insert(questions)
_LAST = (
    select(_Q.id, _Q.text, _Q.wording, _Q.outcome, _Q.is_taken)
    .where(_Q.conversation_id == bindparam("conversation"))
    .order_by(_Q.seq.desc())
    .limit(1)
)
_TAKE = (
    update(questions)
    .where(_Q.id == bindparam("question"))
    .values(is_taken=True, article=bindparam("taken"), subject=bindparam("about"))
)
_LAST_WISH = (
    select(_Q.id)
    .where(
        _Q.conversation_id == bindparam("conversation"),
        _Q.topic.not_in((*NO_WISH, HANDOFF)),
        _Q.outcome != Outcome.HANDOFF.value,
    )
    .order_by(_Q.seq.desc())
    .limit(1)
)
_HAND_OVER = (
    update(questions)
    .where(_Q.id == _LAST_WISH.scalar_subquery())
    .values(handed_over=bindparam("reason"))
    .execution_options(synchronize_session=False)
)
_JUDGE = (
    update(questions)
    .where(_Q.id == bindparam("question"))
    .values(is_useful=bindparam("useful"))
    .returning(_Q.asked_s)
)


async def note(
    connection: AsyncConnection,
    conversation: Conversation,
    message: Message,
    engine_text: str | None,
    about: Mapping[str, object],
) -> None:
    """Note a message with what its answer was about; a choice from offered articles answers the question before it."""
    topic, article = str(about.get("topic") or "")[:32], str(about.get("article") or "")[:80]
    if not topic:
        return
    outcome = _OUTCOMES.get(str(about.get("outcome")), Outcome.DONE)
    text, wording = message.content.text, wording_of(engine_text, message.content.text)
    subject = subject_of(topic, article)
    if about.get("is_choice"):
        last = (await connection.execute(_LAST, {"conversation": conversation.id})).one_or_none()
        if last is not None and last.outcome == Outcome.OFFERED.value and not last.is_taken:
            await connection.execute(_TAKE, {"question": last.id, "taken": article, "about": subject})
            outcome, text, wording = Outcome.CHOSEN, last.text, last.wording
    await connection.execute(
        _ADD,
        {
            "id": message.id,
            "contact_id": message.contact_id,
            "conversation_id": conversation.id,
            "seq": message.seq,
            "channel": conversation.channel,
            "started_s": int(conversation.started.timestamp()),
            "asked_s": int(message.created.timestamp()),
            "text": text,
            "wording": wording,
            "topic": topic,
            "subject": subject,
            "article": article,
            "offering": str(about.get("offering") or "")[:80],
            "outcome": outcome.value,
            "is_taken": False,
        },
    )


async def handed_over(connection: AsyncConnection, conversation_id: ConversationId, reason: str) -> None:
    """Note that the last wish of a conversation went to a person."""
    await connection.execute(_HAND_OVER, {"conversation": conversation_id, "reason": reason})


async def judged(connection: AsyncConnection, question_id: MessageId, is_useful: bool) -> None:
    """Note what the customer said of an answer; the figures of its day, were they kept, are counted again."""
    judged_s = await connection.execute(_JUDGE, {"question": question_id, "useful": is_useful})
    asked_s = judged_s.scalar_one_or_none()
    if asked_s is not None:
        day = day_of(datetime.fromtimestamp(asked_s, UTC))
        await connection.execute(delete(counted_days).where(counted_days.c.day == day))


def wording_of(engine_text: str | None, shown: str) -> str:
    """Return what is the same for the same question: normalised, without marks; a button's is its title."""
    said = shown if engine_text is None or engine_text.startswith("/") else TOKEN.sub("", engine_text)
    return _MARKS.sub("", said).lower()[:_WORDING_CHARS]


def subject_of(topic: str, article: str) -> str:
    """Return what a second contact would have to be about to be the same one."""
    return f"{topic}:{article}" if topic == "faq" and article else topic
