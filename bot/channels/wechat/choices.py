"""Which choice a customer means: a tapped entry of a message menu, a number, or the words of a choice.

What was offered is looked up in the transcript, so it does not matter which process offered it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.engine import Row

from bot.channels.wechat.writing import is_rating, numbered
from conversations import rows
from conversations.model import Button, Message, Sender, State
from conversations.tables import contacts, conversations, messages, outbox
from core.database import Database

NAME = "wechat"
_DIGITS = {char: number for number, char in enumerate("零一二三四五六七八九十")} | {"两": 2, "〇": 0}
_CIRCLED = {chr(0x2460 + place): place + 1 for place in range(20)}
_NUMBER = r"(?P<number>[0-9０-９]{1,2}|十?[零〇一二两三四五六七八九十])"
_EXPLICIT = re.compile(
    rf"(?:我?(?:回复|回|选择?|要))\s*(?:第\s*)?{_NUMBER}\s*[个项条号]?|第\s*{_NUMBER.replace('number', 'place')}\s*[个项条]?"
)
_BARE = re.compile(rf"{_NUMBER}\s*[.、。号]?")
_EDGES = " \t\n,，。.!！“”\"'【】[]()（）"


@dataclass(frozen=True, slots=True)
class Choice:
    """A button the customer means; `is_tapped` when WeChat counts it as a click, or may."""

    button: Button
    is_tapped: bool


def bare(text: str) -> str:
    """Return a short text without what may stand around it."""
    return text.strip(_EDGES)


def number_in(text: str) -> tuple[int, bool] | None:
    """Return the number a short text names, and whether it says that it is a choice (回复1, 第一个, ①)."""
    short = bare(text)
    if short in _CIRCLED:
        return _CIRCLED[short], True
    if hit := _EXPLICIT.fullmatch(short):
        return _value(hit["number"] or hit["place"]), True
    hit = _BARE.fullmatch(short)
    return (_value(hit["number"]), False) if hit else None


def _value(written: str) -> int:
    if written.isdigit():
        return int(written)
    ten = 10 if len(written) == 2 else 0
    return ten + _DIGITS[written[-1]]


class Choices:
    """Looks up what was offered."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def meant(self, channel_user: str, text: str, tapped_id: str) -> Choice | None:
        """Return the choice a message stands for; None when it is just a message."""
        if tapped_id.isascii() and tapped_id.isdigit() and len(tapped_id) > 2:
            row = await self._offer(channel_user, messages.c.seq == int(tapped_id[:-2]) % 2**31)
            place = int(tapped_id[-2:])
            if row is not None and 1 <= place <= len(buttons := rows.message_from(row).content.buttons):
                return Choice(buttons[place - 1], is_tapped=True)
        row = await self._offer(channel_user, outbox.c.state == "sent")
        if row is None or row.conversation_state == State.HUMAN.value:
            return None
        message, words = rows.message_from(row), bare(text)
        for button in message.content.buttons:
            if words and words == bare(button.title):
                return Choice(button, is_tapped=bool(tapped_id) or is_rating(message.content))
        named = number_in(text)
        if named is None or not (named[1] or await self._is_fresh(message)):
            return None
        by_number = dict(numbered(message.content.buttons))
        chosen = by_number.get(named[0])
        return Choice(chosen, is_tapped=bool(tapped_id)) if chosen is not None else None

    async def _offer(
        self, channel_user: str, *conditions: ColumnElement[bool]
    ) -> Row[tuple[object, ...]] | None:
        """Return the newest message with choices."""
        query = (
            select(messages, conversations.c.state.label("conversation_state"))
            .join(contacts, contacts.c.id == messages.c.contact_id)
            .join(conversations, conversations.c.id == messages.c.conversation_id)
            .join(outbox, outbox.c.message_id == messages.c.id)
            .where(
                contacts.c.channel == NAME,
                contacts.c.channel_user == channel_user,
                messages.c.buttons.is_not(None),
                *conditions,
            )
            .order_by(messages.c.seq.desc())
            .limit(1)
        )
        async with self._db.read() as connection:
            return (await connection.execute(query)).one_or_none()

    async def _is_fresh(self, offer: Message) -> bool:
        """Say whether the customer has said nothing since: a bare number then answers the offer."""
        query = select(messages.c.id).where(
            messages.c.contact_id == offer.contact_id,
            messages.c.seq > offer.seq,
            messages.c.sender == Sender.CUSTOMER.value,
        )
        async with self._db.read() as connection:
            return (await connection.execute(query.limit(1))).first() is None
