"""Which questions an operator should see: collected from what was noted, again where the customer thought otherwise later."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, and_, case, insert, or_, select, update

from conversations.question_tables import questions
from conversations.questions import Outcome
from conversations.unknown.model import Cause
from conversations.unknown.tables import unknown_questions

LOOK_BACK_S = 28 * 86_400
_UNDECIDED_S = 1_800  # a customer may still choose from what was offered
_AT_ONCE = 5_000
_Q, _U = questions.c, unknown_questions.c
_REFUSED = (Outcome.ABSTAINED.value, Outcome.OUT_OF_SCOPE.value)
_ASKED = (Outcome.ANSWERED.value, Outcome.OFFERED.value, Outcome.CHOSEN.value, *_REFUSED)
_CAUSE = case(
    (_Q.is_useful.is_(False), Cause.USELESS.value),
    (_Q.handed_over.is_not(None), Cause.HANDED_OVER.value),
    (_Q.outcome == Outcome.ABSTAINED.value, Cause.ABSTAINED.value),
    (_Q.outcome == Outcome.OUT_OF_SCOPE.value, Cause.OUT_OF_SCOPE.value),
    else_=Cause.CLARIFIED.value,
)


def collect(connection: Connection, now_s: int) -> int:
    """Note what was asked lately and not served well, unless it is noted; return how many are new."""
    is_offered = and_(
        _Q.outcome == Outcome.OFFERED.value, _Q.is_taken.is_(False), _Q.asked_s < now_s - _UNDECIDED_S
    )
    is_unserved = or_(
        _Q.outcome.in_(_REFUSED),
        is_offered,
        _Q.is_useful.is_(False),
        _Q.handed_over.is_not(None),
    )
    query = (
        select(_Q.id, _Q.asked_s, _Q.channel, _CAUSE.label("cause"), _Q.text, _Q.wording, _Q.article, _Q.conversation_id,
               _U.cause.label("known"))
        .outerjoin(unknown_questions, _U.question_id == _Q.id)
        .where(
            _Q.asked_s >= now_s - LOOK_BACK_S, _Q.outcome.in_(_ASKED), _Q.wording != "", is_unserved,
            or_(_U.question_id.is_(None), _U.cause == Cause.ANSWERED.value),
        )
        .order_by(_Q.asked_s, _Q.id)
        .limit(_AT_ONCE)
    )  # fmt: skip
    found = connection.execute(query).all()
    fresh = [_row(row) for row in found if row.known is None]
    if fresh:
        connection.execute(insert(unknown_questions), fresh)
    for row in found:
        if row.known is not None:
            changed = update(unknown_questions).where(_U.question_id == row.id)
            connection.execute(changed.values(cause=row.cause))
    return len(found)


def _row(row: Any) -> dict[str, object]:
    kept = ("asked_s", "channel", "cause", "text", "wording", "article", "conversation_id")
    return {"question_id": row.id, **{name: getattr(row, name) for name in kept}}
