"""Character n-grams of a short Chinese text, with what it names as extra features."""

from __future__ import annotations

import re
from typing import Iterable, List, Tuple

from bot.engine.cues import cues
from core.text import TOKEN

MIN_N, MAX_N = 1, 3
_CUE_WEIGHT = 3  # as if said so often; measured on development data (docs/quality.md)
_TOKEN_CHARS = {"msisdn": "\ue001", "code": "\ue002", "idcard": "\ue003", "bankcard": "\ue004"}
_TOKEN_CHARS.update({"phone": "\ue005", "email": "\ue006"})  # private use: one character for each kind
_HIDDEN = re.compile(r"<num>")  # how transcripts from elsewhere hide a number
_DIGITS = re.compile(r"\d+(?:\.\d+)?")
_FAREWELL = re.compile(r"8{2,}6*")  # 88, 886: said aloud it is 拜拜, unlike any other number
_BRIEF = 12  # characters; in a longer text what it names in passing says little about what it is for
_NAMED = (
    "offering",
    "order_action",
    "amount_fen",
    "month",
    "data_mb",
    "number",
    "masked_msisdn",
    "ordinal",
    "command",
    "whose",
)
_END = r"[的了吧啊呀哦噢呢嘛哈啦哒滴嘞额哎呐,。.!！~?？]*"
_START = r"(?:嗯+|哦+|好的?|那|就|额|呃|唉|哎|算了|,|。)*"
_SMALL_WORDS = tuple(
    (kind, re.compile(f"{_START}(?:{words}){_END}(?:谢谢)?{_END}"))
    for kind, words in (
        ("yes", "嗯+|是|对+|没错|好+|行+|可以|确认|确定|同意|没问题|ok+|okay|yes|yep|y|中|要得|得|成|妥|当然|必须|就这样|就这个|"
                "正确|无误|(?:确认|确定|同意|继续|马上|帮我|给我|快)?(?:充|办|办理|充值|提交|开通|订|退|退订|取消订)(?:吧)?|要|需要|是我|是本人|係|继续"),
        ("no", "不|不是|不对|不要|不用|不行|不可以|不需要|没有|没|否|错|错了|别|no+|nope|n|不同意|不确认|都不是|唔係|唔要|搞错|弄错|不好|不办|不充"),
        ("stop", "算|算了|取消|不(?:要|充|办|查|弄|改|换|搞|订|退|报|投诉|验证|验|想)(?:了|办了|充了|弄了)|放弃|退出|停|停止|结束办理|下次再说|以后再说|改天|再想想|再考虑|"
                 "撤销|拉倒|先不|先不(?:充|办|弄|查)|我再(?:想想|看看|考虑)|不想(?:充|办|弄|查|搞)|终止|cancel"),
        ("bye", "再见|拜拜|拜|8+6*|bye+(?:bye)?|回见|没(?:别的)?事|没(?:有)?(?:其他|别的)?(?:问题|事)|结束|下了|挂了|先这样|走了|不聊|晚安|掰掰"),
        ("thanks", "谢谢(?:你|您)?|多谢|感谢|谢了|辛苦(?:你|您)?|thanks|thx|3q|唔该|蟹蟹"),
        ("greet", "你好|您好|hi|hello|嗨|哈喽|在吗|在么|在不在|早上好|下午好|晚上好|早|喂+|有人吗"),
    )
)  # fmt: skip
_SMALL_WEIGHT = 4  # as if said so often: these few words decide what happens to money


def features(text: str, entities: Iterable[Tuple[str, int, int]] = ()) -> List[str]:
    """Return the features of a normalised text and its entities, each `(name, start, end)`; repeats count.

    Digits become one sign for each length, so that 充50 and 充80 look alike. Entities count in short texts only.
    """
    entities = list(entities) if len(text) <= _BRIEF else []
    squeezed = TOKEN.sub(lambda hit: _TOKEN_CHARS[hit.group(1)], text).replace(" ", "")
    squeezed = _HIDDEN.sub(_TOKEN_CHARS["phone"], squeezed)
    if not _FAREWELL.fullmatch(squeezed):
        squeezed = _DIGITS.sub(lambda hit: "0" * min(len(hit.group()), 3), squeezed)
    padded = f"^{squeezed}$"
    grams = [padded[i : i + n] for n in range(MIN_N, MAX_N + 1) for i in range(len(padded) - n + 1)]
    named = {name for name, _, _ in entities}
    grams += [f"<{name}>" for name in _NAMED if name in named] * _CUE_WEIGHT
    grams += [f"#{hit.group()}" for hit in _DIGITS.finditer(text) if len(hit.group()) <= 3]  # 88 says goodbye
    grams += [f"<{kind}>" for kind, words in _SMALL_WORDS if words.fullmatch(squeezed)] * _SMALL_WEIGHT
    grams += [f"<{cue}>" for cue in cues(text)] * _CUE_WEIGHT
    if offering := next((e for e in entities if e[0] == "offering"), None):
        around = text[: offering[1]] + "\ue000" + text[offering[2] :]
        start = len(text[: offering[1]])
        grams += [around[max(0, start - 2) : start + 1], around[start : start + 3]]
    return grams
