"""The pieces a text is compared by: characters, syllables, concepts and pairs of concepts."""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations
from operator import add

from knowledge_base.thesaurus import Thesaurus, squeeze

MAX_CHARS = 200  # of a question; what a customer wants stands in less
_CONCEPT_REPEATS = 2  # a concept weighs twice a character


@lru_cache(maxsize=20_000)
def syllable(char: str) -> str:
    """Return a character's syllable without tone; sounds that southern speech and typing mix up are one."""
    from pypinyin import lazy_pinyin

    spoken = str(lazy_pinyin(char, errors=lambda other: other)[0])
    for mixed, plain in (("zh", "z"), ("ch", "c"), ("sh", "s")):
        spoken = spoken.replace(mixed, plain)
    return spoken.removesuffix("g") if spoken.endswith(("ing", "eng", "ang")) else spoken


@lru_cache(maxsize=1_024)  # one question is asked for by the encoder, the words and the gate
def grams(text: str, thesaurus: Thesaurus) -> tuple[str, ...]:
    """Return the grams of a text, repeats included; each kind carries its own mark."""
    bare = squeeze(text)[:MAX_CHARS]
    found = [*bare, *map(add, bare, bare[1:]), *map(_sound, bare)]
    concepts = thesaurus.concepts(bare)
    for concept in concepts:
        found.extend([f"#{concept}"] * _CONCEPT_REPEATS)
    found.extend(f"#{one}+{other}" for one, other in combinations(sorted(concepts), 2))
    return tuple(found)


@lru_cache(maxsize=20_000)
def _sound(char: str) -> str:
    return f"~{syllable(char)}"
