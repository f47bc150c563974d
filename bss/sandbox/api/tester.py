"""What a tester needs and no real billing system offers: who there is, the SMS outbox, the ledger, payments, faults."""

from __future__ import annotations

from sanic import HTTPResponse, Request

from bss.sandbox import faults, ledger, messages, subscribers, tickets, topups
from bss.sandbox.api.balance import topup_json
from bss.sandbox.api.common import App, Json, body_of, respond, store_of
from bss.sandbox.store import Session


def mount(app: App) -> None:
    """Add the routes."""
    app.add_route(health, "/sandbox/health", name="health")
    app.add_route(list_subscribers, "/sandbox/subscribers", name="subscribers")
    app.add_route(list_sms, "/sandbox/sms", name="sms")
    app.add_route(list_ledger, "/sandbox/ledger", name="ledger")
    app.add_route(list_interactions, "/sandbox/interactions", name="interactions")
    app.add_route(pay, "/sandbox/payments/<topup_id:str>/<outcome:str>", methods=["POST"], name="pay")
    app.add_route(list_faults, "/sandbox/faults", name="faults")
    app.add_route(add_fault, "/sandbox/faults", methods=["POST"], name="faults_add")
    app.add_route(clear_faults, "/sandbox/faults", methods=["DELETE"], name="faults_clear")
    app.add_route(reset, "/sandbox/reset", methods=["POST"], name="reset")


async def health(_request: Request) -> HTTPResponse:
    return respond({"status": "ok"})


async def list_subscribers(request: Request) -> HTTPResponse:
    return respond(await store_of(request).do(_subscribers))


async def list_sms(request: Request) -> HTTPResponse:
    return respond(await store_of(request).do(messages.outbox, request.args.get("msisdn")))


async def list_ledger(request: Request) -> HTTPResponse:
    return respond(await store_of(request).do(ledger.entries, request.args.get("msisdn")))


async def list_interactions(request: Request) -> HTTPResponse:
    return respond(await store_of(request).do(tickets.interactions))


async def pay(request: Request, topup_id: str, outcome: str) -> HTTPResponse:
    settled = await store_of(request).do(topups.pay, topup_id, outcome)
    return respond(topup_json(settled, request.app.ctx.base_url))


async def list_faults(request: Request) -> HTTPResponse:
    return respond([fault.to_json() for fault in request.app.ctx.faults.active()])


async def add_fault(request: Request) -> HTTPResponse:
    fault = faults.parse(body_of(request))
    request.app.ctx.faults.add(fault)
    return respond(fault.to_json(), 201)


async def clear_faults(request: Request) -> HTTPResponse:
    request.app.ctx.faults.clear()
    return respond([])


async def reset(request: Request) -> HTTPResponse:
    request.app.ctx.faults.clear()
    await store_of(request).reset()
    return respond({"status": "reset"})


def _subscribers(session: Session) -> list[Json]:
    listed = []
    for number in subscribers.numbers(session):
        who = subscribers.subscriber(session, number)
        money = subscribers.balance(session, number)
        bills = session.row("SELECT count(*) AS count FROM bill WHERE number = ?", number)
        listed.append(
            {
                "number": number,
                "name": who.name,
                "kind": who.kind,
                "plan": who.plan_id,
                "plan_name": who.plan_name,
                "balance_fen": money.available_fen,
                "owed_fen": money.owed_fen,
                "status": who.status.value,
                "birth_year": who.birth_year,
                "segments": list(who.segments),
                "contract_until": who.contract_until.isoformat() if who.contract_until else None,
                "is_real_named": who.is_real_named,
                "bills": bills["count"] if bills else 0,
            }
        )
    return listed
