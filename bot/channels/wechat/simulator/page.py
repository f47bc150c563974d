"""The phone's page: static files of its own, nothing loaded from elsewhere."""

from __future__ import annotations

from pathlib import Path

from sanic import HTTPResponse, Request
from sanic.exceptions import NotFound

from bot.channels.wechat.simulator.parts import App, parts_of

_FOLDER = Path(__file__).parent / "web"
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
}
_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data: http: https:; object-src 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}


def mount(app: App) -> None:
    """Serve the page at `/`, its files at `/phone/`, pictures at `/media/`."""
    files = {path.name: path.read_bytes() for path in _FOLDER.iterdir() if path.suffix in _TYPES}

    async def page(_request: Request) -> HTTPResponse:
        return HTTPResponse(files["index.html"], headers=_HEADERS, content_type=_TYPES[".html"])

    async def file(_request: Request, name: str) -> HTTPResponse:
        if name not in files:
            raise NotFound("no such file")
        return HTTPResponse(files[name], headers=_HEADERS, content_type=_TYPES[Path(name).suffix])

    async def picture(request: Request, media_id: str) -> HTTPResponse:
        found = parts_of(request).media.find(media_id)
        if found is None or not found["content_type"].startswith(
            ("image/png", "image/jpeg", "image/gif", "image/webp")
        ):
            raise NotFound("no such picture")
        return HTTPResponse(found["data"], headers=_HEADERS, content_type=found["content_type"])

    app.add_route(page, "/", name="page")
    app.add_route(file, "/phone/<name:str>", name="file")
    app.add_route(picture, "/media/<media_id:str>", name="picture")
