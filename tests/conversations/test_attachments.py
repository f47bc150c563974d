"""Pictures, recordings and the like: kept for people, answered by the service, never put to the engine."""

from __future__ import annotations

import pytest

from conversations.model import Attachment, AttachmentKind, Event, Inbound, Message, Processing
from conversations.reading import Refusal
from tests.conversations.conftest import Repositories

PICTURE = Attachment(AttachmentKind.PICTURE, "[图片]", {"url": "https://a.example/1.jpg", "media_id": "m"})


async def _sends(repositories: Repositories, attachment: Attachment) -> Message:
    inbound = Inbound("rest", "anna", "", attachment=attachment)
    received = await repositories.transcript.receive(inbound, owner="here")
    if received.work is not None:
        assert received.work.engine_text is None
        assert received.work.refusal is Refusal(attachment.kind.value)
    return received.message


@pytest.mark.parametrize("kind", list(AttachmentKind))
async def test_bot_is_not_asked_about_an_attachment(repositories: Repositories, kind: AttachmentKind) -> None:
    message = await _sends(repositories, Attachment(kind, "[附件]"))
    assert (message.content.text, message.processing) == ("[附件]", Processing.SENT_TO_ENGINE)


async def test_where_a_picture_lies_is_kept_with_it(repositories: Repositories) -> None:
    sent = await _sends(repositories, PICTURE)
    found = await repositories.transcript.message(sent.id)
    assert found is not None
    assert found.content.card == {"type": "picture", "url": "https://a.example/1.jpg", "media_id": "m"}


async def test_picture_for_a_person_is_answered_by_nobody_else(repositories: Repositories) -> None:
    conversation = await repositories.conversation()
    for event in (Event.REQUEST_HANDOFF, Event.ACCEPT):
        await repositories.directory.move(conversation, event)
    assert (await _sends(repositories, PICTURE)).processing is Processing.ANSWERED


async def test_numbers_in_what_is_shown_are_masked(repositories: Repositories) -> None:
    sent = await _sends(repositories, Attachment(AttachmentKind.LINK, "[链接] 找13800000001"))
    assert sent.content.text == "[链接] 找138****0001"


async def test_name_of_a_clicked_entry_stands_in_the_transcript(repositories: Repositories) -> None:
    clicked = Inbound("rest", "anna", "/balance_query", title="查余额")
    received = await repositories.transcript.receive(clicked, owner="here")
    assert received.work is not None
    assert (received.message.content.text, received.work.engine_text) == ("查余额", "/balance_query")
