"""The top-up form and its confirmation, action by action."""

from __future__ import annotations

from typing import Any

import pytest

from actions.topup import AskTopupConfirmed, TopupSubmit, ValidateTopupForm
from actions.topup_open import TopupOpen
from bss.sandbox import ledger, topups
from bss.sandbox.store import Store
from conversations.pending import PendingId, PendingState
from tests.actions.conftest import NUMBER, OTHER, token
from tests.actions.stage import Stage


@pytest.fixture
def form(stage: Stage) -> ValidateTopupForm:
    stage.active_form = "topup_form"
    return ValidateTopupForm(stage.services)


async def shown(stage: Stage, number: str = NUMBER, amount: float = 5000) -> str:
    """Bring the conversation to its confirmation; return the row that awaits it."""
    stage.slots |= {
        "topup_number": await token(stage.services, stage.conversation_id, number),
        "topup_amount": amount,
    }
    await stage.run(AskTopupConfirmed(stage.services), "-")
    stage.slots["requested_slot"] = "topup_confirmed"
    return str(stage.slots["topup_pending"])


async def test_one_sentence_fills_number_and_amount(stage: Stage, form: ValidateTopupForm) -> None:
    said = await stage.run(form, "给[msisdn_1]充50", "topup", msisdn="[msisdn_1]", amount_fen=5000)
    assert (said.slots["topup_number"], said.slots["topup_amount"]) == ("[msisdn_1]", 5000)
    assert said.slots["requested_slot"] == "topup_confirmed"


async def test_two_amounts_are_asked_about(stage: Stage, form: ValidateTopupForm) -> None:
    said = await stage.run(form, "充50还是100", "topup", amount_fen=[5000, 10000])
    assert said.responses == ["utter_topup_which_amount"]
    assert "topup_amount" not in said.slots


async def test_the_last_of_two_amounts_counts_in_a_correction(stage: Stage, form: ValidateTopupForm) -> None:
    said = await stage.run(form, "从50元改成100元", "inform", amount_fen=[5000, 10000])
    assert said.slots["topup_amount"] == 10000


async def test_two_numbers_are_asked_about(stage: Stage, form: ValidateTopupForm) -> None:
    tokens = [await token(stage.services, stage.conversation_id, n) for n in (NUMBER, OTHER)]
    said = await stage.run(form, f"{tokens[0]}和{tokens[1]}", msisdn=tokens)
    assert said.responses == ["utter_topup_which_number"]
    assert [b["title"] for b in said.messages[0]["buttons"]] == ["138****0001", "138****0002"]


async def test_a_bare_amount_is_taken_while_the_number_is_asked_for(
    stage: Stage, form: ValidateTopupForm
) -> None:
    stage.slots["requested_slot"] = "topup_number"
    said = await stage.run(form, "一百二", number=120)
    assert said.responses == ["utter_topup_amount_noted"]
    assert (said.slots["topup_amount"], said.slots["requested_slot"]) == (12000, "topup_number")


@pytest.mark.parametrize("entities", [{"code": "[code_1]"}, {"number": 1380000001}])
async def test_digits_that_are_no_mobile_number_are_told_why(
    stage: Stage, form: ValidateTopupForm, entities: Any
) -> None:
    stage.slots["requested_slot"] = "topup_number"
    said = await stage.run(form, "1380000001", **entities)
    assert said.responses == ["utter_number_incomplete"]
    assert "topup_amount" not in said.slots


async def test_the_number_a_correction_names_counts(stage: Stage, form: ValidateTopupForm) -> None:
    said = await stage.run(form, "不是[msisdn_1]，是[msisdn_2]", msisdn=["[msisdn_1]", "[msisdn_2]"])
    assert said.slots["topup_number"] == "[msisdn_2]"


@pytest.mark.parametrize("fen", [50, 50_100, 0])
async def test_an_amount_out_of_range_hears_the_limits(
    stage: Stage, form: ValidateTopupForm, fen: int
) -> None:
    said = await stage.run(form, "充很多", "topup", amount_fen=fen)
    assert said.responses == ["utter_topup_amount_range"]


async def test_a_masked_number_means_the_proven_one(proven: Stage) -> None:
    proven.active_form = "topup_form"
    form = ValidateTopupForm(proven.services)
    said = await proven.run(form, "138****0001", masked_msisdn="138****0001")
    number = await proven.services.vault.resolve(proven.conversation_id, said.slots["topup_number"])
    assert number == NUMBER


async def test_a_masked_number_nobody_has_proven_is_asked_for_in_full(
    stage: Stage, form: ValidateTopupForm
) -> None:
    said = await stage.run(form, "138****0001", masked_msisdn="138****0001")
    assert said.responses == ["utter_topup_full_number"]


async def test_somebody_elses_top_up_never_takes_the_customers_own_number(proven: Stage) -> None:
    proven.active_form = "topup_form"
    said = await proven.run(ValidateTopupForm(proven.services), "给我妈充50", "topup", amount_fen=5000)
    assert said.slots["requested_slot"] == "topup_number"


async def test_a_proven_customer_need_not_name_the_number(proven: Stage) -> None:
    proven.active_form = "topup_form"
    said = await proven.run(ValidateTopupForm(proven.services), "充50", "topup", amount_fen=5000)
    assert said.slots["requested_slot"] == "topup_confirmed"


async def test_another_wish_is_left_to_its_own_topic(stage: Stage, form: ValidateTopupForm) -> None:
    stage.slots["requested_slot"] = "topup_amount"
    assert (await stage.run(form, "查下流量", "usage_query")).is_rejected


async def test_after_a_digression_the_form_asks_again(stage: Stage, form: ValidateTopupForm) -> None:
    rejected = ({"event": "action_execution_rejected", "name": "topup_form"},)
    said = await stage.run(form, "查下流量", "usage_query", since=rejected)
    assert said.slots["requested_slot"] == "topup_number"


async def test_going_back_empties_what_was_filled_last(stage: Stage, form: ValidateTopupForm) -> None:
    stage.slots |= {"topup_number": "[msisdn_1]", "topup_amount": 5000.0}
    said = await stage.run(form, "上一步", command="back")
    assert said.slots["topup_amount"] is None
    assert said.slots["requested_slot"] == "topup_amount"


async def test_giving_up_drops_the_row(stage: Stage, form: ValidateTopupForm) -> None:
    pending = await shown(stage)
    said = await stage.run(form, "算了", "cancel")
    row = await stage.services.pending.get(PendingId(pending))
    assert row is not None
    assert (said.responses, row.state) == (["utter_topup_cancelled"], PendingState.CANCELLED)


async def test_a_number_that_sounds_like_goodbye_is_an_amount(stage: Stage, form: ValidateTopupForm) -> None:
    stage.slots["requested_slot"] = "topup_amount"
    said = await stage.run(form, "88", "goodbye", number=88)
    assert said.slots["topup_amount"] == 8800


async def test_asking_again_keeps_the_row_that_was_shown(stage: Stage) -> None:
    first = await shown(stage)
    await stage.run(AskTopupConfirmed(stage.services), "-")
    assert stage.slots["topup_pending"] == first


async def test_a_changed_amount_makes_a_new_row(stage: Stage, form: ValidateTopupForm) -> None:
    first = await shown(stage)
    await stage.run(form, "不对，充100", "deny", amount_fen=10000)
    await stage.run(AskTopupConfirmed(stage.services), "-")
    assert stage.slots["topup_pending"] != first


async def test_an_old_confirm_button_does_not_confirm_the_new_row(
    stage: Stage, form: ValidateTopupForm
) -> None:
    await shown(stage)
    said = await stage.run(form, '/affirm{"pending": "old"}', "affirm", pending="old")
    assert said.responses == ["utter_topup_stale"]
    assert said.slots["requested_slot"] == "topup_confirmed"


async def test_an_unknown_number_is_asked_for_again(stage: Stage) -> None:
    stage.slots |= {
        "topup_number": await token(stage.services, stage.conversation_id, "13912345678"),
        "topup_amount": 5000.0,
    }
    said = await stage.run(AskTopupConfirmed(stage.services), "-")
    assert said.responses == ["utter_error_unknown_number"]
    assert said.slots == {"topup_number": None, "requested_slot": "topup_number"}


async def test_saying_yes_twice_charges_once(stage: Stage, store: Store) -> None:
    await shown(stage)
    submit = TopupSubmit(stage.services)
    first = await stage.run(submit, "确认", "affirm")
    second = await stage.run(submit, "确认", "affirm")
    assert first.messages[0]["url"] == second.messages[0]["url"]
    await store.do(topups.settle, str(first.messages[0]["url"]).rsplit("/", 1)[1], "success")
    rows = await store.do(ledger.entries, NUMBER)
    assert len([row for row in rows if row["idempotency_key"] == stage.slots["topup_pending"]]) == 1


async def test_a_confirmation_that_comes_too_late_charges_nothing(stage: Stage, clock: object) -> None:
    from datetime import timedelta

    await shown(stage)
    clock.advance(timedelta(hours=1))  # type: ignore[attr-defined]
    said = await stage.run(TopupSubmit(stage.services), "确认", "affirm")
    assert said.responses == ["utter_topup_expired"]


async def test_a_top_up_that_went_wrong_begins_no_new_one(stage: Stage) -> None:
    said = await stage.run(TopupOpen(stage.services), "充了50怎么还没到账", "topup", amount_fen=5000)
    assert said.responses == ["utter_topup_trouble"]  # the knowledge base is empty here
