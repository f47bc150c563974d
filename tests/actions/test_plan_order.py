"""Ordering and cancelling, action by action."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from actions.plan_open import PlanOpen
from actions.plan_order import AskPlanConfirmed, AskPlanOffering, PlanSubmit, ValidatePlanForm
from bss.embedded import EmbeddedBss
from bss.port import ProductOrder
from conversations.pending import PendingId, PendingState
from core.errors import UpstreamTimeout
from core.offering import Offering
from tests.actions.conftest import NUMBER, OTHER
from tests.actions.stage import Said, Stage


async def shown(stage: Stage, offering: str, action: str = "add") -> Said:
    """Bring the conversation to its second confirmation."""
    stage.active_form = "plan_form"
    stage.slots |= {"plan_offering": offering, "plan_action": action, "requested_slot": "plan_confirmed"}
    return await stage.run(AskPlanConfirmed(stage.services), "-")


async def test_what_was_shown_is_kept_with_its_hash(proven: Stage) -> None:
    await shown(proven, "plan-star-79")
    row = await proven.services.pending.get(PendingId(proven.slots["plan_pending"]))
    assert row is not None
    assert "资费公示编号" in row.shown
    assert row.shown_sha256 == hashlib.sha256(row.shown.encode()).hexdigest()


async def test_a_stranger_proves_the_number_first(stage: Stage) -> None:
    said = await stage.run(PlanOpen(stage.services), "换成星享59", "plan_change", offering="plan-star-59")
    assert said.followup == "identity_form"
    assert (said.slots["identity_for"], said.slots["plan_offering"]) == ("plan_form", "plan-star-59")


async def test_the_plan_changed_to_counts_not_the_one_changed_from(proven: Stage) -> None:
    stage = proven
    text = "把星享59换成星享79"
    found = [{"entity": "offering", "value": "plan-star-59", "start": 1, "end": 5}]
    found += [{"entity": "offering", "value": "plan-star-79", "start": 7, "end": 11}]
    from rasa_sdk import Tracker
    from rasa_sdk.executor import CollectingDispatcher

    message = {"text": text, "intent": {"name": "plan_change", "confidence": 0.9}, "entities": found}
    tracker = Tracker(
        stage.conversation_id, {}, message, [{"event": "user"}], False, None, {}, "action_listen"
    )
    events: list[dict[str, Any]] = await PlanOpen(stage.services).run(CollectingDispatcher(), tracker, {})
    assert {"plan-star-79"} == {e["value"] for e in events if e.get("name") == "plan_offering" and e["value"]}


async def test_an_ambiguous_name_is_asked_about(proven: Stage) -> None:
    said = await proven.run(
        PlanOpen(proven.services), "办校园卡", "plan_change", offering=["plan-campus-29", "plan-campus-49"]
    )
    assert said.slots["plan_candidates"] == ["plan-campus-29", "plan-campus-49"]
    asked = await proven.run(AskPlanOffering(proven.services), "-")
    assert [b["payload"] for b in asked.messages[0]["buttons"]] == [
        '/inform{"offering": "plan-campus-29"}',
        '/inform{"offering": "plan-campus-49"}',
    ]


@pytest.mark.parametrize("offering", ["plan-chat-58", "plan-summer-66"])
async def test_what_is_not_on_sale_is_never_put_to_confirmation(proven: Stage, offering: str) -> None:
    said = await shown(proven, offering)
    assert said.responses == ["utter_plan_refused_not_sellable"]
    assert proven.slots["plan_pending"] is None


async def test_the_present_plan_is_not_ordered_again(proven: Stage) -> None:
    assert (await shown(proven, "plan-star-59")).responses == ["utter_plan_already_current"]


async def test_what_is_not_held_is_not_put_to_cancelling(proven: Stage) -> None:
    said = await shown(proven, "vas-health", "delete")
    assert said.responses == ["utter_plan_refused_not_held"]


async def test_another_number_proven_meanwhile_is_asked_about_anew(proven: Stage) -> None:
    await shown(proven, "vas-missed")
    before = proven.slots["plan_pending"]
    code = await proven.services.identity.issue_code(proven.conversation_id, OTHER)
    await proven.services.identity.check_code(proven.conversation_id, code)
    await shown(proven, "vas-missed")
    row = await proven.services.pending.get(PendingId(proven.slots["plan_pending"]))
    assert row is not None
    assert (row.id != before, row.payload["number"]) == (True, OTHER)


async def test_cancelling_takes_no_more_steps_than_ordering(proven: Stage) -> None:
    ordering = await shown(proven, "vas-missed")
    ordered = await proven.run(PlanSubmit(proven.services), "确认", "affirm")
    cancelling = await shown(proven, "vas-missed", "delete")
    cancelled = await proven.run(PlanSubmit(proven.services), "确认", "affirm")
    assert (ordering.responses, ordered.responses) == (["utter_plan_confirm_add"], ["utter_plan_done"])
    assert (cancelling.responses, cancelled.responses) == (
        ["utter_plan_confirm_delete"],
        ["utter_plan_done_delete"],
    )


async def test_saying_yes_twice_orders_once(proven: Stage) -> None:
    await shown(proven, "vas-missed")
    first = await proven.run(PlanSubmit(proven.services), "确认", "affirm")
    second = await proven.run(PlanSubmit(proven.services), "确认", "affirm")
    orders = await proven.services.bss.orders(NUMBER)
    assert first.messages[0]["order"] == second.messages[0]["order"]
    assert len([order for order in orders if order.offering_id == "vas-missed"]) == 1


async def test_a_refusal_is_said_in_clear_words(proven: Stage) -> None:
    await shown(proven, "plan-campus-29")
    said = await proven.run(PlanSubmit(proven.services), "确认", "affirm")
    row = await proven.services.pending.get(PendingId(proven.slots["plan_pending"]))
    assert row is not None
    told = ["utter_plan_refused_campus_only", "utter_handoff_offer_failed"]  # why, and a person
    assert (said.responses, row.state) == (told, PendingState.FAILED)


async def test_an_answer_that_got_lost_is_looked_up_and_not_ordered_again(proven: Stage) -> None:
    await shown(proven, "vas-missed")
    lossy = _LosesAnswers(proven.services.bss)  # type: ignore[arg-type]
    object.__setattr__(proven.services, "bss", lossy)
    said = await proven.run(PlanSubmit(proven.services), "确认", "affirm")
    assert (said.responses, lossy.placed) == (["utter_plan_done"], 1)


async def test_a_question_in_the_middle_is_left_to_its_topic(proven: Stage) -> None:
    await shown(proven, "plan-star-79")
    form = ValidatePlanForm(proven.services)
    said = await proven.run(form, "59元套餐有多少流量", "plan_query", offering="plan-star-59")
    assert said.is_rejected


async def test_another_product_named_replaces_the_first(proven: Stage) -> None:
    await shown(proven, "plan-star-79")
    form = ValidatePlanForm(proven.services)
    said = await proven.run(form, "不对，换99的", "deny", offering="plan-5g-99")
    assert (said.slots["plan_offering"], said.slots["plan_pending"]) == ("plan-5g-99", None)


class _LosesAnswers:
    """A billing system that does its work and answers too late."""

    def __init__(self, bss: EmbeddedBss) -> None:
        self._bss, self.placed = bss, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._bss, name)

    async def place_order(self, *arguments: Any) -> ProductOrder:
        await self._bss.place_order(*arguments)
        self.placed += 1
        raise UpstreamTimeout("bss.timeout")


class PricedOtherwise(EmbeddedBss):
    """The sandbox, with one plan that the operator tells at another price than is charged."""

    async def offerings(self) -> Sequence[Offering]:
        return [replace(one, is_orderable=one.id != "plan-star-79") for one in await super().offerings()]


async def test_what_is_told_at_another_price_than_is_charged_is_not_ordered(proven: Stage) -> None:
    bss = proven.services.bss
    assert isinstance(bss, EmbeddedBss)
    proven.services = replace(proven.services, bss=PricedOtherwise(bss._store))
    refused = await shown(proven, "plan-star-79")

    assert refused.responses == ["utter_plan_refused_not_orderable"]
    assert proven.slots.get("plan_pending") is None
    assert (await shown(proven, "plan-star-39")).slots["plan_pending"]
