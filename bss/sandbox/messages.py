"""The SMS outbox."""

from __future__ import annotations

from bss.sandbox import idempotency
from bss.sandbox.calendar import iso
from bss.sandbox.refusal import Refusal
from bss.sandbox.store import Session
from bss.sandbox.subscribers import row_of
from core.ids import Msisdn

MAX_CHARS = 1000


def send(session: Session, number: Msisdn, text: str, key: str) -> str:
    """Put one message into the outbox and return its id; the same key sends nothing again."""
    if first := idempotency.find(session, "sms", key, number, text):
        return first
    row_of(session, number)
    if not text or len(text) > MAX_CHARS:
        raise Refusal(422, "content_length", f"a message has 1 to {MAX_CHARS} characters")
    message_id = idempotency.new_id("SM")
    session.run("INSERT INTO sms VALUES (?, ?, ?, ?)", message_id, number, text, iso(session.now))
    idempotency.keep(session, "sms", key, message_id, number, text)
    return message_id


def outbox(session: Session, number: str | None) -> list[dict[str, str]]:
    """Return what was sent, newest first, to one number or to all."""
    rows = session.rows(
        "SELECT * FROM sms WHERE ? IS NULL OR number = ? ORDER BY rowid DESC LIMIT 500", number, number
    )
    return [{"to": row["number"], "text": row["text"], "sent_at": row["sent_at"]} for row in rows]
