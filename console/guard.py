"""Who asks, and may they: the session cookie, the CSRF token, the origin, the roles; refusals in words.

Requests that change something need the token that only a page of ours could read, and no foreign origin; the command
line shows the staff token instead. The cookie is out of reach of scripts and is never sent along from another site.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from functools import wraps
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from sanic import HTTPResponse, Request, json
from sanic.exceptions import SanicException
from sanic.response import redirect

from console.accounts import LONGEST, Accounts, Session
from console.words import error_words, words, words_code
from conversations.desk_model import Role
from core import log
from core.errors import AppError, NotAllowed, UpstreamError
from core.settings import Settings

COOKIE = "tongda_staff"
_SAFE = frozenset({"GET", "HEAD"})
_log = log.get(__name__)
Handler = Callable[..., Awaitable[HTTPResponse]]  # (request, session, **path)
Route = Callable[..., Coroutine[Any, Any, HTTPResponse]]
Needs = Callable[[Handler], Route]


class Guard:
    """Stands before every route of the console."""

    def __init__(self, accounts: Accounts, settings: Settings) -> None:
        self._accounts, self._is_sandbox = accounts, settings.sandbox

    def needs(self, *roles: Role, before_password: bool = False) -> Needs:
        """Let in who is signed in and has one of the roles (none named: anybody signed in)."""

        def guarded(handler: Handler) -> Route:
            @wraps(handler)
            async def route(request: Request, **path: Any) -> HTTPResponse:
                async def answer() -> HTTPResponse:
                    session = await self._admitted(request, roles, before_password)
                    return await handler(request, session, **_plain(path))

                return await answered(answer)

            return route

        return guarded

    async def session(self, request: Request) -> Session | None:
        """Return the session of a websocket's or a page's cookie; None where there is none that counts.

        Whoever has yet to change a one-time password is not in.
        """
        session = await self._any_session(request)
        return None if session is None or session.must_change_password else session

    def is_own_origin(self, request: Request) -> bool:
        """Say whether a request comes from a page of this host, or from no page at all."""
        origin = request.headers.get("origin")
        if origin is None:
            return True
        try:
            asked = urlsplit(str(origin))
        except ValueError:
            return False
        return asked.scheme in ("http", "https") and asked.netloc.lower() == request.host.lower()

    def page(self, html: str, roles: tuple[Role, ...]) -> Route:
        """Serve a page to who may see it; who is not signed in signs in first and then comes back."""

        async def route(request: Request) -> HTTPResponse:
            session = await self.session(request)
            if session is None:
                asked = f"{request.path}?{request.query_string}".rstrip("?")
                return redirect(f"/login?next={quote(asked, safe='/')}", headers=page_headers(request))
            if not session.staff.roles & set(roles):
                refusal, kind = words().errors["role.missing"], "text/plain; charset=utf-8"
                return HTTPResponse(refusal, 403, content_type=kind, headers=page_headers(request))
            return HTTPResponse(html, content_type="text/html; charset=utf-8", headers=page_headers(request))

        return route

    def keep(self, response: HTTPResponse, request: Request, token: str) -> None:
        """Put the session's cookie on a response."""
        self._set(response, request, token, int(LONGEST.total_seconds()))

    def forget(self, response: HTTPResponse, request: Request) -> None:
        """Take the session's cookie away."""
        self._set(response, request, "", 0)  # a browser replaces a cookie by one with the same attributes

    def _set(self, response: HTTPResponse, request: Request, value: str, max_age_s: int) -> None:
        response.add_cookie(
            COOKIE,
            value,
            httponly=True,
            samesite="Strict",
            path="/",
            secure=request.scheme == "https" or not self._is_sandbox,
            max_age=max_age_s,
        )

    async def _any_session(self, request: Request) -> Session | None:
        token = shown_token(request)
        return await self._accounts.session(token) if token else None

    async def _admitted(self, request: Request, roles: tuple[Role, ...], before_password: bool) -> Session:
        session = await self._command_line(request)
        if session is None:
            session = await self._any_session(request)
            if session is None:
                raise NotAllowed("session.missing")
            if request.method not in _SAFE:
                self._check_own(request, session)
        if session.must_change_password and not before_password:
            raise NotAllowed("password.must_change")
        if roles and not session.staff.roles & set(roles):
            raise NotAllowed("role.missing", request.path)
        return session

    def _check_own(self, request: Request, session: Session) -> None:
        if not self.is_own_origin(request):
            raise NotAllowed("origin.refused")
        shown = str(request.headers.get("x-csrf-token", ""))
        if not shown.isascii() or not hmac.compare_digest(shown, session.csrf):
            raise NotAllowed("csrf.wrong")

    async def _command_line(self, request: Request) -> Session | None:
        scheme, _, token = str(request.headers.get("authorization", "")).partition(" ")
        if scheme.lower() != "bearer":
            return None
        staff = await self._accounts.by_staff_token(token.strip()) if token.isascii() else None
        if staff is None:
            raise NotAllowed("token.wrong")
        return Session(staff, csrf="", must_change_password=False)


async def answered(answer: Callable[[], Awaitable[HTTPResponse]]) -> HTTPResponse:
    """Return an answer, or the refusal it ran into as ``{"error": {"code", "message"}}``; neither is ever stored."""
    try:
        response = await answer()
    except SanicException:
        raise
    except Exception as error:
        response = _refusal(error)
    for name, value in {**_no_store(), "X-Content-Type-Options": "nosniff"}.items():
        response.headers.setdefault(name, value)
    return response


def _refusal(error: Exception) -> HTTPResponse:
    if not isinstance(error, AppError) or words_code(error) == "internal":
        _log.error("console.failed", exc_info=error)
        return _told("internal", words().errors["internal"], 500)
    if isinstance(error, UpstreamError):
        _log.warning("console.upstream_failed", code=error.code)
    shown = error.fields.get(
        "shown"
    )  # what the page needs beside the words: the other's version of an article
    more = shown if isinstance(shown, Mapping) else {}
    return _told(error.code, error_words(error), _status(error), more)


def _told(code: str, message: str, status: int, more: Mapping[str, Any] | None = None) -> HTTPResponse:
    return json({"error": {"code": code, "message": message, **(more or {})}}, status)


def local_path(asked: str | None) -> str | None:
    """Return where to go after signing in if it is a path of this site; browsers read ``\\`` as ``/`` and skip tabs."""
    if not asked or not asked.startswith("/") or asked.startswith("//"):
        return None
    return asked if asked.isprintable() and "\\" not in asked else None


def shown_token(request: Request) -> str:
    """Return the token in a request's cookie; empty where there is none, or nothing that we would have made."""
    token = request.cookies.get(COOKIE) or ""
    return token if token.isascii() else ""


def page_headers(request: Request) -> dict[str, str]:
    """Return what every page of the console is sent with."""
    # Pictures: the preview of an article shows one that lies on the operator's own site.
    live = f"ws://{request.host} wss://{request.host}"
    return {
        "Content-Security-Policy": (
            f"default-src 'self'; img-src 'self' data: https:; connect-src 'self' {live}; object-src 'none'; "
            "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
        ),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        **_no_store(),
    }


def _no_store() -> dict[str, str]:
    return {"Cache-Control": "no-store"}


def _status(error: AppError) -> int:
    if error.code in ("session.missing", "login.wrong", "token.wrong"):
        return 401
    if error.code == "login.locked":
        return 429
    if isinstance(error, NotAllowed):
        return 403
    if isinstance(error, UpstreamError):
        return 502
    if error.code.endswith((".taken", ".gone", "_taken", ".conflict", ".outdated", ".not_ready")):
        return 409
    return 404 if error.code.endswith(".unknown") else 400


def _plain(path: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts of a path as they were written: Sanic leaves an id in Chinese percent-encoded."""
    return {name: unquote(part) if isinstance(part, str) else part for name, part in path.items()}
