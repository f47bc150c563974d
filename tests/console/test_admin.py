"""The administrator's routes over real HTTP, on a real database."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest
from sanic import Sanic

from console import admin_api, login
from conversations.desk_model import Presence, Role, StaffId
from conversations.model import State
from core.clock import FixedClock
from core.database import Database
from core.errors import StaffError
from core.settings import Settings
from tests.console.office import PASSWORD, Browser, Office
from tests.ports import free_port

REPLY = {"shortcut": "hi", "title": "问候", "text": "您好，我是{agent}。", "skill": None}
ALL_DAY = [[["00:00", "24:00"]]] * 7


@pytest.fixture
async def office(database: Database, clock: FixedClock, settings: Settings) -> AsyncIterator[Office]:
    """The routes on a free port."""
    async with AsyncExitStack() as browsers:
        office = Office(database, clock, settings, browsers)
        app: Sanic[Any, Any] = Sanic(f"admin-{uuid.uuid4().hex}", configure_logging=False)
        app.config.AUTO_EXTEND = False
        app.config.TOUCHUP = False
        login.mount(app, office.guard, office.accounts)
        app.blueprint(admin_api.blueprint(office.parts))
        office.live.subscribe(office.hears)
        await office.live.start()
        port = free_port()
        server = await app.create_server(host="127.0.0.1", port=port, return_asyncio_server=True)
        assert server is not None
        await server.startup()  # type: ignore[no-untyped-call]
        await server.start_serving()  # type: ignore[no-untyped-call]
        office.base = f"http://127.0.0.1:{port}"
        yield office
        await browsers.aclose()
        await server.close()  # type: ignore[no-untyped-call]
        await office.live.stop()


@pytest.fixture
async def admin(office: Office) -> Browser:
    """An administrator, signed in."""
    await office.hires("boss", Role.ADMIN, name="周敏")
    return await office.browser("boss")


@pytest.mark.parametrize("role", [Role.AGENT, Role.OPERATOR, Role.REVIEWER])
async def test_an_agent_is_refused_everywhere(office: Office, role: Role) -> None:
    await office.hires("lin", role)
    agent = await office.browser("lin")
    for path in ("/staff", "/canned", "/operating", "/audit"):
        assert (await agent.does("GET", path)).status_code == 403
    assert await agent.refused("POST", f"/staff/{agent.id}/reset") == "role.missing"


async def test_a_supervisor_reads_staff_and_audit_and_changes_nothing(office: Office) -> None:
    await office.hires("wang", Role.SUPERVISOR)
    supervisor = await office.browser("wang")
    allowed = [(await supervisor.does("GET", path)).status_code for path in ("/staff", "/audit")]
    changed = await supervisor.does("PUT", f"/staff/{supervisor.id}", {"roles": ["admin"]})
    assert (allowed, changed.status_code) == ([200, 200], 403)
    assert (await supervisor.does("GET", "/operating")).status_code == 403


async def test_nobody_in_particular_is_asked_to_sign_in(office: Office) -> None:
    async with httpx.AsyncClient(base_url=office.base, trust_env=False, timeout=30) as stranger:
        assert (await stranger.get("/api/admin/staff")).status_code == 401


async def test_a_new_colleague_signs_in_with_the_one_time_password_and_must_change_it(
    office: Office, admin: Browser
) -> None:
    wanted = {"login": "New", "name": "小新", "roles": ["agent"], "skills": ["plans"], "capacity": 3}
    answer = await admin.does("POST", "/staff", wanted)
    added = answer.json()
    assert (answer.status_code, added["member"]["login"]) == (201, "new")
    fresh = await office.browser("new", added["password"])
    account = (await fresh.http.get("/api/staff/me")).json()
    assert account["must_change_password"] is True
    assert added["password"] not in str(await admin.get("/audit"))


async def test_every_change_to_staff_stands_in_the_audit_log_with_names(
    office: Office, admin: Browser
) -> None:
    lin = await office.hires("lin", Role.AGENT, name="小林")
    await admin.does("PUT", f"/staff/{lin.id}", {"capacity": 7, "name": "小林"})
    await admin.does("POST", f"/staff/{lin.id}/reset")
    reset, changed, *_ = (await admin.get("/audit"))["entries"]
    assert (reset["what"], reset["who_name"], reset["subject_name"]) == ("password.reset", "周敏", "小林")
    assert (changed["what"], changed["detail"]) == ("staff.changed", {"capacity": [5, 7]})


async def test_a_change_that_changes_nothing_is_not_worth_a_line(office: Office, admin: Browser) -> None:
    lin = await office.hires("lin", Role.AGENT)
    await admin.does("PUT", f"/staff/{lin.id}", {"capacity": 5, "roles": ["agent"]})
    assert (await admin.get("/audit", what="staff.changed"))["entries"] == []


async def test_other_roles_end_the_sessions_and_another_name_does_not(office: Office, admin: Browser) -> None:
    lin = await office.hires("lin", Role.AGENT)
    browser = await office.browser("lin")
    await admin.does("PUT", f"/staff/{lin.id}", {"name": "林林"})
    assert await browser.is_signed_in()
    await admin.does("PUT", f"/staff/{lin.id}", {"roles": ["agent", "supervisor"]})
    assert not await browser.is_signed_in()


@pytest.mark.parametrize("change", [{"roles": ["agent"]}, {"is_active": False}])
async def test_an_administrator_keeps_their_own_keys(admin: Browser, change: dict[str, Any]) -> None:
    assert await admin.refused("PUT", f"/staff/{admin.id}", change) == "staff.own_role"
    assert await admin.is_signed_in()


async def test_two_administrators_who_remove_each_other_leave_one(office: Office, admin: Browser) -> None:
    other = await office.hires("vice", Role.ADMIN)
    vice = await office.browser("vice")
    answers = await asyncio.gather(
        admin.does("PUT", f"/staff/{other.id}", {"is_active": False}),
        vice.does("PUT", f"/staff/{admin.id}", {"roles": ["agent"]}),
    )
    left = [m for m in await office.roster.all() if m.is_active and Role.ADMIN in m.roles]
    assert len(left) == 1
    assert sorted(answer.status_code == 200 for answer in answers) == [False, True]


async def test_the_last_administrator_stays_whoever_asks(office: Office, admin: Browser) -> None:
    boss = await office.roster.get(StaffId(admin.id))
    with pytest.raises(StaffError, match="last_admin"):
        await office.roster.change(boss.id, is_active=False)
    assert await office.roster.get(boss.id) == boss


async def test_a_change_without_its_line_does_not_happen(office: Office, admin: Browser) -> None:
    before = await office.roster.all()
    with pytest.raises(RuntimeError):
        async with office.parts.audit.together():
            await office.roster.add("ghost", "鬼", [Role.AGENT])
            raise RuntimeError("the log cannot be written")
    assert await office.roster.all() == before


async def test_an_administrator_may_take_on_another_role_themselves(admin: Browser) -> None:
    changed = await admin.does("PUT", f"/staff/{admin.id}", {"roles": ["admin", "agent"]})
    assert changed.json()["roles"] == ["admin", "agent"]


@pytest.mark.parametrize("change", [{"is_active": False}, {"roles": ["reviewer"]}])
async def test_the_customers_of_an_agent_who_goes_return_to_the_queue(
    office: Office, admin: Browser, change: dict[str, Any]
) -> None:
    lin = await office.hires("lin", Role.AGENT)
    await office.floor.presence.set(lin.id, Presence.ONLINE)
    browser, handoff = await office.browser("lin"), await office.floor.served(lin)
    assert (await admin.does("PUT", f"/staff/{lin.id}", change)).status_code == 200
    assert await office.floor.state(handoff) is State.WAITING
    assert (await office.floor.presence.now())[lin.id].presence is Presence.OFFLINE
    assert not await browser.is_signed_in()


async def test_somebody_let_go_cannot_sign_in_until_they_are_back(office: Office, admin: Browser) -> None:
    lin = await office.hires("lin", Role.AGENT)
    sign_in = {"login": "lin", "password": PASSWORD}
    for is_active, status in ((False, 401), (True, 200)):
        await admin.does("PUT", f"/staff/{lin.id}", {"is_active": is_active})
        assert (await admin.http.post("/api/staff/sign-in", json=sign_in)).status_code == status


async def test_routing_hears_of_capacity_and_skills_and_not_of_names(office: Office, admin: Browser) -> None:
    lin = await office.hires("lin", Role.AGENT)
    for change in ({"name": "林林"}, {"capacity": 2}, {"skills": ["faults"]}):
        await admin.does("PUT", f"/staff/{lin.id}", change)
    await office.live.stop()
    assert [(e.kind, e.subject) for e in office.heard] == [("presence.changed", lin.id)] * 2


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("login", "boss", "staff.login_taken"),
        ("login", "有 空格", "staff.invalid"),
        ("name", "小\n新", "staff.invalid"),
        ("roles", [], "staff.invalid"),
        ("roles", ["king"], "request.invalid"),
        ("capacity", 0, "staff.invalid"),
        ("capacity", "5", "request.invalid"),
    ],
)
async def test_a_colleague_who_cannot_be_is_refused(
    admin: Browser, field: str, value: object, code: str
) -> None:
    wanted = {"login": "new", "name": "小新", "roles": ["agent"], "skills": [], "capacity": 3}
    assert await admin.refused("POST", "/staff", {**wanted, field: value}) == code


async def test_unknown_colleagues_are_not_changed_or_reset(admin: Browser) -> None:
    assert await admin.refused("PUT", "/staff/nobody", {"capacity": 2}) == "staff.unknown"
    assert await admin.refused("POST", "/staff/nobody/reset") == "staff.unknown"


async def test_canned_replies_are_saved_changed_and_removed_with_a_line_each(admin: Browser) -> None:
    saved = (await admin.does("POST", "/canned", REPLY)).json()
    changed = await admin.does("PUT", f"/canned/{saved['id']}", {**REPLY, "skill": "billing"})
    await admin.does("DELETE", f"/canned/{saved['id']}")
    removed, again, first, *_ = (await admin.get("/audit"))["entries"]
    assert (changed.json()["skill"], await admin.get("/canned")) == ("billing", [])
    assert [line["what"] for line in (first, again, removed)] == [
        "canned.saved", "canned.saved", "canned.removed"
    ]  # fmt: skip
    assert (first["detail"]["is_new"], removed["detail"]["shortcut"]) == (True, "hi")


async def test_a_shortcut_that_is_taken_is_refused(admin: Browser) -> None:
    await admin.does("POST", "/canned", REPLY)
    answer = await admin.does("POST", "/canned", {**REPLY, "title": "另一个"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "canned.taken")
    assert "hi" in answer.json()["error"]["message"]


async def test_a_reply_with_a_field_nobody_fills_in_is_refused(admin: Browser) -> None:
    assert await admin.refused("POST", "/canned", {**REPLY, "text": "{bank_card}"}) == "canned.invalid"
    assert await admin.refused("PUT", "/canned/none", REPLY) == "canned.unknown"


@pytest.mark.parametrize("text", ["nul \x00", "half \ud83d"])
async def test_what_a_database_cannot_store_is_refused_in_words(admin: Browser, text: str) -> None:
    for reply in ({**REPLY, "text": text}, {**REPLY, "title": text}):
        assert await admin.refused("POST", "/canned", reply) == "request.invalid"
    assert await admin.refused("GET", "/audit?who=%00") == "request.invalid"


async def test_opening_hours_count_at_once_and_the_log_says_what_they_were(admin: Browser) -> None:
    week = [[["08:00", "12:00"], ["13:30", "24:00"]], *ALL_DAY[1:6], []]
    await admin.does("PUT", "/operating/hours", {"value": week})
    (line,) = (await admin.get("/audit", what="operating.changed"))["entries"]
    assert (await admin.get("/operating"))["hours"] == week
    assert (line["subject"], line["detail"]) == ("hours", {"before": ALL_DAY, "after": week})


async def test_holidays_are_set_as_a_list_and_the_log_says_what_changed(admin: Browser) -> None:
    holiday = "2026-10-01（周四）至2026-10-07（周三） 休息 国庆节"
    await admin.does("PUT", "/operating/special_days", {"value": ["2026年10月1日至7日国庆节休息", ""]})
    assert (await admin.get("/operating"))["special_days"] == [holiday]
    (line,) = (await admin.get("/audit", what="operating.changed"))["entries"]
    assert (line["subject"], line["detail"]) == ("special_days", {"before": [], "after": [holiday]})


async def test_holiday_nobody_can_read_is_refused_in_words_with_its_line(admin: Browser) -> None:
    value = ["2026-10-01 休息", "国庆节休息"]
    assert (
        await admin.refused("PUT", "/operating/special_days", {"value": value}) == "operating.day_unreadable"
    )
    answer = await admin.does("PUT", "/operating/special_days", {"value": ["2026-10-10（周日）上班"]})
    assert (
        answer.json()["error"]["message"] == "节假日第1行写的星期不对，应该是2026-10-10（周六），请核对日期。"
    )
    assert (await admin.get("/operating"))["special_days"] == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("hours", [[["08:00", "12:00"], ["11:00", "18:00"]], *ALL_DAY[1:]]),
        ("hours", [[["18:00", "08:00"]], *ALL_DAY[1:]]),
        ("hours", [[["08:00+02:00", "12:00+02:00"]], *ALL_DAY[1:]]),
        ("hours", ALL_DAY[1:]),
        ("hours", None),
        ("queue_limit", -1),
        ("queue_limit", True),
        ("queue_limit", "200"),
        ("rating", {"is_on": True, "once_a_day": False, "low_reasons": "慢", "high_reasons": []}),
        ("rating", {"is_on": True}),
        ("colour", "red"),
        ("hours", {}),
    ],
)
async def test_rules_that_make_no_sense_are_refused_and_nothing_changes(
    admin: Browser, name: str, value: object
) -> None:
    assert await admin.refused("PUT", f"/operating/{name}", {"value": value}) == "operating.invalid"
    assert (await admin.get("/audit", what="operating.changed"))["entries"] == []
    assert (await admin.get("/operating"))["hours"] == ALL_DAY


async def test_the_audit_log_is_read_page_by_page_and_person_by_person(
    office: Office, admin: Browser
) -> None:
    for number in range(60):
        await office.parts.audit.record("somebody", "number.revealed", f"conversation{number}")
    first = await admin.get("/audit", who="somebody")
    second = await admin.get("/audit", who="somebody", before=first["entries"][-1]["number"])
    assert [len(first["entries"]), first["has_more"]] == [50, True]
    assert [len(second["entries"]), second["has_more"]] == [10, False]
    assert await admin.refused("GET", "/audit?before=x") == "request.invalid"
    assert (await admin.get("/audit", before="9" * 30))["entries"] != []
