"""Articles for tests."""

from __future__ import annotations

from typing import Any

from knowledge_base.content.form import read
from knowledge_base.content.model import ArticleDraft


def article(name: str = "esim", **changes: Any) -> ArticleDraft:
    """Return an article as an operator would send it, with some fields changed."""
    entry = {
        "id": name,
        "title": f"{name}怎么开通",
        "category": "测试",
        "questions": [f"{name}在哪里开", f"我要办{name}"],
        "answer": f"{name}在营业厅办理。",
    }
    return read({**entry, **changes})
