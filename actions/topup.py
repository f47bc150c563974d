"""Topping up: whose number, how much, one confirmation, one payment link."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk.events import ActiveLoop, FollowupAction, SlotSet

from actions.base import AskAction, Events, Say, TopicAction, button, finish
from actions.form import FormAction, Values, says_yes
from actions.numbers import named_number, own_number, resolve, shown
from actions.refusals import ended_where_refused
from actions.responses import responses
from actions.services import Services
from actions.topup_state import say_state
from actions.turn import Turn
from bss.port import SubscriberStatus, Topup, TopupState
from conversations.pending import PendingAction, PendingId, PendingState
from core.errors import CustomerError
from core.money import Fen, format_yuan
from core.privacy import mask_number

FORM = "topup_form"
_FOR_SOMEBODY = re.compile(
    r"(?:给|帮|替|为)(?!我(?!妈|爸|老|儿|女|爷|奶|姐|哥|弟|妹|朋|家|们|同|孩|媳)|自己|本机|\[msisdn|个|手机)|"
    r"我(?:妈|爸|老(?:婆|公|妈|爸|伴|娘)|儿子?|女儿|爷爷|奶奶|姐|哥|弟|妹|朋友|同事|同学|孩子|媳妇)|[他她]的?(?:手机|号|卡)"
)
_AGREES = re.compile(r"(?:对|嗯+|是的?|没错|好的?|行)[,，。]?(?:的|就|是|充)")
_BRIEF = 12  # characters
_PRODUCT = re.compile(r"套餐|流量|宽带|业务|会员|包|卡|账单|余额|[gG兆]")
_EACH = re.compile(r"各|分别|都充|每个")
_WRONG = re.compile(
    r"(?:金额|钱数|数额|号码?|手机号)(?:填|写|打|输)?(?:错|不对)|(?:好像|似乎|有点)不(?:太)?对"
)
_ABOUT_AMOUNT = re.compile(r"金额|钱数|数额|多少钱|充多了|充少了")
_ABOUT_NUMBER = re.compile(r"号码|手机号|号不对|号错|换个号|换号")  # fmt: skip


class ValidateTopupForm(FormAction):
    """Reads number, amount and the yes."""

    form = FORM
    own = frozenset({"topup"})
    asked = ("topup_number", "topup_amount", "topup_confirmed")
    kept = ("topup_pending",)

    async def read(self, turn: Turn, say: Say) -> Values | None:
        if turn.is_about_else(self.own) and not _only_corrects(turn):
            return {}
        values: Values = {}
        understood = await self._read_number(turn, say, values)
        understood = self._read_amount(turn, say, values) or understood
        changed = {slot: value for slot, value in values.items() if value != turn.slot(slot)}
        if changed:
            return {**changed, "topup_confirmed": None, "topup_pending": None}
        if understood:
            return None
        if values and turn.requested_slot == "topup_confirmed" and _AGREES.match(turn.text):
            return self._confirmed(turn, say)  # 对，就100: what was shown is said again
        if turn.requested_slot == "topup_confirmed":
            return self._read_yes(turn, say)
        return values  # nothing new: what is known already was said again

    async def _read_number(self, turn: Turn, say: Say, values: Values) -> bool:
        """Put the number into `values`; say what is unclear about it and return True."""
        named = await named_number(self.services, turn)
        if named.token:
            values["topup_number"] = named.token
        elif named.candidates:
            options = [
                button(await shown(self.services, turn, t), "inform", msisdn=t) for t in named.candidates
            ]
            is_each = _EACH.search(turn.text) is not None
            say("utter_topup_one_by_one" if is_each else "utter_topup_which_number", buttons=options)
            values["topup_number"] = None
            return True
        elif named.unmatched_mask:
            say("utter_topup_full_number", mask=named.unmatched_mask)
            values["topup_number"] = None
            return True
        elif named.needs_proof:  # 本机, and nobody knows which that is
            return True
        elif turn.has("whose", "other") or turn.has("change", "topup_number"):
            values["topup_number"] = None
        elif (
            turn.slot("topup_number") is None
            and turn.requested_slot is None
            and not _FOR_SOMEBODY.search(turn.text)
            and (known := _just_named(turn) or await own_number(self.services, turn))
        ):
            values["topup_number"] = known  # the confirmation shows it
        return False

    def _read_amount(self, turn: Turn, say: Say, values: Values) -> bool:
        """Put the amount into `values`; say what is unclear about it and return True."""
        if turn.has("change", "topup_amount"):
            values["topup_amount"] = None
            return False
        amounts = [int(v) for v in turn.values("amount_fen")] or self._bare_amounts(turn)
        if len(amounts) > 1:
            corrected = _corrected_amount(turn, amounts)
            if corrected is None:
                options = [button(format_yuan(a), "inform", amount_fen=a) for a in amounts[:4]]
                say("utter_topup_which_amount", buttons=options)
                values["topup_amount"] = None
                return True
            amounts = [corrected]
        if not amounts:
            return False
        low, high = self.services.settings.topup_min_fen, self.services.settings.topup_max_fen
        if not low <= amounts[0] <= high:
            say("utter_topup_amount_range", low=format_yuan(low), high=format_yuan(high))
            values["topup_amount"] = None
            return True
        values["topup_amount"] = amounts[0]
        if turn.requested_slot == "topup_number" and "topup_number" not in values:
            say("utter_topup_amount_noted", amount=format_yuan(amounts[0]))
        return False

    def _bare_amounts(self, turn: Turn) -> list[int]:
        """Return numbers without a unit as amounts; where a mobile number is asked for, only what may be topped up."""
        amounts = [int(v) * 100 for v in turn.values("number") if int(v) > 0]
        if turn.requested_slot == "topup_number":
            return [amount for amount in amounts if amount <= self.services.settings.topup_max_fen]
        return amounts

    def _read_yes(self, turn: Turn, say: Say) -> Values | None:
        if says_yes(turn):
            return self._confirmed(turn, say)
        if turn.intent == "deny" or _WRONG.search(turn.text):
            if _ABOUT_AMOUNT.search(turn.text):
                return {"topup_amount": None, "topup_pending": None}
            if _ABOUT_NUMBER.search(turn.text):
                return {"topup_number": None, "topup_pending": None}
            say("utter_topup_change")
            return None
        return {}

    def _confirmed(self, turn: Turn, say: Say) -> Values:
        """Take the yes, unless it is to something shown before."""
        named = turn.values("pending")
        if turn.slot("topup_pending") is None or (named and named[0] != turn.slot("topup_pending")):
            say("utter_topup_stale")
            return {"topup_pending": None}
        return {"topup_confirmed": True}

    async def complete(self, turn: Turn, say: Say) -> Events:
        return [FollowupAction("action_topup_submit")]

    async def on_give_up(self, turn: Turn, say: Say) -> None:
        if pending := turn.slot("topup_pending"):
            await self.services.pending.cancel(PendingId(str(pending)))
        say("utter_topup_cancelled")


def _only_corrects(turn: Turn) -> bool:
    """Say whether a message is nothing but another amount (等等，换成100), whatever it is taken for."""
    has_amount = turn.has("amount_fen") or turn.has("number")
    return has_amount and len(turn.text) <= _BRIEF and not _PRODUCT.search(turn.text) and not turn.is_question


def _just_named(turn: Turn) -> str | None:
    """Return the number that was sent by itself before the wish (13800000001，充50)."""
    numbers = turn.said_before("msisdn") if turn.was_offered("utter_smalltalk_what_for", 1) else []
    return numbers[0] if len(numbers) == 1 else None


def _corrected_amount(turn: Turn, amounts: list[int]) -> int | None:
    """Return the amount meant by a correction (不是50，是100; 从50改成100)."""
    if re.search(
        r"改成|改为|换成|不是.{0,12}是|不要.{0,12}要|不充.{0,12}充|错了|不对|[啊哦噢呃额哎诶唉,，]不+[,，]?[\d一二两三四五六七八九十百]",
        turn.text,
    ):
        return amounts[-1]
    return None


class AskTopupConfirmed(AskAction):
    """Shows number and amount, and keeps what was shown as a row that awaits the yes."""

    action = "action_ask_topup_confirmed"

    async def act(self, turn: Turn, say: Say) -> Events:
        if turn.has_said("utter_topup_change"):
            return []
        token, amount = str(turn.slot("topup_number")), Fen(int(turn.slot("topup_amount")))
        number = await resolve(self.services, turn, token)
        if number is None:
            return _number_again()
        pending = await self._awaiting(turn)
        if pending is None:
            if confirmed := await self._confirmed(turn, number, amount):
                over = [ActiveLoop(None), SlotSet("requested_slot", None), *forget()]
                kept = [SlotSet("topup_pending", confirmed.id), FollowupAction("action_topup_submit")]
                return [*over, *kept]
            subscriber = await self.services.bss.subscriber(number)
            if subscriber.status is SubscriberStatus.TERMINATED:
                raise CustomerError("topup.number_terminated")
        fields: dict[str, Any] = {
            "number": await shown(self.services, turn, token),
            "amount": format_yuan(amount),
        }
        pending_id = pending.id if pending else await self._keep_shown(turn, number, amount, fields)
        say("utter_topup_confirm", pending=pending_id, **fields)
        return [SlotSet("topup_pending", pending_id)]

    async def _awaiting(self, turn: Turn) -> PendingAction | None:
        """Return the row shown before, while it still stands."""
        if not (known := turn.slot("topup_pending")):
            return None
        row = await self.services.pending.get(PendingId(str(known)))
        return row if row and row.state is PendingState.AWAITING else None

    async def _confirmed(self, turn: Turn, number: str, amount: Fen) -> PendingAction | None:
        """Return the same top-up, confirmed before and not placed yet: another would be a second link to pay at."""
        wished = {"number": number, "amount_fen": amount}
        for row in await self.services.pending.under_way(turn.conversation_id):
            if row.kind == "topup" and row.state is PendingState.CONFIRMED and row.payload == wished:
                return row
        return None

    async def _keep_shown(self, turn: Turn, number: str, amount: Fen, fields: dict[str, str]) -> PendingId:
        return await self.services.pending.create(
            turn.conversation_id,
            "topup",
            {"number": number, "amount_fen": amount},
            responses().text("utter_topup_confirm", **fields),
        )

    def ask_before(self, turn: Turn, say: Say) -> Events:
        return _number_again()


class TopupSubmit(TopicAction):
    """Takes the yes once, and gives the payment link; saying yes again shows the same link."""

    action = "action_topup_submit"
    is_transaction = True

    async def act(self, turn: Turn, say: Say) -> Events:
        pending_id = PendingId(str(turn.slot("topup_pending")))
        await self.services.pending.confirm(pending_id)
        row = await self.services.pending.get(pending_id)
        if row is None or row.state in (PendingState.EXPIRED, PendingState.CANCELLED):
            say("utter_topup_expired")
            return [*forget(), *finish(turn, say)]
        row, topup = await self._placed(row)
        if row.state is PendingState.PLACED and topup is not None and topup.state is TopupState.CREATED:
            say_link(say, row, topup)
        else:  # paid, lapsed or given up: settlement has told, or is about to
            say_state(row, say, unpaid="utter_topup_state_under_way")
        cleared = [SlotSet(s, None) for s in ("topup_number", "topup_amount", "topup_confirmed", "retry")]
        return [*cleared, *finish(turn, say)]

    async def _placed(self, row: PendingAction) -> tuple[PendingAction, Topup | None]:
        """Create the top-up at the billing system under the row's id, or look up the first one; return both as they stand."""
        if row.state is PendingState.PLACED:
            return row, await self.services.bss.topup(str((row.external or {})["id"]))
        if row.state is not PendingState.CONFIRMED:
            return row, None
        async with ended_where_refused(self.services, row, "topup"):
            topup = await create_topup(self.services, row)
        await note_placed(self.services, row, topup)
        return await self.services.pending.get(row.id) or row, topup  # settlement may have been quicker


async def create_topup(services: Services, row: PendingAction) -> Topup:
    """Create the top-up of a row that was confirmed; the row's id makes it one."""
    number, amount = row.payload["number"], Fen(int(row.payload["amount_fen"]))
    return await services.bss.create_topup(number, amount, key=row.id)


async def note_placed(services: Services, row: PendingAction, topup: Topup) -> bool:
    """Note that billing has it; False for all but the first."""
    return await services.pending.place(row.id, {"id": topup.id, "payment_url": topup.payment_url})


def say_link(say: Say, row: PendingAction, topup: Topup) -> None:
    """Show the payment link."""
    number, amount = mask_number(str(row.payload["number"])), format_yuan(topup.amount_fen)
    say("utter_topup_link", number=number, amount=amount, url=topup.payment_url)


def forget() -> Events:
    slots = ("topup_number", "topup_amount", "topup_confirmed", "topup_pending")
    return [SlotSet(slot, None) for slot in slots]


def _number_again() -> Events:
    return [SlotSet("topup_number", None), SlotSet("requested_slot", "topup_number")]
