"""Questions that were not served well: which are collected, how their groups are decided, what comes back."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from conversations import questions as noted
from conversations.figures.model import day_of
from conversations.question_tables import questions
from conversations.unknown.groups import Groups
from conversations.unknown.model import Cause, State
from conversations.unknown.sorting import Sorting
from conversations.unknown.tables import unknown_questions
from core.clock import FixedClock
from core.database import Database
from core.errors import StaffError
from core.ids import MessageId


async def _untold(*_told: object) -> None:
    """Note nothing: what the audit log says is seen at the desk."""


class Desk:
    """The unknown questions of a database, sorted by a hand that puts the same first character together."""

    def __init__(self, database: Database, clock: FixedClock) -> None:
        self.db, self.clock = database, clock
        self.sorting, self.groups = Sorting(database, clock), Groups(database, clock, _untold)
        self.asked = 0

    async def asks(
        self, text: str, outcome: str = "abstained", ago: timedelta = timedelta(hours=1), **more: object
    ) -> str:
        """Note a question; return its id."""
        self.asked += 1
        at = int((self.clock.now() - ago).timestamp())
        row = {"id": f"q{self.asked}", "contact_id": "c1", "conversation_id": f"v{self.asked}", "seq": 1, "channel": "web",
               "started_s": at, "asked_s": at, "text": text, "wording": text, "topic": "faq", "subject": "faq", "article": "",
               "offering": "", "outcome": outcome, "is_taken": False, "is_useful": None, "handed_over": None}  # fmt: skip
        async with self.db.write() as connection:
            await connection.execute(insert(questions).values(**row | more))
        return f"q{self.asked}"

    async def sort(self) -> int:
        """Collect and group."""
        await self.sorting.collect()
        waiting = await self.sorting.waiting()
        firsts = [examples[0][0] for examples in waiting.examples]
        new: list[str] = []
        labels = []
        for text in waiting.texts:
            if text[0] not in firsts and text[0] not in new:
                new.append(text[0])
            labels.append(firsts.index(text[0]) if text[0] in firsts else len(firsts) + new.index(text[0]))
        middles = [next(n for n, text in enumerate(waiting.texts) if text[0] == first) for first in new]
        return await self.sorting.keep(waiting, labels, middles, [("puk", 0.4)] * len(new))

    async def titles(self, state: State = State.OPEN, **how: object) -> Sequence[str]:
        return [group.title for group in (await self.groups.page(state, **how))[0]]  # type: ignore[arg-type]

    async def first(self) -> str:
        """Return the id of the first open group."""
        return (await self.groups.page(State.OPEN))[0][0].id


@pytest.fixture
def desk(database: Database, clock: FixedClock) -> Desk:
    return Desk(database, clock)


async def test_only_questions_not_served_well_are_collected_with_their_cause(desk: Desk) -> None:
    await desk.asks("一卡坏了")
    await desk.asks("二发票", "offered")
    await desk.asks("三没用", "answered", is_useful=False, article="puk")
    await desk.asks("四转人工", "answered", handed_over="asked")
    await desk.asks("五好的", "answered", is_useful=True)
    await desk.asks("六选了", "offered", is_taken=True)
    await desk.asks("七还在选", "offered", ago=timedelta(minutes=5))
    await desk.asks("八充值", "", handed_over="asked", topic="topup")
    await desk.asks("甲卫星", "out_of_scope")
    await desk.asks("九很久以前", ago=timedelta(days=40))
    assert await desk.sort() == 5
    async with desk.db.read() as connection:
        rows = await connection.execute(
            select(unknown_questions.c.text, unknown_questions.c.cause).order_by(unknown_questions.c.text)
        )
        assert {row.text[0]: row.cause for row in rows} == {
            "一": "abstained", "二": "clarified", "三": "useless", "四": "handed_over", "甲": "out_of_scope"
        }  # fmt: skip
    assert await desk.sorting.collect() == 0


async def test_group_counts_this_week_against_the_last_with_channels_and_examples(desk: Desk) -> None:
    await desk.asks("卡坏了")
    await desk.asks("卡坏了", channel="wechat")
    await desk.asks("卡断了", ago=timedelta(days=9))
    await desk.sort()
    (group,), total = await desk.groups.page(State.OPEN)
    assert (total, group.size, group.this_week, group.last_week) == (1, 3, 2, 1)
    assert (group.channels, group.nearest) == ({"web": 2, "wechat": 1}, "puk")
    assert group.causes == {Cause.ABSTAINED: 3}
    examples = await desk.groups.examples(group.id)
    assert [(example.text, example.count) for example in examples] == [("卡坏了", 2), ("卡断了", 1)]


async def test_list_is_searched_and_filtered_by_channel(desk: Desk) -> None:
    await desk.asks("卡坏了", channel="wechat")
    await desk.asks("发票100%")
    await desk.sort()
    assert await desk.titles(channel="wechat") == ["卡坏了"]
    assert await desk.titles(q="100%") == ["发票100%"]
    assert await desk.titles(q="1_0") == []


async def test_later_questions_join_their_group(desk: Desk) -> None:
    await desk.asks("卡坏了")
    await desk.sort()
    await desk.asks("卡裂了")
    assert await desk.sort() == 0
    assert (await desk.groups.get(await desk.first())).size == 2


async def test_newest_wordings_are_grouped_first_with_how_many_customers_used_each(desk: Desk) -> None:
    for n, text in enumerate(("一早", "二早", "三早")):
        await desk.asks(text, ago=timedelta(hours=9 - n))
    for contact in ("c2", "c2", "c3"):
        await desk.asks("一早", contact_id=contact)
    await desk.sorting.collect()
    waiting = await desk.sorting.waiting(most=2)
    assert (waiting.texts, waiting.customers) == (("一早", "三早"), (3, 1))


async def test_of_two_operators_one_decides(desk: Desk) -> None:
    await desk.asks("卡坏了")
    await desk.sort()
    group = await desk.first()
    done = await asyncio.gather(
        desk.groups.accept(group, "puk", ["卡坏了"], "s1"), desk.groups.ignore(group, "不是业务", "s2"),
        return_exceptions=True,
    )  # fmt: skip
    refused = [result for result in done if isinstance(result, StaffError)]
    assert [error.code for error in refused] == ["unknown_group.taken"]


async def test_merged_group_gives_its_questions_to_the_other(desk: Desk) -> None:
    for text in ("卡坏了", "号丢了"):
        await desk.asks(text)
    await desk.sort()
    goal, other = [group.id for group in (await desk.groups.page(State.OPEN))[0]]
    assert (await desk.groups.merge(other, goal, "s1")).size == 2
    assert (await desk.groups.get(other)).state is State.MERGED
    with pytest.raises(StaffError, match=r"unknown_group\.merge"):
        await desk.groups.merge(goal, other, "s1")


async def test_ignored_group_comes_back_only_when_it_has_grown(desk: Desk) -> None:
    for _ in range(3):
        await desk.asks("卡坏了")
    await desk.sort()
    group = await desk.first()
    await desk.groups.ignore(group, "不是业务", "s1")
    for is_back in (False, False, True):
        await desk.asks("卡裂了")
        await desk.sort()
        assert (await desk.sorting.grown() == [group]) is is_back
    assert (await desk.groups.get(group)).state is State.OPEN


async def test_ignoring_needs_a_reason_and_unknown_groups_are_told(desk: Desk) -> None:
    with pytest.raises(StaffError, match=r"unknown_group\.reason"):
        await desk.groups.ignore("x", " ", "s1")
    with pytest.raises(StaffError, match=r"unknown_group\.unknown"):
        await desk.groups.accept("x", "puk", [], "s1")


async def test_effect_counts_what_is_answered_since(desk: Desk) -> None:
    await desk.asks("卡坏了", ago=timedelta(days=2))
    await desk.asks("卡坏了", ago=timedelta(days=2))
    await desk.sort()
    group = await desk.first()
    await desk.groups.accept(group, "puk", ["卡坏了"], "s1")
    good = await desk.asks("卡坏了怎么办", "answered", article="puk")
    await desk.asks("发票", "answered", article="invoice")
    (watched,) = await desk.sorting.watched()
    assert (watched.wordings, watched.is_live, watched.examples) == (
        ("卡坏了怎么办",),
        False,
        ("卡坏了",) * 2,
    )
    assert await desk.sorting.answered(watched, ["卡坏了怎么办"]) == 1
    now = desk.clock.now()
    effect = [
        (each.day, each.asked, each.answered)
        for each in (await desk.groups.effect(await desk.groups.get(group))).days
    ]
    assert effect == [(day_of(now - timedelta(days=2)), 2, 0), (day_of(now), 1, 1)]
    assert (await desk.groups.get(group)).size == 2
    await desk.groups.gone_live(watched.group_id, now - timedelta(hours=2))
    shares = await desk.groups.effect(await desk.groups.get(group))
    assert (shares.before, shares.after) == ((2, 0), (1, 1))
    await desk.groups.gone_back(watched.group_id)
    assert (await desk.groups.get(group)).live_since is None
    async with desk.db.write() as connection:  # the customer thinks otherwise later
        await noted.judged(connection, MessageId(good), False)
    await desk.sort()
    assert [each.answered for each in (await desk.groups.effect(await desk.groups.get(group))).days] == [0, 0]


async def test_words_are_forgotten_and_counts_stay(desk: Desk) -> None:
    await desk.asks("卡坏了", ago=timedelta(days=20))
    await desk.sort()
    before = int((desk.clock.now() - timedelta(days=10)).timestamp())
    assert await desk.sorting.forget(before) == 1
    assert await desk.titles() == []
    async with desk.db.read() as connection:
        assert [
            (row.text, row.wording, row.outcome) for row in await connection.execute(select(questions))
        ] == [("", "", "abstained")]
