"""`/metrics`: what a Prometheus server scrapes; names and labels carry no personal data."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from sanic import HTTPResponse, Request, Sanic
from sanic.response import BaseHTTPResponse

from bot.rasa_client import DialogueEngine
from conversations.model import Content
from core.errors import UpstreamError
from core.ids import ConversationId, MessageId

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """One registry for one service process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.turns = Histogram(
            "tongda_turn_seconds", "One turn of the dialogue engine", buckets=_SECONDS, registry=self.registry
        )
        self.turn_failures = Counter(
            "tongda_turn_failures",
            "Turns that failed or were answered with nothing",
            ["reason"],
            registry=self.registry,
        )
        self.requests = Histogram(
            "tongda_http_seconds",
            "HTTP requests by route",
            ["route", "status"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.ready = Gauge("tongda_ready", "1 when a part is ready", ["part"], registry=self.registry)

    def mount(self, app: Sanic[Any, Any]) -> None:
        """Time every request and serve the figures."""

        async def started(request: Request) -> None:
            request.ctx.started = time.perf_counter()

        async def ended(request: Request, response: BaseHTTPResponse) -> None:
            route = request.route.path if request.route else "unknown"
            taken = time.perf_counter() - getattr(request.ctx, "started", time.perf_counter())
            self.requests.labels(route, str(response.status)).observe(taken)

        app.register_middleware(started, "request")
        app.register_middleware(ended, "response")

        @app.get("/metrics", name="metrics")
        async def metrics(request: Request) -> HTTPResponse:
            return HTTPResponse(generate_latest(self.registry), content_type=CONTENT_TYPE_LATEST)


class MeteredEngine:
    """A dialogue engine whose turns are counted."""

    def __init__(self, inner: DialogueEngine, metrics: Metrics) -> None:
        self._inner, self._metrics = inner, metrics

    async def send(
        self,
        conversation_id: ConversationId,
        text: str,
        message_id: MessageId,
        metadata: Mapping[str, object],
    ) -> list[Content]:
        """Take one turn (see `DialogueEngine.send`)."""
        started = time.perf_counter()
        try:
            answer = await self._inner.send(conversation_id, text, message_id, metadata)
        except UpstreamError as error:
            self._metrics.turn_failures.labels(error.code).inc()
            raise
        self._metrics.turns.observe(time.perf_counter() - started)
        if not answer:
            self._metrics.turn_failures.labels("engine.empty").inc()
        return answer

    async def answers_to(
        self, conversation_id: ConversationId, message_id: MessageId
    ) -> list[Content] | None:
        """Look an answer up (see `DialogueEngine.answers_to`)."""
        return await self._inner.answers_to(conversation_id, message_id)

    async def is_ready(self, conversation_id: ConversationId | None = None) -> bool:
        """Say whether it can answer (see `DialogueEngine.is_ready`)."""
        return await self._inner.is_ready(conversation_id)

    def process_of(self, conversation_id: ConversationId) -> str:
        """Name the process that owns a conversation (see `DialogueEngine.process_of`)."""
        return self._inner.process_of(conversation_id)
