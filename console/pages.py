"""The staff's pages: HTML without anything of ours in it; what they show they ask for themselves."""

from __future__ import annotations

from typing import Any

from sanic import Sanic

from console.guard import Guard
from conversations.desk_model import Role

PAGES: dict[str, tuple[str, tuple[Role, ...]]] = {
    "/agent": ("agent.html", (Role.AGENT, Role.SUPERVISOR, Role.ADMIN)),
    "/agent/admin": ("admin.html", (Role.ADMIN, Role.SUPERVISOR)),
}
