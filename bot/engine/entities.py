"""Extracts what customers name (`values`, `offerings`) as Rasa entities."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Dict, List, Optional

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.engine.mood import mood_of
from bot.engine.offerings import OfferingNames, load_names
from bot.engine.values import Found, find_values

_CHINA = timezone(timedelta(hours=8))
_FILE = "offering_names.json"


def china_today() -> date:
    """Return today's date where the customers are."""
    return datetime.now(_CHINA).date()


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class ValueExtractor(GraphComponent):
    """Finds numbers, amounts, months, offerings and small commands; the names are learned from the catalogue.

    It is registered like a featurizer because its entities are features of the intent classifier behind it.
    """

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        """`catalogue`: the folder of the catalogue's YAML files, relative to where training runs."""
        return {"catalogue": "bss/sandbox/catalogue"}

    def __init__(
        self, config: Dict[str, Any], storage: ModelStorage, resource: Resource, names: Dict[str, List[str]]
    ) -> None:
        self._config, self._storage, self._resource = config, storage, resource
        self._offerings = OfferingNames(names)

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ValueExtractor:
        """Create the component untrained (see parent class)."""
        return cls({**cls.get_default_config(), **config}, model_storage, resource, {})

    @classmethod
    def load(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **_: Any,
    ) -> ValueExtractor:
        """Load the names found in training (see parent class)."""
        with model_storage.read_from(resource) as folder:
            names = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        return cls({**cls.get_default_config(), **config}, model_storage, resource, names)

    @staticmethod
    def fingerprint_addon(config: Dict[str, Any]) -> Optional[str]:
        """Retrain when the catalogue changes (see parent class)."""
        folder = Path(config.get("catalogue", ValueExtractor.get_default_config()["catalogue"]))
        return json.dumps(load_names(folder), ensure_ascii=False, sort_keys=True)

    def train(self, training_data: TrainingData) -> Resource:
        """Read the catalogue's names."""
        names = load_names(Path(self._config["catalogue"]))
        with self._storage.write_to(self._resource) as folder:
            (folder / _FILE).write_text(json.dumps(names, ensure_ascii=False), encoding="utf-8")
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Annotate the examples, for the classifier's sake."""
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: List[Message]) -> List[Message]:
        """Add entities to messages in place."""
        for message in messages:
            text = message.get(TEXT)
            if isinstance(text, str) and not text.startswith("/"):
                entities = [_as_entity(found) for found in self.find(text, china_today())]
                message.set(ENTITIES, entities, add_to_output=True)
        return messages

    def find(self, text: str, today: date) -> List[Found]:
        """Return every value in a normalised text; an amount inside an offering's name is part of the name."""
        offerings = list(self._offerings.find(text))
        spans = [(found.start, found.end) for found in offerings]
        values = [
            found
            for found in find_values(text, today)
            if found.entity not in ("amount_fen", "number", "data_mb")
            or not any(found.start < end and start < found.end for start, end in spans)
        ]
        mood = mood_of(text)
        moods = [Found("mood", mood, 0, len(text))] if mood else []
        return sorted([*values, *offerings, *moods], key=lambda found: found.start)


def _as_entity(found: Found) -> Dict[str, Any]:
    return {
        "entity": found.entity,
        "value": found.value,
        "start": found.start,
        "end": found.end,
        "extractor": "ValueExtractor",
        "confidence_entity": 1.0,
    }
