"""Getting written messages to customers: pushed at once where they can be reached, again later where not."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Collection, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from conversations.directory import Directory
from conversations.model import Contact, ContactId, Message
from conversations.outbox import Outbox
from core import log

_log = log.get(__name__)
_REMEMBERED = 10_000  # contacts
_AT_ONCE = 20  # contacts sent to side by side, of those that are due


@dataclass(frozen=True, slots=True)
class Pushed:
    """How many messages a channel has taken, and before when the rest is not to be tried (None: soon)."""

    taken: int
    held_until: datetime | None = None


class PushChannel(Protocol):
    """A channel that sends by itself; REST is not one, it is asked."""

    @property
    def name(self) -> str:
        """The channel's name in `contacts`."""

    @property
    def is_rationed(self) -> bool:
        """Whether only so many messages may be sent: then nothing is said that can be done without."""

    def reachable(self) -> Collection[str] | None:
        """Return the channel users this process can reach now; None for everyone."""

    def can_reach(self, channel_user: str) -> bool:
        """Say whether this process can send to a channel user now."""

    async def push(self, channel_user: str, messages: Sequence[Message]) -> Pushed:
        """Send messages in order."""

    async def typing(self, channel_user: str, is_typing: bool) -> None:
        """Show, or stop showing, that an answer is being written."""


class Delivery:
    """Delivers the outbox over the channels that push."""

    def __init__(self, outbox: Outbox, directory: Directory, owner: str) -> None:
        self._outbox, self._directory, self._owner = outbox, directory, owner
        self._channels: dict[str, PushChannel] = {}
        self._contacts: dict[ContactId, Contact] = {}
        self._locks: defaultdict[ContactId, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._tasks: set[asyncio.Task[None]] = set()

    def register(self, channel: PushChannel) -> None:
        """Deliver over this channel from now on."""
        self._channels[channel.name] = channel

    def is_rationed(self, channel: str) -> bool:
        """Say whether every message of this channel counts."""
        return channel in self._channels and self._channels[channel].is_rationed

    def pushes(self, channel: str) -> bool:
        """Say whether messages of this channel are pushed."""
        return channel in self._channels

    def remember(self, contact: Contact) -> None:
        """Spare the lookup of a contact that is being served."""
        if len(self._contacts) >= _REMEMBERED:
            self._contacts.clear()
        self._contacts[contact.id] = contact

    def announce(self, message: Message) -> None:
        """Start delivering to the contact of a message just written; returns at once."""
        self.start(message.contact_id)

    def start(self, contact_id: ContactId) -> None:
        """As `announce`, by the contact's id."""
        if self._channels:
            self._beside(self.deliver_to(contact_id))

    def _beside(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def typing(self, contact: Contact, is_typing: bool) -> None:
        """Pass on that an answer is being written; never fails."""
        channel = self._channels.get(contact.channel)
        if channel is not None:
            try:
                await channel.typing(contact.channel_user, is_typing)
            except Exception:
                _log.exception("typing.failed", channel=contact.channel)

    async def typing_to(self, contact_id: ContactId, is_typing: bool) -> None:
        """As `typing`, by the contact's id, where this process can reach it."""
        contact = self._contacts.get(contact_id) or await self._directory.contact_of(contact_id)
        if contact is not None:
            self.remember(contact)
            await self.typing(contact, is_typing)

    async def deliver(self, contact: Contact) -> None:
        """Send a contact what waits for it, in order, and mark it."""
        channel = self._channels.get(contact.channel)
        if channel is None or not channel.can_reach(contact.channel_user):
            return
        lock = self._locks[contact.id]
        try:
            async with lock:
                await self._send(channel, contact)
        finally:
            if not lock.locked() and not getattr(lock, "_waiters", None):
                self._locks.pop(contact.id, None)

    async def _send(self, channel: PushChannel, contact: Contact) -> None:
        waiting = await self._outbox.lease(contact.id, self._owner)
        if not waiting:
            return
        try:
            pushed = await channel.push(contact.channel_user, waiting)
        except Exception:
            _log.exception("delivery.failed", channel=contact.channel)
            pushed = Pushed(0)
        await self._outbox.mark_sent([message.id for message in waiting[: pushed.taken]])
        if left := waiting[pushed.taken :]:
            if pushed.held_until is not None:
                await self._outbox.hold(left, pushed.held_until, self._owner)
            else:
                await self._outbox.put_back(left)

    async def deliver_to(self, contact_id: ContactId) -> None:
        """As `deliver`, by the contact's id; never fails: the loop tries again."""
        try:
            contact = self._contacts.get(contact_id) or await self._directory.contact_of(contact_id)
            if contact is not None:
                await self.deliver(contact)
        except Exception:
            _log.exception("delivery.failed", contact=contact_id)

    async def deliver_due(self) -> None:
        """Send what is due to everyone who can be reached."""
        await asyncio.gather(*(self._deliver_due_over(channel) for channel in self._channels.values()))

    async def _deliver_due_over(self, channel: PushChannel) -> None:
        try:
            reachable = channel.reachable()
            if reachable is not None and not reachable:
                return
            due = await self._outbox.due(channel.name, reachable)
            for start in range(0, len(due), _AT_ONCE):
                await asyncio.gather(*(self.deliver(contact) for contact in due[start : start + _AT_ONCE]))
        except Exception:
            _log.exception("delivery.failed", channel=channel.name)

    async def run(self, every_s: float = 1.0) -> None:
        """Deliver until cancelled; a channel whose round takes long keeps no other waiting."""
        rounds: dict[str, asyncio.Task[None]] = {}
        while True:
            for name, channel in self._channels.items():
                if name not in rounds or rounds[name].done():
                    rounds[name] = self._beside(self._deliver_due_over(channel))
            await asyncio.sleep(every_s)

    async def stop(self) -> None:
        """Let the deliveries under way end."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=2.0)
        left = tuple(self._tasks)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
