"""Pending payments and orders: each step once, whoever asks twice."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import timedelta

import pytest
from sqlalchemy import select

from conversations.pending import PendingAction, PendingId, PendingKind, PendingState
from conversations.tables import pending_actions
from tests.conversations.conftest import Repositories

PAYLOAD = {"number": "13800000001", "amount_fen": 5000}
SHOWN = "给138****0001充50元，确认吗？"


async def _awaiting(repositories: Repositories) -> PendingId:
    return await repositories.pending.create(await repositories.conversation(), "topup", PAYLOAD, SHOWN)


async def _state(repositories: Repositories, pending_id: PendingId) -> PendingState:
    found = await repositories.pending.get(pending_id)
    assert found is not None
    return found.state


async def test_what_was_shown_is_kept_with_its_hash(repositories: Repositories) -> None:
    found = await repositories.pending.get(await _awaiting(repositories))
    assert found is not None
    assert (found.kind, found.payload, found.shown) == ("topup", PAYLOAD, SHOWN)
    assert found.shown_sha256 == hashlib.sha256(SHOWN.encode()).hexdigest()


async def test_confirmation_pressed_many_times_counts_once(repositories: Repositories) -> None:
    pending_id = await _awaiting(repositories)
    confirmed = await asyncio.gather(*(repositories.pending.confirm(pending_id) for _ in range(10)))
    assert sum(confirmed) == 1
    assert await _state(repositories, pending_id) is PendingState.CONFIRMED


async def test_settlement_seen_by_many_pollers_happens_once(repositories: Repositories) -> None:
    pending_id = await _awaiting(repositories)
    await repositories.pending.confirm(pending_id)
    assert await repositories.pending.place(pending_id, {"topup_id": "t1", "url": "http://pay"})
    assert [action.external for action in await repositories.pending.placed("topup")] == [
        {"topup_id": "t1", "url": "http://pay"}
    ]
    settled = await asyncio.gather(
        *(repositories.pending.settle(pending_id, PendingState.COMPLETED, "paid") for _ in range(6))
    )
    assert sum(settled) == 1
    assert await repositories.pending.placed() == []
    assert await _state(repositories, pending_id) is PendingState.COMPLETED


async def test_confirmation_after_its_time_is_refused(repositories: Repositories) -> None:
    pending_id = await _awaiting(repositories)
    repositories.clock.advance(timedelta(seconds=600))
    assert not await repositories.pending.confirm(pending_id)
    assert await _state(repositories, pending_id) is PendingState.EXPIRED
    assert await repositories.pending.expire_old() == 1
    assert await repositories.pending.expire_old() == 0


async def test_cancelled_one_cannot_be_confirmed_nor_a_confirmed_one_cancelled(
    repositories: Repositories,
) -> None:
    first = await _awaiting(repositories)
    assert await repositories.pending.cancel(first)
    assert not await repositories.pending.confirm(first)
    second = await _awaiting(repositories)
    assert await repositories.pending.confirm(second)
    assert not await repositories.pending.cancel(second)


async def test_either_confirming_or_cancelling_wins(repositories: Repositories) -> None:
    pending_id = await _awaiting(repositories)
    confirmed, cancelled = await asyncio.gather(
        repositories.pending.confirm(pending_id), repositories.pending.cancel(pending_id)
    )
    assert confirmed != cancelled


async def test_new_offer_replaces_the_one_still_awaiting(repositories: Repositories) -> None:
    first, second = await _awaiting(repositories), await _awaiting(repositories)
    assert not await repositories.pending.confirm(first)
    open_one = await repositories.pending.open_of(await repositories.conversation())
    assert open_one is not None
    assert open_one.id == second


async def test_confirmed_and_never_placed_is_found_for_repair(repositories: Repositories) -> None:
    pending_id = await _awaiting(repositories)
    await repositories.pending.confirm(pending_id)
    assert await repositories.pending.unplaced(older_than_s=10) == []
    repositories.clock.advance(timedelta(seconds=11))
    assert [action.id for action in await repositories.pending.unplaced(older_than_s=10)] == [pending_id]


async def test_unconfirmed_one_cannot_be_placed_or_settled(repositories: Repositories) -> None:
    pending_id = await _awaiting(repositories)
    assert not await repositories.pending.place(pending_id, {})
    assert not await repositories.pending.settle(pending_id, PendingState.COMPLETED)
    with pytest.raises(ValueError, match="not an end"):
        await repositories.pending.settle(pending_id, PendingState.PLACED)


async def _confirmed(repositories: Repositories, kind: PendingKind) -> PendingAction:
    pending_id = await repositories.pending.create(await repositories.conversation(), kind, PAYLOAD, SHOWN)
    assert await repositories.pending.confirm(pending_id)
    found = await repositories.pending.get(pending_id)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("kind", "after"), [("topup", PendingState.CANCELLED), ("order", PendingState.WITHDRAWN)]
)
async def test_yes_is_taken_back_once_and_only_while_the_write_is_due(
    repositories: Repositories, kind: PendingKind, after: PendingState
) -> None:
    row = await _confirmed(repositories, kind)
    taken = await asyncio.gather(*(repositories.pending.take_back(row, "by the customer") for _ in range(6)))
    assert (sum(taken), await _state(repositories, row.id)) == (1, after)
    placed = await _confirmed(repositories, kind)
    assert await repositories.pending.place(placed.id, {"id": "x"})
    assert not await repositories.pending.take_back(placed, "by the customer")


async def test_either_placing_a_top_up_or_taking_it_back_wins(repositories: Repositories) -> None:
    row = await _confirmed(repositories, "topup")
    placed, taken_back = await asyncio.gather(
        repositories.pending.place(row.id, {"id": "x"}), repositories.pending.take_back(row, "")
    )
    assert placed != taken_back


async def test_withdrawn_order_is_found_for_repair_a_while_after_it_was_withdrawn(
    repositories: Repositories,
) -> None:
    row = await _confirmed(repositories, "order")
    repositories.clock.advance(timedelta(seconds=11))
    await repositories.pending.take_back(row, "")
    assert await repositories.pending.unplaced(older_than_s=10) == []
    repositories.clock.advance(timedelta(seconds=11))
    assert [action.id for action in await repositories.pending.unplaced(older_than_s=10)] == [row.id]


async def test_what_is_under_way_is_the_contacts_own_and_has_not_ended(repositories: Repositories) -> None:
    first, second = await _confirmed(repositories, "order"), await _confirmed(repositories, "topup")
    await repositories.pending.settle(first.id, PendingState.COMPLETED)
    await _awaiting(repositories)
    under_way = await repositories.pending.under_way(await repositories.conversation())
    assert [action.id for action in under_way] == [second.id]
    assert await repositories.pending.under_way(await repositories.conversation("bert")) == []


async def test_payload_is_not_in_the_clear(repositories: Repositories) -> None:
    await _awaiting(repositories)
    async with repositories.db.read() as connection:
        row = (await connection.execute(select(pending_actions))).one()
    assert "13800000001" not in repr(tuple(row))
