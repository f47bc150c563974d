"""The knowledge console over HTTP: who may what, nobody overwritten unseen, and text that stays text."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from sqlalchemy import insert

from console import knowledge_api
from console.knowledge_parts import KnowledgeParts, no_flags
from conversations.canary import CanaryFigures
from conversations.desk_model import Role
from conversations.operating import Operating
from conversations.question_tables import questions
from core.clock import FixedClock
from core.database import Database
from core.ids import ConversationId
from core.settings import Settings
from knowledge_base.content.gate_rows import Reports
from knowledge_base.content.hits import Hits
from knowledge_base.content.lists import Lists
from knowledge_base.content.model import GateSummary, ReleaseId
from knowledge_base.content.questions import Questions
from knowledge_base.content.releases import Releases
from knowledge_base.content.seed import Seed
from knowledge_base.content.serving import LiveRetriever, Shown, lot_of
from knowledge_base.retrieval import Retriever
from tests.console.files_desk import FilesDesk, Staff
from tests.knowledge_base.content.releasing import BLOCKED, OWNER, PASSED
from tests.knowledge_base.content.writing import article
from tests.knowledge_base.small_corpus import RING

XSS = "<img src=x onerror=alert(1)>"
BODY: dict[str, Any] = {
    "id": "esim",
    "title": "esim怎么开通",
    "category": "测试",
    "questions": ["esim在哪里开"],
    "answer": "到营业厅办理。",
}


class Quiet:
    """Releases that this process shows nobody; the candidates are what a test opens."""

    def __init__(self, retriever: Retriever) -> None:
        self.retriever, self.changes, self.trained = retriever, 0, ""

    async def changed(self) -> None:
        self.changes += 1

    def model(self) -> str:
        return self.trained

    def candidate(self, release_id: ReleaseId) -> Retriever | None:
        return self.retriever

    async def drafts(self) -> Retriever | None:
        return None

    def left_out(self) -> Sequence[str]:
        return ()


class Desk:
    """The console's HTTP, and the releases whose gate speaks as the test says."""

    def __init__(
        self, files: FilesDesk, releases: Releases, news: Quiet, db: Database, clock: FixedClock
    ) -> None:
        self.files, self.releases, self.news = files, releases, news
        self.db, self.clock = db, clock

    async def staff(self, name: str, role: Role) -> Staff:
        return await self.files.signs_in(name, role)

    async def tested(self, gate: GateSummary) -> str:
        """Let the gate speak on the release that was just made."""
        taken = await self.releases.take(OWNER)
        assert taken is not None
        await self.releases.tested(taken.id, OWNER, 1, gate, [])
        return taken.id

    async def asked(self, conversation_id: ConversationId) -> None:
        """Note a question that an article answered just now."""
        at = int(self.clock.now().timestamp())
        row = {"id": f"of-{conversation_id}", "contact_id": "c1", "conversation_id": conversation_id, "seq": 1, "channel": "web",
               "started_s": at, "asked_s": at, "text": "a", "wording": "a", "topic": "faq", "subject": "faq",
               "article": "a1", "offering": "", "outcome": "answered", "is_taken": False}  # fmt: skip
        async with self.db.write() as connection:
            await connection.execute(insert(questions).values(**row))


@pytest.fixture
async def desk(
    database: Database, clock: FixedClock, settings: Settings, tmp_path: Path, retriever: Retriever
) -> AsyncIterator[Desk]:
    files = FilesDesk(database, clock, settings, tmp_path)
    releases = Releases(database, clock, files.audit.note)
    await Seed(database, clock).plant([article(name, answer="旧的") for name in ("a1", "a2")], [RING])
    news = Quiet(retriever)
    parts = KnowledgeParts(
        guard=files.guard,
        audit=files.audit,
        roster=files.roster,
        content=files.content,
        lists=Lists(database, clock),
        releases=releases,
        reports=Reports(database),
        canaries=CanaryFigures(database),
        questions=Questions(database, clock, files.audit.note),
        hits=Hits(database, clock),
        retriever=LiveRetriever(Shown(retriever)),
        news=news,
        operating=Operating(database, clock),
        offerings=lambda: [RING],
        clock=clock,
        flags=no_flags,
    )
    async with files.open(lambda app: app.blueprint(knowledge_api.blueprint(parts))) as opened:
        yield Desk(opened, releases, news, database, clock)


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


async def test_the_second_of_two_operators_gets_the_others_version_and_can_save_on_it(desk: Desk) -> None:
    wang, li = await desk.staff("wang", Role.OPERATOR), await desk.staff("li", Role.OPERATOR)
    made = (await wang.http.post("/api/knowledge/articles", json=BODY)).json()
    first = await wang.http.put(
        "/api/knowledge/articles/esim", json={**BODY, "answer": "王写的", "version": made["version"]}
    )
    mine = {**BODY, "answer": "李写的"}
    told = await li.http.put("/api/knowledge/articles/esim", json={**mine, "version": made["version"]})
    assert (first.status_code, code_of(told)) == (200, (409, "article.conflict"))
    theirs = told.json()["error"]["theirs"]
    assert (theirs["content"]["answer"], told.json()["error"]["who_name"]) == ("王写的", "wang")
    again = await li.http.put("/api/knowledge/articles/esim", json={**mine, "version": theirs["version"]})
    history = (await li.http.get("/api/knowledge/articles/esim/revisions")).json()
    assert (again.status_code, [each["who_name"] for each in history]) == (200, ["li", "wang", "wang"])


async def test_only_reviewers_decide_what_customers_get(desk: Desk) -> None:
    operator, reviewer = await desk.staff("wang", Role.OPERATOR), await desk.staff("zhao", Role.REVIEWER)
    await operator.http.post("/api/knowledge/articles", json=BODY)
    made = (await operator.http.post("/api/knowledge/releases", json={})).json()
    release = f"/api/knowledge/releases/{await desk.tested(BLOCKED)}"
    canary = {"percent": 5, "minutes": 5, "then": "back"}
    for path, body in (
        (f"{release}/publish", {}),
        (f"{release}/canary", canary),
        ("/api/knowledge/rollback", {}),
    ):
        assert code_of(await operator.http.post(path, json=body)) == (403, "role.missing")
    assert code_of(await operator.http.put("/api/knowledge/limits", json={"taken": 9})) == (
        403,
        "role.missing",
    )
    asked = (await operator.http.post(f"{release}/request", json={"note": "请看"})).json()
    assert asked["requested_by_name"] == "wang"
    assert code_of(await reviewer.http.post(f"{release}/publish", json={})) == (403, "release.blocked")
    live = await reviewer.http.post(f"{release}/publish", json={"reason": "已核对"})
    assert (live.json()["id"], live.json()["state"], live.json()["override"]) == (
        made["id"],
        "live",
        "已核对",
    )
    noted = [entry.what for entry in await desk.files.audit.entries(limit=4)]
    assert noted[:2] == ["release.overridden", "release.requested"]


async def test_whoever_decides_on_a_canary_sees_how_both_sides_fare(desk: Desk) -> None:
    operator, reviewer = await desk.staff("wang", Role.OPERATOR), await desk.staff("zhao", Role.REVIEWER)
    await operator.http.post("/api/knowledge/articles", json=BODY)
    await operator.http.post("/api/knowledge/releases", json={})
    path = f"/api/knowledge/releases/{await desk.tested(PASSED)}/canary"
    assert (await operator.http.get(path)).json() is None
    begun = await reviewer.http.post(path, json={"percent": 40, "minutes": 5, "then": "back"})
    lots = [ConversationId(f"conversation-{number}") for number in range(50)]
    for conversation_id in lots:
        await desk.asked(conversation_id)
    await reviewer.http.post(f"{path}/end", json={"to": "back"})
    found = (await operator.http.get(path)).json()
    mine = sum(lot_of(each) < 40 for each in lots)
    assert begun.json()["tried"]["until"] is None
    assert (found["tried"]["asked"], found["others"]["asked"]) == (mine, 50 - mine)
    assert 0 < mine < 50


@pytest.mark.parametrize("role", [Role.AGENT, Role.SUPERVISOR])
async def test_who_does_not_write_articles_is_refused_everywhere(desk: Desk, role: Role) -> None:
    somebody = await desk.staff("lin", role)
    for path in ("articles", "articles/a1", "status", "drafts", "releases", "limits", "tests", "confirmed"):
        assert code_of(await somebody.http.get(f"/api/knowledge/{path}")) == (403, "role.missing")
    for path in ("articles", "releases", "hit-test", "check", "preview", "tests"):
        assert code_of(await somebody.http.post(f"/api/knowledge/{path}", json={})) == (403, "role.missing")
    async with httpx.AsyncClient(base_url=desk.files.base, trust_env=False, timeout=30) as stranger:
        assert code_of(await stranger.get("/api/knowledge/articles")) == (401, "session.missing")


async def test_without_the_pages_token_nothing_is_changed(desk: Desk) -> None:
    operator = await desk.staff("wang", Role.OPERATOR)
    del operator.http.headers["X-CSRF-Token"]
    assert code_of(await operator.http.post("/api/knowledge/articles", json=BODY)) == (403, "csrf.wrong")


async def test_markup_is_kept_as_text_and_dangerous_addresses_are_refused(desk: Desk) -> None:
    operator = await desk.staff("wang", Role.OPERATOR)
    body = {**BODY, "title": XSS, "questions": [XSS], "answer": XSS}
    made = await operator.http.post("/api/knowledge/articles", json=body)
    assert made.json()["content"]["answer"] == XSS
    assert made.headers["content-type"] == "application/json"
    bad = {**BODY, "id": "bad", "link": {"title": "看", "url": "javascript:alert(1)"}}
    refused = await operator.http.post("/api/knowledge/articles", json=bad)
    assert code_of(refused) == (400, "article.invalid")
    assert refused.json()["error"]["problems"][0]["field"] == "link"


async def test_lists_are_filtered_and_a_release_says_what_it_changes(desk: Desk) -> None:
    operator, reviewer = await desk.staff("wang", Role.OPERATOR), await desk.staff("zhao", Role.REVIEWER)
    await operator.http.post("/api/knowledge/articles", json={**BODY, "regions": {"广东": "广东不办"}})
    await operator.http.request("DELETE", "/api/knowledge/articles/a2", json={"version": 1})

    async def ids(**asked: Any) -> list[str]:
        found = (await operator.http.get("/api/knowledge/articles", params=asked)).json()
        return sorted(row["id"] for row in found["articles"])

    assert await ids(q="ESIM") == ["esim"]
    assert (await ids(state="new"), await ids(state="deleted"), await ids(state="live")) == (
        ["esim"],
        ["a2"],
        ["a1"],
    )
    assert (await ids(variant="region"), await ids(category="没有"), await ids(ids="a1,esim")) == (
        ["esim"], [], ["a1", "esim"]
    )  # fmt: skip
    made = (await operator.http.post("/api/knowledge/releases", json={"note": "一起"})).json()
    shown = (await operator.http.get(f"/api/knowledge/releases/{made['id']}")).json()
    assert {each["id"]: each["change"] for each in shown["change_list"]} == {"esim": "new", "a2": "deleted"}
    await desk.tested(PASSED)
    await reviewer.http.post(f"/api/knowledge/releases/{made['id']}/publish", json={})
    status = (await operator.http.get("/api/knowledge/status")).json()
    assert (status["live"]["id"], status["drafts"], status["catalogue_changed"]) == (made["id"], 0, False)


async def test_a_newly_trained_model_is_told_of_and_goes_into_the_next_release(desk: Desk) -> None:
    operator, reviewer = await desk.staff("wang", Role.OPERATOR), await desk.staff("zhao", Role.REVIEWER)
    empty = await operator.http.post("/api/knowledge/releases", json={})
    assert empty.json()["error"]["code"] == "release.empty"
    desk.news.trained = "another"
    assert (await operator.get("knowledge/status"))["model_changed"]
    made = (await operator.http.post("/api/knowledge/releases", json={})).json()
    assert (made["with_model"], made["changes"]) == (True, 0)
    await desk.tested(PASSED)
    await reviewer.http.post(f"/api/knowledge/releases/{made['id']}/publish", json={})
    assert not (await operator.get("knowledge/status"))["model_changed"]


async def test_a_hit_test_says_why(desk: Desk) -> None:
    operator = await desk.staff("wang", Role.OPERATOR)
    asked = {"question": "发票在哪里开", "on": "live"}
    found = (await operator.http.post("/api/knowledge/hit-test", json=asked)).json()
    assert (found["outcome"], found["is_exact"], found["candidates"][0]["id"]) == (
        "answered",
        True,
        "invoice",
    )
    strange = {"question": "附近哪家火锅好吃", "on": "live"}
    missed = (await operator.http.post("/api/knowledge/hit-test", json=strange)).json()
    assert (missed["outcome"], "不回答" in missed["reason"]) == ("abstained", True)
    drafts = await operator.http.post("/api/knowledge/hit-test", json={**asked, "on": "draft"})
    assert drafts.status_code == 202


async def test_a_customers_question_is_confirmed_for_an_article_that_is_there(desk: Desk) -> None:
    operator = await desk.staff("wang", Role.OPERATOR)
    asked = {"question": "13800000001的发票呢", "article": "a1"}
    assert code_of(await operator.http.post("/api/knowledge/confirmed", json={**asked, "article": "no"})) == (
        404,
        "article.unknown",
    )
    assert (await operator.http.post("/api/knowledge/confirmed", json=asked)).status_code == 201
    (found,) = (await operator.http.get("/api/knowledge/confirmed")).json()
    assert (found["article"], found["title"], found["source_name"]) == ("a1", "a1怎么开通", "wang")
    assert "13800000001" not in found["question"]


async def test_an_article_with_an_id_in_chinese_is_opened_and_saved(desk: Desk) -> None:
    operator = await desk.staff("wang", Role.OPERATOR)
    made = await operator.http.post("/api/knowledge/articles", json={**BODY, "id": "宽带.移机"})
    path = f"/api/knowledge/articles/{quote('宽带.移机')}"
    assert (made.status_code, (await operator.http.get(path)).json()["content"]["id"]) == (201, "宽带.移机")
    saved = await operator.http.put(
        path, json={**BODY, "answer": "打10086。", "version": made.json()["version"]}
    )
    assert saved.json()["content"]["answer"] == "打10086。"
    assert len((await operator.http.get(f"{path}/revisions")).json()) == 2


async def test_test_questions_are_kept_in_lines_and_bad_lines_are_named(desk: Desk) -> None:
    operator = await desk.staff("wang", Role.OPERATOR)
    lines = "发票怎么弄\ta1\n\n今天吃什么\n\ta1\n开票\tnobody\n"
    added = (await operator.http.post("/api/knowledge/tests/import", json={"lines": lines})).json()
    assert (added["added"], [each["line"] for each in added["problems"]]) == (2, [4, 5])
    assert "没有这个编号的文章" in added["problems"][1]["message"]
    found = (await operator.http.get("/api/knowledge/tests")).json()
    assert {each["question"]: each["article"] for each in found["tests"]} == {
        "发票怎么弄": "a1",
        "今天吃什么": None,
    }


async def test_limits_count_for_the_next_release_and_stand_in_the_audit_log(desk: Desk) -> None:
    reviewer = await desk.staff("zhao", Role.REVIEWER)
    changed = await reviewer.http.put("/api/knowledge/limits", json={"own_worse": 1, "worse_share": 0.02})
    assert (changed.json()["own_worse"], changed.json()["taken"]) == (1, 2)
    assert code_of(await reviewer.http.put("/api/knowledge/limits", json={"worse_share": 2})) == (
        400,
        "operating.invalid",
    )
    assert [entry.subject for entry in await desk.files.audit.entries("operating.changed")] == ["releases"]
