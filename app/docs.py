"""`/docs`: the API's description, its page served from local files (sanic-ext's own pages load from a CDN)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import swagger_ui_bundle
from sanic import HTTPResponse, Request, Sanic, file
from sanic.exceptions import NotFound
from sanic_ext import Config

_PAGE = Path(__file__).parent / "docs.html"
_TYPES = {"swagger-ui.css": "text/css", "swagger-ui-bundle.js": "text/javascript"}
_START = "SwaggerUIBundle({url: '/docs/openapi.json', dom_id: '#ui', deepLinking: true, supportedSubmitMethods: []});"


def mount(app: Sanic[Any, Any]) -> None:
    """Describe the routes with sanic-ext and serve the page.

    sanic-ext has two page slots; the swagger one brings a route that fetches from a CDN, so ours takes the other.
    """
    page = Config(
        oas_ui_default="redoc",
        oas_ui_redoc=True,
        oas_path_to_redoc_html=str(_PAGE),
        oas_ui_swagger=False,
        health=False,
        cors=False,  # origins are checked where they matter: bot/channels/origins.py
    )
    app.extend(config=page)
    app.ext.openapi.describe(
        "Tongda 通达",
        version="0.1.0",
        description="Customer-service assistant for telecom operators: chat, widget and machine endpoints.",
    )
    folder = _swagger_folder()

    async def static(request: Request, name: str) -> HTTPResponse:
        if name == "start.js":
            return HTTPResponse(_START, content_type="text/javascript; charset=utf-8")
        if name not in _TYPES:
            raise NotFound("no such file")
        return await file(folder / name, mime_type=_TYPES[name])

    app.add_route(static, "/docs/<name:str>", name="docs_file")


def _swagger_folder() -> Path:
    vendor = Path(swagger_ui_bundle.__file__).parent / "vendor"
    return next(path.parent for path in vendor.rglob("swagger-ui-bundle.js"))
