"""The payment page: what a payment provider's cash desk would be, with the outcome as a button."""

from __future__ import annotations

from functools import lru_cache
from html import escape
from pathlib import Path
from string import Template
from typing import Any

import yaml
from sanic import HTTPResponse, Request
from sanic import response as answer

from bss.port import Topup, TopupState
from bss.sandbox import topups
from bss.sandbox.api.common import App, store_of
from bss.sandbox.refusal import Refusal
from core.money import to_yuan
from core.privacy import mask_number

_FOLDER = Path(__file__).parent.parent


def mount(app: App) -> None:
    """Add the routes."""
    app.add_route(show, "/payments/<topup_id:str>", name="payment_page")
    app.add_route(press, "/payments/<topup_id:str>", methods=["POST"], name="payment_press")


async def show(request: Request, topup_id: str) -> HTTPResponse:
    try:
        topup = await store_of(request).do(topups.get, topup_id)
    except Refusal as refusal:
        missing = f'<section><h1 class="state" role="status">{_texts()["missing"]}</h1></section>'
        return answer.html(_template("payment").substitute(content=missing), status=refusal.status)
    return answer.html(render(topup))


async def press(request: Request, topup_id: str) -> HTTPResponse:
    """Settle and show the result; a page opened twice shows what was settled first."""
    outcome = str(request.form.get("outcome", "")) if request.form else ""
    try:
        await store_of(request).do(topups.pay, topup_id, outcome)
    except Refusal as refusal:
        if refusal.status == 404 and outcome not in topups.OUTCOMES:
            raise
    return answer.redirect(f"/payments/{topup_id}", status=303)


def render(topup: Topup) -> str:
    """Return the page for a top-up's present state."""
    texts = _texts()
    state = topup.reason or topup.state.value
    card = _template("payment_card").substitute(
        state=topup.state.value,
        headline=texts["headline"].get(state, texts["headline"]["failed"]),
        note=texts["note"].get(state, texts["note"]["failed"]),
        amount=f"{to_yuan(topup.amount_fen):.2f}",
        number=escape(mask_number(topup.number)),
        topup_id=escape(topup.id),
        actions=_buttons(texts["buttons"]) if topup.state is TopupState.CREATED else "",
    )
    return _template("payment").substitute(content=card)


def _buttons(buttons: list[dict[str, str]]) -> str:
    rows = [
        f'<button class="{button["style"]}" name="outcome" value="{button["outcome"]}">{button["title"]}</button>'
        for button in buttons
    ]
    return '<form method="post">' + "".join(rows) + "</form>"


@lru_cache(maxsize=2)
def _template(name: str) -> Template:
    return Template((_FOLDER / f"{name}.html").read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def _texts() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((_FOLDER / "payment_texts.yml").read_text(encoding="utf-8"))
    return loaded
