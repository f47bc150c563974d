"""Training examples for the classifier from the articles' questions: reviewed text that has a label already."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from app.paths import ROOT
from core.errors import StaffError
from core.text import normalise
from knowledge_base.articles import Article

MAPPING = ROOT / "bot" / "article_intents.yml"
UTTERANCES = ROOT / "bot" / "topics"
_OFFERING_QUESTIONS = 2  # of each generated article: more would teach the patterns, not the language


def write_examples(articles: Iterable[Article], target: Path) -> int:
    """Write the examples as Rasa training data; return how many there are.

    Raises StaffError("training.unmapped") naming the category without an intent.
    """
    mapping = yaml.safe_load(MAPPING.read_text(encoding="utf-8"))
    taken = _written_by_hand()
    examples: dict[str, list[str]] = defaultdict(list)
    for article in articles:
        intent = _intent_of(article, mapping)
        questions = (
            article.questions if article.source == "article" else article.questions[:_OFFERING_QUESTIONS]
        )
        for text in questions:
            if (key := normalise(text)) not in taken:
                taken.add(key)
                examples[intent].append(text)
    nlu = [
        {"intent": intent, "examples": "".join(f"- {text}\n" for text in texts)}
        for intent, texts in sorted(examples.items())
    ]
    target.parent.mkdir(parents=True, exist_ok=True)
    content = yaml.safe_dump(
        {"version": "3.1", "nlu": nlu}, allow_unicode=True, sort_keys=False, width=10_000
    )
    target.write_text(content, encoding="utf-8")
    return sum(map(len, examples.values()))


def _intent_of(article: Article, mapping: Mapping[str, Any]) -> str:
    if article.source == "offering":
        found = mapping["offerings"].get(article.id.rsplit("-", 1)[-1])
    else:
        found = mapping["articles"].get(article.id) or mapping["categories"].get(article.category)
    if found is None:
        raise StaffError("training.unmapped", f"{article.category}: name its intent in {MAPPING.name}")
    return str(found)


def _written_by_hand() -> set[str]:
    """Return the utterances of the topics, normalised: an example may stand under one intent only, theirs."""
    found = set()
    for path in UTTERANCES.rglob("*.yml"):
        for entry in (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("nlu", ()):
            lines = str(entry.get("examples", "")).splitlines()
            found |= {normalise(line.removeprefix("- ")) for line in lines if line.startswith("- ")}
    return found
