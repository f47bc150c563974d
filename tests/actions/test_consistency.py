"""What keeps actions, domain and words together."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from actions.errors import BY_CLASS, BY_CODE, BY_REASON
from actions.openers import OPENERS
from actions.registry import ACTIONS
from actions.responses import Responses
from app.paths import ROOT, TOPICS
from bss.reasons import OrderReason, RejectedReason

DOMAIN: dict[str, Any] = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
SOURCES = sorted((ROOT / "actions").glob("*.py"))
WORDS = Responses()
_RESPONSE = re.compile(r"utter_[a-z_]+(?:/[a-z_]+)?")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


def rules() -> list[dict[str, Any]]:
    """Return every rule of the topics."""
    loaded = (yaml.safe_load(path.read_text(encoding="utf-8")) for path in TOPICS.glob("*.yml"))
    return [rule for content in loaded for rule in content.get("rules") or ()]


def intents() -> set[str]:
    return {next(iter(i)) if isinstance(i, dict) else i for i in DOMAIN["intents"]}


def test_every_declared_action_is_registered_and_the_reverse() -> None:
    names = [action.action if isinstance(action.action, str) else "" for action in ACTIONS]
    registered = {
        name or f"validate_{getattr(action, 'form', '')}" for name, action in zip(names, ACTIONS, strict=True)
    }
    assert registered == set(DOMAIN["actions"])


def test_every_intent_has_one_rule() -> None:
    ruled = [step["intent"] for rule in rules() for step in rule["steps"] if "intent" in step]
    assert sorted(ruled) == sorted(intents())


def test_a_button_typed_in_words_leads_where_the_rule_leads() -> None:
    ruled = {rule["steps"][0]["intent"]: rule["steps"][1]["action"] for rule in rules()}
    assert {intent: ruled[intent] for intent in OPENERS} == OPENERS


def test_every_response_that_is_used_has_words_and_the_reverse() -> None:
    used = {name for path in SOURCES for name in _RESPONSE.findall(path.read_text(encoding="utf-8"))}
    used |= {step["action"] for rule in rules() for step in rule["steps"] if "action" in step}
    used |= {f"utter_ask_{slot}" for form in DOMAIN["forms"].values() for slot in form["required_slots"]}
    used = {name for name in used if name.startswith("utter_")} - {
        "utter_message",
        "utter_action",
    }  # the SDK's
    asked_by_action = {f"utter_ask_{name.removeprefix('action_ask_')}" for name in DOMAIN["actions"]}
    used |= {name for name in WORDS.names() if name.startswith("utter_chitchat/")}
    assert used - asked_by_action == set(WORDS.names())


def _shown(part: object) -> list[str]:
    """Return what a card shows: every text of it but the kind of card."""
    if isinstance(part, dict):
        return [text for key, value in part.items() if key != "type" for text in _shown(value)]
    if isinstance(part, list):
        return [text for value in part for text in _shown(value)]
    return [part] if isinstance(part, str) else []


def test_cards_show_words_not_the_names_of_states() -> None:
    loaded = (yaml.safe_load(path.read_text(encoding="utf-8")) for path in TOPICS.glob("*.yml"))
    variants = [
        one for content in loaded for said in (content.get("responses") or {}).values() for one in said
    ]
    texts = [text for one in variants for text in _shown(one.get("custom"))]
    assert texts
    assert [text for text in texts if not _CHINESE.search(text) and "{" not in text] == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_no_customer_reads_words_written_in_python(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    patterns = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("re.")
        for inner in ast.walk(node)
    }
    docstrings = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    categories = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_CATEGORIES"
        for inner in ast.walk(node)
    }
    words = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _CHINESE.search(node.value)
        if id(node) not in patterns | docstrings | categories
    ]
    assert words == []


def test_every_error_has_words() -> None:
    named = {*BY_CODE.values(), *BY_REASON.values(), *(words for _, words in BY_CLASS)}
    assert named <= WORDS.names()
    raised = {
        code
        for path in SOURCES
        for code in re.findall(r'CustomerError\(\s*"([a-z_.]+)"', path.read_text(encoding="utf-8"))
    }
    assert raised <= set(BY_CODE)


def test_every_reason_of_the_billing_system_has_words() -> None:
    unsaid = {
        "idempotency_conflict",
        "not_found",
        "invalid_request",
        "already_settled",
    }  # bugs of ours: general words
    reasons = {reason.value for reason in (*OrderReason, *RejectedReason)}
    assert reasons - unsaid <= set(BY_REASON)


def test_no_words_hold_a_blank_line() -> None:
    """Rasa's channels part a message at blank lines."""
    assert [name for name in WORDS.names() if "\n\n" in WORDS.text(name)] == []


@pytest.mark.parametrize("name", sorted(WORDS.names()))
def test_every_button_leads_to_an_intent(name: str) -> None:
    for button in WORDS.content(name).buttons:
        assert re.match(r"/(\w+)", button.payload)[1] in intents()  # type: ignore[index]
