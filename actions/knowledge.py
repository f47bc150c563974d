"""What the knowledge base says inside other topics: published answers first, self-checks, questions of a topic."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from actions.base import Say, button
from actions.responses import responses
from actions.services import Services
from actions.turn import Turn
from core.offering import Offering
from knowledge_base.articles import Article
from knowledge_base.retrieval import Answer, Choices, Outcome
from knowledge_base.shown import article_card, full_text, onward

_NO_ORDER = re.compile(  # what sounds like an order, and is done elsewhere as an article says
    r"(?:手机|卡|电话).{0,4}(?:掉了|丢了|丢失|被偷|被抢|不见了|找不到)|挂失|(?:提前)?(?:结束|解除|终止|退出)合约|解约|销户|过户|停机保号"
)
_TOLD = (  # what is asked, and what an answer to it holds
    (re.compile(r"多少钱|要钱|收费|费用|贵"), re.compile(r"元|免费|收费")),
    (
        re.compile(r"多久|几天|什么时候|啥时候|几号|到期"),
        re.compile(r"\d+(?:个)?(?:天|日|小时|分钟|月)|次月|有效"),
    ),
)
_ONWARD = 8  # characters of a question that goes on with the answer before
_CATEGORIES = {  # of articles after which 最便宜的呢 searches a shelf
    "宽带": "utter_plan_search_broadband",
    "国际港澳台漫游": "utter_plan_search_roaming",
}
_FEW = 8  # offerings of an article that may be asked on about
_HOW_TO_CANCEL = re.compile(
    r"(?:怎么|怎样|如何|咋个?|在哪里?|哪里|去哪)(?:才)?(?:能|可以|去|把(?:它|这个|那个))?(?:退|关|停|取消|注销|去掉)"
)
_ASPECTS = (  # what may be asked of an offering, most telling words first
    ("cancel", re.compile(rf"取消|退订|退掉|关闭|关掉|停掉|不想用|解除|{_HOW_TO_CANCEL.pattern}")),
    ("terms", re.compile(r"条件|要求|资格|谁能|哪些人|合约|协议期|违约金|能不能办|可以办吗|能办吗")),
    ("timing", re.compile(r"生效|多久|什么时候|啥时候|几号|有效期|到期|当月|次月|几天")),
    ("rules", re.compile(r"用完|超出|超了|套外|结转|剩余|清零|限速|叠加|重复|哪里能用|在哪用|通用|定向")),
    ("subscribe", re.compile(r"怎么(?:办|开|订|买|申请)|如何(?:办|开|订|买|申请)|咋(?:办|开|订|买)|在哪(?:办|开|订|买)|办理方式")),
)  # fmt: skip
Buttons = Sequence[dict[str, str]]


def ask(services: Services, turn: Turn, text: str | None = None) -> Outcome:
    """Ask the knowledge base about a message."""
    return services.retriever.ask(
        text or turn.text,
        channel=turn.channel,
        at=services.clock.now(),
        conversation=turn.conversation_id,
        region=turn.region,
    )


def say_answer(services: Services, turn: Turn, say: Say, answer: Answer, buttons: Buttons = ()) -> None:
    """Say an article, with the articles that follow it."""
    _say(services, turn, say, answer.article, answer.text, buttons)


def say_choices(say: Say, choices: Choices) -> None:
    """Offer the articles that may be meant."""
    options = [button(article.title, "faq", article=article.id) for article in choices.articles]
    say("utter_faq_choices", buttons=options)
    say.about["outcome"] = "offered"


def answer_published(
    services: Services, turn: Turn, say: Say, shortcut: str, intent: str, **entities: object
) -> bool:
    """Answer a question that is a published one, before an information intent shows the customer's own data.

    The response `shortcut` titles a button that shows the data all the same.
    """
    if not turn.is_question:
        return False
    outcome = ask(services, turn)
    if not isinstance(outcome, Answer) or not outcome.is_exact:
        return False
    say_answer(services, turn, say, outcome, [button(responses().text(shortcut), intent, **entities)])
    return True


def answer_question(services: Services, turn: Turn, say: Say, buttons: Buttons = ()) -> bool:
    """Answer a topic's question if an article does, or offer the few that may."""
    outcome: Any = ask(services, turn)
    if isinstance(outcome, Answer):
        say_answer(services, turn, say, outcome, buttons)
        return True
    if isinstance(outcome, Choices):
        say_choices(say, outcome)
        return True
    return False


def is_about_own(turn: Turn, intent: str, own: re.Pattern[str]) -> bool:
    """Say whether customers mean their own money, bill or use, by the words for it, and not such things in general."""
    if turn.is_button or not turn.is_question or turn.intent != intent:
        return True
    return own.search(turn.text) is not None


def answer_in_general(services: Services, turn: Turn, say: Say, shortcut: str, intent: str) -> bool:
    """Answer a question that is not about the customer's own data, with a button (`shortcut`) that shows that.

    Where nothing answers it and a form is open, it was no wish of its own: the form goes on.
    """
    if answer_question(services, turn, say, [button(responses().text(shortcut), intent)]):
        return True
    if turn.active_form:
        say("utter_not_understood")
    return turn.active_form is not None


def is_done_elsewhere(turn: Turn) -> bool:
    """Say whether it is about something that articles tell how to do (挂失, 解约), and no product to order."""
    return not turn.is_button and _NO_ORDER.search(turn.text) is not None


def answer_onward(services: Services, turn: Turn, say: Say) -> bool:
    """Ask a short question once more, behind the article answered before (怎么恢复 after 停机保号)."""
    before = next(turn.abouts(1), {}).get("article")
    if (
        before is None
        or turn.active_form
        or turn.is_button
        or not turn.is_question
        or len(turn.text) > _ONWARD
    ):
        return False
    article = services.retriever.article(str(before), turn.conversation_id)
    if article is None:
        return False
    outcome: Any = ask(services, turn, f"{article.title} {turn.text}")
    if isinstance(outcome, Answer):
        if outcome.article.id != article.id or _tells(outcome.text, turn.text):
            say_answer(services, turn, say, outcome)
    elif isinstance(outcome, Choices):
        say_choices(say, outcome)
    return say.count > 0


def _tells(text: str, question: str) -> bool:
    """Say whether a text that was read out already holds what is asked of it."""
    return all(told.search(text) for asked, told in _TOLD if asked.search(question))


def likeliest(outcome: Outcome) -> Article | None:
    """Return the article that answers, or the first of those that may."""
    if isinstance(outcome, Answer):
        return outcome.article
    return outcome.articles[0] if isinstance(outcome, Choices) else None


def article_about(services: Services, turn: Turn, offering: Offering) -> Article | None:
    """Return the article about what is asked of one offering: its cancellation, its terms; None for it as a whole."""
    aspect = next((aspect for aspect, words in _ASPECTS if words.search(turn.text)), None)
    wanted = f"offering-{offering.id}-{aspect}"
    article = services.retriever.article(wanted, turn.conversation_id) if aspect else None
    return article if article is not None and article.is_valid(services.clock.now()) else None


def asks_how_to_cancel(text: str) -> bool:
    """Say whether it is asked how something is cancelled (咋关, 在哪退)."""
    return _HOW_TO_CANCEL.search(text) is not None


def say_article(services: Services, turn: Turn, say: Say, article: Article, buttons: Buttons = ()) -> None:
    """Say an article that was not asked of the retriever."""
    _say(services, turn, say, article, article.answer_for(turn.channel, turn.region), buttons)


def _say(services: Services, turn: Turn, say: Say, article: Article, text: str, buttons: Buttons) -> None:
    """Say an article in these words, with the articles that follow it, and with its card where it has one."""

    def find(item: str) -> Article | None:
        return services.retriever.article(item, turn.conversation_id)

    followups = onward(article, find, services.clock.now())
    next_buttons = [button(each.title, "faq", article=each.id) for each in followups]
    say(
        "utter_faq_answer",
        answer=full_text(article, text),
        buttons=[*buttons, *next_buttons],
        card=article_card(article, text),
    )
    services.retriever.answered_with(article.id)
    say.about |= {"article": article.id, "outcome": "answered"}
    if article.source == "offering":
        say.about["offering"] = str(article.offerings[0]) if article.offerings else ""
    elif len(article.offerings) <= _FEW:  # 多少钱 asks on about what the article named
        say.about["found"] = ",".join(map(str, article.offerings))
        if search := _CATEGORIES.get(article.category):
            say.about["search"] = responses().text(search)
