"""Answers from the knowledge base: an answer, a few to choose from, or an honest no."""

from __future__ import annotations

import re

from rasa_sdk.events import FollowupAction

from actions.asked_catalogue import answerer
from actions.base import Events, Say, TopicAction, button, finish
from actions.catalogue import catalogue
from actions.knowledge import answer_onward, answer_question, ask, say_answer, say_article
from actions.openers import NAMES
from actions.plan_catalogue import ask_catalogue, is_known
from actions.plan_held import asks_what_is_held
from actions.responses import responses
from actions.ticket_progress import asks_for_progress
from actions.turn import Turn
from knowledge_base.catalogue.leaning import Lean
from knowledge_base.retrieval import Answer

_SUGGESTED = 3  # intents named when nothing answers
_CHINESE = re.compile(r"[\u4e00-\u9fff]{2}")
_SURE = 0.5  # of a message that is none of our business; below, it is looked up like any other
_LEAST = 0.12  # probability from which an intent is worth naming


class FaqAnswer(TopicAction):
    """Asks the retriever; `article` names one that was chosen from a button."""

    action = "action_faq_answer"

    async def act(self, turn: Turn, say: Say) -> Events:
        if asks_what_is_held(turn):
            return [FollowupAction("action_plan_held")]
        if asks_for_progress(turn):
            return [FollowupAction("action_complaint_progress")]
        if turn.has("article"):
            self._chosen(turn, say)
        elif await self._is_about_offering(turn):
            return [FollowupAction("action_plan_answer")]
        elif turn.intent == "out_of_scope" and turn.confidence >= _SURE:
            await self._out_of_scope(turn, say)
        elif not answer_question(self.services, turn, say) and not answer_onward(self.services, turn, say):
            self._abstain(turn, say)
        return finish(turn, say)

    async def _is_about_offering(self, turn: Turn) -> bool:
        """Say whether one offering is asked about: its topic then also offers to order or cancel.

        It is where an article of the offering answers, or where the catalogue is certain and no written article answers.
        """
        if turn.is_button:
            return False
        known = is_known(ask_catalogue(self.services, turn, await catalogue(self.services)))
        if not known and not turn.has("offering"):
            return False
        outcome = ask(self.services, turn)
        return outcome.article.source == "offering" if isinstance(outcome, Answer) else known

    def _chosen(self, turn: Turn, say: Say) -> None:
        article = self.services.retriever.article(str(turn.values("article")[0]), turn.conversation_id)
        if article is None or not article.is_valid(self.services.clock.now()):
            say("utter_faq_unknown")
            return
        say_article(self.services, turn, say, article)
        say.about["is_choice"] = "yes"

    async def _out_of_scope(self, turn: Turn, say: Say) -> None:
        outcome = ask(self.services, turn)
        is_chinese = _CHINESE.search(turn.text) is not None
        if isinstance(outcome, Answer) and (
            outcome.is_exact or is_chinese
        ):  # it answers nothing of travel or talk
            say_answer(self.services, turn, say, outcome)
        elif not answer_onward(self.services, turn, say) and not await self._asks_of_what(turn, say):
            say("utter_faq_out_of_scope")
            say.about["outcome"] = "out_of_scope"

    async def _asks_of_what(self, turn: Turn, say: Say) -> bool:
        """Ask what a bare property is asked of (多少钱), where nothing was talked about."""
        if turn.is_button or answerer(await catalogue(self.services)).lean(turn.text) is not Lean.FACTS:
            return False
        say("utter_faq_about_what")
        say.about["outcome"] = "abstained"
        return True

    def _abstain(self, turn: Turn, say: Say) -> None:
        """Say that nothing answers it; where a wish may be meant, name the likeliest."""
        say.about["outcome"] = "abstained"
        if turn.active_form:
            say("utter_not_understood")
            return
        likely = [
            name for name, chance in turn.ranking if chance >= _LEAST and name in NAMES and name != "faq"
        ][:_SUGGESTED]
        if turn.intent != "faq" and likely:
            say("utter_faq_did_you_mean", buttons=[button(responses().text(NAMES[n]), n) for n in likely])
        else:
            say("utter_faq_unknown")
