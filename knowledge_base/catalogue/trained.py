"""Read questions about a catalogue after learning from questions about it."""

from __future__ import annotations

from collections.abc import Sequence

from knowledge_base.catalogue.constraint_model import ConstraintModel
from knowledge_base.catalogue.entity_model import EntityModel
from knowledge_base.catalogue.model import Catalogue, fold
from knowledge_base.catalogue.property_model import PropertyModel
from knowledge_base.catalogue.query import Compare, Query
from knowledge_base.catalogue.questions import Labelled
from knowledge_base.catalogue.reading import read, sides
from knowledge_base.catalogue.words import spell
from knowledge_base.catalogue.zero_shot import ZeroShotReader


class TrainedReader:
    """Reads a question into a query; the same training questions give the same reader."""

    def __init__(
        self,
        zero_shot: ZeroShotReader,
        entities: EntityModel,
        properties: PropertyModel,
        constraints: ConstraintModel,
    ) -> None:
        self._zero_shot = zero_shot
        self._entities = entities
        self._properties = properties
        self._constraints = constraints

    def read(self, question: str) -> Query:
        """Return the likeliest reading of a question."""
        text = spell(question)
        reading = read(text, self._entities.best(text), self._zero_shot.linker, self._zero_shot.lexicon)
        properties = self._properties.asked(reading)
        if reading.compare is not Compare.NONE:
            return Query(reading.offering, properties[:1], sides(reading), reading.compare)
        return Query(reading.offering, properties, self._constraints.constraints(reading, properties))


def train_reader(catalogue: Catalogue, questions: Sequence[Labelled]) -> TrainedReader:
    """Learn from questions; those about offerings that the catalogue lacks are left out."""
    zero_shot = ZeroShotReader(catalogue)
    positions = {fold(offering.name): n for n, offering in enumerate(catalogue.offerings)}
    known = [question for question in questions if question.entity in positions]
    texts = [spell(question.text) for question in known]
    owners = [positions[question.entity] for question in known]
    entities = EntityModel(zero_shot.linker)
    entities.fit(texts, owners)
    readings = [
        read(text, n, zero_shot.linker, zero_shot.lexicon) for text, n in zip(texts, owners, strict=True)
    ]
    properties = PropertyModel(catalogue, zero_shot)
    properties.fit(readings, [question.properties for question in known])
    plain = [(r, q) for r, q in zip(readings, known, strict=True) if r.compare is Compare.NONE]
    constraints = ConstraintModel(catalogue)
    constraints.fit(
        [r for r, _ in plain], [sorted(q.properties) for _, q in plain], [q.constraints for _, q in plain]
    )
    return TrainedReader(zero_shot, entities, properties, constraints)
