"""What customers say of single answers from the knowledge base: useful or not, once for each answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Select, insert, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from conversations import questions
from conversations.desk_tables import answer_feedback
from conversations.locking import lock_contact_of
from conversations.model import Content, Sender
from conversations.tables import contacts, messages
from core.clock import Clock
from core.database import Database
from core.errors import CustomerError
from core.ids import ConversationId, MessageId

_F, _M = answer_feedback.c, messages.c


def article_of(sender: Sender, content: Content) -> str:
    """Return the article a message answers with; empty when it answers with none."""
    return _article(content.about) if sender is Sender.BOT else ""


class Feedback:
    """Keeps it with the article and the question that was asked, for whoever looks after the articles."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock

    async def give(self, channel: str, channel_user: str, message_id: MessageId, is_useful: bool) -> None:
        """Keep what a customer says of an answer given to them; said again it changes.

        Raises CustomerError("feedback.unknown") where the message is not theirs or answers with no article.
        """
        async with self._db.write() as connection:
            answer = await _answer(connection, channel, channel_user, message_id)
            await lock_contact_of(
                connection, ConversationId(answer.conversation_id)
            )  # of two taps one inserts
            await _keep(connection, answer, is_useful, self._clock.now())
            if answer.in_reply_to is not None:
                await questions.judged(connection, MessageId(answer.in_reply_to), is_useful)


async def _answer(
    connection: AsyncConnection, channel: str, channel_user: str, message_id: MessageId
) -> Row[Any]:
    query: Select[Any] = (
        select(_M.id, _M.conversation_id, _M.about, _M.in_reply_to)
        .join(contacts, contacts.c.id == _M.contact_id)
        .where(
            _M.id == message_id,
            _M.sender == Sender.BOT.value,
            contacts.c.channel == channel,
            contacts.c.channel_user == channel_user,
        )
    )
    answer: Row[Any] | None = (await connection.execute(query)).one_or_none()
    if answer is None or not _article(answer.about):
        raise CustomerError("feedback.unknown", message_id)
    return answer


async def _keep(connection: AsyncConnection, answer: Row[Any], is_useful: bool, now: datetime) -> None:
    changed = await connection.execute(
        update(answer_feedback).where(_F.message_id == answer.id).values(is_useful=is_useful, given=now)
    )
    if changed.rowcount:
        return
    asked = await connection.execute(select(_M.text).where(_M.id == answer.in_reply_to))
    await connection.execute(
        insert(answer_feedback).values(
            message_id=answer.id,
            conversation_id=answer.conversation_id,
            article=_article(answer.about),
            question=asked.scalar_one_or_none() or "",
            is_useful=is_useful,
            given=now,
        )
    )


def _article(about: Mapping[str, object] | None) -> str:
    return str((about or {}).get("article") or "")
