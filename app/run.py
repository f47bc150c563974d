"""`app run`: which processes there are, and what the terminal says while they start."""

from __future__ import annotations

import asyncio
import sys
import time
from urllib.parse import urlsplit

import httpx

from app.paths import RASA_PYTHON, DataPaths
from app.steps import fail
from app.supervise import Child, first_taken_port, supervise
from app.train import train
from core.settings import Settings

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def children(settings: Settings) -> dict[str, list[Child]]:
    """Return the processes by the name that `--only` takes."""
    paths = DataPaths(settings.data_dir)
    return {
        "sandbox": [_sandbox(settings, paths)] if settings.sandbox and not settings.bss_url else [],
        "wechat": [_wechat(settings, paths)] if settings.sandbox else [],
        "rasa": [
            _rasa(settings, paths, url) for url in settings.rasa_urls if urlsplit(url).hostname in _LOOPBACK
        ],
        "service": [_service(settings)],
    }


def _sandbox(settings: Settings, paths: DataPaths) -> Child:
    command = [
        sys.executable,
        "-m",
        "bss.sandbox",
        "--host",
        "127.0.0.1",
        "--port",
        str(settings.sandbox_port),
    ]
    command += ["--db", str(paths.sandbox_db)]
    return Child("sandbox", command, settings.sandbox_port, paths.logs / "sandbox.log")


def _wechat(settings: Settings, paths: DataPaths) -> Child:
    port = settings.wechat_simulator_port
    command = [sys.executable, "-m", "bot.channels.wechat.simulator", "--host", "127.0.0.1"]
    command += ["--port", str(port), "--db", str(paths.wechat_simulator_db)]
    command += ["--callback", f"http://127.0.0.1:{settings.port}/wechat/demo"]
    return Child("wechat", command, port, paths.logs / "wechat-simulator.log")


def _rasa(settings: Settings, paths: DataPaths, url: str) -> Child:
    port = urlsplit(url).port or 5005
    command = [
        str(RASA_PYTHON),
        "-m",
        "bot.engine.server",
        "--model",
        str(paths.rasa_model),
        "--port",
        str(port),
    ]
    command += ["--actions-url", f"http://127.0.0.1:{settings.port}/actions/webhook"]
    command += ["--trackers", str(paths.tracker_db.with_stem(f"rasa-trackers-{port}"))]
    environment = {"TONGDA_ACTION_TOKEN": settings.action_secret, "RASA_TELEMETRY_ENABLED": "false"}
    environment |= {
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "PYTHONWARNINGS": "ignore",
    }
    return Child(f"rasa:{port}", command, port, paths.logs / f"rasa-{port}.log", environment)


def _service(settings: Settings) -> Child:
    return Child("service", [sys.executable, "-m", "app", "serve"], settings.port)


def run(settings: Settings, only: str | None = None) -> None:
    """Train what is out of date, then run everything (or one kind of process) until Ctrl-C."""
    started = time.monotonic()
    kinds = children(settings)
    wanted = [child for kind, group in kinds.items() if only in (None, kind) for child in group]
    taken = first_taken_port([child.port for child in wanted])
    if taken is not None:
        fail(
            f"Port {taken} is in use. Stop what listens there, or set TONGDA_PORT, TONGDA_RASA_URLS, "
            "TONGDA_SANDBOX_PORT or TONGDA_WECHAT_SIMULATOR_PORT (see .env.example), then run again."
        )
    if only in (None, "rasa", "service"):
        train(settings)
    print("==> Starting " + ", ".join(child.name for child in wanted), flush=True)
    announce = _announce(settings, started) if only in (None, "service") else None
    asyncio.run(supervise(wanted, (lambda: announce) if announce is not None else None))


async def _announce(settings: Settings, started: float) -> None:
    """Wait for readiness, then say where to look."""
    base = f"http://{settings.host}:{settings.port}"
    async with httpx.AsyncClient(timeout=5.0) as client:
        said = 0.0
        while True:
            try:
                if (answer := await client.get(f"{base}/readyz")).status_code == 200:
                    break
                waiting = ", ".join(name for name, ok in answer.json().get("checks", {}).items() if not ok)
            except (httpx.HTTPError, ValueError):
                waiting = "service"
            if time.monotonic() - said > 10:
                print(f"    waiting for {waiting}", flush=True)
                said = time.monotonic()
            await asyncio.sleep(0.25)
    print(f"    ready in {time.monotonic() - started:.1f} s\n", flush=True)
    print(f"  网页演示   {base}/")
    print(f"  接口文档   {base}/docs")
    if settings.sandbox and not settings.bss_url:
        print(f"  沙箱       http://127.0.0.1:{settings.sandbox_port}/sandbox/subscribers  (测试号码)")
        print(
            f"             http://127.0.0.1:{settings.sandbox_port}/sandbox/sms          (收到的短信验证码)"
        )
    if settings.sandbox:
        print(f"  微信模拟器 http://127.0.0.1:{settings.wechat_simulator_port}/  (像手机一样和公众号聊天)")
        _announce_staff(base)
    print("\n  Ctrl-C 停止\n", flush=True)


def _announce_staff(base: str) -> None:
    # Here, not above: the database's code would hold up what starts first.
    from console.accounts import SANDBOX_PASSWORD, SANDBOX_STAFF

    print(f"  坐席工作台 {base}/agent")
    print(f"  运营台     {base}/operator")
    print(f"  员工账号   {'、'.join(login for login, *_ in SANDBOX_STAFF)}  (密码都是 {SANDBOX_PASSWORD})")
