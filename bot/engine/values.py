"""What a customer names in a message: amounts, numbers, months, volumes, small commands.

Every function takes normalised, masked text (`core.text`) and yields `Found` values with their place in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Iterator, List, Tuple, Union

from bot.engine.chinese import NUMERAL, parse_number

Value = Union[str, int]


@dataclass(frozen=True)
class Found:
    """One value and where it stands: `text[start:end]`."""

    entity: str
    value: Value
    start: int
    end: int


_TOKEN = re.compile(r"\[(msisdn|code)_\d+\]")
_MASKED = re.compile(r"(?<![\d*])1[3-9]\d[*xX]{2,8}\d{2,4}(?![\d*])")

_NOT_MONEY = (
    r"(?!\s*(?:g|m|k|兆|分钟|条|个月|天|号|月|年|次|下|笔|份|倍|回|遍|些|点|级|楼|岁|张|位|%|元|块|圆))"
)
_YUAN = re.compile(
    rf"[¥￥]\s*(?P<sign>{NUMERAL})"
    rf"|(?<![几数])(?P<yuan>{NUMERAL})\s*(?:元钱?|块钱|块|圆|rmb|大洋)零?(?P<jiao>[一二三四五六七八九半\d](?![\d十百千元块]))?(?:毛|角)?"
    rf"|(?:(?:充值?|冲值?|续费?|缴费?|交费?|存)(?:话费|电话费|钱|手机费|个|上|它|它个|进去|了|他)?|扣(?:了|掉|走|费)?(?:我的?)?(?:话费|钱)?)\s*(?P<verb>{NUMERAL})(?![\d.零〇一二两三四五六七八九十百千万壹贰叁肆伍陆柒捌玖拾佰仟]|是[块元]){_NOT_MONEY}"  # 五是块: 五十块, misheard
)
_OR_AFTER = re.compile(
    rf"\s*(?:还是|或者?|要么|[,，]?(?:啊|哦|噢|呃|额|哎|诶|唉)?不+(?:对|是)*[,，]?|改成|换成)(?:充|是)?\s*({NUMERAL})(?![\d.]){_NOT_MONEY}"
)
_OR_BEFORE = re.compile(rf"({NUMERAL})\s*(?:还是|或者?|要么)(?:充)?\s*$")
_BARE = re.compile(
    rf"(?<![\d.\[_a-z第]){NUMERAL}(?![\d.\]a-z]|\s*(?:岁|号楼?|楼|层|栋|幢|单元|室|路|天|小时|年|次|张|位))"
)
_UNITED = re.compile(r"[\d十百千万拾佰仟]")  # 乱七八糟 counts nothing
_ONLY = re.compile(
    rf"(?:就|要|那就|改成|改|换成|还是|来|充|选|那|我要|给我)*\s*({NUMERAL})\s*(?:吧|好了|就行|就好|可以|呗|啊|的|个)*[。.!！~]*"
)
_ORDINAL = re.compile(
    r"第\s*([一二三四五六七八九十\d]+)\s*(?:个|种|条|项|款|档)?|选\s*([一二三四五六七八九\d])(?!\d|元|块)|最后(?:一|那)?个"
)
_VOLUME = re.compile(rf"({NUMERAL})\s*(?:个)?\s*(gb?|mb?|兆)(?![a-z])")

_MONTHS: Tuple[Tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(20\d\d)\s*[年\-/.]\s*(1[0-2]|0?[1-9])(?:月份?|(?!\d))"), "absolute"),
    (re.compile(r"(?<!\d)(2\d)\s*年\s*(1[0-2]|0?[1-9])月份?"), "short_year"),
    (re.compile(r"前年\s*(十[一二]?|[一二三四五六七八九]|1[0-2]|0?[1-9])月份?"), "before_last_year"),
    (re.compile(r"去年\s*(十[一二]?|[一二三四五六七八九]|1[0-2]|0?[1-9])月份?"), "last_year"),
    (re.compile(r"今年\s*(十[一二]?|[一二三四五六七八九]|1[0-2]|0?[1-9])月份?"), "this_year"),
    (
        re.compile(r"(?<![\d个半前近过])(十[一二]?|[一二三四五六七八九]|1[0-2]|0?[1-9])月(?:份)?(?!租|底薪)"),
        "named",
    ),
    (re.compile(r"上上个?月|大上个?月"), "back_2"),
    (re.compile(r"上个?月"), "back_1"),
    (re.compile(r"这个?月|本月|当月|这月"), "back_0"),
    (re.compile(r"(?:前|近|最近|过去|这)\s*([两俩三四五六23456])个?月"), "span"),
)
_CHINESE_MONTH = {c: i for i, c in enumerate("零一二三四五六七八九", 0)}
_SMALL = {"两": 2, "俩": 2, "三": 3, "四": 4, "五": 5, "六": 6}

_COMMANDS: Tuple[Tuple[re.Pattern[str], str, str], ...] = (
    (re.compile(r"上一步|上一个问题|退回去|退一步|返回上|回到上一|往回退|^返回$|^后退$"), "command", "back"),
    (
        re.compile(
            r"再说一[遍次下]|重复一[遍下次]|再讲一[遍次]|没听清|没看清|没看明白|再发一[遍次]吧?$|刚才说(?:的)?(?:什么|啥)|你(?:刚)?说(?:的)?(?:什么|啥)|^重复$|说慢点"
        ),
        "command",
        "repeat",
    ),
    (
        re.compile(r"再试一?[次下]|重试|再试试|重新试|再来一[次遍]|再查一[次下]|^再试$"),
        "command",
        "retry",
    ),
    (
        re.compile(r"跳过|不留(?:了|号码)|^不说了|不想说|不用留|先不填|不填了?$|不方便(?:留|说|提供)|不想(?:留|提供)|匿名"),
        "command",
        "skip",
    ),
    (
        re.compile(r"重新发|重发|再发(?:一?[个次条]|一下)?(?:验证码|短信|码)|没收到(?:验证码|短信|码)?|收不到(?:验证码|短信|码)|验证码(?:没|还没)(?:收到|来|到)|验证码(?:不对|不行|错了|过期|失效)"),
        "command",
        "resend",
    ),
    (
        re.compile(r"本机|我自己|我这个(?:号|手机)|我的(?:这个)?(?:号码|手机号|手机|号)|当前(?:的)?号|自己的?(?:号|手机)|给自己|(?:就)?这个号|我本人"),
        "whose",
        "own",
    ),
    (re.compile(r"(?:换|别的|其他|另外|另一)(?:一)?个?(?:的)?(?:号码|手机号|号)|别人的?(?:号|手机)|换号"), "whose", "other"),
    (re.compile(r"推荐|适合我|哪个(?:套餐)?(?:更|比较|最)?(?:划算|合适|便宜|适合|好)|(?:帮我|给我)(?:选|挑|看看)|什么套餐(?:好|划算|合适|适合)|换(?:个|什么)(?:更)?(?:便宜|划算|合适)|省钱|更便宜的套餐|建议.{0,4}套餐|套餐.{0,6}建议"), "ask", "advice"),
    (re.compile(r"取消|退订|退掉|退了(?!钱)|(?:把|帮我把|给我把).{1,12}(?:退|关|停|删)|关闭|关掉|关了|停掉|停了|去掉|删掉|解除|取掉|不想?要.{0,12}了|别再扣"), "order_action", "delete"),
    (
        re.compile(r"开通|办理|订购|订一个|办一个|办个|加一个|加个|换成|改成|换到|改为|升级|降级|升到|降到|订个|买个|买一个|续订|开个|开一个|想办|要办|想开|我要开|打开|办(?:理)?(?:了)?(?:这|那|它)|(?<!不)[要买开订](?:这|那)(?:个|款)"),
        "order_action",
        "add",
    ),
)  # fmt: skip


def find_values(text: str, today: date) -> List[Found]:
    """Return everything named in `text`, in order; amounts that a volume or a month already owns are left out."""
    found: List[Found] = [*find_tokens(text), *find_volumes(text), *find_months(text, today)]
    taken = [(f.start, f.end) for f in found]
    money = [f for f in find_amounts(text) if not _overlaps(f, taken)]
    money += list(find_alternatives(text, money))
    found += money
    taken += [(f.start, f.end) for f in money]
    ordinals = list(find_ordinals(text))
    found += ordinals
    taken += [(f.start, f.end) for f in ordinals]
    found += [f for f in find_bare_numbers(text) if not _overlaps(f, taken)]
    found += find_commands(text)
    return sorted(found, key=lambda f: (f.start, f.end))


def _overlaps(found: Found, taken: List[Tuple[int, int]]) -> bool:
    return any(found.start < end and start < found.end for start, end in taken)


def find_tokens(text: str) -> Iterator[Found]:
    """Yield tokens of mobile numbers and codes, and numbers the customer masked (138****0001)."""
    for hit in _TOKEN.finditer(text):
        yield Found(hit.group(1), hit.group(), hit.start(), hit.end())
    for hit in _MASKED.finditer(text):
        yield Found("masked_msisdn", hit.group(), hit.start(), hit.end())


def find_amounts(text: str) -> Iterator[Found]:
    """Yield amounts of money in fen."""
    for hit in _YUAN.finditer(text):
        name = str(hit.lastgroup if hit.lastgroup != "jiao" else "yuan")
        yuan = parse_number(hit.group(name))
        if yuan is None:
            continue
        fen = round(yuan * 100) + _jiao_fen(hit.group("jiao"))
        start = hit.start(name) if name == "verb" else hit.start()
        yield Found("amount_fen", fen, start, hit.end())


def find_alternatives(text: str, money: List[Found]) -> Iterator[Found]:
    """Yield bare numbers named as the alternative to an amount: 充50还是100, 五十或者一百块."""
    for amount in money:
        if hit := _OR_AFTER.match(text, amount.end):
            yield from _in_yuan(hit)
        before = _OR_BEFORE.search(text[: amount.start])
        if before:
            yield from _in_yuan(before)


def _in_yuan(hit: re.Match[str]) -> Iterator[Found]:
    yuan = parse_number(hit.group(1))
    if yuan is not None:
        yield Found("amount_fen", round(yuan * 100), hit.start(1), hit.end(1))


def _jiao_fen(jiao: Union[str, None]) -> int:
    if not jiao:
        return 0
    return 50 if jiao == "半" else round((parse_number(jiao) or 0) * 10)


def find_bare_numbers(text: str) -> Iterator[Found]:
    """Yield a number that is (nearly) all the message says; what it counts is for the dialogue to decide."""
    if hit := _ONLY.fullmatch(text.strip(" ,。.!！?？")):
        value = parse_number(hit.group(1))
        if value is not None and value == int(value):
            start = text.find(hit.group(1))
            yield Found("number", int(value), start, start + len(hit.group(1)))
            return
    for hit in _BARE.finditer(text):
        value = parse_number(hit.group())
        if value is None or value != int(value) or len(hit.group()) < 2 or not _UNITED.search(hit.group()):
            continue
        yield Found("number", int(value), hit.start(), hit.end())


def find_ordinals(text: str) -> Iterator[Found]:
    """Yield the place in a list the customer points at; 最后一个 is -1."""
    for hit in _ORDINAL.finditer(text):
        digits = hit.group(1) or hit.group(2)
        value = parse_number(digits) if digits else -1
        if value is not None:
            yield Found("ordinal", int(value), hit.start(), hit.end())


def find_volumes(text: str) -> Iterator[Found]:
    """Yield data volumes in MB."""
    for hit in _VOLUME.finditer(text):
        amount = parse_number(hit.group(1))
        if amount is not None and not (
            hit.group(2) == "g" and amount in (2, 3, 4, 5, 6)
        ):  # network generations
            yield Found(
                "data_mb", round(amount * (1024 if hit.group(2)[0] == "g" else 1)), hit.start(), hit.end()
            )


def find_months(text: str, today: date) -> Iterator[Found]:
    """Yield months as ``2026-10``; a month named without its year is the last one that began."""
    taken: List[Tuple[int, int]] = []
    for pattern, kind in _MONTHS:
        for hit in pattern.finditer(text):
            if any(hit.start() < end and start < hit.end() for start, end in taken):
                continue
            taken.append((hit.start(), hit.end()))
            for year, month in _resolve_month(kind, hit, today):
                yield Found("month", f"{year}-{month:02d}", hit.start(), hit.end())


def _resolve_month(kind: str, hit: re.Match[str], today: date) -> List[Tuple[int, int]]:
    if kind == "absolute":
        return [(int(hit.group(1)), int(hit.group(2)))]
    if kind == "short_year":
        return [(2000 + int(hit.group(1)), int(hit.group(2)))]
    if kind.startswith("back_"):
        return [_months_ago(today, int(kind[-1]))]
    if kind == "span":
        count = _SMALL.get(hit.group(1)) or int(hit.group(1))
        return [_months_ago(today, back) for back in range(1, count + 1)]
    month = _month_number(hit.group(1))
    if kind in ("last_year", "before_last_year"):
        return [(today.year - (1 if kind == "last_year" else 2), month)]
    if kind == "this_year" or month <= today.month:
        return [(today.year, month)]
    return [(today.year - 1, month)]


def _month_number(text: str) -> int:
    if text.isdigit():
        return int(text)
    return {"十": 10, "十一": 11, "十二": 12}.get(text) or _CHINESE_MONTH[text]


def _months_ago(today: date, back: int) -> Tuple[int, int]:
    index = today.year * 12 + today.month - 1 - back
    return index // 12, index % 12 + 1


def find_commands(text: str) -> Iterator[Found]:
    """Yield the small commands of dialogue: back, repeat, retry, skip, whose number, what to do with a product."""
    seen = set()
    for pattern, entity, value in _COMMANDS:
        hit = pattern.search(text)
        if hit and (entity, value) not in seen:
            seen.add((entity, value))
            yield Found(entity, value, hit.start(), hit.end())
