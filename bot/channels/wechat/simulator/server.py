"""The simulator as a Sanic app: WeChat's API, the tester's interface and the phone's page over one memory."""

from __future__ import annotations

from itertools import count
from pathlib import Path

from sanic import HTTPResponse, Request, Sanic
from sanic.exceptions import SanicException

from bot.channels.wechat.simulator import api, page, tester
from bot.channels.wechat.simulator.account import Account
from bot.channels.wechat.simulator.acts import Acts
from bot.channels.wechat.simulator.callbacks import TRY_S, Callbacks
from bot.channels.wechat.simulator.faults import Faults
from bot.channels.wechat.simulator.media import Media
from bot.channels.wechat.simulator.menu import Menu
from bot.channels.wechat.simulator.parts import App, Parts, respond
from bot.channels.wechat.simulator.phones import Phones
from bot.channels.wechat.simulator.quota import Quota
from bot.channels.wechat.simulator.refusal import Refusal
from bot.channels.wechat.simulator.store import Store
from bot.channels.wechat.simulator.tokens import Tokens
from core import log

_names = count(1)
_log = log.get(__name__)


def create_app(db_path: Path | None, base_url: str, account: Account, try_s: float = TRY_S) -> App:
    """Build the app; without a path it forgets everything when it ends. `try_s`: what a callback's answer may take."""
    app: App = Sanic(f"wechat-simulator-{next(_names)}", configure_logging=False)
    app.config.AUTO_EXTEND = False
    app.config.FALLBACK_ERROR_FORMAT = "json"
    app.config.REQUEST_MAX_SIZE = 4_000_000
    app.config.GRACEFUL_SHUTDOWN_TIMEOUT = 2.0
    app.config.KEEP_ALIVE_TIMEOUT = 75
    app.ctx.parts = _parts(db_path, base_url.rstrip("/"), account, try_s)
    app.before_server_start(_start)
    app.after_server_stop(_stop)
    app.error_handler.add(Refusal, _refuse)
    app.error_handler.add(SanicException, _sanic_error)
    app.error_handler.add(Exception, _bug)
    for module in (api, tester, page):
        module.mount(app)
    return app


def _parts(db_path: Path | None, base_url: str, account: Account, try_s: float) -> Parts:
    store, faults = Store(db_path), Faults()
    phones, quota, media = Phones(store), Quota(store), Media(store, base_url)
    callbacks = Callbacks(store, phones, media, faults, account, try_s)
    acts = Acts(phones, quota, media, callbacks)
    return Parts(store, faults, phones, quota, Tokens(store), media, Menu(store), callbacks, acts)


async def _start(app: App) -> None:
    await app.ctx.parts.callbacks.start()


async def _stop(app: App) -> None:
    await app.ctx.parts.callbacks.stop()
    app.ctx.parts.store.close()


def _refuse(_request: Request, refusal: Refusal) -> HTTPResponse:
    return respond({"error": refusal.message}, refusal.status)


def _sanic_error(_request: Request, problem: SanicException) -> HTTPResponse:
    return respond({"error": str(problem)}, problem.status_code)


def _bug(request: Request, problem: Exception) -> HTTPResponse:
    _log.error("simulator.failed", path=request.path, exc_info=problem)
    return respond({"error": "the simulator failed"}, 500)
