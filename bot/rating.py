"""What the service says to a customer who was asked for a rating."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.replies import Reply
from bot.service_texts import ServiceTexts
from conversations import ratings, rows
from conversations.closing import Closing
from conversations.desk_model import Rating, Skill
from conversations.directory import move
from conversations.handoff_steps import conversation_of
from conversations.model import Button, Content, Conversation, Event, Message, Sender, State
from conversations.operating import RatingRules, rules_in
from conversations.rating_words import RatingInput, read_rating
from conversations.worklist import Effect, Work
from core.clock import Clock

_ABOUT = {"topic": "rating"}
AWAITS_WORDS = {**_ABOUT, "awaits": "words"}
"""`about` of the message after which the customer's next words belong to the rating."""
_SKILLS = {  # topic -> who answers for it, for a customer who was not helped
    "plan": Skill.PLANS,
    "fault": Skill.FAULTS,
    "complaint": Skill.COMPLAINTS,
}


class RatingTalk:
    """Takes scores and what belongs to them; the first score closes the conversation, more may follow for a while."""

    def __init__(self, closing: Closing, clock: Clock, texts: ServiceTexts) -> None:
        self._closing, self._clock, self._texts = closing, clock, texts

    def ending(self) -> Effect:
        """Return what ends the conversation."""
        return self._closing.finish

    async def in_rating(self, work: Work) -> Reply:
        """Keep what was said; anything that is no answer has become a new conversation before it came here."""
        said = read_rating(work.engine_text or "")
        if said is None:
            return Reply([self._texts.content("courtesy")], Sender.SYSTEM)

        async def take(
            connection: AsyncConnection, conversation: Conversation, now: datetime, has_more: bool
        ) -> list[Message]:
            contents = await self._take(connection, conversation, said, now)
            current = await conversation_of(connection, conversation.id)
            reply = work.message.id, work.message.seq
            return await rows.append(connection, current, contents, Sender.SYSTEM, now, reply)

        return Reply(effect=take)

    async def _take(
        self, connection: AsyncConnection, conversation: Conversation, said: RatingInput, now: datetime
    ) -> list[Content]:
        before = await ratings.rating_in(connection, conversation.id)
        if said.is_skip:
            if conversation.state is State.RATING:
                await move(connection, conversation.id, Event.SKIPPED, self._clock)
            return [self._say("rating_skipped")]
        if said.wants_words:
            return [replace(self._texts.content("rating_words"), about=AWAITS_WORDS)]
        rules = (await rules_in(connection)).rating
        rating = await ratings.keep(connection, conversation.id, said, rules, now)
        if rating is None:
            return [self._say("rating_closed")]
        if conversation.state is State.RATING and rating.rated is not None:
            await move(connection, conversation.id, Event.RATED, self._clock)
        return [self._next(said, rating, rules, before)]

    def _next(self, said: RatingInput, rating: Rating, rules: RatingRules, before: Rating | None) -> Content:
        """Return thanks, with what is still open: was it solved, what was wrong, and help for who was not helped."""
        is_low, was_low = (
            ratings.is_dissatisfied(rating),
            before is not None and ratings.is_dissatisfied(before),
        )
        is_solved_open = said.stars is not None and rating.is_solved is None
        if is_low and (is_solved_open or not was_low):
            return self._offer_help(rating, rules)
        if is_solved_open:
            return self._ask_solved(rating, rules)
        if rating.stars is None and not is_low:
            return self._say("rating_thanks")
        left = (rating.rated or self._clock.now()) + ratings.CHANGEABLE - self._clock.now()
        minutes = max(1, int(left.total_seconds() // 60))
        if not is_low:
            return self._say("rating_thanks_changeable", minutes=minutes)
        # What was offered before can no longer be pressed once the customer has said more: it is offered again.
        content = self._say("rating_thanks_help", minutes=minutes)
        return replace(content, buttons=(self._person(rating), *content.buttons))

    def _ask_solved(self, rating: Rating, rules: RatingRules) -> Content:
        content = self._say("rating_solved")
        return replace(content, card=self._details(rating, rules, content.buttons))

    def _offer_help(self, rating: Rating, rules: RatingRules) -> Content:
        content = self._say("rating_sorry_unsolved" if rating.is_solved is False else "rating_sorry")
        buttons = (self._person(rating), *content.buttons)
        if rating.is_solved is None:
            buttons += self._texts.content("rating_solved").buttons
        return replace(content, buttons=buttons, card=self._details(rating, rules, buttons))

    def _person(self, rating: Rating) -> Button:
        skill = _SKILLS.get(rating.topic, Skill.BILLING).value
        payload = f'/human{{"reason": "dissatisfied", "skill": "{skill}"}}'
        return Button(self._texts.text("rating_to_person"), payload)

    def _details(self, rating: Rating, rules: RatingRules, buttons: tuple[Button, ...]) -> dict[str, object]:
        return {
            "type": "rating_details",
            "stars": rating.stars,
            "asks_solved": rating.is_solved is None,
            "reasons": list(ratings.reasons_for(rating.stars, rules)),
            "choices": [
                {"title": b.title, "payload": b.payload} for b in buttons if not b.payload.startswith("/rate")
            ],
        }

    def _say(self, key: str, **fields: object) -> Content:
        return replace(self._texts.content(key, **fields), about=_ABOUT)
