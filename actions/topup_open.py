"""Starting a top-up; questions about one, and what went wrong with one, are answered instead."""

from __future__ import annotations

import re

from rasa_sdk.events import FollowupAction

from actions.base import Events, Say, TopicAction, button, finish, suspend
from actions.knowledge import answer_question
from actions.openers import NAMES, OPENERS
from actions.responses import responses
from actions.topup import FORM, forget
from actions.topup_state import asks_what_became, say_what_became
from actions.turn import Turn

_TROUBLE = re.compile(
    r"(?:没|未|不)(?:有)?(?:收到|到账|到帐|成功|反应|显示)|失败|充错|错充|多扣|重复扣|扣了两|退款|退回|追回|撤回|还没到|不到账"
)
_TOLD = re.compile(  # of a top-up that is done
    r"(?:昨天|前天|刚才|刚刚|上午|下午|早上|晚上|前几天|上周).{0,8}充(?:了|的|过)|充成(?:了)?(?:别人|人家)|充(?:给|到|成|进)(?:了)?(?:别人|\[msisdn_\d+\]).{0,4}了$"
)
_NOT_WANTED = re.compile(
    r"^(?:请|你|你们)?(?:不要|别|不用|不想|我?没(?:有)?(?:说|想)过?(?:要)?)(?:再)?(?:给我|帮我|让我|我)?(?:充值?|缴费|交话?费)(?:话费|了|啊|呀|[。.!！])*$"
)
_PROMOTED = re.compile(r"送(?:多少|什么|不送|吗|[\d一二两三四五六七八九十百]+)|优惠|活动|打折")
_REQUEST = re.compile(r"(?:帮|给|替)我.{0,6}(?:充|缴|交|续)|(?:可以|能|能不能)(?:在这)?(?:里)?(?:直接)?充")


class TopupOpen(TopicAction):
    """Starts a top-up, with whatever the first message already says."""

    action = "action_topup_open"

    async def act(self, turn: Turn, say: Say) -> Events:
        if await asks_what_became(self.services, turn) and await say_what_became(self.services, turn, say):
            return finish(turn, say)
        if not turn.is_button and _NOT_WANTED.search(turn.text):
            say("utter_topup_not_wanted")
            return finish(turn, say)
        if not turn.is_button and turn.is_question and _PROMOTED.search(turn.text):
            return [FollowupAction(OPENERS["plan_query"])]
        if self._is_question(turn) and answer_question(self.services, turn, say, self._onward(turn)):
            return finish(turn, say)
        if not turn.is_button and (_TROUBLE.search(turn.text) or _TOLD.search(turn.text)):
            say("utter_topup_trouble")
            return finish(turn, say)
        if turn.active_form == FORM:
            return finish(turn, say)
        return [*suspend(turn), *forget(), FollowupAction(FORM)]

    def _onward(self, turn: Turn) -> list[dict[str, str]]:
        """Return the button under an answer: to top up, or a person where money went astray."""
        return [person_button()] if _TROUBLE.search(turn.text) else [_open_button()]

    def _is_question(self, turn: Turn) -> bool:
        """Say whether the message asks about topping up, or tells of one that went wrong, instead of wanting one."""
        if turn.is_button:
            return False
        if _TROUBLE.search(turn.text):
            return True
        wants = turn.has("amount_fen") or turn.has("msisdn") or turn.has("whose")
        return turn.is_question and not wants and not _REQUEST.search(turn.text)


def _open_button() -> dict[str, str]:
    return button(responses().text("utter_topup_open_title"), "topup")


def person_button() -> dict[str, str]:
    """Return the button that leads to a person who looks after payments."""
    title = responses().text(NAMES["human"])
    return button(title, "human", reason="failed_transaction", skill="billing")
