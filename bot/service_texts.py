"""The words of `service_texts.yml`, checked when they are loaded."""

from __future__ import annotations

import string
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml

from conversations.model import Button, Content
from core.errors import StaffError

PATH = Path(__file__).with_name("service_texts.yml")
# Every text the code asks for, and the fields it fills in.
TEXTS: Mapping[str, frozenset[str]] = {
    "too_long": frozenset({"max_chars"}),
    "empty": frozenset(),
    "no_words": frozenset(),
    "courtesy": frozenset(),
    "picture": frozenset(),
    "voice": frozenset(),
    "video": frozenset(),
    "link": frozenset(),
    "location": frozenset(),
    "outage": frozenset(),
    "queued": frozenset(),
    "still_working": frozenset(),
    "failed": frozenset(),
    "handoff_not_connected": frozenset(),
    "handoff_queued": frozenset({"ahead", "minutes"}),
    "handoff_queued_next": frozenset(),
    "handoff_queued_next_wait": frozenset({"minutes"}),
    "handoff_nobody_online": frozenset({"ahead"}),
    "handoff_nobody_online_first": frozenset(),
    "handoff_closing": frozenset({"ahead", "minutes", "until"}),
    "handoff_closing_first": frozenset({"minutes", "until"}),
    "handoff_closed": frozenset({"hours"}),
    "handoff_full": frozenset(),
    "handoff_position": frozenset({"ahead", "minutes"}),
    "handoff_position_next": frozenset(),
    "handoff_position_next_wait": frozenset({"minutes"}),
    "handoff_position_unknown": frozenset({"ahead"}),
    "handoff_position_unknown_first": frozenset(),
    "handoff_left_queue": frozenset(),
    "handoff_with_bot": frozenset(),
    "handoff_accepted": frozenset({"agent"}),
    "handoff_transferred": frozenset(),
    "handoff_returned": frozenset(),
    "handoff_handed_back": frozenset(),
    "follow_up_promised": frozenset({"month", "day", "time"}),
    "follow_up_done": frozenset({"text", "agent"}),
    "ticket_follow_up": frozenset({"task"}),
    "handoff_nobody": frozenset({"ticket", "until"}),
    "handoff_nobody_unknown": frozenset(),
    "ticket_nobody_came": frozenset({"wish"}),
    "silence_check": frozenset(),
    "silence_closed": frozenset(),
    "closed": frozenset(),
    "rating_question": frozenset(),
    "rating_solved": frozenset(),
    "rating_sorry": frozenset(),
    "rating_sorry_unsolved": frozenset(),
    "rating_to_person": frozenset(),
    "rating_words": frozenset(),
    "rating_thanks": frozenset(),
    "rating_thanks_changeable": frozenset({"minutes"}),
    "rating_thanks_help": frozenset({"minutes"}),
    "rating_skipped": frozenset(),
    "rating_closed": frozenset(),
}
ERRORS: Mapping[str, frozenset[str]] = {
    "rate_limited": frozenset(),
    "not_json": frozenset(),
    "not_an_object": frozenset(),
    "sender_missing": frozenset(),
    "sender_invalid": frozenset(),
    "message_invalid": frozenset(),
    "message_id_invalid": frozenset(),
    "metadata_invalid": frozenset(),
    "feedback_unknown": frozenset(),
    "too_large": frozenset({"max_kb"}),
    "unauthorised": frozenset(),
    "internal": frozenset(),
}


class ServiceTexts:
    """What the service says itself; raises StaffError("service_texts.invalid") when a text is missing or unknown."""

    def __init__(self, path: Path = PATH) -> None:
        loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
        self._buttons = _buttons(loaded)
        self._texts = _checked(_plain(loaded), "texts", TEXTS)
        self._errors = _checked(loaded, "errors", ERRORS)

    def text(self, key: str, **fields: object) -> str:
        """Return one text with its fields filled in."""
        return self._texts[key].format(**fields)

    def content(self, key: str, /, **fields: object) -> Content:
        """Return one text as a message."""
        return Content(self.text(key, **fields), self._buttons.get(key, ()))

    def error(self, key: str, **fields: object) -> str:
        """Return the words for a client's error."""
        return self._errors[key].format(**fields)


def _plain(loaded: object) -> object:
    """Return the file with every text as words alone; a text with buttons is a mapping there."""
    texts = loaded.get("texts") if isinstance(loaded, dict) else None
    if not isinstance(texts, dict):
        return loaded
    return {
        "texts": {
            key: value.get("text") if isinstance(value, dict) else value for key, value in texts.items()
        }
    }


def _buttons(loaded: object) -> dict[str, tuple[Button, ...]]:
    texts = loaded.get("texts") if isinstance(loaded, dict) else None
    return {
        str(key): tuple(Button(str(b["title"]), str(b["payload"])) for b in value.get("buttons", ()))
        for key, value in (texts.items() if isinstance(texts, dict) else ())
        if isinstance(value, dict)
    }


def _checked(loaded: object, section: str, known: Mapping[str, frozenset[str]]) -> dict[str, str]:
    found = loaded.get(section) if isinstance(loaded, dict) else None
    if not isinstance(found, dict) or set(found) != set(known):
        differing = sorted(set(known) ^ set(found if isinstance(found, dict) else ()))
        raise StaffError("service_texts.invalid", f"{section}: missing or unknown: {', '.join(differing)}")
    for key, words in found.items():
        if not isinstance(words, str) or not words.strip():
            raise StaffError("service_texts.invalid", f"{section}.{key} is empty")
        try:
            fields = {name for _, name, _, _ in string.Formatter().parse(words) if name is not None}
        except ValueError as error:
            raise StaffError("service_texts.invalid", f"{section}.{key}: {error}") from error
        if not fields <= known[key]:
            raise StaffError("service_texts.invalid", f"{section}.{key} has unknown fields")
    return {str(key): str(words) for key, words in found.items()}


@cache
def service_texts() -> ServiceTexts:
    """Return the texts of the product, loaded once."""
    return ServiceTexts()
