"""What came of the WeChat run: phones against what was said, and the simulator's books."""

from __future__ import annotations

from collections import Counter
from typing import Any

import httpx

from benchmarks.wechat_users import Phone

_ACK_MS = 5000.0
_EXAMPLES = 8


async def judge(http: httpx.AsyncClient, phones: list[Phone]) -> dict[str, Any]:
    """Return the figures."""
    books = (await http.get("/simulator/accounting")).raise_for_status().json()
    arrived = _arrivals(books["callbacks"])
    lost, twice, disordered, strange, notices = [], [], [], [], 0
    answers = 0
    for phone in phones:
        expected, shown = phone.expected(), await phone.shown()
        counts = Counter(shown)
        answers += len(expected)
        lost += [mark for mark in expected if counts[mark] == 0]
        twice += [mark for mark in expected if counts[mark] > 1]
        strange += [mark for mark in counts if mark not in expected]
        if not _in_order(phone, shown, arrived):
            disordered.append(phone.openid)
        notices += sum(line["from"] == "wechat" for line in await phone.lines())
    persons = [phone for phone in phones if phone.wants_person]
    return {
        "messages": sum(len(phone.sent) for phone in phones),
        "answers_due": answers,
        "lost": len(lost),
        "twice": len(twice),
        "strange": len(strange),
        "users_out_of_order": len(disordered),
        "unavailable_notices": notices,
        "nudged": sum(phone.nudges for phone in phones),
        "handoffs": len(persons),
        "ratings_asked_without_another_message": sum(phone.was_asked_in_time for phone in persons),
        **_callbacks(books["callbacks"]),
        **_sending(books),
        "examples": {"lost": lost[:_EXAMPLES], "twice": twice[:_EXAMPLES], "order": disordered[:_EXAMPLES]},
    }


def _arrivals(callbacks: list[dict[str, Any]]) -> dict[str, str]:
    """Return when each message first reached the service: its first try that was not cut off at once."""
    found: dict[str, str] = {}
    for row in callbacks:
        if row["outcome"] != "unreachable":
            found[row["msg_id"]] = min(row["at"], found.get(row["msg_id"], row["at"]))
    return found


def _in_order(phone: Phone, shown: list[str], arrived: dict[str, str]) -> bool:
    """Say whether the answers to a user's questions came in the order in which the service got the questions."""
    names = [name for _, text in sorted((arrived.get(i, ""), t) for i, t in phone.sent) if (name := text[2:])]
    wanted = [name for name in names if f"答复{name}" in shown]
    return [mark[2:] for mark in shown if mark.startswith("答复")] == wanted


def _callbacks(callbacks: list[dict[str, Any]]) -> dict[str, Any]:
    answered = sorted(
        row["duration_ms"] for row in callbacks if row["outcome"] in ("replied", "acknowledged", "dropped")
    )
    return {
        "callback_tries": len(callbacks),
        "outcomes": dict(Counter(row["outcome"] for row in callbacks)),
        "duplicates": sum(row["copy"] for row in callbacks),
        "over_5_s": sum(row["outcome"] == "timed_out" or row["duration_ms"] > _ACK_MS for row in callbacks),
        "ack_ms": {
            "p50": answered[len(answered) // 2],
            "p99": answered[int(len(answered) * 0.99)],
            "max": answered[-1],
        },
    }  # fmt: skip


def _sending(books: dict[str, Any]) -> dict[str, Any]:
    refused, faulted = Counter[str](), Counter[str]()
    for user in books["users"]:
        refused.update(user["refused"])
        faulted.update(user["faulted"])
    return {
        "passive": sum(row["outcome"] == "replied" for row in books["callbacks"]),
        "pushed": sum(user["pushed"] for user in books["users"]),
        "refused_by_the_rules": dict(refused),
        "refused_by_faults": dict(faulted),
        "api": {f"{row['api']} {row['errcode']}": row["count"] for row in books["api"]},
    }
