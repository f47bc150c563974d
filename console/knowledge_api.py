"""The knowledge console over HTTP, under /api/knowledge (see docs/operator-api.md)."""

from __future__ import annotations

from sanic import Blueprint

from console import articles_api, questions_api, releases_api
from console.knowledge_parts import KnowledgeParts


def blueprint(parts: KnowledgeParts) -> Blueprint:
    """Return the routes."""
    routes = Blueprint("knowledge", url_prefix="/api/knowledge")
    articles_api.mount(routes, parts)
    releases_api.mount(routes, parts)
    questions_api.mount(routes, parts)
    return routes
