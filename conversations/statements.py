"""The statements every message runs, built once: building one costs five times what running it does.

Each is named for what it does; its parameters are the `bindparam`s.
"""

from __future__ import annotations

from sqlalchemy import bindparam, insert, select, text, update

from conversations.model import Processing, State
from conversations.tables import contacts, conversations, messages, outbox, timers

_C, _V, _M, _O = contacts.c, conversations.c, messages.c, outbox.c

# "Not answered yet", written as the partial index is, so that both planners use it.
UNFINISHED = text("messages.processing IN ('received', 'sent_to_engine')")

LOCK_CONTACT = (
    select(_C.id, _C.region)
    .where(_C.channel == bindparam("channel"), _C.channel_user == bindparam("channel_user"))
    .with_for_update()
)
LOCK_CONTACT_OF_CONVERSATION = (
    select(_C.id)
    .join(conversations, _V.contact_id == _C.id)
    .where(_V.id == bindparam("conversation"))
    .with_for_update(of=contacts)
)
TAKE_SEQS = (
    update(contacts)
    .where(_C.id == bindparam("contact"))
    .values(last_seq=_C.last_seq + bindparam("count"))
    .returning(_C.last_seq)
)
CONVERSATION = select(conversations).where(_V.id == bindparam("conversation"))
NEWEST_CONVERSATION = (
    select(
        conversations,
        select(_M.id).where(_M.conversation_id == _V.id, UNFINISHED).exists().label("has_work"),
    )
    .where(_V.contact_id == bindparam("contact"))
    .order_by(_V.started.desc(), (_V.state == State.CLOSED.value))
    .limit(1)
)
MESSAGE_BY_CHANNEL_ID = select(messages).where(
    _M.contact_id == bindparam("contact"), _M.channel_message_id == bindparam("channel_message_id")
)
ADD_CONTACT = insert(contacts)
ADD_CONVERSATION = insert(conversations)
ADD_TIMER = insert(timers)
ADD_MESSAGE = insert(messages)
ADD_TO_OUTBOX = insert(outbox)
TOUCH = (
    update(conversations)
    .where(_V.id == bindparam("conversation"))
    .values(last_activity=bindparam("at"), is_traditional=bindparam("traditional"))
)
TOUCH_AND_LEASE = TOUCH.values(lease_owner=bindparam("owner"), lease_until=bindparam("until"))
GO_ON_WITH_BOT = (
    update(conversations).where(_V.id == bindparam("conversation")).values(with_bot=bindparam("with_bot"))
)
HOLD = (
    update(conversations)
    .where(_V.id == bindparam("conversation"))
    .values(lease_owner=bindparam("owner"), lease_until=bindparam("until"), outage_told=False)
)
MARK_ANSWERED = (
    update(messages)
    .where(_M.id == bindparam("message"), _M.processing != Processing.ANSWERED.value)
    .values(processing=Processing.ANSWERED.value)
)
MARK_ALL_ANSWERED = (
    update(messages)
    .where(_M.conversation_id == bindparam("conversation"), UNFINISHED)
    .values(processing=Processing.ANSWERED.value)
)
MARK_SENT_TO_ENGINE = (
    update(messages).where(_M.id == bindparam("message")).values(processing=Processing.SENT_TO_ENGINE.value)
)
NEXT_UNFINISHED = (
    select(messages, _C.channel, _C.channel_user, _C.region)
    .join(contacts, _C.id == _M.contact_id)
    .where(_M.conversation_id == bindparam("conversation"), UNFINISHED)
    .order_by(_M.seq)
    .limit(1)
)
WAITING_IN_OUTBOX = (
    select(messages)
    .join(outbox, _O.message_id == _M.id)
    .where(
        _O.contact_id == bindparam("contact"),
        _O.state == text("'pending'"),  # as the partial index has it
        _O.reply_seq <= bindparam("up_to_seq"),
        _O.reply_seq.not_in(bindparam("kept", expanding=True)),
    )
    .order_by(_M.seq)
    .with_for_update(of=outbox, skip_locked=True)
)
MARK_SENT = (
    update(outbox)
    .where(_O.message_id.in_(bindparam("messages", expanding=True)), _O.state == text("'pending'"))
    .values(state="sent", sent=bindparam("at"), lease_owner=None, lease_until=None)
)
