"""What a customer says to the question for a rating: a button, a card's values, or the same in words."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from core import text as words

SCALE = 5
_MOST_CHARS = 500  # of a customer's own words
_MOST_REASONS = 8
_DIGITS = {
    "一": 1,
    "二": 2,
    "两": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "零": 0,
    "1": 1,
    "2": 2,
    "3": 3,
    "4": 4,
    "5": 5,
}
_STARS = re.compile(
    r"(?:我?(?:打|给|评|就)?(?:个|你们?|您|他|她)?)?([1-5一二两三四五])(?:个?星|颗星|分)?(?:好评|评价|(?:非常|很)?不?满意|一般)?(?:吧|了|啊|哦|呀)?"
)
_NAMED = (
    (5, re.compile(r"(?:给?你?们?)?(?:非常|很|十分|特别|超|超级|相当)(?:满意|好|赞|棒|nice)(?:了|啊|的)?|好评|完美|点赞|五星好评|满分|赞|👍+")),
    (4, re.compile(r"(?:比较|还|挺|蛮)?满意(?:的|了|吧|啊)?|还不错|挺好的?|蛮好的?|不错")),
    (3, re.compile(r"一般(?:般|吧)?|还行(?:吧)?|还可以|凑合|马马虎虎|中评|就那样")),
    (2, re.compile(r"(?:有点|比较)?不(?:太|怎么|大)?满意(?:的|了|啊)?|不(?:太|怎么)?好|较差|不行")),
    (1, re.compile(r"(?:非常|很|十分|特别|极其|相当)不满意|(?:非常|很|太|特别|超级|真)?(?:差劲?|烂|垃圾)(?:了|啊|的)?|差评|失望|太失望了|零分|0分|负分|👎+")),
)  # fmt: skip
_SOLVED = (
    (False, re.compile(r"(?:还|问题|并|根本|压根)*(?:没有?|未|还?没)(?:有)?(?:解决|搞定|弄好|处理好|办成)(?:呢|啊|好|完|我?的?问题)?|不能解决|没用|解决不了")),
    (True, re.compile(r"(?:已经?|都|问题)*(?:解决|搞定|弄好|处理好|办好|办成)(?:了|啦|好了)?|(?:已)?解决")),
)  # fmt: skip
_SKIP = re.compile(
    r"(?:先|暂时?)?(?:不|跳过|懒得|没空|不想)(?:用|想|要)?(?:评价?|打分|评分|了)*(?:了|吧)?|跳过|算了|下次(?:再|吧).*|不说了|没有了"
)
_MORE = re.compile(r"我?还?(?:想|要)说(?:几句|两句|一下)(?:话)?")
_THANKS = re.compile(r"(?:谢谢|多谢|感谢|谢了)[你您们了啦哦啊]*$")  # after an answer, part of it
_WORDS = re.compile(r"(?:我的?)?(?:评价|意见|建议|反馈|原因)(?:是)?[:：]\s*(?P<words>.+)", re.DOTALL)
_PAYLOAD = re.compile(r"/?rate(\{.*\})", re.DOTALL)


@dataclass(frozen=True, slots=True)
class RatingInput:
    """What was said, as far as it was: a score, whether it is solved, reasons, own words, or not now."""

    stars: int | None = None
    is_solved: bool | None = None
    reasons: tuple[str, ...] = ()
    words: str = ""
    is_skip: bool = False
    wants_words: bool = False  # the next message is what they want to add

    @property
    def is_empty(self) -> bool:
        """Say whether nothing was said that a rating could keep."""
        return self == RatingInput()


def read_rating(raw: str) -> RatingInput | None:
    """Read a payload ``/rate{...}`` or plain words; None when it is no answer to the question."""
    if (payload := _PAYLOAD.fullmatch(raw.strip())) is not None:
        return _from_payload(payload[1])
    if len(raw) > _MOST_CHARS:
        return None
    plain = _THANKS.sub("", re.sub(r"[\s,，。.!！~～?？\ufe0f]+", "", words.normalise(raw)))
    if not plain:
        return None
    if (own := _WORDS.fullmatch(raw.strip())) is not None and (kept := _masked(own["words"])):
        return RatingInput(words=kept)
    if (stars := _STARS.fullmatch(plain)) is not None:
        return RatingInput(stars=_DIGITS[stars[1]])
    if plain in ("⭐" * count for count in range(1, SCALE + 1)):
        return RatingInput(stars=len(plain))
    for is_solved, pattern in _SOLVED:
        if pattern.fullmatch(plain):
            return RatingInput(is_solved=is_solved)
    for score, pattern in _NAMED:
        if pattern.fullmatch(plain):
            return RatingInput(stars=score)
    if _MORE.fullmatch(plain):
        return RatingInput(wants_words=True)
    return RatingInput(is_skip=True) if _SKIP.fullmatch(plain) else None


def spoken(said: RatingInput) -> str:
    """Write an answer the way the transcript shows it."""
    parts = [
        f"{said.stars}星" if said.stars else "",
        {True: "解决了", False: "没解决", None: ""}[said.is_solved],
        "、".join(said.reasons),
        said.words,
        "暂不评价" if said.is_skip else "",
        "我想说几句" if said.wants_words else "",
    ]
    return "，".join(part for part in parts if part)


def payload_of(said: RatingInput) -> str:
    """Write an answer as the payload that reads back as it."""
    values: dict[str, object] = {}
    if said.stars:
        values["stars"] = said.stars
    if said.is_solved is not None:
        values["solved"] = said.is_solved
    if said.reasons:
        values["reasons"] = list(said.reasons)
    if said.words:
        values["words"] = said.words
    if said.is_skip:
        values["skip"] = True
    if said.wants_words:
        values["more"] = True
    return "/rate" + json.dumps(values, ensure_ascii=False)


def _from_payload(body: str) -> RatingInput | None:
    try:
        values: Any = json.loads(body)
    except (ValueError, RecursionError):  # thousands of brackets
        return None
    if not isinstance(values, dict):
        return None
    stars, solved, reasons = values.get("stars"), values.get("solved"), values.get("reasons")
    said = RatingInput(
        stars=stars
        if isinstance(stars, int) and not isinstance(stars, bool) and 1 <= stars <= SCALE
        else None,
        is_solved=solved if isinstance(solved, bool) else None,
        reasons=_reasons(reasons),
        words=_masked(values.get("words")),
        is_skip=values.get("skip") is True,
        wants_words=values.get("more") is True,
    )
    return None if said.is_empty else said


def _reasons(found: object) -> tuple[str, ...]:
    if not isinstance(found, list):
        return ()
    named = (_masked(reason)[:20].strip() for reason in found[:_MOST_REASONS])
    return tuple(dict.fromkeys(reason for reason in named if reason))


def _masked(found: object) -> str:
    """Return own words with sensitive values blanked: a comment needs no number."""
    if not isinstance(found, str):
        return ""
    cleaned = words.clean(found)[:_MOST_CHARS]
    masked = words.mask(words.normalise(cleaned))
    return words.TOKEN.sub("***", masked.text) if masked.secrets else cleaned
