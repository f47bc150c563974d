"""Ratings: asked once for each conversation that had a wish, kept with what the conversation was about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from conversations.desk_model import Rating, StaffId
from conversations.desk_tables import handoffs, ratings
from conversations.model import ContactId, Conversation, Sender
from conversations.operating import RatingRules
from conversations.rating_words import SCALE, RatingInput
from conversations.tables import contacts, messages
from core.clock import Clock
from core.database import Database
from core.ids import ConversationId

CHANGEABLE = timedelta(minutes=10)  # after the first answer
_DAY = timedelta(days=1)
_NO_WISH = frozenset({"", "smalltalk", "handoff", "rating", "silence", "identity"})
_R = ratings.c


@dataclass(frozen=True, slots=True)
class Subject:
    """What a conversation was about: the last topic, article and offering named in it, and who served it."""

    topic: str
    article: str
    offering: str
    agent_id: StaffId | None

    @property
    def is_wish(self) -> bool:
        """Say whether there is something to rate."""
        return bool(self.topic)


class Ratings:
    """Reads of the ratings."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock

    async def of(self, conversation_id: ConversationId) -> Rating | None:
        """Return the rating of a conversation, asked or given."""
        async with self._db.read() as connection:
            return await rating_in(connection, conversation_id)

    async def of_contact(self, contact_id: ContactId, limit: int = 10) -> list[Rating]:
        """Return what a customer has rated, newest first."""
        query = select(ratings).where(_R.contact_id == contact_id, _R.rated.is_not(None))
        async with self._db.read() as connection:
            found = await connection.execute(query.order_by(_R.rated.desc()).limit(limit))
            return [_rating_from(row) for row in found]

    async def since(self, at: datetime) -> list[Rating]:
        """Return what was asked since then, oldest first."""
        query = select(ratings).where(_R.asked >= at).order_by(_R.asked)
        async with self._db.read() as connection:
            return [_rating_from(row) for row in await connection.execute(query)]


async def may_ask(
    connection: AsyncConnection, conversation: Conversation, rules: RatingRules, now: datetime
) -> bool:
    """Say whether the customer of a conversation that ends is to be asked."""
    if not rules.is_on or await rating_in(connection, conversation.id) is not None:
        return False
    if not (await subject_of(connection, conversation.id)).is_wish:
        return False
    if not rules.once_a_day:
        return True
    recent = select(func.count()).where(_R.contact_id == conversation.contact_id, _R.asked > now - _DAY)
    return int((await connection.execute(recent)).scalar_one()) == 0


async def ask(connection: AsyncConnection, conversation: Conversation, now: datetime) -> None:
    """Note that a customer is asked, and what about."""
    subject = await subject_of(connection, conversation.id)
    who = await connection.execute(
        select(contacts.c.region, contacts.c.age_band).where(contacts.c.id == conversation.contact_id)
    )
    region, age_band = who.one()
    await connection.execute(
        insert(ratings).values(
            conversation_id=conversation.id,
            contact_id=conversation.contact_id,
            asked=now,
            scale=SCALE,
            reasons=[],
            words="",
            topic=subject.topic,
            article=subject.article,
            agent_id=subject.agent_id,
            channel=conversation.channel,
            region=region,
            age_band=age_band,
            offering=subject.offering,
        )
    )


async def keep(
    connection: AsyncConnection,
    conversation_id: ConversationId,
    said: RatingInput,
    rules: RatingRules,
    now: datetime,
) -> Rating | None:
    """Add to a rating what was said, or change it; None when it was not asked for or is no longer open to change."""
    rating = await rating_in(connection, conversation_id)
    if rating is None or (rating.rated is not None and now - rating.rated > CHANGEABLE):
        return None
    values: dict[str, object] = {}
    stars = said.stars if said.stars is not None else rating.stars
    if said.stars is not None:
        values |= {"stars": said.stars, "score": score_of(said.stars), "rated": rating.rated or now}
    if said.is_solved is not None:
        values |= {"is_solved": said.is_solved, "rated": rating.rated or now}
    if reasons := [reason for reason in said.reasons if reason in reasons_for(stars, rules)]:
        values["reasons"] = reasons
    elif said.stars is not None and rating.stars is not None and _is_low(said.stars) != _is_low(rating.stars):
        values["reasons"] = []  # the reasons of a low score do not explain a high one
    if said.words:
        values["words"] = said.words
    if not values:
        return rating
    changed = await connection.execute(
        update(ratings).where(_R.conversation_id == conversation_id).values(**values).returning(*ratings.c)
    )
    return _rating_from(changed.one())


def score_of(stars: int) -> int:
    """Return a score on 0 to 100."""
    return round((stars - 1) * 100 / (SCALE - 1))


def reasons_for(stars: int | None, rules: RatingRules) -> tuple[str, ...]:
    """Return the reasons a customer may choose from."""
    if stars is None:
        return rules.low_reasons + rules.high_reasons
    return rules.low_reasons if _is_low(stars) else rules.high_reasons


def is_dissatisfied(rating: Rating) -> bool:
    """Say whether something must be offered at once: one or two stars, or not solved."""
    return (rating.stars is not None and rating.stars <= 2) or rating.is_solved is False


async def subject_of(connection: AsyncConnection, conversation_id: ConversationId) -> Subject:
    """Read what a conversation was about from its bot's answers and its agents."""
    spoken = await connection.execute(
        select(messages.c.about)
        .where(
            messages.c.conversation_id == conversation_id,
            messages.c.sender == Sender.BOT.value,
            messages.c.about.is_not(None),
        )
        .order_by(messages.c.seq)
    )
    abouts: list[dict[str, Any]] = [about for about in spoken.scalars() if isinstance(about, dict)]
    served = await connection.execute(
        select(handoffs.c.agent_id)
        .where(handoffs.c.conversation_id == conversation_id, handoffs.c.agent_id.is_not(None))
        .order_by(handoffs.c.accepted.desc())
        .limit(1)
    )
    agent_id = served.scalar_one_or_none()
    topic = _last(abouts, "topic", _NO_WISH) or ("handoff" if agent_id else "")
    return Subject(
        topic,
        _last(abouts, "article"),
        _last(abouts, "offering"),
        StaffId(agent_id) if agent_id else None,
    )


async def rating_in(connection: AsyncConnection, conversation_id: ConversationId) -> Rating | None:
    """As `Ratings.of`, inside a transaction."""
    found = await connection.execute(select(ratings).where(_R.conversation_id == conversation_id))
    row = found.one_or_none()
    return _rating_from(row) if row is not None else None


def _last(abouts: Sequence[dict[str, Any]], key: str, but: frozenset[str] = frozenset({""})) -> str:
    named = (str(about.get(key) or "") for about in reversed(abouts))
    return next((value for value in named if value not in but), "")


def _is_low(stars: int) -> bool:
    return stars <= 3


def _rating_from(row: Row[Any]) -> Rating:
    return Rating(
        conversation_id=ConversationId(row.conversation_id),
        contact_id=ContactId(row.contact_id),
        asked=row.asked,
        rated=row.rated,
        stars=row.stars,
        scale=row.scale,
        score=row.score,
        is_solved=row.is_solved,
        reasons=tuple(row.reasons),
        words=row.words,
        topic=row.topic,
        article=row.article,
        agent_id=StaffId(row.agent_id) if row.agent_id else None,
        channel=row.channel,
        region=row.region,
        age_band=row.age_band,
        offering=row.offering,
    )
