"""What is wrong with an article by itself, as its author can put it right."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.errors import StaffError
from knowledge_base.articles import CHANNELS, MOST_QUESTIONS, Link, is_address, one_line
from knowledge_base.content.model import ArticleDraft

_ID = re.compile(r"\w[\w.-]{0,79}")
RESERVED = "offering-"  # ids of the articles that follow the catalogue
_UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
TITLE, CATEGORY, QUESTION, ANSWER, REGION, URL, LABEL = 100, 40, 200, 5000, 20, 500, 100  # characters at most
MOST_ROWS, MOST_FOLLOWUPS, MOST_OFFERINGS, MOST_REGIONS = 20, 10, 50, 40


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a field; `code` is the key of its words, `most` what they may name."""

    field: str
    code: str
    most: int = 0


class ContentInvalid(StaffError):
    """Content that cannot be, with everything that is wrong with it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        named = ", ".join(f"{problem.field}: {problem.code}" for problem in problems)
        super().__init__("article.invalid", named)
        self.problems = tuple(problems)


def checked(draft: ArticleDraft) -> ArticleDraft:
    """Return a draft tidied up; raise ContentInvalid where it cannot be. For drafts that did not come through `read`."""
    tidy = _tidied(draft)
    if problems := problems_of(tidy):
        raise ContentInvalid(problems)
    return tidy


def problems_of(draft: ArticleDraft) -> tuple[Problem, ...]:
    """Return everything that is wrong with a draft by itself; what others say of it is for the release."""
    found: list[Problem] = []

    def look(field: str, text: str, most: int) -> None:
        if not text.strip():
            found.append(Problem(field, "missing"))
        elif len(text) > most:
            found.append(Problem(field, "too_long", most))
        elif _UNWRITABLE.search(text):
            found.append(Problem(field, "unwritable"))

    if not _ID.fullmatch(draft.id) or draft.id.startswith(RESERVED):
        found.append(Problem("id", "id"))
    look("title", draft.title, TITLE)
    look("category", draft.category, CATEGORY)
    look("answer", draft.answer, ANSWER)
    if not draft.questions:
        found.append(Problem("questions", "missing"))
    for field, texts in (("questions", draft.questions), ("held_out", draft.held_out)):
        if len(texts) > MOST_QUESTIONS:
            found.append(Problem(field, "too_many", MOST_QUESTIONS))
        for text in texts:
            look(field, text, QUESTION)
    for name, text in draft.channels.items():
        if name not in CHANNELS:
            found.append(Problem("channels", "channel"))
        look("channels", text, ANSWER)
    for name, text in draft.regions.items():
        look("regions", name, REGION)
        look("regions", text, ANSWER)
    found += _shown_problems(draft)
    for field, ids, most in (
        ("followups", draft.followups, MOST_FOLLOWUPS),
        ("offerings", draft.offerings, MOST_OFFERINGS),
    ):
        if len(ids) > most:
            found.append(Problem(field, "too_many", most))
        for item in ids:
            look(field, item, 80)
    if len(draft.regions) > MOST_REGIONS:
        found.append(Problem("regions", "too_many", MOST_REGIONS))
    if draft.id in draft.followups:
        found.append(Problem("followups", "itself"))
    if draft.valid_from and draft.valid_to and draft.valid_to < draft.valid_from:
        found.append(Problem("valid_to", "order"))
    return tuple(dict.fromkeys(found))


def _shown_problems(draft: ArticleDraft) -> list[Problem]:
    found: list[Problem] = []
    for field, shown in (("link", draft.link), ("image", draft.image)):
        if shown is None:
            continue
        words = shown.title if isinstance(shown, Link) else shown.alt
        if len(shown.url) > URL or not is_address(shown.url):
            found.append(Problem(field, "address"))
        if not words.strip() or len(words) > LABEL or _UNWRITABLE.search(words):
            found.append(Problem(field, "words"))
    if draft.card is not None:
        cells = (draft.card.title, *(cell for row in draft.card.rows for cell in row))
        if not draft.card.rows or any(not cell.strip() for cell in cells):
            found.append(Problem("card", "missing"))
        if len(draft.card.rows) > MOST_ROWS:
            found.append(Problem("card", "too_many", MOST_ROWS))
        if any(len(cell) > QUESTION or _UNWRITABLE.search(cell) for cell in cells):
            found.append(Problem("card", "too_long", QUESTION))
    return found


def _tidied(draft: ArticleDraft) -> ArticleDraft:
    """Strip, put questions on one line, drop repeated ones, and hold nothing out that is published."""
    published: set[str] = set()
    questions = tuple(_fresh(draft.questions, published))
    published.add(draft.title.strip())
    return replace(
        draft,
        title=draft.title.strip(),
        category=draft.category.strip(),
        questions=questions,
        answer=draft.answer.strip(),
        held_out=tuple(_fresh(draft.held_out, published)),
        channels={name: text.strip() for name, text in draft.channels.items()},
        regions={name.strip(): text.strip() for name, text in draft.regions.items()},
        offerings=tuple(dict.fromkeys(draft.offerings)),
        followups=tuple(dict.fromkeys(draft.followups)),
    )


def _fresh(texts: Sequence[str], known: set[str]) -> list[str]:
    kept = []
    for text in texts:
        if (bare := one_line(text)) not in known:
            known.add(bare)
            kept.append(bare)
    return kept
