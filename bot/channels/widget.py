"""The widget's files and the demo page: static, local, cacheable, allowed on any site.

The files under ``web/`` are ES modules served as they lie there; ``/widget.js`` is the one script a site includes.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any

from sanic import HTTPResponse, Request, Sanic, raw
from sanic.exceptions import NotFound

from core.money import format_yuan
from core.offering import Category, Offering, Period
from core.settings import Settings

_FOLDER = Path(__file__).parent / "web"
_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
_PER = {Period.MONTH: "/月", Period.YEAR: "/年", Period.DAY: "/天", Period.ONCE: "/次"}
_SHOWN_PLANS = 6
_PAGE_POLICY = (  # an article's picture lies on the operator's own site
    "default-src 'self'; img-src 'self' data: https:; connect-src 'self' ws: wss:; "
    "object-src 'none'; base-uri 'none'; frame-ancestors 'self'"
)


@dataclass(frozen=True, slots=True)
class _File:
    """A file as it lies there, and packed: a third, which counts on a phone's network."""

    kind: str
    plain: bytes
    packed: bytes
    tag: str

    @classmethod
    def of(cls, path: Path) -> _File:
        body = path.read_bytes()
        tag = '"' + hashlib.sha256(body).hexdigest()[:24] + '"'
        return cls(_TYPES[path.suffix], body, gzip.compress(body, mtime=0), tag)


def mount(
    app: Sanic[Any, Any],
    settings: Settings,
    offerings: Callable[[], Sequence[Offering]],
    now: Callable[[], datetime],
) -> None:
    """Serve ``/``, ``/widget.js`` and ``/widget/<file>``; `offerings` is asked at each view of the page."""
    files = {path.name: _File.of(path) for path in _FOLDER.iterdir() if path.suffix in _TYPES}
    page = (_FOLDER / "index.html").read_text(encoding="utf-8")

    @app.get("/widget.js", name="widget_script")
    async def script(request: Request) -> HTTPResponse:
        return _static(request, files["widget.js"])

    @app.get("/widget/<name:str>", name="widget_file")
    async def file(request: Request, name: str) -> HTTPResponse:
        if name not in files:
            raise NotFound("no such file")
        return _static(request, files[name])

    @app.get("/", name="landing")
    async def landing(request: Request) -> HTTPResponse:
        at = now()
        plans = [
            o for o in offerings() if o.category is Category.PLAN and o.is_offered(at) and not o.segments
        ]
        body = page.replace("{{plans}}", "".join(map(_plan, plans[:_SHOWN_PLANS])))
        base = escape(f"{request.scheme}://{request.host}", quote=True)
        body = body.replace("{{base}}", base).replace("{{sandbox}}", _sandbox_words(settings))
        body = body.replace("{{links}}", _sandbox_links(settings))
        headers = {"Content-Security-Policy": _PAGE_POLICY, "X-Content-Type-Options": "nosniff"}
        return HTTPResponse(body, content_type="text/html; charset=utf-8", headers=headers)


def _static(request: Request, file: _File) -> HTTPResponse:
    headers = {
        "ETag": file.tag,
        "Cache-Control": "public, max-age=300",
        "Vary": "Accept-Encoding",
        "Access-Control-Allow-Origin": "*",  # public code without credentials, imported from the operator's site
        "Cross-Origin-Resource-Policy": "cross-origin",
        "X-Content-Type-Options": "nosniff",
    }
    if request.headers.get("if-none-match") == file.tag:
        return HTTPResponse(status=304, headers=headers)
    if "gzip" in str(request.headers.get("accept-encoding", "")):
        return raw(file.packed, content_type=file.kind, headers={**headers, "Content-Encoding": "gzip"})
    return raw(file.plain, content_type=file.kind, headers=headers)


def _plan(offering: Offering) -> str:
    price = format_yuan(offering.price_fen) + _PER[offering.period]
    return f"<li><h3>{escape(offering.name)}</h3><strong>{price}</strong><p>{escape(offering.description)}</p></li>"


def _sandbox_words(settings: Settings) -> str:
    if not settings.sandbox:
        return ""
    return "后台是一套沙箱计费系统，可用 13800000001、13800000002 等测试号码，短信验证码在沙箱里查看。"


def _sandbox_links(settings: Settings) -> str:
    if not settings.sandbox or settings.bss_url:
        return ""
    base = f"http://127.0.0.1:{settings.sandbox_port}/sandbox"
    return f'<li><a href="{base}/subscribers">沙箱：测试号码</a></li><li><a href="{base}/sms">沙箱：收到的短信</a></li>'
