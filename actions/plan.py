"""What plans and products are, and which one fits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from rasa_sdk.events import FollowupAction

from actions.asked_catalogue import answerer
from actions.base import Events, Say, TopicAction, finish
from actions.catalogue import catalogue
from actions.knowledge import (
    answer_onward,
    answer_question,
    article_about,
    ask,
    asks_how_to_cancel,
    say_answer,
    say_article,
)
from actions.leaning import subject_of
from actions.plan_buttons import choices, go_ahead, offered_action
from actions.plan_cards import brief_text, tariff_card, tariff_text
from actions.plan_catalogue import (
    advice_button,
    ask_catalogue,
    asks_to_cancel,
    is_bounded,
    is_search,
    note_shown,
    say_compared,
    say_facts,
    say_found,
    search_for,
)
from actions.plan_held import asks_what_is_held
from actions.turn import Turn
from core.offering import Category, Offering, Period
from knowledge_base.catalogue.answers import AnswerKind, CatalogueAnswer, CatalogueChoices
from knowledge_base.catalogue.leaning import Lean
from knowledge_base.retrieval import Answer

_MOST_COMPARED = 3
_TOO_DEAR = re.compile(r"太贵|有点贵|好贵|贵死|能(?:不能)?(?:再)?(?:便宜|优惠)|降(?:点|个)?价")
_NO_ADVICE = re.compile(r"(?:别|不要|不用|少)(?:再|老)?(?:给我|跟我|向我)?(?:推荐|推销|介绍)")
_LISTED = re.compile(
    r"有(?:哪些|什么|啥|没有|木有)|都有|介绍|列(?:一下|出|个)|看看|(?:加|买|办)个?\s*[\d一二两三四五六七八九十]+\s*个?g"
)
_LIST_LONGEST, _WORD_LONGEST = 16, 4  # characters of a message that asks for a shelf, or only names one
_COMPARED = re.compile(
    r"差多少|差几|区别|对比|比较|比起来|哪个|还是|不同|差别|差在|好还是|和.{2,20}(?:比|哪)"
)
_SUITING = re.compile(r"推荐|适合|合适|划算|省钱|太贵|(?:更|再)便宜|便宜(?:点|些|一点)(?!的是)")
_AGAINST_NOW = re.compile(r"我(?:现在|目前)?(?:用)?的?套餐.{0,10}(?:比|哪个(?:好|划算|合适)|划算)")
_LESS_THAN_NOW = re.compile(r"比.{0,4}(?:现在|目前|这个|当前|我).{0,4}(?:便宜|省|划算)")
_SHELVES = (  # which shelf a question without a name is about
    (
        Category.ROAMING,
        re.compile(
            r"漫游|出国|出境|国外|境外|香港|澳门|日本|泰国|韩国|新加坡|马来西亚|越南|欧洲|美国|加拿大|英国|法国|德国|澳洲|澳大利亚"
        ),
    ),
    (
        Category.DATA,
        re.compile(
            r"流量包|加油包|加流量|买流量|流量不够|定向|(?:加|买|办)个?\s*[\d一二两三四五六七八九十]+\s*个?g"
        ),
    ),
    (Category.BROADBAND, re.compile(r"宽带|光纤|网速套餐|包年")),
    (Category.VOICE, re.compile(r"语音包|通话包|短信包|打电话的包")),
    (Category.SUBCARD, re.compile(r"副卡|亲情网|亲情号")),
    (Category.PROMOTION, re.compile(r"活动|优惠|存.{0,3}送|充.{0,3}送")),
    (Category.VAS, re.compile(r"增值|会员|彩铃")),
    (Category.PLAN, re.compile(r"套餐|资费|月租")),
)


def named_offerings(turn: Turn, known: Mapping[str, Offering], from_place: int = 0) -> list[Offering]:
    """Return the offerings a message names from a place on: by name, or by price alone (换成99的)."""
    entities = [e for e in turn.entities if e.start >= from_place]
    ids = dict.fromkeys(str(e.value) for e in entities if e.name == "offering")
    if ids:
        return [known[offering_id] for offering_id in ids if offering_id in known]
    prices = {int(e.value) for e in entities if e.name == "amount_fen"}
    prices |= {int(e.value) * 100 for e in entities if e.name == "number"}
    shelf, subject = shelf_named(turn.text), subject_of(turn)
    talked = subject.offerings if subject and shelf is None else ()  # 50元的 of a list is in the list
    if shown := [known[i] for i in talked if i in known and known[i].price_fen in prices]:
        return shown
    shelf = shelf or Category(str(turn.slot("plan_shelf") or Category.PLAN.value))
    return [
        o for o in known.values() if o.category is shelf and o.price_fen in prices and o.lifecycle == "Active"
    ]


class PlanAnswer(TopicAction):
    """Answers a question about offerings: advice, one offering, several, or the knowledge base."""

    action = "action_plan_answer"

    async def act(self, turn: Turn, say: Say) -> Events:
        if turn.has("ask", "held") or asks_what_is_held(turn):
            return [FollowupAction("action_plan_held")]
        if not turn.is_button and _NO_ADVICE.search(turn.text):
            say("utter_smalltalk_nothing_else")
            return finish(turn, say)
        if not turn.is_button and (_TOO_DEAR.search(turn.text) or _AGAINST_NOW.search(turn.text)):
            return [FollowupAction("action_plan_advise")]
        known = await catalogue(self.services)
        named = named_offerings(turn, known)
        found = None if turn.is_button else ask_catalogue(self.services, turn, known)
        wants_advice = (turn.has("ask", "advice") or _LESS_THAN_NOW.search(turn.text)) and (
            not is_search(found) or (_SUITING.search(turn.text) and not is_bounded(found))
        )
        if not named and wants_advice and not self._is_published(turn, say):
            return [FollowupAction("action_plan_advise")]
        if say.count:
            return finish(turn, say)
        if shelf := turn.values("shelf"):
            self._shelf(turn, Category(str(shelf[0])), known, say)
        elif isinstance(found, CatalogueAnswer) and is_search(found) and not self._is_published(turn, say):
            self._search(turn, found, known, say)
        elif say.count:
            return finish(turn, say)
        elif turn.is_button and len(named) == 1:
            self._card(turn, named[0], say)
        elif len(named) > 1:
            self._several(turn, named, say)
        elif named:
            self._one(turn, named[0], found, known, say)
        elif isinstance(found, CatalogueChoices):
            self._which(turn, [known[str(i)] for i in found.offerings], say)
        elif isinstance(found, CatalogueAnswer):
            self._one(turn, known[str(found.offerings[0])], found, known, say)
        elif asked_shelf := self._asked_shelf(turn, say):
            self._shelf(turn, asked_shelf, known, say)
        elif not say.count and not answer_question(self.services, turn, say):
            self._shelf_or_ask(turn, known, say)
        return finish(turn, say)

    def _asked_shelf(self, turn: Turn, say: Say) -> Category | None:
        """Return the shelf that is asked for and nothing more of it (有哪些流量包, 套餐), where no published question is."""
        if len(turn.text) > _LIST_LONGEST or (shelf := shelf_named(turn.text)) is None:
            return None
        is_listed = _LISTED.search(turn.text) is not None or len(turn.text) <= _WORD_LONGEST
        return shelf if is_listed and not self._is_published(turn, say) else None

    def _shelf_or_ask(self, turn: Turn, known: Mapping[str, Offering], say: Say) -> None:
        """Show the shelf that is named; where only a property is asked for (什么时候到期), ask of what."""
        shelf = shelf_named(turn.text)
        if shelf is None and answer_onward(self.services, turn, say):
            return
        if shelf is None and answerer(known).lean(turn.text) is Lean.FACTS:
            say("utter_faq_about_what")
            say.about["outcome"] = "abstained"
        else:
            self._shelf(turn, shelf or Category.PLAN, known, say)

    def _is_published(self, turn: Turn, say: Say) -> bool:
        outcome = ask(self.services, turn)
        if isinstance(outcome, Answer) and outcome.is_exact:
            advice = [advice_button()] if turn.has("ask", "advice") else []
            say_answer(self.services, turn, say, outcome, advice)
            return True
        return False

    def _search(self, turn: Turn, found: CatalogueAnswer, known: Mapping[str, Offering], say: Say) -> None:
        say.about["search"] = ",".join(filter(None, (turn.leans_on, turn.text)))
        titled = choices([known[str(i)] for i in found.offerings or found.nearest], "plan_query")
        if found.kind is AnswerKind.COMPARISON:
            say_compared(found, known, say, titled)
        else:
            say_found(found, known, say, titled)

    def _one(
        self,
        turn: Turn,
        offering: Offering,
        found: CatalogueAnswer | CatalogueChoices | None,
        known: Mapping[str, Offering],
        say: Say,
    ) -> None:
        """Answer what was asked about it, by an article or from its tariff; otherwise show it whole."""
        buttons = self._go_ahead(turn, offering, found)
        facts = (
            found if isinstance(found, CatalogueAnswer) and self._asks_for_facts(found, offering) else None
        )
        if facts and len(facts.properties) > 1 and say_facts(facts, known, say, buttons):
            return  # an article answers one of them only
        if article := article_about(self.services, turn, offering):
            say_article(self.services, turn, say, article, buttons)
            return
        outcome = ask(self.services, turn)
        is_general = isinstance(outcome, Answer) and outcome.article.source == "article"
        if isinstance(outcome, Answer) and is_general and offering.id in outcome.article.offerings:
            say_answer(self.services, turn, say, outcome, buttons)
            say.about["offering"] = str(offering.id)
        elif not (facts and say_facts(facts, known, say, buttons)):
            self._card(turn, offering, say)

    def _asks_for_facts(self, found: CatalogueAnswer, offering: Offering) -> bool:
        """Say whether single fields are asked for; what it is as a whole the card shows better."""
        return found.offerings == (offering.id,) and all(fact.field != "description" for fact in found.facts)

    def _several(self, turn: Turn, named: Sequence[Offering], say: Say) -> None:
        if len(named) <= _MOST_COMPARED and _COMPARED.search(turn.text):
            briefs = "\n".join(brief_text(offering) for offering in named)
            say("utter_plan_compared", briefs=briefs, buttons=choices(named, "plan_query"))
            note_shown(named, say, turn.text)
        else:
            self._which(turn, self._on_sale(named) or named, say)

    def _which(self, turn: Turn, among: Sequence[Offering], say: Say) -> None:
        say("utter_plan_which", buttons=choices(among, "plan_query"))
        note_shown(among, say, turn.text)

    def _card(self, turn: Turn, offering: Offering, say: Say) -> None:
        is_offered = offering.is_offered(self.services.clock.now())
        words = "utter_plan_card" if is_offered else "utter_plan_card_ended"
        buttons = self._go_ahead(turn, offering)
        say(words, card=tariff_card(offering), tariff=tariff_text(offering), buttons=buttons)
        note_shown([offering], say)

    def _go_ahead(
        self, turn: Turn, offering: Offering, found: CatalogueAnswer | CatalogueChoices | None = None
    ) -> list[dict[str, str]]:
        """Return the button that orders what was shown, or cancels it where that was asked about."""
        order_action = offered_action(turn, found)
        is_asked = asks_to_cancel(found) or asks_how_to_cancel(turn.text)
        if is_asked and offering.period is Period.ONCE and offering.contract == "":
            return []  # it ends by itself
        can_be_ordered = offering.is_orderable and offering.is_offered(self.services.clock.now())
        if order_action == "add" and not can_be_ordered:
            return []
        return [go_ahead(offering, order_action)]

    def _shelf(self, turn: Turn, category: Category, known: Mapping[str, Offering], say: Say) -> None:
        shelf = [o for o in self._on_sale(known.values()) if o.category is category]
        general = choices([o for o in shelf if not o.segments] or shelf, "plan_query")
        if category is Category.PLAN:
            general.insert(0, advice_button())
        say("utter_plan_shelf", buttons=general)
        note_shown(shelf, say, search_for(category))

    def _on_sale(self, offerings: Iterable[Offering]) -> list[Offering]:
        at = self.services.clock.now()
        return [o for o in offerings if o.is_offered(at)]


def shelf_named(text: str) -> Category | None:
    """Return the shelf a message is about when it names no offering."""
    return next((category for category, words in _SHELVES if words.search(text)), None)
