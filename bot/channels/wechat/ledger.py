"""What WeChat still lets us send: 5 messages within 48 hours after a message, 3 within a minute after a click.

Passive replies are free. A new message or click replaces the allowance of its own kind; a message is charged to the
click's while that lasts. One is always kept for a hand-off and one for the question for a rating.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.wechat.arrival import Action
from bot.channels.wechat.tables import users
from conversations.locking import lock_name

_U = users.c
PER_MESSAGE, PER_CLICK = 5, 3
_MESSAGE_LASTS = timedelta(hours=48) - timedelta(minutes=2)  # a margin for the way there
_CLICK_LASTS = timedelta(seconds=60 - 5)
_REMEMBERED = PER_MESSAGE + PER_CLICK  # pushes


class Purpose(IntEnum):
    """What a message is for; the value is how many must stay for what matters more."""

    RATING = 0
    HANDOFF = 1
    ORDINARY = 2


@dataclass(frozen=True, slots=True)
class Allowance:
    """What may still be sent to a user, all kinds together."""

    is_following: bool
    click_left: int
    click_until: datetime
    message_left: int
    message_until: datetime

    @property
    def left(self) -> int:
        return self.click_left + self.message_left if self.is_following else 0

    @property
    def until(self) -> datetime:
        """Until when the most of it lasts."""
        return self.message_until if self.message_left else self.click_until

    def affordable(self, purpose: Purpose) -> int:
        """Return how many messages of a purpose may go out."""
        return max(0, self.left - purpose.value)


async def lock_user(connection: AsyncConnection, channel_user: str, now: datetime) -> None:
    """Hold a user's row until the transaction ends: one decision about them at a time, in all processes."""
    locked = select(_U.channel_user).where(_U.channel_user == channel_user).with_for_update()
    if (await connection.execute(locked)).first() is not None:
        return
    await lock_name(connection, f"wechat:{channel_user}")
    if (await connection.execute(locked)).first() is not None:
        return
    await connection.execute(
        insert(users).values(
            channel_user=channel_user,
            is_following=True,
            welcomes=0,
            message_left=0,
            message_until=now,
            click_left=0,
            click_until=now,
            noticed=False,
            pushes=[],
        )
    )


async def grant(connection: AsyncConnection, channel_user: str, action: Action, at: datetime) -> None:
    """Note what a message or click at a time allows; whoever writes to us follows us.

    What comes late allows only what was not pushed since it was sent, and nothing when a later one is known.
    """
    if action not in (Action.MESSAGE, Action.CLICK):
        return
    row = (await connection.execute(select(users).where(_U.channel_user == channel_user))).one()
    pushed = sum(1 for when in row.pushes if when >= at.timestamp())
    allowed: dict[str, object] = {}
    if action is Action.MESSAGE and at + _MESSAGE_LASTS >= row.message_until:
        allowed = {"message_left": max(0, PER_MESSAGE - pushed), "message_until": at + _MESSAGE_LASTS}
    elif action is Action.CLICK and at + _CLICK_LASTS >= row.click_until:
        allowed = {"click_left": max(0, PER_CLICK - pushed), "click_until": at + _CLICK_LASTS}
    await _set(connection, channel_user, is_following=True, noticed=False, **allowed)


async def allowance(connection: AsyncConnection, channel_user: str, now: datetime) -> Allowance | None:
    """Return what may be sent now; None for somebody who never wrote."""
    row = (await connection.execute(select(users).where(_U.channel_user == channel_user))).one_or_none()
    return _allowance(row, now) if row is not None else None


async def charge(connection: AsyncConnection, channel_user: str, count: int, now: datetime) -> int:
    """Take from what may be sent before it is sent; return how many were charged to the click."""
    row = (await connection.execute(select(users).where(_U.channel_user == channel_user))).one()
    now_allowed = _allowance(row, now)
    of_click = min(count, now_allowed.click_left)
    await _set(
        connection,
        channel_user,
        click_left=now_allowed.click_left - of_click,
        message_left=max(0, now_allowed.message_left - (count - of_click)),
        pushes=[*row.pushes, *[now.timestamp()] * count][-_REMEMBERED:],
    )
    return of_click


async def refund(connection: AsyncConnection, channel_user: str, of_click: int, of_message: int) -> None:
    """Give back what was surely not sent."""
    row = (await connection.execute(select(users).where(_U.channel_user == channel_user))).one()
    await _set(
        connection,
        channel_user,
        click_left=min(PER_CLICK, row.click_left + of_click),
        message_left=min(PER_MESSAGE, row.message_left + of_message),
        pushes=row.pushes[: max(0, len(row.pushes) - of_click - of_message)],
    )


async def exhaust(connection: AsyncConnection, channel_user: str) -> None:
    """Believe WeChat that nothing more may be sent."""
    await _set(connection, channel_user, click_left=0, message_left=0)


async def unfollow(connection: AsyncConnection, channel_user: str) -> None:
    """Note that a user does not want to hear from us."""
    await _set(connection, channel_user, is_following=False, click_left=0, message_left=0)


async def welcome(connection: AsyncConnection, channel_user: str) -> int:
    """Count a welcome; return how many there were before."""
    counted = await connection.execute(
        update(users)
        .where(_U.channel_user == channel_user)
        .values(welcomes=_U.welcomes + 1, is_following=True)
        .returning(_U.welcomes)
    )
    return int(counted.scalar_one()) - 1


async def take_notice(connection: AsyncConnection, channel_user: str) -> bool:
    """Say whether the user is still to be told, otherwise than by WeChat, that something waits; once."""
    done = await connection.execute(
        update(users).where(_U.channel_user == channel_user, _U.noticed.is_(False)).values(noticed=True)
    )
    return done.rowcount == 1


def _allowance(row: Row[tuple[object, ...]], now: datetime) -> Allowance:
    return Allowance(
        is_following=row.is_following,
        click_left=row.click_left if row.click_until > now else 0,
        click_until=row.click_until,
        message_left=row.message_left if row.message_until > now else 0,
        message_until=row.message_until,
    )


async def _set(connection: AsyncConnection, channel_user: str, **values: object) -> None:
    await connection.execute(update(users).where(_U.channel_user == channel_user).values(**values))
