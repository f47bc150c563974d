"""The action server protocol inside our own service, for Rasa alone: `POST /actions/webhook`."""

from __future__ import annotations

import hmac
import warnings
from typing import Any

from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection, ActionNotFoundException
from sanic import HTTPResponse, Request, Sanic
from sanic.response import json as json_response

from actions.registry import all_actions
from actions.services import Services
from core import log

_log = log.get(__name__)
# Rasa 3.6 with rasa-sdk 3.21 is proven to work; the SDK warns about the pair on every call.
_VERSIONS = r"(?s)Your versions of rasa and rasa_sdk might not be compatible.*"


def mount(app: Sanic[Any, Any], services: Services) -> None:
    """Serve the actions; who shows neither the shared token is refused."""
    warnings.filterwarnings("ignore", message=_VERSIONS)
    executor = ActionExecutor()
    for action in all_actions(services):
        executor.register_action(action)
    secret = services.settings.action_secret

    async def webhook(request: Request) -> HTTPResponse:
        if not _is_allowed(request, secret):
            return json_response({"error": "unauthorised"}, status=401)
        call = request.json
        if not isinstance(call, dict) or "next_action" not in call or "tracker" not in call:
            return json_response({"error": "not an action call"}, status=400)
        call.setdefault("domain", {})  # left out by Rasa on purpose
        try:
            result = await executor.run(call)
        except ActionExecutionRejection as rejection:
            body = {"error": str(rejection), "action_name": rejection.action_name}
            return json_response(body, status=400)
        except ActionNotFoundException as missing:
            _log.error("action.not_found", action=missing.action_name)
            return json_response({"error": str(missing), "action_name": missing.action_name}, status=404)
        answer = {"events": result.events, "responses": result.responses} if result else {}
        return json_response(answer, status=200)

    app.add_route(webhook, "/actions/webhook", methods=["POST"], name="actions_webhook")


def _is_allowed(request: Request, secret: str) -> bool:
    shown = request.token or request.args.get("token") or ""
    return hmac.compare_digest(shown.encode(), secret.encode())
