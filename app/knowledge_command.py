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
from app.knowledge_service import CommandRefused, Exit, KnowledgeService, address_of, refuse
from core.settings import Settings
from knowledge_base.exchange.limits import MAX_BYTES
from knowledge_base.exchange.problems import words

_READING, _APPLYING = ("reading", "queued"), ("applying",)
_UNTESTED = ("drafted", "testing")
_SHOWN = 20  # problems, and questions that got worse
_VERDICTS = {"worse": "变差", "ambiguous": "变得不明确", "changed": "答案不同", "better": "变好"}
_OUTCOMES = {"answered": "回答", "offered": "给出选项", "abstained": "不回答"}
_STATES = {
    "drafted": "等待构建",
    "testing": "测试中",
    "ready": "测试完成",
    "live": "已上线",
    "superseded": "已被替换",
    "failed": "构建失败",
}


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
        return _failed("没有设置 TONGDA_STAFF_TOKEN，命令行不能登录服务。")
    try:
        with KnowledgeService(settings) as service:
            return verbs[options.verb](service, options)
    except CommandRefused as refusal:
        return _failed(str(refusal), refusal.status)
    except OSError as error:
        return _failed(_file_words(error))
    except httpx.HTTPError as error:
        told = f"连不上服务 {address_of(settings)}（{type(error).__name__}）。先启动：make run"
        return _failed(told, Exit.UNREACHABLE)
    except KeyboardInterrupt:
        return _failed("已中断。已经交给服务的导入或测试会继续，但不会自动发布。", Exit.INTERRUPTED)


def _failed(message: str, status: Exit = Exit.REFUSED) -> int:
    print(message, file=sys.stderr)
    return status


def _file_words(error: OSError) -> str:
    """Say why a file could not be read or written."""
    known: dict[type[OSError], str] = {
        FileNotFoundError: "找不到文件或文件夹",
        IsADirectoryError: "这是文件夹，不是文件",
        PermissionError: "没有读写这个文件的权限",
    }
    reason = known.get(type(error))
    return f"{reason}：{error.filename}" if reason else f"文件不能读写：{error}"


def _import(service: KnowledgeService, options: argparse.Namespace) -> int:
    path = Path(options.file)
    if path.stat().st_size > MAX_BYTES:
        refuse(words()["file_too_large"].format(limit=MAX_BYTES // 1024 // 1024))
    asked = {"filename": path.name, "dry_run": str(int(options.dry_run)), "rest": str(int(options.rest))}
    started = service.call("POST", "/import", params=asked, content=path.read_bytes())
    job = service.until(f"/imports/{started['id']}", (*_READING, *_APPLYING))
    counts = f"新增{job['created']}篇，修改{job['updated']}篇，没有变化{job['unchanged']}篇"
    for problem in job["problems"][:_SHOWN]:
        column = f"，{problem['column']}" if problem["column"] else ""
        print(f"  第{problem['row']}行{column}：{problem['message']}", file=sys.stderr)
    count = job.get("problem_count", len(job["problems"]))
    if count > _SHOWN:
        print(f"  ……共{count}处问题", file=sys.stderr)
    if job["state"] == "done":
        print(f"已导入草稿：{counts}。")
        return Exit.DONE
    if options.dry_run and job["state"] == "ready":
        print(f"试导入，没有写入：{counts}。")
        return Exit.REFUSED if count else Exit.DONE
    print(
        job["message"] or "文件里有问题，什么都没有导入；改好再来，或加 --rest 导入其余的行。",
        file=sys.stderr,
    )
    return Exit.REFUSED


def _export(service: KnowledgeService, options: argparse.Namespace) -> int:
    suffix = Path(options.file).suffix.lower().lstrip(".") if options.file else "yml"
    form = {"yml": "yaml", "yaml": "yaml", "csv": "csv", "xlsx": "xlsx"}.get(suffix)
    if form is None:
        refuse("文件名要以 .yml、.csv 或 .xlsx 结尾。")
    body = service.raw("GET", "/export", params={"format": form, "what": "drafts"}).content
    if options.file:
        Path(options.file).write_bytes(body)
        print(f"已导出到 {options.file}（{len(body)}字节）。")
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
        print("没有需要发布的改动，线上已经是最新的。")
        return Exit.DONE
    print(f"第{made['number']}版：{made['changes']}篇改动，正在构建和测试……", flush=True)
    release = service.until(f"/releases/{made['id']}", _UNTESTED)
    if release["state"] == "failed":
        refuse(f"没有发布：{release['error']}")
    if release["state"] != "ready":
        refuse(f"没有发布：这一版{_STATES.get(release['state'], release['state'])}。")
    for line in _found(service, release):
        print(line)
    if release["gate"]["is_blocked"] and not options.override:
        told = "没有通过测试门槛，没有发布。确实要发布，请加 --override 理由。"
        refuse(told, Exit.BLOCKED)
    live = service.call("POST", f"/releases/{made['id']}/publish", json={"reason": options.override or ""})
    print(f"第{live['number']}版已上线。" + ("（越过门槛，理由已记入审计）" if live["override"] else ""))
    return Exit.DONE if live["state"] == "live" else Exit.REFUSED


def _found(service: KnowledgeService, release: Mapping[str, Any]) -> Iterator[str]:
    """Yield what the gate found, what got worse first."""
    gate = release["gate"]
    counts = "，".join(f"{words}{gate['counts'].get(name, 0)}" for name, words in _VERDICTS.items())
    yield f"回归问题{sum(gate['asked'].values())}个：{counts}。"
    for verdict in ("worse", "ambiguous"):
        asked = {"verdict": verdict, "limit": str(_SHOWN)}
        page = service.call("GET", f"/releases/{release['id']}/findings", params=asked)
        for finding in page["findings"]:
            before, after = _got(finding["before"]), _got(finding["after"])
            yield f"  {_VERDICTS[verdict]}：“{finding['question']}”  原来：{before}  现在：{after}"
        if page["total"] > _SHOWN:
            yield f"  ……共{page['total']}个{_VERDICTS[verdict]}"
    for breach in gate["breaches"]:
        yield f"  超出门槛：{breach['message']}"


def _got(given: Mapping[str, Any]) -> str:
    titles = "、".join(article["title"] for article in given["articles"])
    return f"{_OUTCOMES[given['outcome']]}{f'《{titles}》' if titles else ''}"


def _rollback(service: KnowledgeService, options: argparse.Namespace) -> int:
    release = service.call("POST", "/rollback", json={})
    print(f"已回退到第{release['number']}版；草稿都还在。")
    return Exit.DONE


def _moment(written: str) -> str:
    """Write an ISO time as staff read it, in China's time."""
    return moment_text(datetime.fromisoformat(written))


def _status(service: KnowledgeService, options: argparse.Namespace) -> int:
    found = service.call("GET", "/status")
    live, candidate, gate = found["live"], found["candidate"], found["last_gate"]
    print(
        f"线上：第{live['number']}版，{_moment(live['published'])}，{live['published_by_name'] or '—'}发布"
        if live
        else "线上：没有"
    )
    if candidate:
        print(
            f"待发布：第{candidate['number']}版，{_STATES[candidate['state']]}，{candidate['changes']}篇改动"
        )
    if failed := found["failed"]:
        print(f"没有做成：第{failed['number']}版，{failed['error']}")
    if found["canary"]:
        print(f"灰度：{found['canary']['percent']}%的会话，到{_moment(found['canary']['until'])}")
    print(f"待发布的草稿：{found['drafts']}篇")
    if found["catalogue_changed"]:
        print("套餐目录有变化，发布后生效。")
    if found["model_changed"]:
        print("检索模型重新训练过，发布后生效。")
    if gate:
        verdict = "未通过" if gate["is_blocked"] else "通过"
        print(
            f"最近一次测试：{verdict}，变差{gate['counts'].get('worse', 0)}，不明确{gate['counts'].get('ambiguous', 0)}"
        )
    else:
        print("最近一次测试：没有")
    return Exit.DONE
