"""Which plan fits past use."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from actions.plan import PlanAnswer
from actions.plan_advice import advise, monthly_cost, suitable
from actions.plan_advise import PlanAdvise
from bss.port import MonthlyUse, Subscriber, SubscriberStatus
from bss.sandbox.catalogue import load_offerings
from bss.sandbox.store import Session, Store
from core.ids import Msisdn, OfferingId
from tests.actions.stage import Stage
from tests.conftest import NOW

CATALOGUE = {str(offering.id): offering for offering in load_offerings()}
WHO = Subscriber(
    number=Msisdn("13800000001"),
    name="王小明",
    kind="prepaid",
    status=SubscriberStatus.ACTIVE,
    plan_id=OfferingId("plan-star-79"),
    plan_name="星享套餐79元",
    region="",
    birth_year=1990,
    is_real_named=True,
    contract_until=None,
    in_network_since=date(2020, 1, 1),
)


def use(data_gb: float, voice_min: int) -> list[MonthlyUse]:
    return [MonthlyUse(date(2026, month, 1), int(data_gb * 1024), voice_min, 0) for month in (9, 8, 7)]


def plans(who: Subscriber = WHO) -> set[str]:
    return {str(o.id) for o in suitable(CATALOGUE.values(), who, CATALOGUE[who.plan_id], NOW)}


def test_use_beyond_the_plan_is_paid_by_the_started_gigabyte_and_minute() -> None:
    assert monthly_cost(CATALOGUE["plan-star-39"], use(12.5, 110)) == 3900 + 3 * 500 + 10 * 15


def test_a_light_user_is_shown_the_cheapest_that_does_at_most_three() -> None:
    found = advise(suitable(CATALOGUE.values(), WHO, CATALOGUE[WHO.plan_id], NOW), use(4, 40))
    assert found[0].plan.id == "plan-go-19"
    assert len(found) == 3


def test_only_what_is_on_sale_is_offered() -> None:
    assert not plans() & {"plan-chat-58", "plan-summer-66"}


def test_what_is_for_others_is_not_offered() -> None:
    assert not plans() & {"plan-campus-29", "plan-senior-15"}
    assert "plan-campus-29" in plans(replace(WHO, segments=("campus",)))


def test_broadband_is_not_advised_away() -> None:
    family = replace(WHO, plan_id=OfferingId("plan-family-169"), segments=("family",))
    assert plans(family) == {"plan-family-239"}


def test_a_commitment_is_not_advised_against() -> None:
    bound = replace(WHO, contract_until=NOW.date() + timedelta(days=30))
    assert all(CATALOGUE[plan].price_fen >= 7900 for plan in plans(bound))


@pytest.mark.parametrize("gigabytes", [0, 5, 60, 200])
def test_advice_is_sorted_by_what_it_would_have_cost(gigabytes: float) -> None:
    found = advise(suitable(CATALOGUE.values(), WHO, CATALOGUE[WHO.plan_id], NOW), use(gigabytes, 100))
    assert [a.cost_fen for a in found] == sorted(a.cost_fen for a in found)


async def used(store: Store, gigabytes: int, minutes: int = 0) -> None:
    """Let 13800000001 (59 yuan a month) have used so much in every month."""

    def write(session: Session) -> int:
        return session.run("UPDATE monthly_use SET data_mb = ?, voice_min = ?", gigabytes * 1024, minutes)

    await store.do(write)


async def test_a_dearer_plan_that_costs_less_in_sum_is_said_to_be_so(proven: Stage, store: Store) -> None:
    await used(store, 60)
    said = await proven.run(PlanAdvise(proven.services), "有没有更便宜的套餐", "plan_query", ask="advice")
    assert "月费比现在高70元" in said.messages[0]["reasons"]
    assert "省下的套外费更多" in said.messages[0]["reasons"]


async def test_a_lower_price_that_comes_dearer_is_warned_of(proven: Stage, store: Store) -> None:
    current = CATALOGUE["plan-star-59"]
    await used(store, (current.data_mb or 0) // 1024, current.voice_min or 0)
    said = await proven.run(PlanAdvise(proven.services), "换个便宜点的", "plan_query", ask="advice")
    assert said.responses == ["utter_plan_advice_stay", "utter_plan_advice_dearer_after_all"]


async def test_who_asks_for_something_cheaper_is_advised_by_use(proven: Stage) -> None:
    said = await proven.run(PlanAnswer(proven.services), "有没有更便宜的套餐", "plan_query", ask="advice")
    assert said.followup == "action_plan_advise"
