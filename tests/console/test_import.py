"""Importing and exporting articles over real HTTP, on a real database, with the child process that reads files."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from conversations.desk_model import Role
from core.clock import FixedClock
from core.database import Database
from core.settings import Settings
from knowledge_base.exchange.article_import import ArticleImporter
from knowledge_base.exchange.job_store import JobKind, Planned, RowProblem
from knowledge_base.exchange.jobs import Imports
from knowledge_base.exchange.reading import read_articles
from tests.console.files_desk import FilesDesk, Staff
from tests.knowledge_base.content.writing import article
from tests.knowledge_base.sheets import HEADER, ROW, csv_of, workbook_of

ROWS = (ROW, ("bill-why", "账单", "账单怎么看", "账单看不懂|怎么查账单", "在APP里看。"))


class Stuck:
    """An importer that never comes to an end."""

    async def plan(self, edits: Sequence[Mapping[str, Any]]) -> tuple[list[Planned], list[RowProblem]]:
        return [], []

    async def put(self, rows: Sequence[Planned], who: str, note: str) -> list[RowProblem]:
        await asyncio.Event().wait()
        return []


@pytest.fixture
async def desk(
    database: Database, clock: FixedClock, settings: Settings, tmp_path: Path
) -> AsyncIterator[FilesDesk]:
    """The routes on a free port."""
    async with FilesDesk(database, clock, settings, tmp_path / "imports").open() as opened:
        yield opened


@pytest.fixture
async def operator(desk: FilesDesk) -> Staff:
    """An operator, signed in."""
    return await desk.signs_in("lin", Role.OPERATOR)


@pytest.fixture
async def lone(
    sqlite_url: str, clock: FixedClock, settings: Settings, tmp_path: Path
) -> AsyncIterator[FilesDesk]:
    """The same on SQLite alone, for what the database has no part in."""
    database = Database(sqlite_url)
    async with FilesDesk(database, clock, settings, tmp_path / "imports").open() as opened:
        yield opened
    await database.close()


@pytest.fixture
async def clerk(lone: FilesDesk) -> Staff:
    """An operator there, signed in."""
    return await lone.signs_in("lin", Role.OPERATOR)


async def test_operator_imports_a_workbook_and_the_drafts_are_there(desk: FilesDesk, operator: Staff) -> None:
    job = await operator.imports("文章.xlsx", workbook_of(*ROWS))

    assert (job["state"], job["created"], job["updated"], job["problem_count"]) == ("done", 2, 0, 0)
    found = await desk.content.article("topup-ways")
    assert found.draft.content.questions == ("怎么交话费", "在哪充话费")
    assert await desk.noted() == ["import.started", "article.imported"]


async def test_with_problems_nothing_goes_in_until_the_operator_says_the_rest_may(
    desk: FilesDesk, operator: Staff
) -> None:
    data = csv_of(*ROWS, ("evil", "c", "t", "q", "=1+1")).encode("gb18030")
    job = await operator.imports("a.csv", data)

    assert (job["state"], job["created"], job["problems"]) == (
        "ready",
        2,
        [{"row": 4, "column": "answer", "message": job["problems"][0]["message"]}],
    )
    assert "公式" in job["problems"][0]["message"]
    assert await desk.content.all_drafts() == []
    refused = await operator.http.post(f"/api/knowledge/imports/{job['id']}/apply", json={"rest": False})
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "import.problems")
    await operator.http.post(f"/api/knowledge/imports/{job['id']}/apply", json={"rest": True})
    assert (await operator.settled(job["id"]))["state"] == "done"
    assert [draft.id for draft in await desk.content.all_drafts()] == ["topup-ways", "bill-why"]


async def test_rest_can_be_allowed_from_the_start_and_a_trial_changes_nothing(
    desk: FilesDesk, operator: Staff
) -> None:
    data = csv_of(ROW, ("evil", "c", "t", "q", "<script>")).encode()

    tried = await operator.imports("a.csv", data, dry_run="1", rest="1")
    assert (tried["state"], await desk.content.all_drafts()) == ("ready", [])
    assert (await operator.imports("a.csv", data, rest="1"))["state"] == "done"
    assert len(await desk.content.all_drafts()) == 1


async def test_an_update_says_what_it_changes_and_keeps_what_the_table_has_no_column_for(
    desk: FilesDesk, operator: Staff
) -> None:
    await operator.imports("a.csv", csv_of((*ROW, "微信里说的"), header=(*HEADER, "answer:wechat")).encode())
    job = await operator.imports(
        "b.csv", csv_of((*ROW[:3], "怎么交话费|去哪交费", ROW[4])).encode(), dry_run="1"
    )

    (row,) = (await operator.get(f"knowledge/imports/{job['id']}/rows", verdict="update"))["rows"]
    assert [(one["field"], one["added"], one["removed"]) for one in row["changed"]] == [
        ("questions", ["去哪交费"], ["在哪充话费"])
    ]
    await operator.http.post(f"/api/knowledge/imports/{job['id']}/apply", json={})
    await operator.settled(job["id"])
    content = (await desk.content.article("topup-ways")).draft.content
    assert (content.channels, content.questions) == ({"wechat": "微信里说的"}, ("怎么交话费", "去哪交费"))


async def test_the_same_file_again_changes_nothing(desk: FilesDesk, operator: Staff) -> None:
    await operator.imports("a.csv", csv_of(*ROWS).encode())
    job = await operator.imports("a.csv", csv_of(*ROWS).encode())

    assert (job["created"], job["updated"], job["unchanged"]) == (0, 0, 2)
    assert (await desk.content.article("topup-ways")).version == 1


@pytest.mark.parametrize(("form", "name"), [("yaml", "a.yml"), ("csv", "a.csv"), ("xlsx", "a.xlsx")])
async def test_an_export_imported_again_changes_nothing(
    desk: FilesDesk, operator: Staff, form: str, name: str
) -> None:
    header = (*HEADER, "answer:wechat", "answer@广东", "valid_to", "link_title", "link_url")
    row = (*ROW, "'=微信", "广东的", "2026-12-31", "看", "https://yuntong.example/a")
    await operator.imports("a.csv", csv_of(row, ROWS[1] + ("",) * 5, header=header).encode())
    exported = await operator.http.get("/api/knowledge/export", params={"format": form})

    assert "attachment" in exported.headers["content-disposition"]
    job = await operator.imports(name, exported.content)
    assert (job["created"], job["updated"], job["unchanged"], job["problem_count"]) == (0, 0, 2, 0)


@pytest.mark.parametrize(("form", "name"), [("yaml", "a.yml"), ("csv", "a.csv")])
async def test_what_only_the_editor_takes_comes_back_unless_it_was_changed(
    lone: FilesDesk, clerk: Staff, form: str, name: str
) -> None:
    drafts = [article("aa", answer="点<b>这里</b>"), article("bb"), article("cc", questions=["bb在哪里开"])]
    await lone.content.put_many(drafts, "wang")
    exported = (await clerk.http.get("/api/knowledge/export", params={"format": form})).text
    job = await clerk.imports(name, exported.encode())
    assert (job["unchanged"], job["problem_count"], job["state"]) == (3, 0, "done")

    changed = exported.replace("点<b>这里</b>", "点<b>那里</b>").replace("cc在营业厅办理", "cc在网上办理")
    job = await clerk.imports(name, changed.encode())
    assert (job["unchanged"], job["updated"], job["state"]) == (1, 0, "ready")
    assert [("网页代码" in one["message"], "重复" in one["message"]) for one in job["problems"]] == [
        (True, False),
        (False, True),
    ]


async def test_what_the_editor_would_refuse_the_import_refuses(clerk: Staff) -> None:
    job = await clerk.imports("a.csv", csv_of(("a", "c", "长" * 101, "q", "x")).encode())

    assert [(one["row"], one["column"]) for one in job["problems"]] == [(2, "标题")]
    assert job["problems"][0]["message"] == "标题太长，最多100个字。"


async def test_a_file_that_cannot_be_read_fails_with_its_reason(clerk: Staff) -> None:
    job = await clerk.imports("a.xlsx", b"PK\x03\x04 not really")

    assert (job["state"], job["created"]) == ("failed", 0)
    assert "损坏" in job["message"]


async def test_200_mb_are_refused_with_the_reason_and_never_held(lone: FilesDesk, clerk: Staff) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    async def much() -> AsyncIterator[bytes]:
        for _ in range(200):
            yield b"x" * 1_000_000

    unstated = await clerk.sends_stream(much())
    stated = await clerk.sends_stream(much(), {"Content-Length": "200000000"})

    for answer in (unstated, stated):
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "import.refused")
        assert "20MB" in answer.json()["error"]["message"]
    assert (
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 80_000
    )  # KB; both ends are this process
    assert await lone.jobs.recent() == []


async def test_only_operators_reviewers_and_administrators_import(lone: FilesDesk) -> None:
    agent = await lone.signs_in("agent", Role.AGENT, Role.SUPERVISOR)

    assert (await agent.sends("a.csv", csv_of(ROW).encode())).status_code == 403
    assert (await agent.http.get("/api/knowledge/export")).status_code == 403
    for role in (Role.REVIEWER, Role.ADMIN):
        other = await lone.signs_in(role.value, role)
        assert (await other.sends("a.csv", csv_of(ROW).encode())).status_code == 202


async def test_a_file_without_the_csrf_token_is_refused(clerk: Staff) -> None:
    del clerk.http.headers["X-CSRF-Token"]

    assert (await clerk.sends("a.csv", csv_of(ROW).encode())).json()["error"]["code"] == "csrf.wrong"


async def test_the_command_line_imports_with_the_staff_token(lone: FilesDesk, settings: Settings) -> None:
    await lone.signs_in("boss", Role.ADMIN)
    async with httpx.AsyncClient(
        base_url=lone.base,
        headers={"Authorization": f"Bearer {settings.staff_secret}"},
        trust_env=False,
        timeout=30,
    ) as http:
        job = await Staff(http).imports("a.csv", csv_of(ROW).encode())

    assert job["state"] == "done"


async def test_a_dropped_import_cannot_be_applied(lone: FilesDesk, clerk: Staff) -> None:
    job = await clerk.imports("a.csv", csv_of(*ROWS).encode(), dry_run="1")
    await clerk.http.delete(f"/api/knowledge/imports/{job['id']}")
    late = await clerk.http.post(f"/api/knowledge/imports/{job['id']}/apply", json={})

    assert (late.status_code, late.json()["error"]["code"]) == (409, "import.gone")
    assert await lone.content.all_drafts() == []
    assert await lone.noted() == ["import.started", "import.dropped"]


async def test_what_others_changed_since_the_file_was_read_stays(desk: FilesDesk, operator: Staff) -> None:
    await operator.imports("a.csv", csv_of(*ROWS, ("gone", "c", "要删的", "删吗", "删。")).encode())
    changed = (
        (*ROW[:4], "新的回答。"),
        (*ROWS[1][:3], "怎么查账单", ROWS[1][4]),
        ("gone", "c", "要删的", "删了吗", "删。"),
    )
    job = await operator.imports("b.csv", csv_of(*changed).encode(), dry_run="1")
    topup, bill, gone = [(await desk.content.article(name)) for name in ("topup-ways", "bill-why", "gone")]
    retitled = replace(topup.draft.content, title="充值的办法")
    await desk.content.save(retitled, topup.version, "wang")
    await desk.content.save(replace(bill.draft.content, questions=("账单在哪",)), bill.version, "wang")
    await desk.content.delete("gone", gone.version, "wang")
    await operator.http.post(f"/api/knowledge/imports/{job['id']}/apply", json={})
    done = await operator.settled(job["id"])

    assert (done["state"], done["updated"], done["problem_count"]) == ("done", 1, 2)
    assert [(one["row"], one["column"], "有人改过" in one["message"]) for one in done["problems"]] == [
        (3, "相似问法", True),
        (4, "", True),
    ]
    kept = {draft.id: draft for draft in await desk.content.all_drafts()}
    assert kept == {
        "topup-ways": replace(retitled, answer="新的回答。"),
        "bill-why": replace(bill.draft.content, questions=("账单在哪",)),
    }


async def test_an_import_whose_process_ended_is_put_in_by_the_next(desk: FilesDesk, operator: Staff) -> None:
    job = await operator.imports("a.csv", csv_of(*ROWS).encode(), dry_run="1")
    ended = Imports(desk.jobs, {JobKind.ARTICLES: Stuck()}, Path())
    await ended.apply(job["id"], False, "wang")
    dropped = await operator.http.delete(f"/api/knowledge/imports/{job['id']}")
    assert dropped.json()["error"]["code"] == "import.gone"
    await ended.stop()
    following = Imports(desk.jobs, {JobKind.ARTICLES: ArticleImporter(desk.db, desk.content)}, Path())
    await following.resume()

    assert (await operator.settled(job["id"]))["state"] == "done"
    assert len(await desk.content.all_drafts()) == 2
    assert await desk.jobs.abandoned() == []


async def test_problems_come_as_a_table_that_is_no_attack_itself(clerk: Staff) -> None:
    job = await clerk.imports(
        "a.csv", csv_of(("a", "c", "t", "q", "x", "y"), header=(*HEADER, "answer:=cmd")).encode()
    )
    table = (await clerk.http.get(f"/api/knowledge/imports/{job['id']}/problems.csv")).content.decode(
        "utf-8-sig"
    )

    assert table.splitlines()[0] == "行,列,原因"
    assert "\r\n2,answer:=cmd," in table


async def test_an_unknown_import_is_told_so(clerk: Staff) -> None:
    for path in ("", "/rows", "/problems", "/problems.csv"):
        assert (await clerk.http.get(f"/api/knowledge/imports/nope{path}")).status_code == 404


async def test_exported_drafts_and_live_articles_are_told_apart(clerk: Staff) -> None:
    await clerk.imports("a.csv", csv_of(*ROWS).encode())
    live = await clerk.http.get("/api/knowledge/export", params={"format": "csv", "what": "live"})
    drafts = await clerk.http.get("/api/knowledge/export", params={"format": "csv"})

    assert len(read_articles("a.csv", drafts.content).edits) == 2
    assert b"topup-ways" not in live.content
