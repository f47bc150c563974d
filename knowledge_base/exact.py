"""When two questions are the same question."""

from __future__ import annotations

import hashlib
import re

from knowledge_base.thesaurus import squeeze

_OPENING = re.compile(
    r"^(?:你好|您好|请问一下|请问|麻烦问下|麻烦问一下|问一下|问下|想问下|想问一下|我想问|喂|哎)+"
)
_CLOSING = re.compile(r"(?:谢谢|唔该|啊|呀|呢|吗|吧|哦|嘛|么|哈|哩|咧|啦|捏)+$")


def exact_key(text: str) -> str:
    """Reduce a question to what makes it the same question: no courtesies, particles, spaces or punctuation."""
    bare = squeeze(text)
    return _CLOSING.sub("", _OPENING.sub("", bare)) or bare


def exact_number(key: str) -> int:
    """Return a question's key as a number; whoever finds by it compares the text as well."""
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest(), "big")
