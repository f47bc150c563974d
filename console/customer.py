"""The customer card: who an agent talks to, from the billing system; the full number only when asked for, and audited."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, TypeVar

from bss.port import Bss, Subscriber, SubscriberStatus, UsageKind
from conversations.desk_model import Rating
from conversations.identity import Identity
from conversations.model import ContactId
from conversations.ratings import Ratings
from core import log
from core.clock import CHINA, Clock
from core.errors import AppError, StaffError
from core.ids import ConversationId, Msisdn, OfferingId
from core.money import format_yuan
from core.privacy import mask_name, mask_number

_log = log.get(__name__)
_SHOWN = 5  # orders, tickets, ratings
_STATUS = {
    SubscriberStatus.ACTIVE: "正常",
    SubscriberStatus.BARRED: "单向停机",
    SubscriberStatus.SUSPENDED: "停机",
    SubscriberStatus.TERMINATED: "已销户",
}
_KINDS = {"prepaid": "预付费", "postpaid": "后付费"}
_ORDER_STATES = {
    "acknowledged": "已受理",
    "inProgress": "办理中",
    "pending": "等待中",
    "held": "已挂起",
    "completed": "已完成",
    "failed": "失败",
    "rejected": "被拒绝",
    "cancelled": "已取消",
}
_ACTIONS = {"add": "订购", "modify": "变更", "delete": "退订"}
_TICKETS = {"incident": "故障", "complain": "投诉", "complaint": "投诉", "request": "回电"}
_TICKET_STATES = {
    "acknowledged": "已受理",
    "inProgress": "处理中",
    "pending": "等待中",
    "held": "已挂起",
    "resolved": "已解决",
    "closed": "已关闭",
    "cancelled": "已取消",
    "rejected": "已驳回",
}
_T = TypeVar("_T")


class CustomerCards:
    """Looks customers up; what the billing system cannot say now is left out and named."""

    def __init__(
        self,
        bss: Bss,
        identity: Identity,
        ratings: Ratings,
        clock: Clock,
        name_of: Callable[[OfferingId], str],
    ) -> None:
        self._bss, self._identity, self._ratings, self._clock = bss, identity, ratings, clock
        self._name_of = name_of

    async def card(
        self, conversation_id: ConversationId, contact_id: ContactId, kept: Msisdn | None = None
    ) -> dict[str, Any]:
        """Return what the desk shows of a customer; without a proven number only past ratings.

        `kept` is the number that was proven when somebody promised to come back to them.
        """
        rated = [_rating(rating) for rating in await self._ratings.of_contact(contact_id, _SHOWN)]
        number = await self.proven(conversation_id) or kept
        if number is None:
            return {"is_verified": False, "ratings": rated, "missing": []}
        missing: list[str] = []
        subscriber, balance, usage, orders, tickets, bills = await asyncio.gather(
            _or_none(self._bss.subscriber(number), "客户资料", missing),
            _or_none(self._bss.balance(number), "余额", missing),
            _or_none(self._bss.usage(number), "用量", missing),
            _or_none(self._bss.orders(number, _SHOWN), "订单", missing),
            _or_none(self._bss.tickets(number, _SHOWN), "工单", missing),
            _or_none(self._bss.bills(number, 1), "账单", missing),
        )
        return {
            "is_verified": True,
            "number": mask_number(number),
            "subscriber": _subscriber(subscriber, self._clock.now()) if subscriber else None,
            "balance": balance
            and {"available": format_yuan(balance.available_fen), "owed": format_yuan(balance.owed_fen)},
            "last_bill": bills
            and {"month": f"{bills[0].month:%Y-%m}", "total": format_yuan(bills[0].total_fen)},
            "usage": [
                {"name": b.name, "used": _amount(b.kind, b.used), "total": _amount(b.kind, b.total)}
                for b in usage or ()
            ],
            "orders": [
                {
                    "name": self._name_of(o.offering_id),
                    "action": _ACTIONS.get(o.action.value, o.action.value),
                    "state": _ORDER_STATES.get(o.state.value, o.state.value),
                    "placed": _day(o.placed),
                }
                for o in orders or ()
            ],
            "tickets": [
                {
                    "id": t.id,
                    "kind": _TICKETS.get(t.kind, t.kind),
                    "state": _TICKET_STATES.get(t.status, t.status),
                    "created": _day(t.created),
                    "description": t.description[:80],
                }
                for t in tickets or ()
            ],
            "ratings": rated,
            "missing": missing,
        }

    async def proven(self, conversation_id: ConversationId) -> Msisdn | None:
        """Return the number a customer has proven, while the proof lasts; it is not for showing."""
        return await self._identity.proven_number(conversation_id)

    async def number(self, conversation_id: ConversationId, kept: Msisdn | None = None) -> Msisdn:
        """Return the full number; the caller audits it. Raises StaffError("customer.unverified")."""
        number = await self.proven(conversation_id) or kept
        if number is None:
            raise StaffError("customer.unverified", conversation_id)
        return number

    async def names(self, conversation_id: ConversationId) -> dict[str, str]:
        """Return what canned replies may name: the customer's surname form and their plan."""
        number = await self._identity.proven_number(conversation_id)
        if number is None:
            return {}
        try:
            subscriber = await self._bss.subscriber(number)
        except AppError:
            return {}
        return {"customer": mask_name(subscriber.name), "plan": subscriber.plan_name}


async def _or_none(asked: Awaitable[_T], name: str, missing: list[str]) -> _T | None:
    try:
        return await asked
    except AppError as error:
        _log.warning("customer_card.incomplete", part=name, code=error.code)
        missing.append(name)
        return None


def _subscriber(subscriber: Subscriber, now: datetime) -> dict[str, Any]:
    return {
        "name": mask_name(subscriber.name),
        "kind": _KINDS.get(subscriber.kind, subscriber.kind),
        "status": _STATUS[subscriber.status],
        "plan": subscriber.plan_name,
        "region": subscriber.region,
        "age": now.year - subscriber.birth_year if subscriber.birth_year else None,
        "since": f"{subscriber.in_network_since:%Y-%m-%d}",
        "contract_until": f"{subscriber.contract_until:%Y-%m-%d}" if subscriber.contract_until else None,
    }


def _rating(rating: Rating) -> dict[str, Any]:
    return {
        "at": _day(rating.rated or rating.asked),
        "stars": rating.stars,
        "is_solved": rating.is_solved,
        "reasons": list(rating.reasons),
        "words": rating.words,
    }


def _amount(kind: UsageKind, value: int) -> str:
    if kind is UsageKind.DATA:
        return f"{value / 1024:.1f}GB" if value >= 1024 else f"{value}MB"
    return f"{value}分钟" if kind is UsageKind.VOICE else f"{value}条"


def _day(at: datetime) -> str:
    return f"{at.astimezone(CHINA):%Y-%m-%d %H:%M}"
