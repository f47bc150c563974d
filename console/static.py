"""The files of the staff's pages, served as they lie in `web/`."""

from __future__ import annotations

import hashlib
from typing import Any

from sanic import HTTPResponse, Request, Sanic, raw
from sanic.exceptions import NotFound

from console import FOLDER

WEB = FOLDER / "web"
_TYPES = {  # pages are not among them: those are served to their roles
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}


def mount(app: Sanic[Any, Any]) -> None:
    """Serve /console/<file>: code and pictures, which are no secret."""
    files = {path.name: path.read_bytes() for path in WEB.iterdir() if path.suffix in _TYPES}
    tags = {name: '"' + hashlib.sha256(body).hexdigest()[:24] + '"' for name, body in files.items()}

    @app.get("/console/<name:str>", name="console_file")
    async def file(request: Request, name: str) -> HTTPResponse:
        if name not in files:
            raise NotFound("no such file")
        headers = {"ETag": tags[name], "Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
        if request.headers.get("if-none-match") == tags[name]:
            return HTTPResponse(status=304, headers=headers)
        kind = _TYPES["." + name.rpartition(".")[2]]
        return raw(files[name], content_type=kind, headers=headers)
