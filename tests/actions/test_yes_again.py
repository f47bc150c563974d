"""A yes that was said before, and a no that may be none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from actions.settlement import settle_once
from actions.smalltalk import SmalltalkIdle
from actions.topup import TopupSubmit
from bss.embedded import EmbeddedBss
from bss.port import Topup
from bss.sandbox import topups
from bss.sandbox.store import Store
from conversations.pending import PendingState
from core.clock import FixedClock
from core.errors import UpstreamRejected
from tests.actions.stage import Stage
from tests.actions.systems import Conflicting, Down, Locked
from tests.actions.unanswered import (
    plan_confirmed,
    row_of,
    settled,
    topup_confirmed,
    unanswered,
)


def said_before(*names: str) -> list[dict[str, Any]]:
    return [{"event": "bot", "text": "-", "metadata": {"utter_action": name}} for name in names]


async def test_a_yes_to_a_person_is_not_taken_for_the_yes_to_an_old_order(proven: Stage) -> None:
    await plan_confirmed(proven)
    await topup_confirmed(proven)
    proven.shown = said_before("utter_handoff_offer_not_understood")
    yes = await proven.run(SmalltalkIdle(proven.services), "好的", "affirm")
    assert yes.followup == "action_handoff"


async def test_a_bare_yes_later_repeats_no_receipt(proven: Stage) -> None:
    await plan_confirmed(proven)
    proven.shown = said_before("utter_balance_show")
    yes = await proven.run(SmalltalkIdle(proven.services), "好的", "affirm")
    assert yes.responses == ["utter_smalltalk_what_next"]


@pytest.mark.parametrize("is_named", [True, False])
async def test_a_yes_pressed_twice_shows_the_same_receipt(proven: Stage, is_named: bool) -> None:
    await plan_confirmed(proven)
    proven.shown = said_before("utter_handoff_offer_failed" if is_named else "utter_plan_done")
    named = {"pending": proven.slots["plan_pending"]} if is_named else {}
    yes = await proven.run(SmalltalkIdle(proven.services), "/affirm", "affirm", **named)
    assert yes.followup == "action_plan_submit"


async def test_a_yes_to_a_top_up_that_was_paid_says_so(stage: Stage, store: Store) -> None:
    await topup_confirmed(stage)
    row = await row_of(stage, "topup_pending")
    assert row.external is not None
    await store.do(topups.settle, str(row.external["id"]), "success")
    seen = await stage.run(TopupSubmit(stage.services), "确认", "affirm")  # before settlement has looked
    assert seen.responses == ["utter_topup_state_under_way"]
    await settle_once(stage.services)
    assert (await stage.run(TopupSubmit(stage.services), "确认", "affirm")).responses == [
        "utter_topup_state_paid"
    ]


async def test_a_refused_look_up_does_not_make_an_order_fail(
    proven: Stage, store: Store, clock: FixedClock
) -> None:
    up, proven.services = proven.services, replace(proven.services, bss=Locked(store))
    assert (await plan_confirmed(proven)).responses[0] == "utter_plan_unanswered"
    assert await settled(proven, clock) == []
    proven.services = up
    assert "办理成功" in (await settled(proven, clock))[0]


async def test_a_no_to_the_repeat_of_an_order_hides_no_order(proven: Stage, store: Store) -> None:
    proven.services = replace(proven.services, bss=Conflicting(store))
    assert (await plan_confirmed(proven)).responses == ["utter_plan_done"]


async def test_a_look_up_of_a_top_up_that_is_refused_leaves_its_link_watched(
    stage: Stage, store: Store
) -> None:
    class Forgetful(EmbeddedBss):
        async def topup(self, topup_id: str) -> Topup:
            raise UpstreamRejected("bss.rejected", reason="404")

    await topup_confirmed(stage)
    stage.services = replace(stage.services, bss=Forgetful(store))
    await stage.run(TopupSubmit(stage.services), "确认", "affirm")
    assert (await row_of(stage, "topup_pending")).state is PendingState.PLACED


async def test_the_order_that_is_taken_back_is_the_one_shown(proven: Stage, down: Down) -> None:
    await unanswered(proven, down)
    said = await proven.run(SmalltalkIdle(proven.services), "取消", "cancel")
    assert "加油包" in said.messages[0]["wish"]
    assert said.messages[0]["wish"].startswith("办理")
