"""The sandbox as a Sanic app: TM Forum APIs, payment page and tester's endpoints over one store."""

from __future__ import annotations

import hmac
from itertools import count
from pathlib import Path
from typing import Any

from sanic import HTTPResponse, Request, Sanic
from sanic.exceptions import SanicException
from sanic.response import BaseHTTPResponse

from bss.sandbox.api import (
    balance,
    bill,
    catalogue,
    message,
    order,
    party,
    payment,
    product,
    tester,
    ticket,
    usage,
)
from bss.sandbox.api.common import BASE, App, error, refuse
from bss.sandbox.faults import Fault, FaultKind, Faults, spoil, wait
from bss.sandbox.refusal import Refusal
from bss.sandbox.store import Store
from core import log
from core.clock import Clock

_names = count(1)
logger = log.get(__name__)


def create_app(db_path: Path, seed: int, base_url: str, clock: Clock, token: str = "") -> App:
    """Build the app; the store opens when the server starts. With a token, TM Forum calls need it as a bearer."""
    app: App = Sanic(f"sandbox-{next(_names)}", configure_logging=False)
    app.config.AUTO_EXTEND = False
    app.config.FALLBACK_ERROR_FORMAT = "json"
    app.config.REQUEST_MAX_SIZE = 1_000_000
    app.config.GRACEFUL_SHUTDOWN_TIMEOUT = 2.0
    app.ctx.store = Store(db_path, clock, seed)
    app.ctx.faults = Faults()
    app.ctx.base_url = base_url.rstrip("/")
    app.ctx.token = token
    app.before_server_start(_open)
    app.after_server_stop(_close)
    app.on_request(_before)
    app.register_middleware(_after, "response")
    app.error_handler.add(Refusal, lambda _request, refusal: refuse(refusal))
    app.error_handler.add(SanicException, _sanic_error)
    app.error_handler.add(Exception, _bug)
    for module in (catalogue, party, product, order, balance, bill, usage, ticket, message, payment, tester):
        module.mount(app)
    return app


async def _open(app: App) -> None:
    await app.ctx.store.open()


async def _close(app: App) -> None:
    await app.ctx.store.close()


async def _before(request: Request) -> HTTPResponse | None:
    """Check the token and let a fault strike before any work is done."""
    if not request.path.startswith(BASE):
        return None
    if request.app.ctx.token and not _is_authorised(request):
        return error(401, "unauthorised", "the bearer token is missing or wrong")
    fault: Fault | None = request.app.ctx.faults.take(request.path)
    request.ctx.fault = fault
    if fault is None or fault.after:
        return None
    if fault.kind is FaultKind.ERROR:
        return error(500, "internal_error", "the billing system failed, as asked")
    if fault.kind is FaultKind.REFUSE:
        return _drop(request)
    return None


async def _after(request: Request, response: BaseHTTPResponse) -> HTTPResponse | None:
    """Let a fault strike after the work is done."""
    fault: Fault | None = getattr(request.ctx, "fault", None)
    if fault is None:
        return None
    await wait(fault)
    if fault.kind is FaultKind.REFUSE:
        return _drop(request)
    if fault.kind is FaultKind.ERROR and fault.after:
        return error(500, "internal_error", "the billing system failed after its work, as asked")
    if fault.kind in (FaultKind.MALFORMED, FaultKind.DUPLICATE) and response.body:
        response.body = spoil(fault, response.body)
    return None


def _drop(request: Request) -> HTTPResponse:
    """Cut the connection; what is returned ends the request on our side and reaches nobody."""
    transport: Any = request.transport
    if transport is not None:
        transport.abort()
    return HTTPResponse(status=503)


def _is_authorised(request: Request) -> bool:
    return hmac.compare_digest((request.token or "").encode(), request.app.ctx.token.encode())


def _sanic_error(_request: Request, problem: SanicException) -> HTTPResponse:
    return error(
        problem.status_code, "not_found" if problem.status_code == 404 else "bad_request", str(problem)
    )


def _bug(request: Request, problem: Exception) -> HTTPResponse:
    logger.error("sandbox.failed", path=request.path, exc_info=problem)
    return error(500, "internal_error", "the sandbox failed")
