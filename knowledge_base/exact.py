"""When two questions are the same question."""

from __future__ import annotations

import hashlib
import re

from knowledge_base.thesaurus import squeeze

_OPENING = re.compile(
    r"^(?:你好|您好|请问一下|请问|麻烦问下|麻烦问一下|问一下|问下|想问下|想问一下|我想问|喂|哎)+"
)
_CLOSING = re.compile(r"(?:谢谢|唔该|啊|呀|呢|吗|吧|哦|嘛|么|哈|哩|咧|啦|捏)+$")

_ASKING = re.compile(
    r"^(?:你好|您好|在吗|请问|麻烦(?:你|您)?(?=问|请问|咨询)|喂|哎|[,，。!！~\s]|"
    r"(?:我|俺)?(?:就?想要?|要)?(?:咨询|请教|打听|了解|问(?!题))(?:你们|您)?(?:一?下子?|个事儿?|个问题|点事)?(?:关于)?(?:吧|哈)?)+"
)
_ABOUT = re.compile(r"(?:的(?:相关)?(?:事情|事儿|事|问题|情况))$")
_LEAST = 3  # characters that must be left for it to be a question


def without_courtesies(text: str) -> str:
    """Return a question less the words around it (你好我想咨询一下…的事情), which say nothing of what is asked."""
    inner = _ASKING.sub("", text.strip())
    inner = _ABOUT.sub("", inner)
    return inner if len(inner) >= _LEAST else text


def asks_politely(text: str) -> bool:
    """Say whether courtesies stand before or behind something else."""
    return without_courtesies(text) != text


def exact_key(text: str) -> str:
    """Reduce a question to what makes it the same question: no courtesies, particles, spaces or punctuation."""
    bare = squeeze(text)
    return _CLOSING.sub("", _OPENING.sub("", bare)) or bare


def exact_number(key: str) -> int:
    """Return a question's key as a number; whoever finds by it compares the text as well."""
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest(), "big")
