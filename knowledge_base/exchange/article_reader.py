"""Reads the values of one article, out of a table's cells or an entry of YAML, and collects what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from knowledge_base.articles import CHANNELS, one_line
from knowledge_base.exchange.cells import MARKUP, day_of, short, split, split_lines
from knowledge_base.exchange.columns import Column, spoken
from knowledge_base.exchange.limits import MAX_QUESTIONS
from knowledge_base.exchange.problems import Problem

LISTS = ("questions", "held_out", "offerings", "followups")
TEXTS = ("title", "category", "answer")
DAYS = ("valid_from", "valid_to")
GROUPS: Mapping[str, tuple[str, ...]] = {
    "link": ("title", "url"),
    "image": ("url", "alt"),
    "card": ("title", "rows"),
}
KEYS = frozenset({"id", *TEXTS, *LISTS, *DAYS, *GROUPS, "channels", "regions"})

_ID = re.compile(r"(?!offering-)\w[\w.-]{0,79}")


class ArticleReader:
    """Reads the values of one article and collects what is wrong with them."""

    def __init__(self, row: int) -> None:
        self.row, self.problems = row, list[Problem]()

    def wrong(self, where: str, code: str, /, **fields: object) -> None:
        """Note that a column or key is wrong."""
        self.problems.append(Problem(self.row, where, code, fields))

    def finish(self, values: dict[str, Any]) -> str:
        """Check what several values say together; return the article's id."""
        article_id = str(values.pop("id", ""))
        if not article_id and not any(problem.column == "id" for problem in self.problems):
            self.wrong("id", "row_no_id")
        first, last = values.get("valid_from"), values.get("valid_to")
        if first and last and first > last:
            self.wrong("valid_to", "row_dates_order")
        for name in ("link", "image"):
            group = values.get(name)
            if group and (missing := [part for part in GROUPS[name] if not group.get(part)]):
                self.wrong(name, "row_empty", column=spoken(f"{name}_{missing[0]}"))
        return article_id

    def cell(self, column: Column, text: str, values: dict[str, Any]) -> None:
        """Read a cell of a table."""
        name, heading = column.field, column.heading
        self._check_text(heading, text)
        if column.channel:
            if column.channel not in CHANNELS:
                self.wrong(heading, "row_channel", value=column.channel)
            values.setdefault("channels", {})[column.channel] = text
        elif column.region:
            values.setdefault("regions", {})[column.region] = text
        elif name in LISTS:
            values[name] = list(dict.fromkeys((*values.get(name, ()), *split_lines(text))))
            self._check_list(name, heading, values[name])
        elif name in DAYS:
            values[name] = self._day(heading, text)
        elif name.startswith(("link_", "image_", "card_")):
            self._part(name, heading, text, values)
        elif name == "id":
            values["id"] = self._id(heading, text)
        else:
            if not text:
                self.wrong(heading, "row_empty", column=spoken(heading))
            values[name] = text

    def value(self, name: str, value: object, values: dict[str, Any]) -> None:
        """Read a value of an entry."""
        if name == "id":
            values["id"] = self._id("id", self._text("id", value))
        elif name in TEXTS:
            if not (text := self._text(name, value)) and not self.problems:
                self.wrong(name, "row_empty", column=spoken(name))
            values[name] = text
        elif name in LISTS:
            if not isinstance(value, list):
                return self.wrong(name, "row_type", wanted="列表", value=short(value))
            values[name] = list(
                dict.fromkeys(text for one in value if (text := one_line(self._text(name, one))))
            )
            self._check_list(name, name, values[name])
        elif name in DAYS:
            values[name] = self._day(name, value)
        elif name in ("channels", "regions"):
            self._variants(name, value, values)
        elif value is not None:
            self._group(name, value, values)
        return None

    def _variants(self, name: str, value: object, values: dict[str, Any]) -> None:
        if not isinstance(value, Mapping):
            return self.wrong(name, "row_type", wanted="名称和内容的对应", value=short(value))
        values[name] = {str(key): self._text(name, one) for key, one in value.items()}
        if name == "channels":
            for channel in set(values[name]) - CHANNELS:
                self.wrong(name, "row_channel", value=channel)
        return None

    def _group(self, name: str, value: object, values: dict[str, Any]) -> None:
        if not isinstance(value, Mapping) or set(value) - set(GROUPS[name]):
            return self.wrong(name, "row_type", wanted="、".join(GROUPS[name]), value=short(value))
        made: dict[str, Any] = {}
        for part, one in value.items():
            if part != "rows":
                made[part] = self._text(name, one)
            elif isinstance(one, list) and all(isinstance(row, list) and len(row) == 2 for row in one):
                made[part] = [[self._text(name, cell) for cell in row] for row in one]
            else:
                self.wrong(name, "row_type", wanted="两列的表", value=short(one))
        if "url" in made:
            self._check_url(name, made["url"])
        values[name] = made
        return None

    def _part(self, name: str, heading: str, text: str, values: dict[str, Any]) -> None:
        """Read one column of a link, a picture or a card; all of them empty take it away."""
        group, _, part = name.partition("_")
        values.setdefault(group, None)
        if not text:
            return
        made = values[group] = values[group] or {}
        if part == "url":
            self._check_url(heading, text)
        if part != "rows":
            made[part] = text
            return
        made[part] = []
        for row in split(text):
            label, mark, content = row.partition("=")
            if not mark or not label.strip():
                self.wrong(heading, "row_card", value=short(row))
                continue
            label = label.strip().replace("%3D", "=").replace("%25", "%")
            made[part].append([label, content.strip()])

    def _id(self, heading: str, text: str) -> str:
        if text and not _ID.fullmatch(text):
            self.wrong(heading, "row_id", value=short(text))
        return text

    def _text(self, name: str, value: object) -> str:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            self.wrong(name, "row_type", wanted="文字", value=short(value))
            return ""
        text = str(value).replace("\r\n", "\n").strip()
        if re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]", text):
            self.wrong(name, "row_control")
            return ""
        self._check_text(name, text)
        return text

    def _check_text(self, heading: str, text: str) -> None:
        if hit := MARKUP.search(text):
            self.wrong(heading, "row_markup", value=short(hit[0]))

    def _check_list(self, name: str, heading: str, items: list[str]) -> None:
        if name in ("questions", "held_out") and len(items) > MAX_QUESTIONS:
            self.wrong(heading, "row_questions", count=len(items), limit=MAX_QUESTIONS)
        if name == "questions" and not items:
            self.wrong(heading, "row_empty", column=spoken(heading))

    def _check_url(self, heading: str, text: str) -> None:
        try:
            parts = urlsplit(text)
        except ValueError:
            parts = urlsplit("")
        if parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"[\s<>\"'\\]", text):
            self.wrong(heading, "row_url", value=short(text))

    def _day(self, heading: str, value: object) -> str | None:
        try:
            return day_of(value)
        except ValueError:
            self.wrong(heading, "row_date", value=short(value))
            return None
