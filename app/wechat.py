"""The WeChat channel, put together."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from prometheus_client import Counter
from sanic import Sanic

from app.metrics import Metrics
from bot.channels.wechat import endpoint
from bot.channels.wechat.accounts import DEMO, Account, accounts
from bot.channels.wechat.budget import Budgets
from bot.channels.wechat.callbacks import Callbacks, Parts
from bot.channels.wechat.channel import Notify, WechatChannel
from bot.channels.wechat.claims import Claims
from bot.channels.wechat.client import WechatApi
from bot.channels.wechat.menu import CustomMenu, read_menu
from bot.channels.wechat.speech import HttpRecogniser, NoRecogniser, Recogniser
from bot.channels.wechat.upkeep import publish_when_up, sweep_forever
from bot.channels.wechat.words import word
from bot.gateway import Gateway
from bss.port import Bss
from console.reply_budget import BudgetOf, ReplyBudget
from conversations.identity import Identity
from conversations.model import ContactId, Message
from core.clock import Clock
from core.database import Database
from core.settings import Settings

_GRACE_S = 0.6  # beyond the passive time, until another process may take a claim over


@dataclass
class Wechat:
    """The running channel."""

    apis: Mapping[str, WechatApi]
    menus: Mapping[str, CustomMenu]
    claims: Claims
    channel: WechatChannel
    callbacks: Callbacks
    recogniser: Recogniser
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def start(self) -> None:
        """Begin the upkeep; the sandbox's menu is published at once, others by `app wechat menu`."""
        if self.apis:
            self.tasks.append(asyncio.create_task(sweep_forever(self.claims)))
        if (demo := self.apis.get(DEMO.name)) is not None:
            self.tasks.append(asyncio.create_task(publish_when_up({DEMO.name: demo}, self.menus)))

    async def stop(self) -> None:
        """End what is under way and close the connections."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.callbacks.stop()
        await self.channel.stop()
        for api in self.apis.values():
            await api.close()
        await self.recogniser.close()


def mount(
    app: Sanic[Any, Any],
    db: Database,
    clock: Clock,
    settings: Settings,
    gateway: Gateway,
    metrics: Metrics,
    notify: Notify | None = None,
) -> Wechat:
    """Serve every account's callback and let the gateway push; nothing connects before it starts."""
    events = Counter(
        "tongda_wechat_events",
        "What happened in the WeChat channel: received, duplicate, refused, failed, passive, pushed, waiting, api_error_<code>",
        ["account", "event"],
        registry=metrics.registry,
    )

    def count(account: str, event: str) -> None:
        events.labels(account, event).inc()

    found = accounts(settings)
    apis = {name: _api(account, db, clock, settings, gateway.owner, count) for name, account in found.items()}
    menus = menus_of(found)
    channel = WechatChannel(
        db, clock, found, apis, gateway.owner, count, notify if settings.wechat_sms else None
    )
    claims = Claims(db, clock, gateway.owner, timedelta(seconds=settings.wechat_passive_s + _GRACE_S))
    recogniser = HttpRecogniser(settings.wechat_speech_url) if settings.wechat_speech_url else NoRecogniser()
    callbacks = Callbacks(
        Parts(
            db=db,
            clock=clock,
            accounts=found,
            apis=apis,
            menus=menus,
            gateway=gateway,
            channel=channel,
            claims=claims,
            recogniser=recogniser,
            passive_s=settings.wechat_passive_s,
            count=count,
        )
    )
    gateway.register(channel)
    endpoint.mount(app, found, callbacks, clock, count)
    return Wechat(apis, menus, claims, channel, callbacks, recogniser)


def _api(
    account: Account, db: Database, clock: Clock, settings: Settings, owner: str, count: Any
) -> WechatApi:
    return WechatApi.of(
        account, db, clock, settings, owner, lambda code: count(account.name, f"api_error_{code}")
    )


def menus_of(found: Mapping[str, Account]) -> dict[str, CustomMenu]:
    """Read the custom menu of every account."""
    return {name: read_menu(account.menu) if account.menu else read_menu() for name, account in found.items()}


def budgets(db: Database, clock: Clock) -> BudgetOf:
    """Tell the desk what WeChat still allows towards a customer."""
    found = Budgets(db, clock)

    async def budget_of(contact_id: ContactId) -> ReplyBudget | None:
        budget = await found.of(contact_id)
        return ReplyBudget(budget.left, budget.until, budget.waiting) if budget is not None else None

    return budget_of


def by_sms(bss: Bss, identity: Identity) -> Notify:
    """Tell customers with a proven number by SMS that something waits for them in WeChat."""

    async def notify(message: Message) -> None:
        number = await identity.proven_number(message.conversation_id)
        if number is not None:
            await bss.send_sms(number, word("notice"), key=f"wechat-{message.id}")

    return notify
