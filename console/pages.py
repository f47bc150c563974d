"""The staff's pages: HTML without anything of ours in it; what they show they ask for themselves."""

from __future__ import annotations

from typing import Any

from sanic import Sanic

from console.guard import Guard
from console.static import WEB
from conversations.desk_model import Role

PAGES: dict[str, tuple[str, tuple[Role, ...]]] = {
    "/agent": ("agent.html", (Role.AGENT, Role.SUPERVISOR, Role.ADMIN)),
    "/operator": ("operator.html", (Role.OPERATOR, Role.REVIEWER, Role.SUPERVISOR, Role.ADMIN)),
    "/agent/admin": ("admin.html", (Role.ADMIN, Role.SUPERVISOR)),
}


def mount(app: Sanic[Any, Any], guard: Guard) -> None:
    """Serve every page to its roles."""
    for path, (name, roles) in PAGES.items():
        html = (WEB / name).read_text(encoding="utf-8")
        app.add_route(guard.page(html, roles), path, methods=["GET"], name=f"page_{name.partition('.')[0]}")
