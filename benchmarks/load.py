"""A bounded load of whole conversations over the REST protocol, and what it measured."""

from __future__ import annotations

import asyncio
import shutil
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import psutil  # type: ignore[import-untyped]

DIALOGUES: tuple[tuple[str, ...], ...] = (
    ("你好", "发票怎么开", "谢谢"),
    ("给13800000001充50", "不对，充100", "取消"),
    ("我要充话费", "13800000002", "五十块", "算了不充了"),
    ("携号转网要什么条件", "国际漫游怎么开通", "再见"),
    ("帮我充值", "流量能结转到下个月吗", "13800000001", "30元", "取消"),
    ("你是机器人吗", "宽带怎么移机", "补卡要多少钱", "好的谢谢"),
)


@dataclass(frozen=True, slots=True)
class Figures:
    """What one run measured: messages a second, milliseconds, megabytes, seconds."""

    name: str
    messages: int
    empty: int  # answers with nothing in them
    per_second: float
    p50_ms: float
    p95_ms: float
    memory_mb: float
    start_s: float


async def drive(
    url: str, conversations: Sequence[tuple[str, Sequence[str]]], at_once: int
) -> tuple[list[float], int, float]:
    """Run (sender, messages), `at_once` side by side; return the latencies in ms, empty answers, and seconds in all.

    The client shares the machine with what it measures, so it is a light one.
    """
    latencies: list[float] = []
    empty = 0
    waiting = list(reversed(conversations))

    async def worker(client: aiohttp.ClientSession) -> None:
        nonlocal empty
        while waiting:
            sender, messages = waiting.pop()
            for text in messages:
                started = time.perf_counter()
                async with client.post(url, json={"sender": sender, "message": text}) as answer:
                    answer.raise_for_status()
                    said = await answer.json()
                latencies.append((time.perf_counter() - started) * 1000)
                empty += not said

    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60.0)) as client:
        started = time.perf_counter()
        await asyncio.gather(*(worker(client) for _ in range(at_once)))
        return latencies, empty, time.perf_counter() - started


def summarise(
    name: str, latencies: Sequence[float], empty: int, taken_s: float, memory_mb: float, start_s: float
) -> Figures:
    """Reduce latencies to the figures of a table."""
    cuts = statistics.quantiles(latencies, n=20)
    return Figures(
        name,
        len(latencies),
        empty,
        len(latencies) / taken_s,
        statistics.median(latencies),
        cuts[18],
        memory_mb,
        start_s,
    )


def memory_of(pids: Sequence[int]) -> float:
    """Return the resident memory in MB of processes and their children."""
    processes = [
        p for pid in pids for p in (psutil.Process(pid), *psutil.Process(pid).children(recursive=True))
    ]
    return float(sum(process.memory_info().rss for process in processes)) / 1e6


def fresh_folder(path: Path) -> Path:
    """Return an empty folder."""
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path
