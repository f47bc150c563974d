"""TMF632 and TMF637: who a number belongs to and what it holds."""

from __future__ import annotations

from datetime import date

from bss.port import HeldProduct, Subscriber, SubscriberStatus
from bss.tmf.node import Node, malformed
from bss.tmf.upstream import Call, together
from core.clock import CHINA
from core.errors import CustomerError
from core.ids import Msisdn, OfferingId
from core.money import Fen


async def subscriber(call: Call, number: Msisdn) -> Subscriber:
    """Read person and plan side by side."""
    phone = {"contactMedium.characteristic.phoneNumber": number}
    people, held = await together(call.list("/party/v4/individual", phone), _product_nodes(call, number))
    if not people:
        raise CustomerError("bss.unknown_number", "no owner")
    return _subscriber(number, people[0], _running_plan(held))


async def products(call: Call, number: Msisdn) -> list[HeldProduct]:
    """Read what a number holds or is about to hold."""
    return [_held(node) for node in await _product_nodes(call, number)]


async def _product_nodes(call: Call, number: Msisdn) -> list[Node]:
    found = await call.list("/productInventory/v4/product", {"productSerialNumber": number})
    if not found:
        raise CustomerError("bss.unknown_number", "holds nothing")
    return found


def _running_plan(nodes: list[Node]) -> Node:
    plans = [node for node in nodes if _is_plan(node) and node.text("status") != "pendingActive"]
    if not plans:
        raise malformed("product", "has no running plan")
    return plans[0]


def _subscriber(number: Msisdn, person: Node, plan: Node) -> Subscriber:
    line = plan.characteristics("productCharacteristic")
    traits = person.characteristics("partyCharacteristic")
    born = person.maybe_time("birthDate")
    contract = next(
        (term for term in plan.children("productTerm") if term.maybe_text("name") == "contract"), None
    )
    contract_end = contract.child("validFor").time("endDateTime") if contract else None
    offering = plan.child("productOffering")
    try:
        return Subscriber(
            number=number,
            name=person.text("fullName"),
            kind=line["chargingMode"],
            status=SubscriberStatus(line["lineStatus"]),
            plan_id=OfferingId(offering.text("id")),
            plan_name=plan.text("name"),
            region=traits.get("region", ""),
            birth_year=born.astimezone(CHINA).year if born else None,
            is_real_named=person.maybe_text("status") == "validated",
            contract_until=contract_end.astimezone(CHINA).date() if contract_end else None,
            in_network_since=date.fromisoformat(traits["inNetworkSince"]),
            segments=tuple(name for name in traits.get("segments", "").split(",") if name),
        )
    except (KeyError, ValueError) as problem:
        raise malformed("subscriber", f"lacks or mistakes {problem}") from None


def _held(node: Node) -> HeldProduct:
    prices = node.children("productPrice")
    price = prices[0].child("price").fen("taxIncludedAmount") if prices else Fen(0)
    return HeldProduct(
        id=node.text("id"),
        offering_id=OfferingId(node.child("productOffering").text("id")),
        name=node.text("name"),
        status=node.text("status"),
        price_fen=price,
        started=node.time("startDate"),
        ends=node.maybe_time("terminationDate"),
        is_plan=_is_plan(node),
    )


def _is_plan(node: Node) -> bool:
    return node.characteristics("productCharacteristic").get("category") == "plan"
