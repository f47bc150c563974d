"""The running service as the command line sees it: asked over HTTP, refusals in its own words, each with an exit status."""

from __future__ import annotations

import time
from collections.abc import Mapping
from enum import IntEnum
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

import httpx
import yaml

from core.settings import Settings

_TEXTS = Path(__file__).parent / "knowledge_command.yml"
_TIMEOUT_S = 60.0
_POLL_S = 0.3
_RESTART_S = 30.0  # a service that is being restarted is waited for while it works for us


class Exit(IntEnum):
    """Exit statuses, so that a pipeline can tell what to do next; 2 is argparse's own."""

    DONE = 0
    REFUSED = 1  # the file or the request is wrong: somebody must look
    BLOCKED = 3  # the gate stopped the release
    UNREACHABLE = 4  # nobody listens: try again later
    INTERRUPTED = 130


@cache
def texts() -> Mapping[str, Any]:
    """Return everything the command line says."""
    loaded: dict[str, Any] = yaml.safe_load(_TEXTS.read_text(encoding="utf-8"))
    return loaded


def said(name: str, /, **filled: object) -> str:
    """Return a text of `knowledge_command.yml`, filled in."""
    return str(texts()[name]).format(**filled)


class CommandRefused(Exception):
    """What the service refused, in its own words."""

    def __init__(self, message: str, code: str = "", status: Exit = Exit.REFUSED) -> None:
        super().__init__(message)
        self.code, self.status = code, status


def refuse(message: str, status: Exit = Exit.REFUSED) -> NoReturn:
    """Give up with these words."""
    raise CommandRefused(message, status=status)


def address_of(settings: Settings) -> str:
    """Return where the service listens, as this machine reaches it."""
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104 - compared
    return f"http://{host}:{settings.port}"


class KnowledgeService:
    """The running service's `/api/knowledge`."""

    def __init__(self, settings: Settings) -> None:
        self._http = httpx.Client(
            base_url=f"{address_of(settings)}/api/knowledge",
            headers={"Authorization": f"Bearer {settings.staff_secret}"},
            timeout=_TIMEOUT_S,
            trust_env=False,
        )

    def __enter__(self) -> KnowledgeService:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def call(self, method: str, path: str, **asked: Any) -> Any:
        """Return what it answers; raise CommandRefused with the words of a refusal."""
        return self.raw(method, path, **asked).json()

    def raw(self, method: str, path: str, **asked: Any) -> httpx.Response:
        """As `call`, with the answer as it came."""
        answer = self._http.request(method, path, **asked)
        if answer.is_success:
            return answer
        try:
            error = answer.json()["error"]
            refusal = CommandRefused(str(error["message"]), str(error["code"]))
        except (ValueError, KeyError, TypeError):
            refusal = CommandRefused(said("unexpected", status=answer.status_code, text=answer.text[:200]))
        raise refusal

    def until(self, path: str, states: tuple[str, ...]) -> Any:
        """Ask until the state is none of these; the work goes on through a restart of the service."""
        heard = time.monotonic()
        while True:
            try:
                found = self.call("GET", path)
                heard = time.monotonic()
                if found["state"] not in states:
                    return found
            except httpx.TransportError:
                if time.monotonic() - heard > _RESTART_S:
                    raise
            time.sleep(_POLL_S)
