"""Articles read from reviewed YAML, and their parts from YAML or JSON: what cannot be is named by file, article and reason."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path

import yaml

from core.errors import StaffError
from core.ids import ArticleId, OfferingId
from core.offering import Offering
from knowledge_base.articles import CHANNELS, Article, Card, Image, Link, check_articles, filled, is_address

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # five times as fast where libyaml is there
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_KEYS = frozenset(
    {"id", "title", "questions", "held_out", "answer", "channels", "regions", "link", "image", "card", "offerings",
     "valid_from", "valid_to", "followups"}
)  # fmt: skip


def load_articles(folder: Path, offerings: Iterable[Offering] = ()) -> tuple[Article, ...]:
    """Read every ``*.yml`` of a folder, in order of file name, with placeholders rendered from the offerings.

    Raises StaffError ``knowledge.invalid`` naming file, article and reason.
    """
    catalogue = {offering.id: offering for offering in offerings}
    articles = [_rendered(article, where, catalogue) for article, where in _read(folder)]
    check_articles(articles)
    return tuple(articles)


def read_articles(folder: Path) -> tuple[Article, ...]:
    """Read every ``*.yml`` of a folder as written, placeholders and all."""
    return tuple(article for article, _ in _read(folder))


def _read(folder: Path) -> Iterator[tuple[Article, str]]:
    files = sorted(folder.glob("*.yml"))
    if not files:
        raise StaffError("knowledge.invalid", f"no article file (*.yml) in {folder}")
    for path in files:
        for entry in _entries(path):
            article = _article(path, entry)
            yield article, f"{path.name}, article {article.id}"


def _rendered(article: Article, where: str, catalogue: Mapping[OfferingId, Offering]) -> Article:
    if unknown := [item for item in article.offerings if item not in catalogue]:
        raise StaffError("knowledge.invalid", f"{where}: no such offering: {', '.join(unknown)}")
    try:
        return filled(article, catalogue)
    except StaffError as error:
        raise StaffError("knowledge.invalid", f"{where}: {error.detail}") from error


def _entries(path: Path) -> list[dict[str, object]]:
    try:
        loaded = yaml.load(path.read_text(encoding="utf-8"), _LOADER)  # noqa: S506 - a safe loader
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise StaffError("knowledge.invalid", f"{path.name}: not YAML: {error}") from error
    if not isinstance(loaded, dict) or not isinstance(loaded.get("category"), str):
        raise StaffError("knowledge.invalid", f"{path.name}: `category` is missing")
    entries = loaded.get("articles")
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise StaffError("knowledge.invalid", f"{path.name}: `articles` must be a list of articles")
    return [{**entry, "category": loaded["category"]} for entry in entries]


def _article(path: Path, entry: dict[str, object]) -> Article:
    where = f"{path.name}, article {entry.get('id', '(without id)')}"
    if unknown := set(entry) - _KEYS - {"category"}:
        raise StaffError("knowledge.invalid", f"{where}: unknown keys {', '.join(sorted(map(str, unknown)))}")
    article_id = _text(entry, "id", where)
    if not _ID.fullmatch(article_id):
        raise StaffError("knowledge.invalid", f"{where}: the id must be small letters, digits and dashes")
    questions = _texts(entry, "questions", where)
    if not questions:
        raise StaffError("knowledge.invalid", f"{where}: `questions` is empty")
    return Article(
        id=ArticleId(article_id),
        category=_text(entry, "category", where),
        title=_text(entry, "title", where),
        questions=questions,
        held_out=_texts(entry, "held_out", where),
        answer=_text(entry, "answer", where),
        channels=_channels(entry, where),
        regions=_regions(entry, where),
        link=link_of(entry.get("link"), where),
        image=image_of(entry.get("image"), where),
        card=card_of(entry.get("card"), where),
        offerings=tuple(OfferingId(item) for item in _texts(entry, "offerings", where)),
        valid_from=_day(entry, "valid_from", where),
        valid_to=_day(entry, "valid_to", where),
        followups=tuple(ArticleId(item) for item in _texts(entry, "followups", where)),
    )


def _text(entry: dict[str, object], key: str, where: str) -> str:
    value = entry.get(key)
    if not isinstance(value, str) or not value.strip():
        raise StaffError("knowledge.invalid", f"{where}: `{key}` must be text, found {value!r}")
    return value.strip()


def _texts(entry: dict[str, object], key: str, where: str) -> tuple[str, ...]:
    values = entry.get(key) or []
    if not isinstance(values, list):
        raise StaffError("knowledge.invalid", f"{where}: `{key}` must be a list")
    for value in values:
        if not isinstance(value, str) or not value.strip():
            raise StaffError("knowledge.invalid", f"{where}: `{key}` holds {value!r}; put quotes around it")
    return tuple(dict.fromkeys(value.strip() for value in values))


def _day(entry: dict[str, object], key: str, where: str) -> date | None:
    value = entry.get(key)
    if isinstance(value, datetime):
        return value.date()
    if value is None or isinstance(value, date):
        return value
    raise StaffError(
        "knowledge.invalid", f"{where}: `{key}` must be a day such as 2026-12-31, found {value!r}"
    )


def _channels(entry: dict[str, object], where: str) -> Mapping[str, str]:
    channels = entry.get("channels") or {}
    if not isinstance(channels, dict):
        raise StaffError("knowledge.invalid", f"{where}: `channels` must map a channel to its answer")
    if unknown := set(channels) - CHANNELS:
        raise StaffError("knowledge.invalid", f"{where}: unknown channel {', '.join(map(str, unknown))}")
    return {channel: _text(channels, channel, where) for channel in channels}


def _regions(entry: dict[str, object], where: str) -> Mapping[str, str]:
    regions = entry.get("regions") or {}
    if not isinstance(regions, dict) or not all(isinstance(name, str) for name in regions):
        raise StaffError("knowledge.invalid", f"{where}: `regions` must map a region to its answer")
    return {region: _text(regions, region, where) for region in regions}


def link_of(value: object, where: str) -> Link | None:
    """Read a link as written in YAML or JSON."""
    if value is None:
        return None
    entry = _mapping(value, "link", where)
    return Link(_text(entry, "title", where), _address(entry, where))


def image_of(value: object, where: str) -> Image | None:
    """Read a picture as written in YAML or JSON."""
    if value is None:
        return None
    entry = _mapping(value, "image", where)
    return Image(_address(entry, where), _text(entry, "alt", where))


def card_of(value: object, where: str) -> Card | None:
    """Read a card as written in YAML or JSON."""
    if value is None:
        return None
    entry = _mapping(value, "card", where)
    rows = entry.get("rows")
    if not isinstance(rows, (list, tuple)) or not rows or not all(_is_pair(row) for row in rows):
        raise StaffError("knowledge.invalid", f"{where}: `rows` of the card must be pairs of label and value")
    return Card(_text(entry, "title", where), tuple((row[0].strip(), row[1].strip()) for row in rows))


def _mapping(value: object, key: str, where: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise StaffError("knowledge.invalid", f"{where}: `{key}` must be a mapping")
    return value


def _is_pair(row: object) -> bool:
    return (
        isinstance(row, (list, tuple))
        and len(row) == 2
        and all(isinstance(part, str) and part.strip() for part in row)
    )


def _address(entry: dict[str, object], where: str) -> str:
    """Return an address a customer may be sent to: nothing but http and https, so that no script hides in it."""
    url = _text(entry, "url", where)
    if not is_address(url):
        raise StaffError("knowledge.invalid", f"{where}: only http and https addresses may be given: {url!r}")
    return url
