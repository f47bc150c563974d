"""Answers from the knowledge base: an answer, a few to choose from, or an honest no."""

from __future__ import annotations

from actions.base import Events, Say, TopicAction, button, finish
from actions.turn import Turn
from knowledge_base.retrieval import Answer, Choices

_ABOUT_PLANS = frozenset({"plan_query", "plan_change"})


class FaqAnswer(TopicAction):
    """Asks the retriever; `article` names one that was chosen from a button."""

    action = "action_faq_answer"

    async def act(self, turn: Turn, say: Say) -> Events:
        if turn.has("article"):
            self._chosen(turn, say)
        else:
            self.answer(turn, say)
        return finish(turn, say)

    def answer(self, turn: Turn, say: Say) -> bool:
        """Say what the knowledge base knows; False when it abstained."""
        services = self.services
        outcome = services.retriever.ask(turn.text, channel=turn.channel, at=services.clock.now())
        if isinstance(outcome, Answer):
            say("utter_faq_answer", answer=outcome.text, buttons=self._followups(outcome))
            return True
        if isinstance(outcome, Choices):
            options = [button(article.title, "faq", article=article.id) for article in outcome.articles]
            say("utter_faq_choices", buttons=options)
            return True
        say("utter_faq_unknown")
        return False

    def _followups(self, outcome: Answer) -> list[dict[str, str]]:
        found = (self.services.retriever.article(item) for item in outcome.article.followups[:2])
        return [button(article.title, "faq", article=article.id) for article in found if article is not None]

    def _chosen(self, turn: Turn, say: Say) -> None:
        article = self.services.retriever.article(str(turn.values("article")[0]))
        if article is None or not article.is_valid(self.services.clock.now()):
            say("utter_faq_unknown")
            return
        say("utter_faq_answer", answer=article.answer_for(turn.channel))
