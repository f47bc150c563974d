"""Signing in and out."""

from __future__ import annotations

from typing import Any

from sanic import Blueprint, HTTPResponse, Request, Sanic, json

from console.accounts import Accounts, Session
from console.guard import COOKIE, Guard, answered, page_headers
from console.reading import Body
from console.static import WEB
from conversations.desk_model import Role
from core.errors import NotAllowed

_DESK = {Role.AGENT, Role.SUPERVISOR, Role.ADMIN}


def mount(app: Sanic[Any, Any], guard: Guard, accounts: Accounts) -> None:
    """Serve /login and /api/staff."""
    page = (WEB / "login.html").read_text(encoding="utf-8")
    routes = Blueprint("staff", url_prefix="/api/staff")

    @app.get("/login", name="login_page")
    async def login(request: Request) -> HTTPResponse:
        return HTTPResponse(page, content_type="text/html; charset=utf-8", headers=page_headers(request))

    @routes.post("/sign-in", name="sign_in")
    async def sign_in(request: Request) -> HTTPResponse:
        """Begin a session; a new cookie, whatever was shown before."""

        async def answer() -> HTTPResponse:
            if not guard.is_own_origin(request):
                raise NotAllowed("origin.refused")
            body = Body.of(request)
            session = await accounts.sign_in(body.text("login", 200), body.text("password", 500), request.ip)
            response = json(_account(session))
            guard.keep(response, request, session.token)
            return response

        return await answered(answer)

    @routes.post("/sign-out", name="sign_out")
    @guard.needs(before_password=True)
    async def sign_out(request: Request, session: Session) -> HTTPResponse:
        """End the session."""
        await accounts.sign_out(str(request.cookies.get(COOKIE) or ""))
        response = json({})
        response.delete_cookie(COOKIE)
        return response

    @routes.get("/me", name="me")
    @guard.needs(before_password=True)
    async def me(request: Request, session: Session) -> HTTPResponse:
        """Return who is signed in, and the token that changes need."""
        return json(_account(session), headers={"Cache-Control": "no-store"})

    @routes.post("/password", name="password")
    @guard.needs(before_password=True)
    async def password(request: Request, session: Session) -> HTTPResponse:
        """Change one's own password; a new session follows, all others end."""
        body = Body.of(request)
        new = body.text("new", 500)
        await accounts.set_password(session.staff.id, body.text("old", 500), new)
        begun = await accounts.sign_in(session.staff.login, new, request.ip)
        response = json(_account(begun))
        guard.keep(response, request, begun.token)
        return response

    app.blueprint(routes)


def _account(session: Session) -> dict[str, Any]:
    staff = session.staff
    return {
        "id": staff.id,
        "login": staff.login,
        "name": staff.name,
        "roles": sorted(role.value for role in staff.roles),
        "csrf": session.csrf,
        "must_change_password": session.must_change_password,
        "home": "/agent" if staff.roles & _DESK else "/login",
    }
