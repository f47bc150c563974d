"""The simulator's books: what was sent and refused, how callbacks were answered, what the API was asked."""

from __future__ import annotations

from typing import Any

from bot.channels.wechat.simulator.parts import Parts
from bot.channels.wechat.simulator.store import Store, moment


def accounting(parts: Parts, openid: str | None) -> dict[str, Any]:
    """Return the books, of one user or of all; the totals are of all."""
    deliveries = parts.store.rows(
        "SELECT * FROM delivery WHERE ? IS NULL OR openid = ? ORDER BY id", openid, openid
    )
    return {
        "users": _users(parts.store, openid),
        "callbacks": [
            {
                "openid": row["openid"], "msg_id": row["message"], "attempt": row["attempt"], "copy": row["copy"],
                "at": moment(row["at"]), "duration_ms": row["duration_ms"], "outcome": row["outcome"],
                "detail": row["detail"],
            }
            for row in deliveries
        ],
        "api": [dict(row) | {"is_fault": bool(row["is_fault"])} for row in parts.store.rows("SELECT * FROM call ORDER BY api")],
        "pending": parts.callbacks.pending,
    }  # fmt: skip


def _users(store: Store, openid: str | None) -> list[dict[str, Any]]:
    """Return, for each user, what the account pushed, and what WeChat refused by its rules and by a fault."""
    books: dict[str, dict[str, Any]] = {}
    found = store.rows(
        "SELECT openid, errcode, is_fault, count(*) AS count FROM send WHERE ? IS NULL OR openid = ? "
        "GROUP BY openid, errcode, is_fault", openid, openid,
    )  # fmt: skip
    for row in found:
        book = books.setdefault(
            row["openid"], {"openid": row["openid"], "pushed": 0, "refused": {}, "faulted": {}}
        )
        if row["errcode"] == 0:
            book["pushed"] = row["count"]
        else:
            book["faulted" if row["is_fault"] else "refused"][str(row["errcode"])] = row["count"]
    return list(books.values())
