"""Keeping the queue moving: vanished agents, assignment, places, and waits that lead nowhere.

One process at a time does it, by a lease in the database; nothing breaks if two do, since every verb checks again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, insert, select, update

from conversations.desk_model import Handoff, HandoffId, Presence
from conversations.handoff_views import Queue
from conversations.handoffs import Handoffs
from conversations.live import RESUMED, LiveEvent, LiveEvents
from conversations.locking import lock_name
from conversations.model import Sender
from conversations.presence import VANISHED, PresenceBook
from conversations.routing import assign
from conversations.tables import messages, timers
from core import log
from core.clock import Clock
from core.database import Database
from core.errors import StaffError
from core.ids import ConversationId
from core.settings import Settings

_log = log.get(__name__)
_LEASE = timedelta(seconds=10)
_RETRY = timedelta(seconds=30)  # after the arrangement for a customer nobody serves has failed
_GIVEN_UP_AT_ONCE = 5
# Places told in one look: a crowd hears of theirs over some seconds, and routing does not wait for it.
_TOLD_AT_ONCE = 20
_GATHER_S = 0.02  # events that come together are one look at the queue
_STALLED_S = 3.0  # a round of the watch that much late
_WAKES = {"queue.changed", "presence.changed", RESUMED}
_IS_LEASE = and_(timers.c.kind == "queue_watch", timers.c.subject == "queue")

Nobody = Callable[[Handoff], Awaitable[Mapping[str, object]]]
"""Arranges something for a customer whom nobody serves (a ticket, once for each handoff); returns what to tell them."""


@dataclass(frozen=True, slots=True)
class _Told:
    """What a waiting customer has heard of their place, and when."""

    ahead: int
    at: datetime


class QueueWatch:
    """Looks at the queue every second, and at once when something has changed.

    In its first moments (`grace`) nobody counts as vanished: while no service ran, no desk could give a sign of life.
    """

    def __init__(
        self,
        db: Database,
        clock: Clock,
        settings: Settings,
        handoffs: Handoffs,
        presence: PresenceBook,
        live: LiveEvents,
        nobody: Nobody,
        owner: str,
        grace: timedelta = VANISHED,
    ) -> None:
        self._db, self._clock, self._owner, self._grace = db, clock, owner, grace
        self._handoffs, self._presence, self._live, self._nobody = handoffs, presence, live, nobody
        self._give_up = timedelta(seconds=settings.handoff_give_up_s)
        self._tell_every = timedelta(seconds=settings.handoff_position_s)
        self._wake = asyncio.Event()
        self._looking_since: datetime | None = None  # desks could not be heard before that
        self._mine_until: datetime | None = None
        self._others_until: datetime | None = None
        self._told: dict[HandoffId, _Told | None] = {}
        self._retry: dict[HandoffId, datetime] = {}
        self._line: tuple[HandoffId, ...] = ()

    async def run(self, every_s: float = 1.0) -> None:
        """Keep the queue moving until cancelled; then another process may."""
        end = self._live.subscribe(self._on_event)
        time = asyncio.get_running_loop().time
        try:
            while True:
                began = time()
                try:
                    await self.look()
                except Exception:
                    _log.exception("queue_watch.failed")
                await self._pause(every_s)
                self._note_pace(time() - began - every_s)
        finally:
            end()
            await asyncio.shield(self._give_lease_back())

    def _note_pace(self, late_s: float) -> None:
        """After a round that was far too late: this process was stalled, and so were the desks' signs of life."""
        if late_s >= _STALLED_S:
            _log.warning("queue_watch.stalled", late_s=round(late_s, 1))
            self._looking_since = None  # the grace of a start, again

    async def look(self) -> bool:
        """Do all there is to do now; False when another process does it."""
        if not await self._lease():
            self._told.clear()
            return False
        self._looking_since = self._looking_since or self._clock.now()
        if self._clock.now() - self._looking_since >= self._grace:
            await self._return_lost()
        if not await self._handoffs.waiting():
            self._note_line(())
            return True
        if await self._assign(queue := await self._handoffs.queue()):
            queue = await self._handoffs.queue()
        await self._tell_places(queue)
        await self._stop_hopeless(queue)
        self._note_line([waiting.id for waiting in queue.waiting])
        return True

    # --- what there is to do -----------------------------------------------------------------------------------

    async def _return_lost(self) -> None:
        """Put vanished agents offline and their customers back; what a crash left half done is found by the second."""
        for staff_id in await self._presence.expire():
            self._live.publish("presence.changed", staff_id, {"presence": Presence.OFFLINE.value})
        for staff_id in await self._handoffs.lost_agents():
            await self._handoffs.give_back_of(staff_id)

    async def _assign(self, queue: Queue) -> bool:
        given = assign(queue.waiting, queue.desks, self._clock.now())
        for handoff_id, staff_id in given:
            try:
                await self._handoffs.accept(handoff_id, staff_id, only_if_online=True)
            except StaffError as error:  # the customer left, or the agent was quicker or is away: look again
                _log.info("handoff.not_assigned", handoff=handoff_id, staff=staff_id, code=error.code)
        return bool(given)

    async def _tell_places(self, queue: Queue) -> None:
        """Tell who has come closer, each at most once in a while; who was told nothing hears it after that while."""
        now = self._clock.now()
        self._told = {handoff.id: self._told.get(handoff.id) for handoff in queue.handoffs}
        due = [handoff for handoff in queue.handoffs if now - handoff.queued >= self._tell_every]
        await self._remember([handoff for handoff in due if self._told[handoff.id] is None])
        count = 0
        for handoff in due:
            place, told = queue.place(handoff), self._told[handoff.id]
            if told is not None and (place.ahead >= told.ahead or now - told.at < self._tell_every):
                continue
            if (count := count + 1) > _TOLD_AT_ONCE:
                return  # the rest in the next looks
            try:
                await self._handoffs.tell_place(handoff, place)
            except StaffError:
                continue  # served, or gone, in the meantime
            self._told[handoff.id] = _Told(place.ahead, now)

    async def _stop_hopeless(self, queue: Queue) -> None:
        """Arrange something else for those who have waited long while nobody is online."""
        now = self._clock.now()
        self._retry = {h.id: self._retry[h.id] for h in queue.handoffs if h.id in self._retry}
        if any(desk.presence is Presence.ONLINE for desk in queue.desks):
            return
        long = [h for h in queue.handoffs if now - h.queued >= self._give_up]
        for handoff in [h for h in long if self._retry.get(h.id, now) <= now][:_GIVEN_UP_AT_ONCE]:
            try:
                fields = await self._nobody(handoff)
                await self._handoffs.nobody_came(handoff.conversation_id, **fields)
            except Exception:
                _log.exception("handoff.not_given_up", handoff=handoff.id)
                self._retry[handoff.id] = now + _RETRY

    async def _remember(self, handoffs: Sequence[Handoff]) -> None:
        """Read from the transcript what customers have been told of their place, after a start."""
        if not handoffs:
            return
        stays = {handoff.conversation_id: handoff for handoff in handoffs}
        query = (
            select(messages.c.conversation_id, messages.c.about, messages.c.created)
            .where(
                messages.c.conversation_id.in_(list(stays)),
                messages.c.sender == Sender.SYSTEM.value,
                messages.c.about.is_not(None),
            )
            .order_by(messages.c.seq)
        )
        async with self._db.read() as connection:
            for row in await connection.execute(query):
                stay = stays[ConversationId(row.conversation_id)]
                if isinstance(ahead := row.about.get("ahead"), int) and row.created >= stay.queued:
                    self._told[stay.id] = _Told(ahead, row.created)

    def _note_line(self, line: Sequence[HandoffId]) -> None:
        """Tell the desks when the queue is not what it was, whoever changed it."""
        if tuple(line) != self._line:
            self._line = tuple(line)
            self._live.publish("queue.changed", "", {"waiting": len(line)})

    # --- when, and which process -------------------------------------------------------------------------------

    async def _on_event(self, event: LiveEvent) -> None:
        if event.kind in _WAKES:
            self._wake.set()

    async def _pause(self, every_s: float) -> None:
        try:
            await asyncio.wait_for(self._wake.wait(), timeout=every_s)
        except TimeoutError:
            return
        await asyncio.sleep(_GATHER_S)
        self._wake.clear()

    async def _lease(self) -> bool:
        now = self._clock.now()
        if self._mine_until is not None and now < self._mine_until - _LEASE / 2:
            return True
        if self._others_until is not None and now < self._others_until:
            return False
        async with self._db.write() as connection:
            await lock_name(connection, "queue_watch")
            row = (await connection.execute(select(timers).where(_IS_LEASE))).one_or_none()
            if row is None:
                await connection.execute(insert(timers).values(kind="queue_watch", subject="queue", due=now))
            elif row.lease_owner not in (None, self._owner) and row.lease_until > now:
                self._mine_until, self._others_until = None, row.lease_until
                return False
            await connection.execute(
                update(timers)
                .where(_IS_LEASE)
                .values(lease_owner=self._owner, lease_until=now + _LEASE, due=now)
            )
        self._mine_until, self._others_until = now + _LEASE, None
        return True

    async def _give_lease_back(self) -> None:
        self._mine_until = None
        async with self._db.write() as connection:
            await connection.execute(
                update(timers)
                .where(_IS_LEASE, timers.c.lease_owner == self._owner)
                .values(lease_owner=None, lease_until=None)
            )
