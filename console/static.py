"""The files of the staff's pages, served as they lie in `web/`."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
from importlib.metadata import distribution, version
from pathlib import Path
from typing import Any

from sanic import HTTPResponse, Request, Sanic, raw
from sanic.exceptions import NotFound

from console import FOLDER

WEB = FOLDER / "web"
_PLOTLY = Path(str(distribution("plotly").locate_file("plotly/package_data/plotly.min.js")))
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

    _mount_plotly(app)

    @app.get("/console/<name:str>", name="console_file")
    async def file(request: Request, name: str) -> HTTPResponse:
        if name not in files:
            raise NotFound("no such file")
        headers = {"ETag": tags[name], "Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
        if request.headers.get("if-none-match") == tags[name]:
            return HTTPResponse(status=304, headers=headers)
        kind = _TYPES["." + name.rpartition(".")[2]]
        return raw(files[name], content_type=kind, headers=headers)


def _mount_plotly(app: Sanic[Any, Any]) -> None:
    """Serve the charting library from its wheel, packed once, when it is first asked for."""
    packed: list[bytes] = []
    tag = f'"plotly-{version("plotly")}"'
    headers = {
        "ETag": tag,
        "Cache-Control": "max-age=86400",
        "X-Content-Type-Options": "nosniff",
        "Vary": "Accept-Encoding",
    }

    def pack() -> bytes:
        return gzip.compress(_PLOTLY.read_bytes(), 6, mtime=0)

    @app.get("/console/lib/plotly.min.js", name="console_plotly")
    async def plotly(request: Request) -> HTTPResponse:
        if request.headers.get("if-none-match") == tag:
            return HTTPResponse(status=304, headers=headers)
        if "gzip" not in str(request.headers.get("accept-encoding", "")):
            return raw(
                await asyncio.to_thread(_PLOTLY.read_bytes), content_type=_TYPES[".js"], headers=headers
            )
        if not packed:
            packed.append(await asyncio.to_thread(pack))
        return raw(packed[0], content_type=_TYPES[".js"], headers={**headers, "Content-Encoding": "gzip"})
