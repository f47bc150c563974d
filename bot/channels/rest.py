"""Rasa's REST channel: POST {sender, message} and get the answers back.

What came in between (a payment's result, an agent's words) is returned first; an empty message fetches it. `message_id`,
at the top or in `metadata`, makes a repeated request harmless. Errors are ``{"error": {"code", "message"}}``.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from typing import Any

from sanic import Request, Sanic
from sanic.response import HTTPResponse
from sanic.response import json as json_response

from bot.gateway import Gateway
from conversations.model import Inbound, Message
from core import log
from core.errors import CustomerError
from core.settings import Settings

NAME = "rest"
_MAX_KB = 64
_NAME_CHARS = 200
_log = log.get(__name__)


class BadRequest(Exception):
    """A client did not keep to the protocol; `code` is a key of the service's error texts."""

    def __init__(self, code: str, status: int = 400, **fields: object) -> None:
        super().__init__(code)
        self.code, self.status, self.fields = code, status, fields


def mount(app: Sanic[Any, Any], gateway: Gateway, settings: Settings) -> None:
    """Serve the channel at /webhooks/rest."""

    async def webhook(request: Request) -> HTTPResponse:
        try:
            _authorise(request, settings)
            inbound = inbound_from(await _read_body(request))
            given = await gateway.handle(inbound)
        except BadRequest as bad:
            words = gateway.texts.error(bad.code, **bad.fields)
            return _error(bad.code, words, bad.status)
        except CustomerError as error:
            code = error.code.removeprefix("gateway.")
            return _error(code, gateway.texts.error(code), 429)
        except Exception:
            _log.exception("rest.failed")
            return _error("internal", gateway.texts.error("internal"), 500)
        return json_response([item_from(inbound.channel_user, message) for message in given])

    async def status(_: Request) -> HTTPResponse:
        return json_response({"status": "ok"})

    app.add_route(webhook, "/webhooks/rest/webhook", methods=["POST"], name="rest_webhook", stream=True)
    app.add_route(status, "/webhooks/rest/", methods=["GET"], name="rest_status")


def item_from(recipient_id: str, message: Message) -> dict[str, Any]:
    """Write a message the way Rasa's REST channel does."""
    content = message.content
    found: dict[str, Any] = {"recipient_id": recipient_id}
    if content.text:
        found["text"] = content.text
    if content.buttons:
        found["buttons"] = [{"title": b.title, "payload": b.payload} for b in content.buttons]
    if content.card is not None:
        found["custom"] = dict(content.card)
    return found


def inbound_from(body: object) -> Inbound:
    """Read a request's body; raise BadRequest where it breaks the protocol."""
    if not isinstance(body, dict):
        raise BadRequest("not_an_object")
    if body.get("sender") is None:
        raise BadRequest("sender_missing")
    if not is_name(body["sender"]):
        raise BadRequest("sender_invalid")
    if not isinstance(body.get("message"), str):
        raise BadRequest("message_invalid")
    metadata = body.get("metadata")
    if metadata is not None and not isinstance(metadata, Mapping):
        raise BadRequest("metadata_invalid")
    message_id = body.get("message_id", (metadata or {}).get("message_id"))
    if message_id is not None and not is_name(message_id):
        raise BadRequest("message_id_invalid")
    return Inbound(NAME, body["sender"], body["message"], message_id, metadata or {})


def is_name(value: object) -> bool:
    """Say whether a value may name a sender or a message: 1 to 200 visible characters."""
    return isinstance(value, str) and 0 < len(value) <= _NAME_CHARS and value.isprintable()


def _authorise(request: Request, settings: Settings) -> None:
    if settings.sandbox:
        return
    scheme, _, token = str(request.headers.get("authorization", "")).partition(" ")
    shown = token.strip() if scheme.lower() == "bearer" else str(request.args.get("token") or "")
    if not any(hmac.compare_digest(shown.encode(), known.encode()) for known in settings.rest_tokens):
        raise BadRequest("unauthorised", 401)


async def _read_body(request: Request) -> object:
    """Read and parse the body, without ever holding more of it than is allowed."""
    declared = str(request.headers.get("content-length", "0"))
    if declared.isdigit() and int(declared) > _MAX_KB * 1024:
        raise BadRequest("too_large", 413, max_kb=_MAX_KB)
    stream: Any = request.stream  # typed as a protocol that lacks `read`
    parts, size = [], 0
    while stream is not None and (part := await stream.read()):
        size += len(part)
        if size > _MAX_KB * 1024:
            raise BadRequest("too_large", 413, max_kb=_MAX_KB)
        parts.append(part)
    try:
        return json.loads(b"".join(parts))
    except (ValueError, RecursionError):
        raise BadRequest("not_json") from None


def _error(code: str, words: str, status: int) -> HTTPResponse:
    return json_response({"error": {"code": code, "message": words}}, status=status)
