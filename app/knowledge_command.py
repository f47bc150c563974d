"""`app knowledge`: content and releases from the command line, over HTTP against the running service."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from actions.moments import moment_text
from app.knowledge_service import CommandRefused, Exit, KnowledgeService, address_of, refuse, said, texts
from core.settings import Settings
from knowledge_base.exchange.limits import MAX_BYTES
from knowledge_base.exchange.problems import words

_READING, _APPLYING = ("reading", "queued"), ("applying",)
_UNTESTED = ("drafted", "testing")
_SHOWN = 20  # problems, and questions that got worse
_FORMS = {"yml": "yaml", "yaml": "yaml", "csv": "csv", "xlsx": "xlsx"}


def knowledge(options: argparse.Namespace, settings: Settings) -> int:
    """Carry out `knowledge import`, `export`, `publish`, `rollback` or `status`; return the exit status."""
    verbs: dict[str, Callable[[KnowledgeService, argparse.Namespace], int]] = {
        "import": _import,
        "export": _export,
        "publish": _publish,
        "rollback": _rollback,
        "status": _status,
    }
    if not settings.staff_secret:
        return _failed(said("no_token"))
    try:
        with KnowledgeService(settings) as service:
            return verbs[options.verb](service, options)
    except CommandRefused as refusal:
        return _failed(str(refusal), refusal.status)
    except OSError as error:
        return _failed(_file_words(error))
    except httpx.HTTPError as error:
        told = said("unreachable", address=address_of(settings), error=type(error).__name__)
        return _failed(told, Exit.UNREACHABLE)
    except KeyboardInterrupt:
        return _failed(said("interrupted"), Exit.INTERRUPTED)


def _failed(message: str, status: Exit = Exit.REFUSED) -> int:
    print(message, file=sys.stderr)
    return status


def _file_words(error: OSError) -> str:
    """Say why a file could not be read or written."""
    if isinstance(error, FileNotFoundError):
        return said("file_missing", name=error.filename)
    if isinstance(error, IsADirectoryError):
        return said("file_folder", name=error.filename)
    if isinstance(error, PermissionError):
        return said("file_forbidden", name=error.filename)
    return said("file_other", error=error)


def _import(service: KnowledgeService, options: argparse.Namespace) -> int:
    path = Path(options.file)
    if path.stat().st_size > MAX_BYTES:
        refuse(words()["file_too_large"].format(limit=MAX_BYTES // 1024 // 1024))
    asked = {"filename": path.name, "dry_run": str(int(options.dry_run)), "rest": str(int(options.rest))}
    started = service.call("POST", "/import", params=asked, content=path.read_bytes())
    job = service.until(f"/imports/{started['id']}", (*_READING, *_APPLYING))
    for problem in job["problems"][:_SHOWN]:
        print(said("problem_in_column" if problem["column"] else "problem", **problem), file=sys.stderr)
    count = job["problem_count"]
    if count > _SHOWN:
        print(said("more_problems", count=count), file=sys.stderr)
    counts = said("counts", **{name: job[name] for name in ("created", "updated", "unchanged")})
    if job["state"] == "done":
        print(said("imported", counts=counts))
        return Exit.REFUSED if count and not options.rest else Exit.DONE
    if options.dry_run and job["state"] == "ready":
        print(said("tried", counts=counts))
        return Exit.REFUSED if count else Exit.DONE
    return _failed(job["message"] or said("not_imported"))


def _export(service: KnowledgeService, options: argparse.Namespace) -> int:
    suffix = Path(options.file).suffix.lower().lstrip(".") if options.file else "yml"
    if suffix not in _FORMS:
        refuse(said("export_form"))
    body = service.raw("GET", "/export", params={"format": _FORMS[suffix], "what": "drafts"}).content
    if options.file:
        Path(options.file).write_bytes(body)
        print(said("exported", name=options.file, bytes=len(body)))
    else:
        sys.stdout.buffer.write(body)
    return Exit.DONE


def _publish(service: KnowledgeService, options: argparse.Namespace) -> int:
    """Test every draft and publish: the exit status is 0 only when everything that was drafted is live."""
    try:
        made = service.call("POST", "/releases", json={"note": options.note or ""})
    except CommandRefused as refusal:
        if refusal.code != "release.empty":
            raise
        print(said("nothing_to_publish"))
        return Exit.DONE
    print(said("testing", number=made["number"], changes=made["changes"]), flush=True)
    release = service.until(f"/releases/{made['id']}", _UNTESTED)
    if release["state"] == "failed":
        refuse(said("not_published", reason=release["error"]))
    if release["state"] != "ready":
        refuse(said("not_ready", state=texts()["states"][release["state"]]))
    for line in _found(service, release):
        print(line)
    if release["gate"]["is_blocked"] and not options.override:
        refuse(said("blocked"), Exit.BLOCKED)
    live = service.call("POST", f"/releases/{made['id']}/publish", json={"reason": options.override or ""})
    print(said("overridden" if live["override"] else "published", number=live["number"]))
    return Exit.DONE if live["state"] == "live" else Exit.REFUSED


def _found(service: KnowledgeService, release: Mapping[str, Any]) -> Iterator[str]:
    """Yield what the gate found, what got worse first."""
    gate, verdicts = release["gate"], texts()["verdicts"]
    counts = "，".join(f"{named}{gate['counts'].get(verdict, 0)}" for verdict, named in verdicts.items())
    yield said("asked", asked=sum(gate["asked"].values()), counts=counts)
    for verdict in ("worse", "ambiguous"):
        asked = {"verdict": verdict, "limit": str(_SHOWN)}
        page = service.call("GET", f"/releases/{release['id']}/findings", params=asked)
        for finding in page["findings"]:
            given = {side: _got(finding[side]) for side in ("before", "after")}
            yield said("finding", verdict=verdicts[verdict], question=finding["question"], **given)
        if page["total"] > _SHOWN:
            yield said("more_findings", count=page["total"], verdict=verdicts[verdict])
    for breach in gate["breaches"]:
        yield said("breach", message=breach["message"])


def _got(given: Mapping[str, Any]) -> str:
    titles = "、".join(article["title"] for article in given["articles"])
    return str(texts()["outcomes"][given["outcome"]]) + (f"《{titles}》" if titles else "")


def _rollback(service: KnowledgeService, options: argparse.Namespace) -> int:
    release = service.call("POST", "/rollback", json={})
    print(said("rolled_back", number=release["number"]))
    return Exit.DONE


def _moment(written: str) -> str:
    """Write an ISO time as staff read it, in China's time."""
    return moment_text(datetime.fromisoformat(written))


def _status(service: KnowledgeService, options: argparse.Namespace) -> int:
    for line in _standing(service.call("GET", "/status")):
        print(line)
    return Exit.DONE


def _standing(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is live, what waits, and what the gate said last."""
    if live := found["live"]:
        who = live["published_by_name"] or "—"
        yield said("live", number=live["number"], at=_moment(live["published"]), who=who)
    else:
        yield said("live_none")
    if candidate := found["candidate"]:
        state = texts()["states"][candidate["state"]]
        yield said("candidate", number=candidate["number"], state=state, changes=candidate["changes"])
    if failed := found["failed"]:
        yield said("failed", number=failed["number"], error=failed["error"])
    if canary := found["canary"]:
        yield said("canary", percent=canary["percent"], until=_moment(canary["until"]))
    yield said("drafts", count=found["drafts"])
    for news in ("catalogue_changed", "model_changed"):
        if found[news]:
            yield said(news)
    if gate := found["last_gate"]:
        counts = {verdict: gate["counts"].get(verdict, 0) for verdict in ("worse", "ambiguous")}
        yield said("last_blocked" if gate["is_blocked"] else "last_passed", **counts)
    else:
        yield said("last_none")
