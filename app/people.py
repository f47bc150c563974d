"""The people's side of the service, put together: queue, desk, ratings, and the live events between processes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from actions.moments import moment_text
from bot.channels.wechat.channel import WechatChannel
from bot.people import People
from bot.rating import RatingTalk
from bot.service_texts import ServiceTexts
from bss.port import Bss
from conversations.closing import RATING, Closing
from conversations.desk_model import Handoff
from conversations.follow_ups import FollowUps
from conversations.handoff_steps import Surroundings
from conversations.handoffs import Handoffs
from conversations.identity import Identity
from conversations.live import LiveEvents, live_events
from conversations.model import Message, new_id
from conversations.operating import Operating
from conversations.presence import PresenceBook
from conversations.rows import IDLE
from conversations.sealing import Sealer
from conversations.timers import Timers
from conversations.transcript import Transcript
from core.clock import Clock
from core.database import Database
from core.settings import Settings


@dataclass(frozen=True, slots=True)
class Desk:
    """What the gateway, the console and the loops of the service share."""

    process: str  # of all service processes, this one
    live: LiveEvents
    operating: Operating
    presence: PresenceBook
    handoffs: Handoffs
    closing: Closing
    people: People
    follow_ups: FollowUps

    def watch_timers(self, timers: Timers) -> None:
        """Let silence and unanswered ratings end what they end."""
        timers.on(IDLE, self.closing.on_silence)
        timers.on(RATING, self.closing.on_rating_due)


def desk(db: Database, clock: Clock, settings: Settings, transcript: Transcript, texts: ServiceTexts) -> Desk:
    """Put the desk together; nothing runs yet."""
    live = live_events(db)
    closing = Closing(
        db, clock, settings, texts.content, transcript.announce, live.publish, rationed={WechatChannel.name}
    )
    around = Surroundings(texts.content, transcript.announce, live.publish, closing)
    handoffs, operating = Handoffs(db, clock, settings, around), Operating(db, clock)
    people = People(handoffs, operating, RatingTalk(closing, clock, texts), texts)
    sealer = Sealer(settings.secret)
    follow_ups = FollowUps(db, clock, sealer, texts.content, transcript.announce, live.publish)
    process = new_id()
    transcript.on_said(lambda message: _tell(live, process, message))
    transcript.on_received(lambda message: _tell(live, process, message))
    return Desk(process, live, operating, PresenceBook(db, clock), handoffs, closing, people, follow_ups)


def _tell(live: LiveEvents, process: str, message: Message) -> None:
    """Say that a message was written, where a person may be looking; a conversation of the bot alone has epoch 0."""
    if message.epoch > 0:
        told = {
            "contact": message.contact_id,
            "seq": message.seq,
            "sender": message.sender.value,
            "process": process,
        }
        live.publish("conversation.said", message.conversation_id, told)


class Callback:
    """Opens a ticket for a customer whom nobody came for: once for each handoff."""

    def __init__(
        self,
        bss: Bss,
        identity: Identity,
        operating: Operating,
        clock: Clock,
        settings: Settings,
        texts: ServiceTexts,
    ) -> None:
        self._bss, self._identity, self._clock, self._texts = bss, identity, clock, texts
        self._operating = operating
        self._promise = timedelta(hours=settings.complaint_promise_h)

    async def __call__(self, handoff: Handoff) -> Mapping[str, object]:
        """Return the ticket's number and until when the customer is called; nothing without a proven number."""
        number = await self._identity.proven_number(handoff.conversation_id)
        if number is None:
            return {}  # nobody could call: the customer is asked to leave a number
        wish = handoff.request.summary.wish or handoff.request.summary.who
        text = self._texts.text("ticket_nobody_came", wish=wish)
        due = await self._operating.due(self._clock.now(), self._promise)
        ticket = await self._bss.open_ticket(number, "request", text, "major", key=handoff.id, requested=due)
        return {"ticket": ticket.id, "until": moment_text(ticket.promised or due)}
