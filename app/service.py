"""The composition root: every part is made here, once, and handed what it stands on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from sanic import Sanic
from sqlalchemy import text

from actions import endpoint
from actions.services import Services
from actions.settlement import settle_forever
from app import console, docs, health, people, wechat
from app.follow_up_tickets import FollowUpTickets
from app.knowledge import Knowledge
from app.metrics import MeteredEngine, Metrics
from app.migrate import upgrade
from app.shelf import StockedBss
from app.stock import Stock
from app.unknown import Unknown
from bot.channels import rest, socketio, widget
from bot.gateway import Gateway
from bot.rasa_client import RasaEngine
from bot.service_texts import service_texts
from console.audit import Audit
from conversations.feedback import Feedback
from conversations.follow_ups import FOLLOW_UP
from conversations.identity import Identity
from conversations.pending import PendingActions
from conversations.queue_watch import QueueWatch
from conversations.timers import Timers
from conversations.transcript import Transcript
from conversations.vault import Vault
from core import log, serving
from core.clock import SystemClock
from core.database import Database
from core.errors import AppError
from core.ids import OfferingId
from core.offering import Offering
from core.settings import Settings
from knowledge_base.offering_store.store import OfferingStore

_log = log.get(__name__)
_CATALOGUE_EVERY_S = 300.0


class Offers(Protocol):
    """Where offerings come from."""

    async def offerings(self) -> Sequence[Offering]: ...


class Catalogue:
    """The offerings as last heard from the billing system."""

    def __init__(self, bss: Offers) -> None:
        self._bss = bss
        self.offerings: Sequence[Offering] = ()
        self.on_change: Callable[[], None] = lambda: None  # told when they are others than before

    def name_of(self, offering_id: OfferingId) -> str:
        """Return an offering's name; its id where it is not known."""
        return next((o.name for o in self.offerings if o.id == offering_id), str(offering_id))

    async def refresh(self) -> None:
        """Ask now; raises UpstreamError."""
        found = await self._bss.offerings()
        if list(found) != list(self.offerings):
            self.offerings = found
            self.on_change()

    async def refresh_forever(self) -> None:
        """Ask again every few minutes, and soon after a failure; what was known stays known."""
        while True:
            try:
                await self.refresh()
                await asyncio.sleep(_CATALOGUE_EVERY_S)
            except AppError as error:
                _log.warning("catalogue.not_refreshed", code=error.code)
                await asyncio.sleep(2.0)


def create_app(settings: Settings) -> Sanic[Any, Any]:
    """Put the service together; nothing connects before it starts."""
    clock, db = SystemClock(), Database(settings.database)
    bss = StockedBss(settings, clock, OfferingStore(db, clock, Audit(db, clock).note))
    transcript = Transcript(db, clock, settings)
    metrics, rasa = Metrics(), RasaEngine.from_settings(settings)
    texts = service_texts()
    desk = people.desk(db, clock, settings, transcript, texts)
    gateway = Gateway(db, clock, settings, MeteredEngine(rasa, metrics), transcript, desk.people, texts)
    desk.watch_timers(gateway.timers)
    gateway.listen(desk.live, desk.process)
    catalogue = Catalogue(bss)
    knowledge = Knowledge(db, clock, settings, desk, lambda: catalogue.offerings)
    unknown = Unknown(db, clock, settings, desk.process, knowledge)
    services = Services(
        bss=bss,
        retriever=knowledge.retriever,
        vault=Vault(db, clock, settings),
        identity=Identity(db, clock, settings),
        pending=PendingActions(db, clock, settings),
        transcript=transcript,
        hours=desk.operating,
        clock=clock,
        settings=settings,
    )
    promises = Timers(db, clock, gateway.owner)  # apart: a billing system that hangs holds up no other timer
    promises.on(FOLLOW_UP, FollowUpTickets(desk.follow_ups, bss, clock, texts))
    nobody = people.Callback(bss, services.identity, desk.operating, clock, settings, texts)
    watch = QueueWatch(db, clock, settings, desk.handoffs, desk.presence, desk.live, nobody, gateway.owner)
    app: Sanic[Any, Any] = Sanic("tongda", configure_logging=False)
    metrics.mount(app)
    docs.mount(app)
    rest.mount(app, gateway, settings)
    socketio.mount(app, gateway, settings, Feedback(db, clock), desk.live)
    official = wechat.mount(app, db, clock, settings, gateway, metrics, wechat.by_sms(bss, services.identity))
    widget.mount(app, settings, lambda: catalogue.offerings, clock.now)
    endpoint.mount(app, services)
    stock = Stock(db, settings, services, desk, bss, catalogue.refresh)
    stock.mount(app)
    catalogue.on_change = stock.look_soon
    knowledge.flags = stock.flags
    fill_console = console.mount(
        app, db, desk, services, knowledge, unknown, catalogue.name_of, wechat.budgets(db, clock)
    )

    async def database_answers() -> bool:
        async with db.read() as connection:
            return bool((await connection.execute(text("SELECT 1"))).scalar_one())

    async def catalogue_is_known() -> bool:
        return bool(catalogue.offerings)

    health.mount(
        app,
        {
            "database": database_answers,
            "rasa": rasa.is_ready,
            "billing": catalogue_is_known,
            "knowledge": knowledge.is_live,
        },
        metrics,
    )

    async def start(app: Sanic[Any, Any]) -> None:
        await upgrade(settings.database)
        await fill_console()
        await desk.live.start()
        await knowledge.start()
        await gateway.start()
        await official.start()
        app.ctx.loops = [
            asyncio.create_task(watch.run()),
            asyncio.create_task(promises.run()),
            asyncio.create_task(catalogue.refresh_forever()),
            asyncio.create_task(settle_forever(services)),
            asyncio.create_task(unknown.run()),
        ]
        _log.info("service.started", port=settings.port)

    async def stop(app: Sanic[Any, Any]) -> None:
        for loop in app.ctx.loops:
            loop.cancel()
        await asyncio.gather(*app.ctx.loops, return_exceptions=True)
        await official.stop()
        await gateway.stop()
        await knowledge.stop()
        await desk.live.stop()
        await bss.close()
        await rasa.close()
        await db.close()

    app.register_listener(start, "before_server_start")
    app.register_listener(stop, "before_server_stop")
    return app


def serve(settings: Settings) -> None:
    """Run the service in this process until it is told to stop."""
    log.configure(settings.log_level, settings.log_json)
    app = create_app(settings)
    app.config.REQUEST_MAX_SIZE = 1_000_000
    app.config.GRACEFUL_SHUTDOWN_TIMEOUT = 5.0
    app.config.KEEP_ALIVE_TIMEOUT = 75
    serving.serve(app, settings.host, settings.port)
