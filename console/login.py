"""Signing in and out."""

from __future__ import annotations

from typing import Any

from sanic import Blueprint, HTTPResponse, Request, Sanic, json
from sanic.response import redirect

from console.accounts import Accounts, Session
from console.guard import Guard, answered, local_path, page_headers, shown_token
from console.reading import Body
from console.static import WEB
from conversations.desk_model import Role
from core.errors import NotAllowed, StaffError

_DESK = {Role.AGENT, Role.SUPERVISOR, Role.ADMIN}
_LOGIN_CHARS, _PASSWORD_CHARS = 64, 200


def mount(app: Sanic[Any, Any], guard: Guard, accounts: Accounts) -> None:
    """Serve /login and /api/staff."""
    page = (WEB / "login.html").read_text(encoding="utf-8")

    @app.get("/login", name="login_page")
    async def login(request: Request) -> HTTPResponse:
        """Serve the page; `next` says where to go afterwards, and only this site's paths are taken for that."""
        headers = page_headers(request)
        if "next" in request.args and local_path(request.args.get("next")) is None:
            return redirect("/login", headers=headers)
        return HTTPResponse(page, content_type="text/html; charset=utf-8", headers=headers)

    app.blueprint(_routes(guard, accounts))


def _routes(guard: Guard, accounts: Accounts) -> Blueprint:
    routes = Blueprint("staff", url_prefix="/api/staff")

    @routes.post("/sign-in", name="sign_in")
    async def sign_in(request: Request) -> HTTPResponse:
        """Begin a session; a new cookie, whatever was shown before."""

        async def answer() -> HTTPResponse:
            if not guard.is_own_origin(request):
                raise NotAllowed("origin.refused")
            body = Body.of(request)
            login, password = _line(body, "login", _LOGIN_CHARS), _line(body, "password", _PASSWORD_CHARS)
            session = await accounts.sign_in(login, password, request.ip)
            await accounts.sign_out(shown_token(request))  # one browser, one session
            return _begun(guard, request, session)

        return await answered(answer)

    @routes.post("/sign-out", name="sign_out")
    @guard.needs(before_password=True)
    async def sign_out(request: Request, session: Session) -> HTTPResponse:
        """End the session."""
        await accounts.sign_out(shown_token(request))
        response = json({})
        guard.forget(response, request)
        return response

    @routes.get("/me", name="me")
    @guard.needs(before_password=True)
    async def me(request: Request, session: Session) -> HTTPResponse:
        """Return who is signed in, and the token that changes need."""
        return json(_account(session))

    @routes.post("/password", name="password")
    @guard.needs(before_password=True)
    async def password(request: Request, session: Session) -> HTTPResponse:
        """Change one's own password; a new session follows, all others end."""
        body = Body.of(request)
        old, new = _line(body, "old", _PASSWORD_CHARS), _line(body, "new", _PASSWORD_CHARS)
        try:
            await accounts.set_password(session.staff.id, old, new)
        except NotAllowed as wrong:  # not 401: the session still counts
            raise NotAllowed("password.wrong", session.staff.id) from wrong
        return _begun(guard, request, await accounts.sign_in(session.staff.login, new, request.ip))

    return routes


def _line(body: Body, name: str, most: int) -> str:
    """Return one line of visible characters; a database takes no NUL, a hash no half of a surrogate pair."""
    text = body.text(name, most)
    if not text.isprintable():
        raise StaffError("request.invalid", name, field=name)
    return text


def _begun(guard: Guard, request: Request, session: Session) -> HTTPResponse:
    response = json(_account(session))
    guard.keep(response, request, session.token)
    return response


def _account(session: Session) -> dict[str, Any]:
    staff = session.staff
    return {
        "id": staff.id,
        "login": staff.login,
        "name": staff.name,
        "roles": sorted(role.value for role in staff.roles),
        "csrf": session.csrf,
        "must_change_password": session.must_change_password,
        "home": "/agent" if staff.roles & _DESK else "/operator",
    }
