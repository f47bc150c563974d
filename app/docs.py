"""`/docs`: the API's description, its page served from local files (the default would load from a CDN)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import swagger_ui_bundle
from sanic import HTTPResponse, Request, Sanic, file, html
from sanic.exceptions import NotFound
from sanic_ext import Config

_FILES = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
}
_START = "SwaggerUIBundle({url: '/docs/openapi.json', dom_id: '#ui', deepLinking: true, supportedSubmitMethods: []});"
_PAGE = """<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>接口文档 · Tongda 通达</title>
<link rel="icon" href="data:,"><link rel="stylesheet" href="/docs/swagger-ui.css"></head>
<body><div id="ui"></div><script src="/docs/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script></body></html>"""


def mount(app: Sanic[Any, Any]) -> None:
    """Describe the routes with sanic-ext and serve the page."""
    app.extend(config=Config(oas_ui_default=None, oas_ui_redoc=False, oas_ui_swagger=False, health=False))
    app.ext.openapi.describe(
        "Tongda 通达",
        version="0.1.0",
        description="Customer-service assistant for telecom operators: chat, widget and machine endpoints.",
    )
    folder = _swagger_folder()

    @app.get("/docs", name="docs_page")
    async def page(request: Request) -> HTTPResponse:
        return html(_PAGE)

    @app.get("/docs/<name:str>", name="docs_file")
    async def static(request: Request, name: str) -> HTTPResponse:
        if name == "start.js":
            return HTTPResponse(_START, content_type="text/javascript; charset=utf-8")
        if name not in _FILES:
            raise NotFound("no such file")
        return await file(folder / name, mime_type=_FILES[name])


def _swagger_folder() -> Path:
    vendor = Path(swagger_ui_bundle.__file__).parent / "vendor"
    return next(path.parent for path in vendor.rglob("swagger-ui-bundle.js"))
