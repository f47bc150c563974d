"""The service's own words: complete, filled in, and all used."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.service_texts import ERRORS, TEXTS, ServiceTexts, service_texts
from conversations.reading import Refusal
from core.errors import StaffError

BOT = Path(__file__).parents[2] / "bot"


def test_every_text_is_filled_in_without_leftovers() -> None:
    texts = service_texts()
    said = [texts.text(key, **dict.fromkeys(fields, 7)) for key, fields in TEXTS.items()]
    said += [texts.error(key, **dict.fromkeys(fields, 7)) for key, fields in ERRORS.items()]
    assert not [text for text in said if "{{" in text or "}}" in text]
    assert '{"sender":"用户标识"' in texts.error("not_json")


def test_every_refusal_has_words() -> None:
    assert {refusal.value for refusal in Refusal} <= set(TEXTS)


def test_every_text_is_asked_for_somewhere() -> None:
    code = "".join(
        path.read_text()
        for path in (
            *BOT.glob("*.py"),
            *BOT.glob("channels/*.py"),
            *BOT.parent.glob("conversations/*.py"),
            *BOT.parent.glob("app/*.py"),
        )
        if path.name != "service_texts.py"
    )
    by_refusal = {refusal.value for refusal in Refusal} | {
        "rate_limited"
    }  # named by the error's or refusal's own code
    unused = [key for key in (*TEXTS, *ERRORS) if f'"{key}"' not in code and key not in by_refusal]
    assert unused == []


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("  outage:", "  outrage:"),
        lambda text: text.replace("{max_chars}", "{maximum}"),
        lambda text: text.replace("  internal: 服务出现问题，请稍后再试。", "  internal: ''"),
        lambda text: text.replace("{max_kb}", "{max_kb"),
        lambda text: "",
    ],
    ids=range(5),
)
def test_broken_file_is_refused_when_it_is_loaded(tmp_path: Path, change: object) -> None:
    assert callable(change)
    path = tmp_path / "texts.yml"
    path.write_text(change((BOT / "service_texts.yml").read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(StaffError, match=r"service_texts\.invalid"):
        ServiceTexts(path)
