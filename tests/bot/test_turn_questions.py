"""What the gateway notes of a turn, for the numbers."""

from __future__ import annotations

from sqlalchemy import select

from bot.echo_engine import EchoEngine
from conversations.model import Content
from conversations.question_tables import questions
from core.clock import FixedClock
from core.database import Database
from core.settings import Settings
from tests.bot.gateways import make_gateway, running, says


def _answers(text: str) -> list[Content]:
    about = {"type": "about", "topic": "faq", "article": "puk", "outcome": "answered"}
    if "人工" in text:
        return [Content("", card={"type": "handoff", "reason": "asked", "skill": "billing"})]
    return [Content("PUK码可在APP查询。"), Content("", card=about)] if "puk" in text else [Content("嗯")]


async def test_turn_is_noted_with_what_the_engine_says_it_was_about(
    database: Database, clock: FixedClock, settings: Settings
) -> None:
    async with running(make_gateway(database, clock, settings, EchoEngine(_answers))) as gateway:
        for text in ("puk码是多少", "嗯", "转人工"):
            await gateway.handle(says(text))
    async with database.read() as connection:
        rows = (await connection.execute(select(questions).order_by(questions.c.seq))).all()
    assert [(row.topic, row.article, row.outcome) for row in rows] == [
        ("faq", "puk", "answered"),
        ("handoff", "", "handoff"),
    ]
