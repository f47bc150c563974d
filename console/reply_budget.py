"""How much a channel still lets an agent say: WeChat allows a few messages after each of the customer's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from sanic import Blueprint, HTTPResponse, Request, json

from console import desk_views as views
from console.accounts import Session
from console.desk_access import DESK, DeskAccess
from console.guard import Guard
from conversations.model import ContactId


@dataclass(frozen=True, slots=True)
class ReplyBudget:
    """How many messages an agent may send, until when, and how many wait for the customer to write."""

    left: int
    until: datetime
    waiting: int


BudgetOf = Callable[[ContactId], Awaitable[ReplyBudget | None]]
"""Finds a customer's budget; None where the channel sets no limit."""


def blueprint(guard: Guard, access: DeskAccess, budget_of: BudgetOf) -> Blueprint:
    """Return the route under /api/desk."""
    routes = Blueprint("reply_budget", url_prefix="/api/desk")

    @routes.get("/conversations/<conversation_id:str>/reply-budget", name="reply_budget")
    @guard.needs(*DESK)
    async def reply_budget(request: Request, session: Session, conversation_id: str) -> HTTPResponse:
        """Return what may still be sent; null where the channel sets no limit."""
        found, _ = await access.conversation(session.staff, conversation_id)
        budget = await budget_of(found.contact_id)
        if budget is None:
            return json(None)
        until = views.moment(budget.until)
        return json({"left": budget.left, "until": until, "waiting": budget.waiting})

    return routes
