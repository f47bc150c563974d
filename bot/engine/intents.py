"""The intent classifier: character n-grams and meanings of words, support vectors, calibrated probabilities.

Examples labelled `chitchat/greet` and the like train a second classifier, asked once the intent is known; its answer
stands where Rasa's response selector would put it, so that `utter_chitchat` answers with the right words.
"""

from __future__ import annotations

from typing import Any, Dict, List, Tuple

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RESPONSE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.engine.cues import is_elsewhere
from bot.engine.ngrams import features
from bot.engine.pairwise import Pairwise
from bot.engine.training import fit
from bot.engine.wishes import WISHES, find_wishes

FALLBACK = "nlu_fallback"
_NOT_OURS = "out_of_scope"
BUSINESS = WISHES | {"complaint"}
_RANKING = 8


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class IntentClassifier(GraphComponent):
    """Ranks intents; below `threshold` it says `nlu_fallback`, and the retriever decides."""

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        """`strength` is the inverse regularisation; `threshold` is on calibrated probabilities."""
        return {"strength": 2.0, "threshold": 0.2}

    def __init__(self, config: Dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        self._config, self._storage, self._resource = config, storage, resource
        self._classifier: Any = None
        self._subs: Dict[str, Pairwise] = {}  # of every intent that has sub-intents

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> IntentClassifier:
        """Create the component untrained (see parent class)."""
        return cls({**cls.get_default_config(), **config}, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **_: Any,
    ) -> IntentClassifier:
        """Load the fitted weights (see parent class)."""
        component = cls({**cls.get_default_config(), **config}, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            component._classifier = Pairwise.load(folder)
            component._subs = {sub.name: Pairwise.load(sub) for sub in folder.iterdir() if sub.is_dir()}
        return component

    def train(self, training_data: TrainingData) -> Resource:
        """Fit on the examples, whose text and entities the components before have prepared."""
        examples = [m for m in training_data.intent_examples if m.get(TEXT) and m.get(INTENT)]
        subs: Dict[str, List[Message]] = {}
        for message in examples:
            if message.get(INTENT_RESPONSE_KEY):
                subs.setdefault(message.get(INTENT), []).append(message)
        with self._storage.write_to(self._resource) as folder:
            self._fit(examples, INTENT).save(folder)
            for intent, of_intent in subs.items():
                (folder / intent).mkdir()
                self._fit(of_intent, INTENT_RESPONSE_KEY).save(folder / intent)
        return self._resource

    def _fit(self, examples: List[Message], label: str) -> Pairwise:
        texts = [str(m.get(TEXT)) for m in examples]
        labels = [str(m.get(label)) for m in examples]
        return fit(texts, [_features_of(m) for m in examples], labels, float(self._config["strength"]))

    def process(self, messages: List[Message]) -> List[Message]:
        """Set intent, ranking and sub-intent on messages in place."""
        for message in messages:
            text = message.get(TEXT)
            if isinstance(text, str) and text and not text.startswith("/"):
                self._classify(message)
                self._part(message, text)
        return messages

    def _part(self, message: Message, text: str) -> None:
        """Note several wishes in one message; the first is then the message's intent.

        What is a complaint as a whole tells a story: its parts are not served one by one.
        """
        if message.get("intent")["name"] == "complaint":
            return
        wishes = find_wishes(text, message.get(ENTITIES) or [], self._top)
        if wishes:
            first = {"name": wishes[0]["intent"], "confidence": wishes[0]["confidence"]}
            ranking = [r for r in message.get("intent_ranking") if r["name"] != first["name"]]
            message.set("intent", first, add_to_output=True)
            message.set("intent_ranking", [first, *ranking][:_RANKING], add_to_output=True)
            message.set("wishes", wishes, add_to_output=True)

    def _top(self, text: str, entities: List[Dict[str, Any]]) -> Tuple[str, float]:
        named = [(e["entity"], e["start"], e["end"]) for e in entities]
        return self._classifier.best(text, features(text, named))

    def _classify(self, message: Message) -> None:
        text, grams = str(message.get(TEXT)), _features_of(message)
        chances: Dict[str, float] = self._classifier.named(text, grams)
        if any(e["entity"] == "offering" for e in message.get(ENTITIES) or ()):
            chances.pop(_NOT_OURS, None)  # who names an offering of ours asks for something of ours
        if is_elsewhere(text):
            chances = {name: chance for name, chance in chances.items() if name not in BUSINESS}
        ranking = [
            {"name": n, "confidence": c} for n, c in sorted(chances.items(), key=lambda item: -item[1])
        ]
        first = ranking[0]["confidence"]
        if first < self._config["threshold"]:
            ranking.insert(0, {"name": FALLBACK, "confidence": 1.0 - first})
        message.set("intent", ranking[0], add_to_output=True)
        message.set("intent_ranking", ranking[:_RANKING], add_to_output=True)
        best = {intent: sub.best(text, grams) for intent, sub in self._subs.items()}
        message.set("response_selector", _selected(best), add_to_output=True)


def _features_of(message: Message) -> List[str]:
    entities = [(e["entity"], e["start"], e["end"]) for e in message.get(ENTITIES) or ()]
    return features(message.get(TEXT), entities)


def _selected(best_sub: Dict[str, Tuple[str, float]]) -> Dict[str, Any]:
    selected: Dict[str, Any] = {"all_retrieval_intents": list(best_sub)}
    for intent, (label, chance) in best_sub.items():
        response = {"intent_response_key": label, "utter_action": f"utter_{label}", "confidence": chance}
        selected[intent] = {"response": response, "ranking": [response]}
    return selected
