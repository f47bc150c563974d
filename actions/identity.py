"""Proving a number by a one-time code, then going on with what asked for it."""

from __future__ import annotations

import re
import uuid

from rasa_sdk.events import FollowupAction, SlotSet

from actions.base import AskAction, Events, Say, button, finish, suspend
from actions.elderly import ELDERLY_FROM
from actions.form import FormAction, Values
from actions.numbers import named_number, resolve, shown
from actions.responses import responses
from actions.services import Services
from actions.turn import Turn
from bss.port import SubscriberStatus
from conversations.identity import ELDERLY_BAND, Check
from core.errors import AppError, CustomerError
from core.ids import Msisdn

FORM = "identity_form"
_WHY = re.compile(
    r"(?:为什么|为啥|干嘛|凭什么|怎么)(?:还)?(?:要|得|非要|需要)(?:验证|我的?(?:手机)?号|提供|给你|输)|不(?:想|愿意?)(?:给|说|提供|告诉|验证)|"
    r"(?:不能|不可以)(?:直接)?(?:查|看|办)|(?:安全|泄露|泄漏).{0,3}(?:吗|么|吧)|(?:不验证|没有?验证码).{0,6}(?:查|看|办)"
)
_SURE = 0.5
_SEND = re.compile(r"发")
_SLOTS = ("identity_number", "identity_code")
_KEPT = ("identity_sent", "identity_for")
_CHECKED = {
    Check.WRONG: "utter_identity_wrong",
    Check.LOCKED: "utter_identity_locked",
    Check.EXPIRED: "utter_identity_expired",
    Check.NONE: "utter_identity_no_code",
}
_SPOKEN = (*_CHECKED.values(), "utter_identity_code_format")


_BANDS = (  # from this age
    (ELDERLY_FROM, ELDERLY_BAND),
    (45, "45-64"),
    (30, "30-44"),
    (18, "18-29"),
    (0, "0-17"),
)


def age_band(birth_year: int | None, year: int) -> str:
    """Return the band of an age this year; empty when it is not known."""
    if birth_year is None:
        return ""
    return next((band for least, band in _BANDS if year - birth_year >= least), "")


def require(turn: Turn, goes_on_with: str) -> Events:
    """Prove a number first; `goes_on_with` is the action or form that then follows by itself."""
    if turn.active_form == FORM:  # a new wish while proving the number: the newer one follows
        return [SlotSet("identity_for", goes_on_with), FollowupAction(FORM)]
    aside = [] if goes_on_with == turn.active_form else suspend(turn)
    return [*aside, SlotSet("identity_for", goes_on_with), FollowupAction(FORM)]


async def proven(services: Services, turn: Turn) -> Msisdn | None:
    """Return the number the customer has proven."""
    return await services.identity.proven_number(turn.conversation_id)


class ValidateIdentityForm(FormAction):
    """Takes the number, then the code."""

    form = FORM
    asked = _SLOTS
    kept = _KEPT

    async def read(self, turn: Turn, say: Say) -> Values | None:
        if turn.has("code") and turn.slot("identity_number"):
            return await self._check(turn, str(turn.values("code")[0]), say)
        if self.is_value(turn) and turn.slot("identity_number"):
            return {"identity_sent": None, "identity_code": None}
        if turn.intent == "topup" and turn.confidence >= _SURE and not turn.is_button:
            return {}  # 给138…充50: whose number that is has another purpose
        named = await named_number(self.services, turn)
        if named.token:
            changed = named.token != turn.slot("identity_number")
            return {"identity_number": named.token, **({"identity_sent": None} if changed else {})}
        if named.candidates:
            options = [
                button(await shown(self.services, turn, t), "inform", msisdn=t) for t in named.candidates
            ]
            say("utter_identity_which_number", buttons=options)
            return {"identity_number": None, "identity_sent": None}
        if named.unmatched_mask:
            say("utter_identity_full_number", mask=named.unmatched_mask)
            return {"identity_number": None, "identity_sent": None}
        if not turn.is_button and _WHY.search(turn.text):
            say("utter_identity_why")
            return None
        if turn.has("whose", "other"):
            return {"identity_number": None, "identity_sent": None}
        if turn.requested_slot == "identity_code" and turn.has("number"):
            say("utter_identity_code_format")
            return None
        return {}

    def is_left_for_else(self, turn: Turn) -> bool:
        """算了查话费: whatever else needs the number goes on with the proof under way."""
        return False

    def is_value(self, turn: Turn) -> bool:
        """Say whether another code is wanted: 再发一次 is more than saying it again."""
        is_again = turn.has("command", "repeat") and turn.requested_slot == "identity_code"
        return turn.has("command", "resend") or (is_again and _SEND.search(turn.text) is not None)

    async def _check(self, turn: Turn, token: str, say: Say) -> Values | None:
        code = await self.services.vault.resolve(turn.conversation_id, token)
        result = await self.services.identity.check_code(turn.conversation_id, code or "")
        if result.is_ok:
            await self._describe(turn)
            say("utter_identity_done")
            return {"identity_code": "ok"}
        say(_CHECKED[result.check], tries_left=result.tries_left)
        return None

    async def _describe(self, turn: Turn) -> None:
        """Keep region and age band for the ratings; without billing's answer they stay empty."""
        try:
            number = await self.services.identity.proven_number(turn.conversation_id)
            subscriber = await self.services.bss.subscriber(number) if number else None
        except AppError:
            return
        if subscriber is not None:
            band = age_band(subscriber.birth_year, self.services.clock.now().year)
            await self.services.identity.describe(turn.conversation_id, subscriber.region, band)

    async def complete(self, turn: Turn, say: Say) -> Events:
        goes_on_with = turn.slot("identity_for")
        events = [SlotSet(slot, None) for slot in (*_SLOTS, *_KEPT)]
        if goes_on_with:
            return [*events, FollowupAction(str(goes_on_with))]
        return [*events, *finish(turn, say)]

    async def on_give_up(self, turn: Turn, say: Say) -> None:
        say("utter_identity_cancelled")

    async def give_up(self, turn: Turn, say: Say) -> Events:
        events = await super().give_up(turn, say)
        if str(turn.slot("identity_for") or "").endswith("_form"):  # that form cannot go on without a number
            events.insert(0, SlotSet("suspended", None))
        return events


class AskIdentityCode(AskAction):
    """Sends a code where none is on its way, and asks for it."""

    action = "action_ask_identity_code"

    async def act(self, turn: Turn, say: Say) -> Events:
        if turn.slot("identity_sent") and turn.has_said(*_SPOKEN):
            return []  # the check has asked already
        token = str(turn.slot("identity_number"))
        if turn.slot("identity_sent"):
            say("utter_identity_ask_code", number=await shown(self.services, turn, token))
            return []
        number = await resolve(self.services, turn, token)
        if number is None:
            return _number_again()
        await self._check_number(number)
        await self._send(turn, number)
        minutes = self.services.settings.code_lifetime_s // 60
        say("utter_identity_code_sent", number=await shown(self.services, turn, token), minutes=minutes)
        return [SlotSet("identity_sent", True)]

    async def _check_number(self, number: Msisdn) -> None:
        subscriber = await self.services.bss.subscriber(number)
        if subscriber.status is SubscriberStatus.TERMINATED:
            raise CustomerError("identity.number_terminated")

    async def _send(self, turn: Turn, number: Msisdn) -> None:
        code = await self.services.identity.issue_code(turn.conversation_id, number)
        minutes = self.services.settings.code_lifetime_s // 60
        text = responses().text("utter_identity_sms", code=code, minutes=minutes)
        await self.services.bss.send_sms(number, text, key=uuid.uuid4().hex)

    def ask_before(self, turn: Turn, say: Say) -> Events:
        return _number_again()


def _number_again() -> Events:
    return [
        SlotSet("identity_number", None),
        SlotSet("identity_sent", None),
        SlotSet("requested_slot", "identity_number"),
    ]
