"""Proving a number: the right code in time, few wrong tries, few codes an hour."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from conversations.identity import Check, Identity
from conversations.tables import codes, identities
from core.errors import CustomerError
from core.ids import ConversationId, Msisdn
from tests.conversations.conftest import Repositories

NUMBER = Msisdn("13800000001")


def _wrong(code: str) -> str:
    return "000000" if code != "000000" else "000001"


async def _check(repositories: Repositories, conversation: ConversationId, code: str) -> tuple[Check, int]:
    result = await repositories.identity.check_code(conversation, code)
    return result.check, result.tries_left


async def test_right_code_proves_the_number(repositories: Repositories) -> None:
    conversation = await repositories.conversation()
    code = await repositories.identity.issue_code(conversation, NUMBER)
    assert (len(code), code.isdigit()) == (6, True)
    assert await repositories.identity.proven_number(conversation) is None
    assert await _check(repositories, conversation, code) == (Check.OK, 0)
    assert await repositories.identity.proven_number(conversation) == NUMBER


async def test_proof_holds_in_the_customers_next_conversation_and_not_in_anothers(
    repositories: Repositories,
) -> None:
    first = await repositories.conversation()
    await repositories.identity.check_code(first, await repositories.identity.issue_code(first, NUMBER))
    await repositories.directory.finish(first)
    assert await repositories.identity.proven_number(await repositories.conversation()) == NUMBER
    assert await repositories.identity.proven_number(await repositories.conversation("bert")) is None


async def test_proof_ends_with_its_time_and_when_it_is_taken_back(repositories: Repositories) -> None:
    conversation = await repositories.conversation()
    for end in ("time", "forget"):
        code = await repositories.identity.issue_code(conversation, NUMBER)
        await repositories.identity.check_code(conversation, code)
        assert await repositories.identity.proven_number(conversation) == NUMBER
        if end == "time":
            repositories.clock.advance(timedelta(seconds=1800))
        else:
            await repositories.identity.forget(conversation)
        assert await repositories.identity.proven_number(conversation) is None


async def test_third_wrong_try_locks_the_code_even_for_the_right_one(repositories: Repositories) -> None:
    conversation = await repositories.conversation()
    code = await repositories.identity.issue_code(conversation, NUMBER)
    tries = [await _check(repositories, conversation, _wrong(code)) for _ in range(3)]
    assert tries == [(Check.WRONG, 2), (Check.WRONG, 1), (Check.LOCKED, 0)]
    assert await _check(repositories, conversation, code) == (Check.LOCKED, 0)
    assert await repositories.identity.proven_number(conversation) is None


async def test_guesses_at_the_same_time_get_no_more_tries(repositories: Repositories) -> None:
    conversation = await repositories.conversation()
    code = await repositories.identity.issue_code(conversation, NUMBER)
    results = await asyncio.gather(*(_check(repositories, conversation, _wrong(code)) for _ in range(10)))
    assert sum(check is Check.WRONG for check, _ in results) == 2
    assert sum(check is Check.LOCKED for check, _ in results) == 8


async def test_code_is_good_once(repositories: Repositories) -> None:
    conversation = await repositories.conversation()
    code = await repositories.identity.issue_code(conversation, NUMBER)
    results = await asyncio.gather(*(_check(repositories, conversation, code) for _ in range(4)))
    assert sorted(check.value for check, _ in results) == ["none", "none", "none", "ok"]


async def test_code_expires(repositories: Repositories) -> None:
    conversation = await repositories.conversation()
    code = await repositories.identity.issue_code(conversation, NUMBER)
    repositories.clock.advance(timedelta(seconds=300))
    assert await _check(repositories, conversation, code) == (Check.EXPIRED, 0)


async def test_newer_code_replaces_the_older(repositories: Repositories) -> None:
    conversation = await repositories.conversation()
    first = await repositories.identity.issue_code(conversation, NUMBER)
    repositories.clock.advance(timedelta(seconds=1))
    second = await repositories.identity.issue_code(conversation, Msisdn("13800000002"))
    if first != second:
        assert (await _check(repositories, conversation, first))[0] is Check.WRONG
    assert (await _check(repositories, conversation, second))[0] is Check.OK
    assert await repositories.identity.proven_number(conversation) == "13800000002"


async def test_code_of_one_customer_is_nothing_to_another(repositories: Repositories) -> None:
    code = await repositories.identity.issue_code(await repositories.conversation(), NUMBER)
    assert await _check(repositories, await repositories.conversation("bert"), code) == (Check.NONE, 0)


@pytest.mark.parametrize("limit", ["number", "sender"])
async def test_codes_an_hour_are_limited(repositories: Repositories, limit: str) -> None:
    field = {"number": "code_per_number_hour", "sender": "code_per_sender_hour"}[limit]
    strict = repositories.settings.model_copy(update={field: 3})
    identity = Identity(repositories.db, repositories.clock, strict)

    async def ask(n: int) -> str:
        user = f"user{n}" if limit == "number" else "anna"
        number = NUMBER if limit == "number" else Msisdn(f"1380000000{n}")
        return await identity.issue_code(await repositories.conversation(user), number)

    results = await asyncio.gather(*(ask(n) for n in range(6)), return_exceptions=True)
    refused = [result for result in results if isinstance(result, CustomerError)]
    assert [(error.code, error.fields["limit"]) for error in refused] == [
        ("identity.too_many_codes", limit)
    ] * 3
    repositories.clock.advance(timedelta(hours=1, seconds=1))
    assert len(await ask(0)) == 6


async def test_database_holds_neither_code_nor_number_in_the_clear(repositories: Repositories) -> None:
    conversation = await repositories.conversation()
    code = await repositories.identity.issue_code(conversation, NUMBER)
    await repositories.identity.check_code(conversation, code)
    async with repositories.db.read() as connection:
        for table in (codes, identities):
            row = (await connection.execute(select(table))).one()
            texts = [value for value in row if isinstance(value, str)]
            assert not any(NUMBER in text or text == code for text in texts)
