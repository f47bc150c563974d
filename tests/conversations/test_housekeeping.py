"""Housekeeping: what has expired is gone, what has not stays."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from conversations.housekeeping import Housekeeping
from conversations.pending import PendingState
from conversations.tables import pending_actions, vault
from tests.conversations.conftest import Repositories


async def test_expired_codes_and_unconfirmed_payments_end_and_numbers_stay(
    repositories: Repositories,
) -> None:
    conversation = await repositories.conversation()
    await repositories.vault.token_for(conversation, "code", "123456")
    await repositories.vault.token_for(conversation, "msisdn", "13800000001")
    await repositories.pending.create(conversation, "topup", {"amount_fen": 5000}, "充50元")
    housekeeping = Housekeeping(repositories.db, repositories.clock, repositories.settings)
    repositories.clock.advance(timedelta(seconds=600))
    await housekeeping.tidy()
    async with repositories.db.read() as connection:
        kept = (await connection.execute(select(vault.c.kind).where(vault.c.sealed.is_not(None)))).scalars()
        assert list(kept) == ["msisdn"]
        states = (await connection.execute(select(pending_actions.c.state))).scalars()
        assert list(states) == [PendingState.EXPIRED.value]
