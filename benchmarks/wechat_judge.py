"""What came of the WeChat run: phones against what was said, and the simulator's books."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

import httpx
from sqlalchemy import select

from benchmarks.wechat_users import HANDOFF, RATING, Phone
from conversations.model import Sender
from conversations.tables import contacts, messages
from core.database import Database
from core.settings import Settings

_ACK_MS = 5000.0
_EXAMPLES = 8


async def judge(http: httpx.AsyncClient, phones: list[Phone], settings: Settings) -> dict[str, Any]:
    """Return the figures."""
    books = (await http.get("/simulator/accounting")).raise_for_status().json()
    stored = await _stored(settings)
    lost, twice, disordered, strange, notices = [], [], [], [], 0
    overtaken = 0
    answers = 0
    for phone in phones:
        taken, shown = stored.get(phone.openid, []), await phone.shown()
        expected, counts = phone.expected(_for_a_person(taken)), Counter(shown)
        answers += len(expected)
        lost += [mark for mark in expected if counts[mark] == 0]
        lost += [text for _, text in phone.sent if text not in taken and text != RATING]
        twice += [mark for mark in expected if counts[mark] > 1]
        strange += [mark for mark in counts if mark not in expected]
        if not _in_order(taken, shown):
            disordered.append(phone.openid)
        overtaken += taken != [text for _, text in phone.sent]
        notices += sum(line["from"] == "wechat" for line in await phone.lines())
    shut_out = {user["openid"] for user in books["users"] if "45015" in user["faulted"]}
    shut_out |= {phone.openid for phone in phones if await phone.repeats()}  # they took from the allowance
    persons = [phone for phone in phones if phone.wants_person]
    return {
        "messages": sum(len(phone.sent) for phone in phones),
        "answers_due": answers,
        "lost": len(lost),
        "twice": len(twice),
        "strange": len(strange),
        "sent_again_after_a_cut": sum([len(await phone.repeats()) for phone in phones]),
        "users_answered_out_of_order": len(disordered),
        "users_whose_messages_overtook_each_other": overtaken,
        "unavailable_notices": notices,
        "nudged": sum(phone.nudges for phone in phones),
        "handoffs": len(persons),
        "ratings_asked_without_another_message": sum(phone.was_asked_in_time for phone in persons),
        "ratings_held_up_by_a_fault": sum(
            not phone.was_asked_in_time and phone.openid in shut_out for phone in persons
        ),
        **_callbacks(books["callbacks"]),
        **_sending(books),
        "examples": {"lost": lost[:_EXAMPLES], "twice": twice[:_EXAMPLES], "order": disordered[:_EXAMPLES]},
    }


async def _stored(settings: Settings) -> dict[str, list[str]]:
    """Return each user's messages in the order in which the service took them: the order that answers must keep."""
    db, found = Database(settings.database), defaultdict[str, list[str]](list)
    query = (
        select(contacts.c.channel_user, messages.c.text)
        .join(messages, messages.c.contact_id == contacts.c.id)
        .where(messages.c.sender == Sender.CUSTOMER.value)
        .order_by(messages.c.contact_id, messages.c.seq)
    )
    async with db.read() as connection:
        for row in await connection.execute(query):
            found[row.channel_user.partition(":")[2]].append(row.text)
    await db.close()
    return found


def _for_a_person(taken: list[str]) -> list[str]:
    """Return the questions that WeChat delivered after the wish for a person that was written after them: the person's."""
    after = taken[taken.index(HANDOFF) :] if HANDOFF in taken else []
    return [text for text in after if text.startswith("问题")]


def _in_order(taken: list[str], shown: list[str]) -> bool:
    """Say whether the answers to a user's questions came in the order of the questions."""
    wanted = [f"答复{text[2:]}" for text in taken if f"答复{text[2:]}" in shown]
    return [mark for mark in shown if mark.startswith("答复")] == wanted


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
