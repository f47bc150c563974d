"""What the account sends by the customer-service API: read, checked as WeChat checks it, ready for the phone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.channels.wechat.simulator.media import Media

MAX_TEXT_BYTES = 2048
_MAX_ARTICLES = 1  # of a news message since 2018
_MAX_CHOICES = 10
Shown = dict[str, Any]


class Unsendable(Exception):
    """A message WeChat does not take; carries its error code."""

    def __init__(self, errcode: int) -> None:
        super().__init__(str(errcode))
        self.errcode = errcode


def read(body: Mapping[str, Any], media: Media) -> tuple[str, Shown]:
    """Return a message's kind and what the phone shows of it; raises `Unsendable`."""
    kind = body.get("msgtype")
    reader = {"text": _text, "image": _image, "news": _news, "msgmenu": _menu}.get(str(kind))
    if reader is None:
        raise Unsendable(40008)
    inside = body.get(str(kind))
    if not isinstance(inside, dict):
        raise Unsendable(47001)
    return str(kind), reader(inside, media)


def _text(inside: Mapping[str, Any], _media: Media) -> Shown:
    return {"text": _checked(inside.get("content"))}


def _checked(content: object) -> str:
    if not isinstance(content, str) or not content:
        raise Unsendable(44004)
    if len(content.encode()) > MAX_TEXT_BYTES:
        raise Unsendable(45002)
    return content


def _image(inside: Mapping[str, Any], media: Media) -> Shown:
    media_id = inside.get("media_id")
    if not isinstance(media_id, str) or (found := media.find(media_id)) is None or found["type"] != "image":
        raise Unsendable(40007)
    return media.with_picture({"media_id": media_id})


def _news(inside: Mapping[str, Any], _media: Media) -> Shown:
    articles = inside.get("articles")
    if not isinstance(articles, list) or not articles:
        raise Unsendable(44003)
    if len(articles) > _MAX_ARTICLES:
        raise Unsendable(45008)
    names = ("title", "description", "url", "picurl")
    return {"articles": [{name: str(article.get(name) or "") for name in names} for article in articles]}


def _menu(inside: Mapping[str, Any], _media: Media) -> Shown:
    choices = inside.get("list")
    if not isinstance(choices, list) or not 1 <= len(choices) <= _MAX_CHOICES:
        raise Unsendable(40035)
    if not all(isinstance(choice, dict) and choice.get("id") and choice.get("content") for choice in choices):
        raise Unsendable(40035)
    listed = [{"id": str(choice["id"]), "content": str(choice["content"])} for choice in choices]
    head, tail = str(inside.get("head_content") or ""), str(inside.get("tail_content") or "")
    text = "\n".join(part for part in (head, *(choice["content"] for choice in listed), tail) if part)
    _checked(text)
    return {"text": text, "menu": {"head": head, "list": listed, "tail": tail}}
