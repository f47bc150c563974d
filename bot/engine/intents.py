"""The intent classifier: character n-grams, a linear classifier, calibrated probabilities.

Examples labelled `chitchat/greet` and the like train one class each and are reported as their intent, with the
sub-intent where Rasa's response selector would put it, so that `utter_chitchat` answers with the right words.
"""

from __future__ import annotations

import json
from typing import Any, Dict, List, Tuple

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RESPONSE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.engine.ngrams import Weights, features
from bot.engine.training import fit
from bot.engine.wishes import find_wishes

FALLBACK = "nlu_fallback"
_NOT_OURS = "out_of_scope"
_RANKING = 8
_WEIGHTS, _META = "weights.npz", "meta.json"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class IntentClassifier(GraphComponent):
    """Ranks intents; below `threshold`, or with two within `ambiguity`, it says `nlu_fallback`."""

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        """`strength` is the inverse regularisation; thresholds are on calibrated probabilities."""
        return {"strength": 1.0, "threshold": 0.2, "ambiguity": 0.02}

    def __init__(self, config: Dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        self._config, self._storage, self._resource = config, storage, resource
        self._weights: Any = None

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
            meta = json.loads((folder / _META).read_text(encoding="utf-8"))
            arrays = np.load(folder / _WEIGHTS, allow_pickle=False)
            component._weights = Weights(
                meta["vocabulary"],
                arrays["idf"],
                arrays["coefficients"],
                arrays["intercept"],
                meta["labels"],
                meta["temperature"],
            )
        return component

    def train(self, training_data: TrainingData) -> Resource:
        """Fit on the examples, whose text and entities the components before have prepared."""
        examples = [m for m in training_data.intent_examples if m.get(TEXT) and m.get(INTENT)]
        labels = [m.get(INTENT_RESPONSE_KEY) or m.get(INTENT) for m in examples]
        weights = fit([_features_of(m) for m in examples], labels, float(self._config["strength"]))
        with self._storage.write_to(self._resource) as folder:
            np.savez(
                folder / _WEIGHTS,
                idf=weights.idf,
                coefficients=weights.coefficients,
                intercept=weights.intercept,
            )
            meta = {
                "vocabulary": weights.vocabulary,
                "labels": weights.labels,
                "temperature": weights.temperature,
            }
            (folder / _META).write_text(json.dumps(meta, ensure_ascii=False), encoding="utf-8")
        return self._resource

    def process(self, messages: List[Message]) -> List[Message]:
        """Set intent, ranking and sub-intent on messages in place."""
        for message in messages:
            text = message.get(TEXT)
            if isinstance(text, str) and text and not text.startswith("/"):
                self._classify(message)
                self._part(message, text)
        return messages

    def _part(self, message: Message, text: str) -> None:
        """Note several wishes in one message; the first is then the message's intent."""
        wishes = find_wishes(text, message.get(ENTITIES) or [], self._top)
        if wishes:
            first = {"name": wishes[0]["intent"], "confidence": wishes[0]["confidence"]}
            ranking = [r for r in message.get("intent_ranking") if r["name"] != first["name"]]
            message.set("intent", first, add_to_output=True)
            message.set("intent_ranking", [first, *ranking][:_RANKING], add_to_output=True)
            message.set("wishes", wishes, add_to_output=True)

    def _top(self, text: str, entities: List[Dict[str, Any]]) -> Tuple[str, float]:
        named = [(e["entity"], e["start"], e["end"]) for e in entities]
        totals: Dict[str, float] = {}
        chances = self._weights.probabilities(features(text, named)).tolist()
        for label, chance in zip(self._weights.labels, chances):
            intent = label.split("/")[0]
            totals[intent] = totals.get(intent, 0.0) + chance
        return max(totals.items(), key=lambda item: item[1])

    def _classify(self, message: Message) -> None:
        chances = self._weights.probabilities(_features_of(message))
        totals: Dict[str, float] = {}
        best_sub: Dict[str, Tuple[str, float]] = {}
        for label, chance in zip(self._weights.labels, chances.tolist()):
            intent = label.split("/")[0]
            totals[intent] = totals.get(intent, 0.0) + chance
            if "/" in label and chance > best_sub.get(intent, ("", -1.0))[1]:
                best_sub[intent] = (label, chance)
        if any(e["entity"] == "offering" for e in message.get(ENTITIES) or ()):
            totals.pop(_NOT_OURS, None)  # who names an offering of ours asks for something of ours
        ranking = [{"name": n, "confidence": c} for n, c in sorted(totals.items(), key=lambda item: -item[1])]
        first, second = ranking[0]["confidence"], ranking[1]["confidence"]
        if first < self._config["threshold"] or first - second < self._config["ambiguity"]:
            ranking.insert(0, {"name": FALLBACK, "confidence": 1.0 - first})
        message.set("intent", ranking[0], add_to_output=True)
        message.set("intent_ranking", ranking[:_RANKING], add_to_output=True)
        message.set("response_selector", _selected(best_sub), add_to_output=True)


def _features_of(message: Message) -> List[str]:
    entities = [(e["entity"], e["start"], e["end"]) for e in message.get(ENTITIES) or ()]
    return features(message.get(TEXT), entities)


def _selected(best_sub: Dict[str, Tuple[str, float]]) -> Dict[str, Any]:
    selected: Dict[str, Any] = {"all_retrieval_intents": list(best_sub)}
    for intent, (label, chance) in best_sub.items():
        response = {"intent_response_key": label, "utter_action": f"utter_{label}", "confidence": chance}
        selected[intent] = {"response": response, "ranking": [response]}
    return selected
