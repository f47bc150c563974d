"""How a message reads in WeChat: plain text, choices as numbers, split and merged by the bytes WeChat takes.

The question for a rating goes out as a message menu where the API is used; everything else is text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.channels.wechat.ledger import Purpose
from bot.channels.wechat.words import word
from conversations.model import Button, Content, Message, Sender
from conversations.outbox import Waiting
from conversations.rating_words import read_rating
from core.ids import MessageId

LIMIT = 2047  # bytes of one text, in UTF-8
_SKIP = 0  # the number that declines to rate
_BETWEEN = "\n\n"
_SENTENCE_ENDS = re.compile(r"(?<=[。！？!?；;\n])|(?<=\.\s)")
_CLAUSE_ENDS = re.compile(r"(?<=[，、,：:\s])")
_MARKUP = (
    (re.compile(r"<br\s*/?>|</p>|</li>", re.IGNORECASE), "\n"),
    (re.compile(r"</?[a-zA-Z][^<>]*>"), ""),
    (re.compile(r"!?\[([^\]\n]+)\]\((https?://[^)\s]+)\)"), r"\1 \2"),
    (re.compile(r"^#{1,6}\s+", re.MULTILINE), ""),
    (re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1"), r"\2"),
    (re.compile(r"^(\s*)[*+-]\s+", re.MULTILINE), r"\1· "),
    (re.compile(r"`([^`\n]+)`"), r"\1"),
)


@dataclass(frozen=True, slots=True)
class Menu:
    """A message menu: the words above it and its entries by id."""

    head: str
    entries: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """One WeChat message, the messages that end in it, and of one that goes on how many parts it then has had."""

    text: str
    whole: tuple[MessageId, ...] = ()
    parts: Mapping[MessageId, int] = field(default_factory=dict)
    menu: Menu | None = None
    purpose: Purpose = Purpose.ORDINARY


def plain(text: str) -> str:
    """Take Markdown and HTML out of a text; WeChat shows neither."""
    for pattern, instead in _MARKUP:
        text = pattern.sub(instead, text)
    return text.strip()


def numbered(buttons: Sequence[Button]) -> list[tuple[int, Button]]:
    """Give each choice its number: stars stand for themselves, 0 declines, everything else counts from 1."""
    ratings = [read_rating(button.payload) for button in buttons]
    if not any(rating is not None and rating.stars for rating in ratings):
        return list(enumerate(buttons, start=1))
    return [
        (rating.stars or _SKIP if rating is not None else _SKIP, button)
        for rating, button in zip(ratings, buttons, strict=True)
    ]


def is_rating(content: Content) -> bool:
    """Say whether a message asks for stars."""
    found = (read_rating(button.payload) for button in content.buttons)
    return any(rating is not None and rating.stars for rating in found)


def purpose_of(message: Message) -> Purpose:
    """Return what a message is for: a rating, a hand-off (a person's words too), or anything else."""
    if is_rating(message.content):
        return Purpose.RATING
    topic = (message.content.about or {}).get("topic")
    is_handoff = message.sender is Sender.AGENT or topic == "handoff"
    return Purpose.HANDOFF if is_handoff else Purpose.ORDINARY


def written(message: Message, has_numbers: bool = True) -> str:
    """Write a message as text; without numbers where later choices will have them."""
    content, text = message.content, plain(message.content.text)
    if message.sender is Sender.AGENT and message.author_name:
        text = word("agent_says", name=message.author_name, text=text)
    if not content.buttons:
        return text
    if not has_numbers:
        return "\n".join([text, *(f"· {button.title}" for button in content.buttons)])
    lead = word("rate_by_number" if is_rating(content) else "choose_one")
    return "\n".join(
        [text, lead, *(f"{number}. {button.title}" for number, button in numbered(content.buttons))]
    )


def menu_of(message: Message) -> Menu:
    """Write a message's choices as a message menu; an entry's id names the message and the choice."""
    entries = tuple(
        (menu_id(message.seq, place), button.title) for place, button in enumerate(message.content.buttons, 1)
    )
    return Menu(plain(message.content.text), entries)


def menu_id(seq: int, place: int) -> str:
    """Make an entry's id: digits only, which is all that clients give back."""
    return f"{seq}{place:02d}"


def split(text: str, limit: int = LIMIT) -> list[str]:
    """Split a text at sentence ends, else at clauses, else between characters, into parts of at most `limit` bytes."""
    if _size(text) <= limit:
        return [text]
    parts, current = [], ""
    for atom in _atoms(text, limit):
        if current and _size(current + atom) > limit:
            parts.append(current.strip())
            current = ""
        current += atom
    return [part for part in [*parts, current.strip()] if part]


def _atoms(text: str, limit: int) -> list[str]:
    """Cut a text into the smallest pieces worth keeping together, none above the limit."""
    found: list[str] = []
    for sentence in _SENTENCE_ENDS.split(text):
        if _size(sentence) <= limit:
            found.append(sentence)
            continue
        for clause in _CLAUSE_ENDS.split(sentence):
            found += [clause] if _size(clause) <= limit else _by_characters(clause, limit)
    return found


def _by_characters(text: str, limit: int) -> list[str]:
    parts: list[str] = []
    current: list[str] = []
    size = 0
    for char in text:
        if size + _size(char) > limit:
            parts.append("".join(current))
            current, size = [], 0
        current.append(char)
        size += _size(char)
    return [*parts, "".join(current)]


def pieces(
    waiting: Sequence[Waiting], limit: int = LIMIT, menus: bool = False, most: int | None = None
) -> list[Piece]:
    """Write what waits as few WeChat messages, in order; with `menus` a rating stands alone as a message menu.

    With more than `most` of them the rating is merged too, as numbers. Each piece has the purpose of the most
    important message from it onwards, because it must go first.
    """
    found = _pieces(waiting, limit, menus)
    if menus and most is not None and len(found) > most:
        found = _pieces(waiting, limit, menus=False)
    purposes = {item.message.id: purpose_of(item.message) for item in waiting}
    least, result = Purpose.ORDINARY, []
    for piece in reversed(found):
        least = min([least, *(purposes[message_id] for message_id in (*piece.whole, *piece.parts))])
        result.append(replace(piece, purpose=least))
    return result[::-1]


def _pieces(waiting: Sequence[Waiting], limit: int, menus: bool) -> list[Piece]:
    last_choice = max((i for i, item in enumerate(waiting) if item.message.content.buttons), default=-1)
    found: list[Piece] = []
    is_open = False  # the last piece may grow
    for index, item in enumerate(waiting):
        message = item.message
        if menus and is_rating(message.content) and not item.parts_sent:
            found.append(Piece("", (message.id,), menu=menu_of(message)))
            is_open = False
            continue
        parts = split(written(message), limit)
        if len(parts) == 1 and index < last_choice:
            parts = [written(message, has_numbers=False)]
        for number, part in enumerate(parts[item.parts_sent :], start=item.parts_sent + 1):
            is_whole = number == len(parts)
            joined = f"{found[-1].text}{_BETWEEN}{part}" if is_open else ""
            before = found.pop() if joined and _size(joined) <= limit else Piece("")
            found.append(
                Piece(
                    joined if before.text else part,
                    (*before.whole, message.id) if is_whole else before.whole,
                    before.parts if is_whole else {**before.parts, message.id: number},
                )
            )
            is_open = is_whole
        if item.parts_sent >= len(parts):  # written shorter than it was: there is nothing left of it
            found.append(Piece("", (message.id,)))
            is_open = False
    return found


def _size(text: str) -> int:
    return len(text.encode())
