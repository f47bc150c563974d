"""What grouping reads and writes: the questions without a group, some texts of each group, and where each belongs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, select, update

from conversations.model import new_id
from conversations.question_tables import questions
from conversations.questions import Outcome
from conversations.unknown.collecting import LOOK_BACK_S, collect
from conversations.unknown.model import Cause, GroupId, State
from conversations.unknown.tables import unknown_groups, unknown_questions
from core.clock import Clock
from core.database import Database

_G, _U, _Q = unknown_groups.c, unknown_questions.c, questions.c
_EXAMPLES = 12  # texts that stand for a group
_MOST = 20_000  # wordings grouped in one run, the newest: those that stay alone hold nobody up
_REAL = 3_000  # wordings that a change is tried on
_GROWS = 3  # questions since a group was ignored, at the least, before it comes back
_BEFORE_S = 14 * 86_400  # before a decision: what its effect is compared with
_WATCHED_S = 60 * 86_400
_WELL = (Outcome.ANSWERED.value, Outcome.CHOSEN.value)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Wordings without a group, each once, with a text of it and how many customers used it; and the groups they may join."""

    wordings: tuple[str, ...]
    texts: tuple[str, ...]
    customers: tuple[int, ...]
    groups: tuple[GroupId, ...]
    examples: tuple[tuple[str, ...], ...]  # of each group


@dataclass(frozen=True, slots=True)
class Watched:
    """An accepted group, and answered questions that may be like it."""

    group_id: GroupId
    target: str
    phrases: tuple[str, ...]
    is_live: bool
    examples: tuple[str, ...]
    wordings: tuple[str, ...]
    texts: tuple[str, ...]


class Sorting:
    """The database's side of grouping."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock

    async def collect(self) -> int:
        """Note what was asked lately and not served well; return how many are new."""
        async with self._db.write() as connection:
            return await connection.run_sync(collect, self._now_s())

    async def waiting(self, most: int = _MOST) -> Waiting:
        """Return what is to be grouped: the wordings asked last, in the order they came up."""
        async with self._db.read() as connection:
            return await connection.run_sync(_waiting, self._now_s(), most)

    async def keep(
        self,
        waiting: Waiting,
        labels: Sequence[int],
        middles: Sequence[int],
        nearest: Sequence[tuple[str, float]],
    ) -> int:
        """Keep where each wording belongs, new groups with their nearest articles included; return how many are new.

        `labels` below the number of groups name one of them, from there on the new ones in the order of `middles`.
        """
        new_ids = [GroupId(new_id()) for _ in middles]
        every = (*waiting.groups, *new_ids)
        joined: defaultdict[GroupId, list[str]] = defaultdict(list)
        for wording, label in zip(waiting.wordings, labels, strict=True):
            if label >= 0:
                joined[every[label]].append(wording)
        rows = [
            {"id": group_id, "title": waiting.texts[middle], "state": State.OPEN.value, "nearest": article,
             "nearest_score": score, "created": self._clock.now(), "target": "", "phrases": [], "reason": "",
             "decided_by": "", "size_then": 0, "merged_into": ""}
            for group_id, middle, (article, score) in zip(new_ids, middles, nearest, strict=True)
        ]  # fmt: skip
        async with self._db.write() as connection:
            if rows:
                await connection.execute(insert(unknown_groups), rows)
            for group_id, wordings in joined.items():
                for start in range(0, len(wordings), 500):
                    here = and_(_U.group_id.is_(None), _U.wording.in_(wordings[start : start + 500]))
                    await connection.execute(update(unknown_questions).where(here).values(group_id=group_id))
        return len(rows)

    async def served_lately(self) -> list[str]:
        """Return what customers asked lately that was answered, each wording once, most asked first."""
        lately = and_(_Q.asked_s >= self._now_s() - LOOK_BACK_S, _Q.outcome.in_(_WELL), _Q.wording != "")
        query = select(func.min(_Q.text).label("text")).where(lately).group_by(_Q.wording)
        async with self._db.read() as connection:
            found = await connection.execute(query.order_by(func.count().desc(), _Q.wording).limit(_REAL))
            return list(found.scalars())

    async def grown(self) -> list[GroupId]:
        """Bring back the ignored groups to which as many questions came as there were; return which."""
        size = (
            select(func.count())
            .where(_U.group_id == _G.id, _U.cause != Cause.ANSWERED.value)
            .scalar_subquery()
        )
        has_grown = and_(
            _G.state == State.IGNORED.value, size >= _G.size_then * 2, size >= _G.size_then + _GROWS
        )
        async with self._db.write() as connection:
            back = await connection.execute(
                update(unknown_groups).where(has_grown).values(state=State.OPEN.value).returning(_G.id)
            )
            return [GroupId(found) for found in back.scalars()]

    async def watched(self) -> list[Watched]:
        """Return the groups whose effect is watched, with what the target answered and is not theirs yet."""
        async with self._db.read() as connection:
            return await connection.run_sync(_watched, self._now_s())

    async def answered(self, group: Watched, wordings: Sequence[str]) -> int:
        """Count the target's answers to these wordings as the group's; return how many are new."""
        async with self._db.write() as connection:
            return await connection.run_sync(_count_answered, group, wordings, self._now_s())

    async def forget(self, before_s: int) -> int:
        """Erase the words of questions asked before; what was counted stays."""
        async with self._db.write() as connection:
            await connection.execute(delete(unknown_questions).where(_U.asked_s < before_s))
            done = await connection.execute(
                update(questions).where(_Q.asked_s < before_s, _Q.text != "").values(text="", wording="")
            )
            empty = ~select(_U.question_id).where(_U.group_id == _G.id).exists()
            await connection.execute(delete(unknown_groups).where(empty, _G.state != State.ACCEPTED.value))
        return done.rowcount

    def _now_s(self) -> int:
        return int(self._clock.now().timestamp())


def _waiting(connection: Connection, now_s: int, most: int) -> Waiting:
    query = (
        select(_U.wording, func.min(_U.text).label("text"), func.min(_U.asked_s).label("first_s"),
               func.count(_Q.contact_id.distinct()).label("customers"))
        .outerjoin(questions, _Q.id == _U.question_id)
        .where(_U.group_id.is_(None), _U.asked_s >= now_s - LOOK_BACK_S)
        .group_by(_U.wording)
        .order_by(func.max(_U.asked_s).desc(), _U.wording)
        .limit(most)
    )  # fmt: skip
    rows = sorted(connection.execute(query).all(), key=lambda row: (row.first_s, row.wording))
    examples = _examples(connection, [State.OPEN, State.IGNORED, State.ACCEPTED])
    return Waiting(
        wordings=tuple(row.wording for row in rows),
        texts=tuple(row.text for row in rows),
        customers=tuple(row.customers for row in rows),
        groups=tuple(examples),
        examples=tuple(tuple(texts) for texts in examples.values()),
    )


def _examples(connection: Connection, states: Sequence[State]) -> dict[GroupId, list[str]]:
    """Return some texts of each group, its title first."""
    named = [state.value for state in states]
    titles = select(_G.id, _G.title).where(_G.state.in_(named)).order_by(_G.created, _G.id)
    found = {GroupId(row.id): [row.title] for row in connection.execute(titles)}
    place = func.row_number().over(partition_by=_U.group_id, order_by=(_U.asked_s.desc(), _U.question_id))
    ranked = (
        select(_U.group_id, _U.text, place.label("place"))
        .join(unknown_groups, _G.id == _U.group_id)
        .where(_G.state.in_(named), _U.cause != Cause.ANSWERED.value)
        .subquery()
    )
    query = select(ranked.c.group_id, ranked.c.text).where(ranked.c.place < _EXAMPLES)
    for row in connection.execute(query.order_by(ranked.c.group_id, ranked.c.place)):
        texts = found[GroupId(row.group_id)]
        if row.text not in texts:
            texts.append(row.text)
    return found


def _watched(connection: Connection, now_s: int) -> list[Watched]:
    examples = _examples(connection, [State.ACCEPTED])
    query = select(unknown_groups).where(_G.state == State.ACCEPTED.value).order_by(_G.decided)
    found = []
    for row in connection.execute(query).all():
        decided_s = int(row.decided.timestamp())
        if decided_s < now_s - _WATCHED_S:
            continue
        served = _served(row.target, decided_s)
        asked = select(_Q.wording, func.min(_Q.text).label("text")).where(served).group_by(_Q.wording)
        rows = connection.execute(asked.order_by(_Q.wording).limit(_MOST)).all()
        found.append(
            Watched(
                group_id=GroupId(row.id),
                target=row.target,
                phrases=tuple(row.phrases),
                is_live=row.live_since is not None,
                examples=(*examples[GroupId(row.id)], *row.phrases),
                wordings=tuple(each.wording for each in rows),
                texts=tuple(each.text for each in rows),
            )
        )
    return found


def _served(target: str, decided_s: int) -> ColumnElement[bool]:
    is_noted = select(_U.question_id).where(_U.question_id == _Q.id).exists()
    return and_(
        _Q.asked_s >= decided_s - _BEFORE_S,
        _Q.article == target,
        _Q.outcome.in_(_WELL),
        _Q.wording != "",
        ~is_noted,
    )


def _count_answered(connection: Connection, group: Watched, wordings: Sequence[str], now_s: int) -> int:
    decided = connection.execute(select(_G.decided).where(_G.id == group.group_id)).scalar_one()
    served = _served(group.target, int(decided.timestamp()))
    rows: list[Mapping[str, object]] = []
    for start in range(0, len(wordings), 500):
        query = select(questions).where(served, _Q.wording.in_(wordings[start : start + 500]))
        rows += [
            {"question_id": row.id, "asked_s": row.asked_s, "channel": row.channel, "cause": Cause.ANSWERED.value,
             "text": row.text, "wording": row.wording, "article": row.article,
             "conversation_id": row.conversation_id, "group_id": group.group_id}
            for row in connection.execute(query)
        ]  # fmt: skip
    if rows:
        connection.execute(insert(unknown_questions), rows)
    return len(rows)
