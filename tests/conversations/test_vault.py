"""The vault: one token a value, nothing in the clear, codes gone when their time is over."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from cryptography.fernet import InvalidToken
from pydantic import SecretStr
from sqlalchemy import select

from conversations.tables import vault
from conversations.vault import Vault
from tests.conversations.conftest import Repositories


async def test_same_value_keeps_its_token_and_another_gets_its_own(repositories: Repositories) -> None:
    conversation = await repositories.conversation()
    tokens = [
        await repositories.vault.token_for(conversation, "msisdn", number)
        for number in ("13800000001", "13800000002", "13800000001")
    ]
    assert tokens == ["[msisdn_1]", "[msisdn_2]", "[msisdn_1]"]
    assert await repositories.vault.resolve(conversation, "[msisdn_2]") == "13800000002"


async def test_values_kept_at_the_same_time_get_different_tokens(repositories: Repositories) -> None:
    conversation = await repositories.conversation()
    numbers = [f"1380000000{n}" for n in range(8)] * 2
    tokens = await asyncio.gather(*(repositories.vault.token_for(conversation, "msisdn", n) for n in numbers))
    assert len(set(tokens)) == 8
    assert tokens[:8] == tokens[8:]


async def test_token_of_another_conversation_resolves_to_nothing(repositories: Repositories) -> None:
    mine, theirs = await repositories.conversation(), await repositories.conversation("bert")
    await repositories.vault.token_for(mine, "msisdn", "13800000001")
    assert await repositories.vault.resolve(theirs, "[msisdn_1]") is None


@pytest.mark.parametrize(
    "token",
    ["[msisdn_2]", "msisdn_1", "[msisdn_1] ", "[other_1]", "", "[msisdn_99999999999999]", "[msisdn_'--]"],
)
async def test_unknown_token_resolves_to_nothing(repositories: Repositories, token: str) -> None:
    conversation = await repositories.conversation()
    await repositories.vault.token_for(conversation, "msisdn", "13800000001")
    assert await repositories.vault.resolve(conversation, token) is None


async def test_code_expires_and_counts_anew_when_it_is_typed_again(repositories: Repositories) -> None:
    conversation = await repositories.conversation()
    await repositories.vault.token_for(conversation, "code", "123456")
    await repositories.vault.token_for(conversation, "msisdn", "13800000001")
    repositories.clock.advance(timedelta(seconds=300))
    assert await repositories.vault.resolve(conversation, "[code_1]") is None
    assert await repositories.vault.resolve(conversation, "[msisdn_1]") == "13800000001"
    assert await repositories.vault.token_for(conversation, "code", "123456") == "[code_1]"
    assert await repositories.vault.resolve(conversation, "[code_1]") == "123456"


async def test_expired_codes_are_erased_and_their_tokens_not_given_again(repositories: Repositories) -> None:
    conversation = await repositories.conversation()
    await repositories.vault.token_for(conversation, "code", "123456")
    repositories.clock.advance(timedelta(seconds=301))
    assert await repositories.vault.forget_expired() == 1
    assert await repositories.vault.token_for(conversation, "code", "654321") == "[code_2]"


async def test_database_holds_no_value_in_the_clear(repositories: Repositories) -> None:
    conversation = await repositories.conversation()
    await repositories.vault.token_for(conversation, "msisdn", "13800000001")
    async with repositories.db.read() as connection:
        row = (await connection.execute(select(vault))).one()
    assert "13800000001" not in repr(tuple(row))


async def test_value_cannot_be_read_with_another_secret(repositories: Repositories) -> None:
    conversation = await repositories.conversation()
    await repositories.vault.token_for(conversation, "msisdn", "13800000001")
    other = repositories.settings.model_copy(update={"secret_key": SecretStr("another secret")})
    with pytest.raises(InvalidToken):
        await Vault(repositories.db, repositories.clock, other).resolve(conversation, "[msisdn_1]")
