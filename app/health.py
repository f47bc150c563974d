"""`/healthz` and `/readyz`: alive, and able to serve."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from sanic import HTTPResponse, Request, Sanic, json

from app.metrics import Metrics

Check = Callable[[], Awaitable[bool]]
_TIMEOUT_S = 3.0


def mount(app: Sanic[Any, Any], checks: dict[str, Check], metrics: Metrics) -> None:
    """Serve both; `checks` are asked side by side, and one that raises or hangs is not ready."""

    @app.get("/healthz", name="healthz")
    async def healthz(request: Request) -> HTTPResponse:
        return json({"status": "ok"})

    @app.get("/readyz", name="readyz")
    async def readyz(request: Request) -> HTTPResponse:
        answers = await asyncio.gather(*(_holds(check) for check in checks.values()))
        found = dict(zip(checks, answers, strict=True))
        for part, ok in found.items():
            metrics.ready.labels(part).set(ok)
        is_ready = all(answers)
        return json(
            {"status": "ready" if is_ready else "waiting", "checks": found}, status=200 if is_ready else 503
        )


async def _holds(check: Check) -> bool:
    try:
        return await asyncio.wait_for(check(), _TIMEOUT_S)
    except Exception:  # whatever went wrong, the answer to the question is no
        return False
