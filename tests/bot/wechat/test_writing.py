"""How messages read in WeChat: plain, numbered, split by bytes, merged."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timezone

import pytest

from bot.channels.wechat.choices import number_in
from bot.channels.wechat.ledger import Purpose
from bot.channels.wechat.writing import LIMIT, pieces, plain, split
from conversations.model import Button, ContactId, Content, Message, Sender
from conversations.outbox import Waiting
from core.ids import ConversationId, MessageId

STARS = tuple(Button(f"{stars}星", f'/rate{{"stars": {stars}}}') for stars in (5, 4, 3, 2, 1))
RATING = Content("请打分", (*STARS, Button("暂不评价", '/rate{"skip": true}')), about={"topic": "rating"})


def waiting(
    content: Content | str, seq: int = 1, sender: Sender = Sender.BOT, parts_sent: int = 0
) -> Waiting:
    """A message that waits."""
    message = Message(
        id=MessageId(f"m{seq}"),
        contact_id=ContactId("c"),
        conversation_id=ConversationId("v"),
        seq=seq,
        sender=sender,
        content=Content(content) if isinstance(content, str) else content,
        epoch=0,
        created=datetime(2026, 10, 15, tzinfo=timezone.utc),
    )
    return Waiting(message, parts_sent)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("**话费**余额", "话费余额"),
        ("# 标题\n内容", "标题\n内容"),
        ("见[官网](https://a.example/x)", "见官网 https://a.example/x"),
        ("- 一\n- 二", "· 一\n· 二"),
        ("<p>第一段</p><p>第二段</p>", "第一段\n第二段"),
        ("<b>加粗</b>和`代码`", "加粗和代码"),
        ("5 < 6，2*3*4", "5 < 6，2*3*4"),
        ("订单__init__", "订单init"),
    ],
)
def test_markdown_and_html_are_not_shown(written: str, shown: str) -> None:
    assert plain(written) == shown


def test_long_text_is_split_at_sentence_ends_within_the_limit() -> None:
    text = "".join(f"这是第{number}句话，说的是套餐和流量。" for number in range(200))
    parts = split(text)
    assert "".join(parts) == text
    assert all(len(part.encode()) <= LIMIT and part.endswith("。") for part in parts)


@pytest.mark.parametrize("seed", range(20))
def test_nothing_is_lost_whatever_is_split(seed: int) -> None:
    rng = random.Random(seed)
    text = "".join(rng.choice("话费。，a😀𠮷，！") for _ in range(rng.randrange(1, 4000)))
    parts = split(text)
    assert "".join(parts) == text
    assert all(0 < len(part.encode()) <= LIMIT for part in parts)


def test_short_bubbles_become_one_message() -> None:
    (only,) = pieces([waiting("第一条", 1), waiting("第二条", 2)])
    assert only.text == "第一条\n\n第二条"
    assert only.whole == ("m1", "m2")


def test_long_message_goes_on_in_the_next_piece_which_takes_up_what_follows() -> None:
    found = pieces([waiting("一。" * 400, 1), waiting("完", 2)])
    assert [piece.whole for piece in found] == [(), ("m1", "m2")]
    assert found[0].parts == {"m1": 1}


def test_message_half_sent_goes_on_where_it_stopped() -> None:
    whole = pieces([waiting("一。" * 400, 1)])
    (rest,) = pieces([waiting("一。" * 400, 1, parts_sent=1)])
    assert rest.text == whole[1].text


def test_choices_are_numbered_and_only_those_of_the_last_bubble() -> None:
    topup = Content("充多少？", (Button("30元", "/a"), Button("50元", "/b")))
    (only,) = pieces([waiting(topup, 1), waiting(replace(topup, text="再选"), 2)])
    assert only.text == "充多少？\n· 30元\n· 50元\n\n再选\n回复数字选择：\n1. 30元\n2. 50元"


def test_stars_keep_their_own_numbers() -> None:
    (only,) = pieces([waiting(RATING)])
    assert only.text.splitlines()[1:] == [
        "回复数字打分：", "5. 5星", "4. 4星", "3. 3星", "2. 2星", "1. 1星", "0. 暂不评价",
    ]  # fmt: skip


def test_rating_stands_alone_as_a_menu_where_the_api_is_used() -> None:
    found = pieces([waiting("好的", 6), waiting(RATING, 7)], menus=True)
    assert [piece.menu is not None for piece in found] == [False, True]
    menu = found[1].menu
    assert menu is not None
    assert menu.entries[0] == ("701", "5星")


def test_rating_is_merged_when_only_one_message_is_left() -> None:
    (only,) = pieces([waiting("好的", 6), waiting(RATING, 7)], menus=True, most=1)
    assert only.purpose is Purpose.RATING
    assert "回复数字打分" in only.text


def test_what_comes_before_something_important_is_as_important() -> None:
    agent = waiting("您好", 3, Sender.AGENT)
    found = pieces([waiting("一。" * 400, 1), waiting("二。" * 400, 2), agent])
    assert {piece.purpose for piece in found} == {Purpose.HANDOFF}
    assert pieces([waiting("一", 1)])[0].purpose is Purpose.ORDINARY


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("1", (1, False)), ("１", (1, False)), ("一", (1, False)), ("1.", (1, False)), ("十二", (12, False)),
        ("回复1", (1, True)), ("选2", (2, True)), ("第一个", (1, True)), ("第 3 项", (3, True)), ("①", (1, True)),
        ("我选第二个", (2, True)), ("我要第三个", (3, True)), ("两", (2, False)), ("0", (0, False)),
        ("充50", None), ("123", None), ("138", None), ("一般", None), ("第一次", None), ("要1个月", None),
    ],
)  # fmt: skip
def test_number_of_a_choice_is_read(text: str, meant: tuple[int, bool] | None) -> None:
    assert number_in(text) == meant
