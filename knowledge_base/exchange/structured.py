"""YAML of articles: no aliases, no deep nesting, every entry with the line it begins on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from knowledge_base.exchange.limits import MAX_DEPTH
from knowledge_base.exchange.problems import FileRefused

UNREADABLE = object()
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times faster where libyaml is there


def yaml_entries(text: str) -> Iterator[tuple[int, object]]:
    """Yield (line, entry) for every article of a text in the shipped form, one or several documents.

    An entry has its category in it; one that cannot be read is `UNREADABLE`. Raises FileRefused.
    """
    _check_events(text)
    try:
        for document in yaml.compose_all(text, Loader=_Loader):
            parts = document.value if isinstance(document, yaml.SequenceNode) else [document]
            for part in parts:
                yield from _of_category(part)
    except (yaml.YAMLError, ValueError) as error:
        raise _broken(error) from error


def _check_events(text: str) -> None:
    """Refuse aliases before anything is built: a few lines of them can stand for billions of values."""
    depth = 0
    try:
        for event in yaml.parse(text, Loader=_Loader):
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise FileRefused(
                    "file_yaml_alias", line=event.start_mark.line + 1 if event.start_mark else 1
                )
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > MAX_DEPTH:
                    raise FileRefused("file_too_deep", limit=MAX_DEPTH)
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
    except yaml.YAMLError as error:
        raise _broken(error) from error


def _of_category(part: object) -> Iterator[tuple[int, object]]:
    if not isinstance(part, yaml.MappingNode):
        raise FileRefused("file_yaml_form")
    nodes = {key.value: value for key, value in part.value if isinstance(key, yaml.ScalarNode)}
    category, articles = nodes.get("category"), nodes.get("articles")
    if not isinstance(category, yaml.ScalarNode) or not isinstance(articles, yaml.SequenceNode):
        raise FileRefused("file_yaml_form")
    maker = _Constructor()
    for node in articles.value:
        try:
            entry = maker.construct_object(node, deep=True)
        except yaml.constructor.ConstructorError as error:
            if "unhashable" not in (error.problem or ""):
                raise  # an object of a program is no slip of the pen: the whole file is refused
            entry = UNREADABLE
        except (ValueError, TypeError):
            entry = UNREADABLE
        if isinstance(entry, dict):
            entry = {"category": category.value, **entry}
        yield node.start_mark.line + 1, entry


class _Constructor(yaml.constructor.SafeConstructor):
    """Makes the values of an entry."""


def _day(maker: Any, node: Any) -> object:
    """Leave a day that is none (2026-02-30) as it is written: whoever reads the entry says so."""
    try:
        return maker.construct_yaml_timestamp(node)
    except ValueError:
        return node.value


_made_by: Any = _Constructor.add_constructor
_made_by("tag:yaml.org,2002:timestamp", _day)


def _broken(error: Exception) -> FileRefused:
    mark = getattr(error, "problem_mark", None)
    line = mark.line + 1 if mark is not None else 1
    return FileRefused("file_yaml", line=line, why=getattr(error, "problem", None) or type(error).__name__)
