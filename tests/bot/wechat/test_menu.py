"""The custom menu and the words: what WeChat would refuse, and what no topic answers, is refused at home."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from bot.channels.wechat.menu import read_menu
from bot.channels.wechat.words import WORDS, checked, word
from core.errors import StaffError


def test_every_entry_of_the_menu_opens_a_topic() -> None:
    menu = read_menu()
    entries = [entry for top in menu.buttons() for entry in top["sub_button"]]
    assert menu.clicked("human") == ("/human", "人工客服")
    assert all(menu.clicked(entry["key"]) == (f"/{entry['key']}", entry["name"]) for entry in entries)
    assert menu.clicked("no_such") is None


@pytest.mark.parametrize(
    "entries",
    [
        [],
        [{"name": "一", "key": "topup"}] * 4,
        [{"name": "名字长过十六个字节", "key": "topup"}],
        [{"name": "一", "key": "rate"}],
        [{"name": "一", "key": "topup", "url": "https://a.example"}],
        [{"name": "一"}],
        [{"name": "一", "below": []}],
        [{"name": "一", "below": [{"name": "二", "key": "topup"}] * 6}],
        [{"name": "一", "below": [{"name": "二", "below": [{"name": "三", "key": "topup"}]}]}],
        ["一"],
    ],
)
def test_menu_wechat_would_refuse_is_refused(tmp_path: Path, entries: list[object]) -> None:
    path = tmp_path / "menu.yml"
    path.write_text(yaml.safe_dump(entries, allow_unicode=True), encoding="utf-8")
    with pytest.raises(StaffError, match="menu_invalid"):
        read_menu(path)


def test_page_opens_instead_of_a_topic(tmp_path: Path) -> None:
    path = tmp_path / "menu.yml"
    path.write_text('[{name: 营业厅, url: "https://a.example"}]', encoding="utf-8")
    assert read_menu(path).buttons() == [{"name": "营业厅", "type": "view", "url": "https://a.example"}]


def test_words_are_complete_and_every_field_is_known() -> None:
    assert word("agent_says", name="王敏", text="您好") == "客服王敏：您好"
    with pytest.raises(StaffError, match="later"):
        checked({key: "字" for key in WORDS if key != "later"})
    with pytest.raises(StaffError, match="welcome"):
        checked({key: "{name}" if key == "welcome" else "字" for key in WORDS})
