"""Proving a number, action by action."""

from __future__ import annotations

import pytest

from actions.balance import BalanceShow
from actions.identity import AskIdentityCode, ValidateIdentityForm
from bss.sandbox import messages
from bss.sandbox.store import Store
from core.text import CODE
from tests.actions.conftest import NUMBER, token
from tests.actions.stage import Said, Stage


@pytest.fixture
async def asked(stage: Stage) -> Stage:
    """A conversation in which a code is on its way."""
    stage.active_form = "identity_form"
    stage.slots |= {
        "identity_number": await token(stage.services, stage.conversation_id),
        "identity_for": "action_balance_show",
    }
    await stage.run(AskIdentityCode(stage.services), "-")
    stage.slots["requested_slot"] = "identity_code"
    return stage


async def sent(store: Store) -> str:
    """Return the newest code sent."""
    rows = await store.do(messages.outbox, NUMBER)
    return str(rows[0]["text"]).split("验证码")[1][:6]


async def type_in(stage: Stage, code: str) -> Said:
    typed = await stage.services.vault.token_for(stage.conversation_id, CODE, code)
    return await stage.run(ValidateIdentityForm(stage.services), typed, code=typed)


async def test_what_asked_for_the_number_goes_on_by_itself(asked: Stage, store: Store) -> None:
    said = await type_in(asked, await sent(store))
    assert (said.responses, said.followup) == (["utter_identity_done"], "action_balance_show")
    assert (await asked.run(BalanceShow(asked.services), "-")).responses[0].startswith("utter_balance")


async def test_the_code_is_in_no_slot_and_no_event(asked: Stage, store: Store) -> None:
    code = await sent(store)
    said = await type_in(asked, code)
    assert code not in str(asked.slots) + str(said.events) + str(said.messages)


async def test_three_wrong_codes_void_the_code(asked: Stage, store: Store) -> None:
    right = await sent(store)
    wrong = [f"{(int(right) + step) % 1_000_000:06d}" for step in (1, 2, 3)]
    assert [(await type_in(asked, code)).responses[0] for code in [*wrong, right]] == [
        "utter_identity_wrong",
        "utter_identity_wrong",
        "utter_identity_locked",
        "utter_identity_locked",
    ]


async def test_a_new_code_can_be_asked_for(asked: Stage, store: Store) -> None:
    first = await sent(store)
    await asked.run(ValidateIdentityForm(asked.services), "重新发送", command="resend")
    await asked.run(AskIdentityCode(asked.services), "-")
    said = await type_in(asked, await sent(store))
    assert said.followup == "action_balance_show"
    assert len(await store.do(messages.outbox, NUMBER)) == 2, first


async def test_no_code_goes_to_a_number_that_is_not_ours(stage: Stage) -> None:
    stage.slots["identity_number"] = await token(stage.services, stage.conversation_id, "13912345678")
    said = await stage.run(AskIdentityCode(stage.services), "-")
    assert said.responses == ["utter_error_unknown_number"]
    assert said.slots["requested_slot"] == "identity_number"


async def test_another_number_is_asked_for_a_code_of_its_own(asked: Stage) -> None:
    other = await token(asked.services, asked.conversation_id, "13800000002")
    said = await asked.run(ValidateIdentityForm(asked.services), other, msisdn=other)
    assert (said.slots["identity_number"], said.slots["identity_sent"]) == (other, None)


async def test_four_digits_are_not_taken_for_a_code(asked: Stage) -> None:
    said = await asked.run(ValidateIdentityForm(asked.services), "1234", number=1234)
    assert said.responses == ["utter_identity_code_format"]
