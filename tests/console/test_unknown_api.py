"""Unknown questions and figures over real HTTP: with the real grouping, the real articles and both databases."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sanic import Sanic
from sqlalchemy import insert

from app.unknown import Unknown
from console import login
from console.audit import Audit
from console.figures_views import SHOWN
from conversations.desk_model import Role
from conversations.question_tables import questions
from core.clock import FixedClock
from core.database import Database
from core.ids import ArticleId
from core.settings import Settings
from knowledge_base.content.form import draft_of
from knowledge_base.content.store import Content
from knowledge_base.retrieval import Retriever
from tests.conftest import NOW
from tests.console.office import Browser, Office
from tests.ports import free_port

PUK = ["puk码怎么查", "手机提示输入puk码", "PUK码是多少啊", "要输puk码"]


@dataclass
class House:
    """The service with the operator's routes, and what customers asked of it."""

    office: Office
    content: Content
    asked: int = 0

    async def asks(self, text: str, outcome: str = "abstained", **more: object) -> None:
        """Note a question of a customer."""
        self.asked += 1
        at = int((self.office.floor.clock.now() - timedelta(hours=1)).timestamp())
        row = {"id": f"q{self.asked}", "contact_id": "c1", "conversation_id": f"v{self.asked}", "seq": 1, "channel": "web",
               "started_s": at, "asked_s": at, "text": text, "wording": text.lower(), "topic": "faq", "subject": "faq",
               "article": "", "offering": "", "outcome": outcome, "is_taken": False, "is_useful": None, "handed_over": None}  # fmt: skip
        async with self.office.floor.db.write() as connection:
            await connection.execute(insert(questions).values(**row | more))


@dataclass(frozen=True)
class Known:
    """A knowledge side whose live release never changes."""

    content: Content
    retriever: Retriever
    folder: Path

    async def live_folder(self) -> Path:
        return self.folder

    async def live_since(self) -> datetime:
        return NOW


@dataclass
class Operator:
    """Somebody at the operator console."""

    browser: Browser

    async def get(self, path: str, **asked: Any) -> Any:
        return (await self.browser.http.get(f"/api{path}", params=asked)).json()

    async def posts(self, path: str, body: Any = None) -> Any:
        return (await self.browser.http.post(f"/api{path}", json=body or {}, timeout=90)).json()

    async def refused(self, path: str, body: Any = None) -> str:
        return str((await self.posts(path, body))["error"]["code"])

    async def group(self, text: str) -> str:
        """Return the id of the open group with a wording."""
        found = await self.get("/unknown/groups", q=text)
        return str(found["groups"][0]["id"])


@pytest.fixture
async def house(
    database: Database,
    clock: FixedClock,
    settings: Settings,
    built: Path,
    retriever: Retriever,
) -> AsyncIterator[House]:
    """The routes on a free port."""
    async with AsyncExitStack() as browsers:
        office = Office(database, clock, settings, browsers)
        content = Content(database, clock, Audit(database, clock).note)
        drafts = [draft_of(a) for n in ("puk", "invoice") if (a := retriever.article(n)) is not None]
        await content.put_many([replace(draft, followups=()) for draft in drafts], "system")

        app: Sanic[Any, Any] = Sanic(f"unknown-{uuid.uuid4().hex}", configure_logging=False)
        app.config.AUTO_EXTEND = False
        app.config.TOUCHUP = False
        login.mount(app, office.guard, office.accounts)
        unknown = Unknown(database, clock, settings, "me", Known(content, retriever, built))
        unknown.mount(app, office.guard, office.roster)
        port = free_port()
        server: Any = await app.create_server(host="127.0.0.1", port=port, return_asyncio_server=True)
        await server.startup()
        await server.start_serving()
        office.base = f"http://127.0.0.1:{port}"
        yield House(office, content)
        await browsers.aclose()
        await server.close()


async def operator(house: House, role: Role = Role.OPERATOR) -> Operator:
    await house.office.hires("ming", role, name="小明")
    return Operator(await house.office.browser("ming"))


async def test_operator_works_a_group_to_a_draft_and_sees_what_it_would_change(house: House) -> None:
    ming = await operator(house)
    for text in (*PUK, "八位解锁密码去哪里要", "红烧肉怎么做"):
        await house.asks(text)
    assert await ming.posts("/unknown/refresh") == {"done": True}
    listed = await ming.get("/unknown/groups")
    (group,) = [each for each in listed["groups"] if each["size"] > 2]
    assert (group["this_week"], group["last_week"], group["causes"]) == (
        group["size"],
        0,
        {"abstained": group["size"]},
    )
    assert group["nearest"] == {"id": "puk", "title": "手机卡要求输入PUK码怎么办"}
    whole = await ming.get(f"/unknown/groups/{group['id']}")
    assert {each["text"] for each in whole["examples"]} <= {*PUK, "八位解锁密码去哪里要"}
    assert whole["articles"][0]["id"] == "puk"

    phrases = ["要输puk码", "PUK码怎么查"]
    path = f"/unknown/groups/{group['id']}"
    clash = await ming.posts(f"{path}/check", {"article": "puk", "phrases": ["电子发票怎么下载"]})
    assert clash["published"] == [
        {"phrase": "电子发票怎么下载", "article": {"id": "invoice", "title": "电子发票怎么开"}}
    ]
    fine = await ming.posts(f"{path}/check", {"article": "puk", "phrases": phrases})
    assert (fine["is_clear"], fine["group"]) == (True, len(whole["examples"]))

    done = await ming.posts(f"{path}/accept", {"article": "puk", "phrases": phrases})
    assert (done["state"], done["target"]["id"], done["decided_by_name"]) == ("accepted", "puk", "小明")
    draft = (await house.content.article("puk")).draft.content
    assert set(phrases) <= set(draft.questions)
    assert (
        await ming.refused(f"{path}/accept", {"article": "puk", "phrases": phrases}) == "unknown_group.taken"
    )
    entries = await house.office.parts.audit.entries("unknown.accepted")
    assert entries[0].detail["article"] == "puk"


async def test_question_of_several_customers_in_the_same_words_is_a_group(house: House) -> None:
    ming = await operator(house)
    for contact in ("c1", "c2", "c3"):
        await house.asks("红烧肉怎么做", contact_id=contact)
    for _ in range(3):
        await house.asks("一个人问了三遍")
    assert await ming.posts("/unknown/refresh") == {"done": True}
    listed = await ming.get("/unknown/groups")
    assert [(each["title"], each["size"]) for each in listed["groups"]] == [("红烧肉怎么做", 3)]


async def test_article_is_started_from_a_group(house: House) -> None:
    ming = await operator(house)
    for text in ("怎么开电子发票", "开电子发票", "电子发票在哪里开"):
        await house.asks(text)
    await ming.posts("/unknown/refresh")
    path = f"/unknown/groups/{await ming.group('电子发票')}"
    body = {
        "title": "纸质发票怎么开",
        "category": "发票",
        "answer": "营业厅可开。",
        "phrases": ["纸质发票怎么开", "我要纸质发票"],
    }
    clash = await ming.posts(f"{path}/check", {"title": "电子发票", "phrases": ["电子发票怎么下载"]})
    assert [each["phrase"] for each in clash["published"]] == ["电子发票怎么下载"]
    begun = {"title": body["title"], "phrases": ["八位解锁密码去哪里要"]}
    assert (await ming.posts(f"{path}/check", begun))["is_clear"]
    refused = (await ming.posts(f"{path}/draft", {**body, "title": "长" * 101}))["error"]
    assert (refused["code"], refused["message"]) == (
        "article.invalid",
        "文章内容有误：标题太长，最多100个字。",
    )
    target = (await ming.posts(f"{path}/draft", body))["target"]
    assert target["title"] == "纸质发票怎么开"  # though customers do not have it yet
    article = target["id"]
    found = (await house.content.article(ArticleId(article))).draft.content
    assert (found.title, found.questions, found.answer) == (
        "纸质发票怎么开",
        ("我要纸质发票",),
        "营业厅可开。",
    )


async def test_draft_that_cannot_be_leaves_the_group_open(house: House) -> None:
    ming = await operator(house)
    for text in PUK:
        await house.asks(text)
    await ming.posts("/unknown/refresh")
    path = f"/unknown/groups/{await ming.group('puk')}"
    refused = await ming.posts(f"{path}/accept", {"article": "no-such-article", "phrases": ["puk码"]})
    assert "error" in refused
    assert (await ming.get(path))["state"] == "open"
    whats = {entry.what for entry in await house.office.parts.audit.entries()}
    assert not {what for what in whats if what.startswith("unknown.")}


async def test_group_is_ignored_with_a_reason_and_opened_again(house: House) -> None:
    ming = await operator(house)
    for text in PUK:
        await house.asks(text)
    await ming.posts("/unknown/refresh")
    path = f"/unknown/groups/{await ming.group('puk')}"
    assert await ming.refused(f"{path}/ignore", {"reason": " "}) == "unknown_group.reason"
    assert (await ming.posts(f"{path}/ignore", {"reason": "不归我们管"}))["reason"] == "不归我们管"
    assert (await ming.get("/unknown/groups", state="ignored"))["total"] == 1
    assert (await ming.posts(f"{path}/reopen"))["state"] == "open"
    noted = [(entry.what, entry.detail["group"]) for entry in await house.office.parts.audit.entries(limit=2)]
    title = (await ming.get(path))["title"]
    assert noted == [("unknown.reopened", title), ("unknown.ignored", title)]
    assert await ming.refused(f"{path}/merge", {"into": path[-32:]}) == "unknown_group.merge"


@pytest.mark.parametrize(
    ("path", "body"),
    [("accept", {"article": "puk", "phrases": []}), ("accept", {"article": "puk", "phrases": ["\x00"]}),
     ("accept", {"article": 3, "phrases": ["x"]}), ("check", {"article": "puk"}), ("merge", {})],
)  # fmt: skip
async def test_nonsense_is_refused(house: House, path: str, body: dict[str, Any]) -> None:
    ming = await operator(house)
    assert await ming.refused(f"/unknown/groups/x/{path}", body) == "request.invalid"


async def test_agents_see_nothing_of_it_and_supervisors_the_figures(house: House) -> None:
    agent = await operator(house, Role.AGENT)
    for path in ("/unknown/groups", "/figures/", "/figures/csv/days"):
        assert (await agent.get(path))["error"]["code"] == "role.missing"
    await house.office.hires("wang", Role.SUPERVISOR)
    supervisor = Operator(await house.office.browser("wang"))
    assert (await supervisor.get("/unknown/groups"))["error"]["code"] == "role.missing"
    assert "values" in await supervisor.get("/figures/")


async def test_figures_stand_beside_those_of_the_span_before_with_their_definitions(house: House) -> None:
    ming = await operator(house)
    for outcome in ("answered", "answered", "answered", "abstained"):
        await house.asks("puk码是多少", outcome, article="puk" if outcome == "answered" else "")
    found = await ming.get("/figures/", first="2026-10-10", last="2026-10-15")
    assert (found["values"]["abstention"], found["values"]["asked"], found["counts"]["abstention"]) == (
        0.25,
        4,
        [1, 4],
    )
    assert found["values_before"]["abstention"] is None
    assert found["before"] == {"first": "2026-10-04", "last": "2026-10-09"}
    assert set(found["values"]) == set(found["definitions"])
    assert (
        found["tables"]["articles"]["rows"][0] | {"article": "手机卡要求输入PUK码怎么办", "hits": 3}
        == found["tables"]["articles"]["rows"][0]
    )
    assert [len(found["tables"]["days"]["rows"]), found["tables"]["days"]["rows"][-1]["asked"]] == [6, 4]


@pytest.mark.parametrize(
    "span", [{"first": "2026-10-15", "last": "2026-10-01"}, {"first": "2020-01-01"}, {"last": "昨天"}]
)
async def test_span_that_cannot_be_is_refused(house: House, span: dict[str, str]) -> None:
    assert (await (await operator(house)).get("/figures/", **span))["error"]["code"] == "figures.span"


async def test_file_has_every_row_though_the_page_shows_the_first(house: House) -> None:
    ming = await operator(house)
    for number in range(SHOWN + 5):
        for contact in ("c1", "c2"):
            await house.asks(f"问法{number}", "answered", article=f"a{number}", contact_id=contact)
    answer = await ming.browser.http.get("/api/figures/csv/articles")
    page = (await ming.get("/figures/"))["tables"]["articles"]["rows"]
    assert (len(answer.text.splitlines()), len(page)) == (1 + SHOWN + 5, SHOWN)


async def test_file_opens_in_excel_and_holds_no_formula(house: House) -> None:
    ming = await operator(house)
    for contact in ("c1", "c2"):
        await house.asks("=1+2", "answered", article="puk", contact_id=contact)
    answer = await ming.browser.http.get("/api/figures/csv/wordings")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert answer.text.removeprefix("\ufeff").splitlines() == ["问法,次数", "'=1+2,2"]
    assert "attachment" in answer.headers["content-disposition"]
    assert (await ming.get("/figures/csv/nothing"))["error"]["code"] == "figures.unknown"
