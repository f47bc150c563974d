"""What is written into the audit log and what requests name wrong reads as Chinese: no code is shown as it is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from console.words import PATH, words

ROOT = PATH.parents[1]
WEB = ROOT / "console" / "web"
_WRITERS = {
    "record",
    "note",
    "_account",
    "_revise",
    "_decide",
    "_tell",
    "aim",
}  # whoever takes the code of a deed
_READERS = {"text", "flag", "number", "choice", "choices", "word", "_number", "filled_in", "_plain"}
_DEED = re.compile(r"[a-z_]+\.[a-z_]+")


def _calls(names: set[str], parts: tuple[str, ...]) -> Iterator[ast.Call]:
    """Yield the calls of functions of these names."""
    for path in (path for part in parts for path in (ROOT / part).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and getattr(node.func, "attr", getattr(node.func, "id", "")) in names
            ):
                yield node


def _texts(nodes: list[ast.expr]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_every_deed_in_the_audit_log_is_told_as_a_sentence() -> None:
    deeds = {
        text
        for call in _calls(_WRITERS, ("console", "conversations", "knowledge_base", "app"))
        for text in _texts(call.args)
        if _DEED.fullmatch(text)
    } | {"release.published", "release.overridden"}
    told = "".join((WEB / f"admin_audit_{name}.js").read_text() for name in ("words", "knowledge"))
    assert {"article.deleted", "unknown.ignored", "unknown.merged", "unknown.accepted"} <= deeds
    assert {deed for deed in deeds if f'case "{deed}"' not in told or f'"{deed}": "' not in told} == set()


def test_every_field_a_request_can_get_wrong_has_a_name() -> None:
    asked = {
        text
        for call in _calls(_READERS, ("console",))
        for text in _texts(call.args[:2])
        if text.isidentifier() and text.islower()
    }
    assert {"question", "percent"} <= asked
    assert {name for name in asked if name not in words().fields} == set()
