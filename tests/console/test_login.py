"""Signing in over HTTP, and who gets past the guard."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import SecretStr

from console.guard import COOKIE, local_path
from console.static import WEB
from conversations.desk_model import Role
from core.settings import SANDBOX_SECRET
from tests.console.conftest import PASSWORD, Door, Open, code_of


async def test_staff_sign_in_are_known_and_sign_out(door: Door) -> None:
    await door.books.hire("lin", Role.AGENT)
    account = (await door.sign_in(" Lin ")).json()
    assert (account["name"], account["roles"], account["home"]) == ("lin", ["agent"], "/agent")
    assert (await door.http.get("/api/staff/me")).json() == account
    cookie = door.http.cookies[COOKIE]
    assert (await door.http.post("/api/staff/sign-out")).status_code == 200
    assert COOKIE not in door.http.cookies
    again = await door.http.get("/api/staff/me", headers={"cookie": f"{COOKIE}={cookie}"})
    assert code_of(again) == (401, "session.missing")


@pytest.mark.parametrize(
    ("role", "home"),
    [(Role.SUPERVISOR, "/agent"), (Role.ADMIN, "/agent"), (Role.OPERATOR, "/operator"), (Role.REVIEWER, "/operator")],
)  # fmt: skip
async def test_everybody_has_a_place_to_go(door: Door, role: Role, home: str) -> None:
    await door.books.hire("lin", role)
    assert (await door.sign_in("lin")).json()["home"] == home


@pytest.mark.parametrize(("sandbox", "is_secure"), [(True, False), (False, True)])
async def test_cookie_is_out_of_reach_of_scripts_and_other_sites(
    open_door: Open, sandbox: bool, is_secure: bool
) -> None:
    async with open_door(sandbox=sandbox) as door:
        await door.books.hire("lin")
        cookie = (await door.sign_in("lin")).headers["set-cookie"]
    assert all(part in cookie for part in ("HttpOnly", "SameSite=Strict", "Path=/;"))
    assert ("Secure" in cookie) is is_secure


async def test_cookie_planted_before_is_not_the_session_after(door: Door) -> None:
    await door.books.hire("lin")
    door.http.cookies.set(COOKIE, "planted", domain="127.0.0.1")
    answer = await door.sign_in("lin")
    assert answer.cookies[COOKIE] != "planted"
    door.http.cookies.clear()
    planted = await door.http.get("/api/staff/me", headers={"cookie": f"{COOKIE}=planted"})
    assert planted.status_code == 401


async def test_signing_in_again_ends_the_session_of_before(door: Door) -> None:
    await door.books.hire("lin")
    before = (await door.sign_in("lin")).cookies[COOKIE]
    await door.sign_in("lin")
    door.http.cookies.clear()
    old = await door.http.get("/api/staff/me", headers={"cookie": f"{COOKIE}={before}"})
    assert old.status_code == 401


@pytest.mark.parametrize("shown", [None, "", "wrong", "不对"])
async def test_change_without_the_right_csrf_token_is_refused(door: Door, shown: str | None) -> None:
    await door.books.hire("lin")
    await door.sign_in("lin")
    del door.http.headers["X-CSRF-Token"]
    headers = {} if shown is None else {b"X-CSRF-Token": shown.encode()}
    for method in ("POST", "DELETE"):
        answer = await door.http.request(method, "/api/anybody", headers=headers)
        assert code_of(answer) == (403, "csrf.wrong")
    assert (await door.http.get("/api/anybody")).status_code == 200


async def test_csrf_token_of_a_colleague_is_refused(door: Door) -> None:
    await door.books.hire("lin")
    await door.books.hire("chen")
    other = (await door.books.accounts.sign_in("chen", PASSWORD, "10.0.0.1")).csrf
    await door.sign_in("lin")
    answer = await door.http.post("/api/anybody", headers={"X-CSRF-Token": other})
    assert code_of(answer) == (403, "csrf.wrong")


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "", "http://127.0.0.1:1", "http://[", "file://"]
)
async def test_foreign_origin_is_refused(door: Door, origin: str) -> None:
    await door.books.hire("lin")
    assert code_of(await door.sign_in("lin", Origin=origin)) == (403, "origin.refused")
    await door.sign_in("lin")
    answer = await door.http.post("/api/anybody", headers={"Origin": origin})
    assert code_of(answer) == (403, "origin.refused")


async def test_own_origin_is_let_in(door: Door) -> None:
    await door.books.hire("lin")
    assert (await door.sign_in("lin", Origin=door.base)).status_code == 200
    assert (await door.http.post("/api/anybody", headers={"Origin": door.base})).status_code == 200


async def test_five_wrong_passwords_lock_for_a_quarter_of_an_hour(door: Door) -> None:
    await door.books.hire("lin")
    for _ in range(5):
        assert code_of(await door.sign_in("lin", "wrong")) == (401, "login.wrong")
    locked = await door.sign_in("lin")
    assert code_of(locked) == (429, "login.locked")
    assert "15分钟" in locked.json()["error"]["message"]
    door.clock.advance(timedelta(minutes=15))
    assert (await door.sign_in("lin")).status_code == 200


async def test_answers_do_not_tell_whether_a_login_exists(door: Door) -> None:
    await door.books.hire("lin")
    gone = await door.books.hire("gone")
    await door.books.roster.change(gone.id, is_active=False)
    answers = {
        login: [(await door.sign_in(login, "wrong")).content for _ in range(6)]
        for login in ("lin", "gone", "nobody")
    }
    assert answers["lin"] == answers["gone"] == answers["nobody"]


async def test_somebody_inactive_does_not_get_in(door: Door) -> None:
    gone = await door.books.hire("gone")
    await door.books.roster.change(gone.id, is_active=False)
    assert code_of(await door.sign_in("gone")) == (401, "login.wrong")


async def test_roles_decide_who_gets_in(door: Door) -> None:
    await door.books.hire("lin", Role.AGENT)
    await door.books.hire("wang", Role.SUPERVISOR, Role.AGENT)
    await door.sign_in("lin")
    assert code_of(await door.http.get("/api/above")) == (403, "role.missing")
    await door.sign_in("wang")
    assert (await door.http.get("/api/above")).json() == {"login": "wang"}


async def test_one_time_password_opens_nothing_but_its_own_change(door: Door) -> None:
    await door.books.hire("lin", must_change=True)
    assert (await door.sign_in("lin")).json()["must_change_password"] is True
    assert code_of(await door.http.get("/api/anybody")) == (403, "password.must_change")
    assert (await door.http.get("/agent")).status_code == 302
    changed = await door.http.post("/api/staff/password", json={"old": PASSWORD, "new": "another-one-7"})
    assert (changed.status_code, changed.json()["must_change_password"]) == (200, False)
    assert (await door.http.get("/api/anybody")).status_code == 200


@pytest.mark.parametrize(
    ("old", "new", "refusal"),
    [
        ("wrong", "another-one-7", (403, "password.wrong")),
        (PASSWORD, "short", (400, "password.weak")),
        (PASSWORD, "aaaaaaaaaaaaaa", (400, "password.weak")),
        (PASSWORD, PASSWORD, (400, "password.same")),
    ],
)
async def test_password_that_cannot_be_leaves_the_session_as_it_is(
    door: Door, old: str, new: str, refusal: tuple[int, str]
) -> None:
    await door.books.hire("lin")
    await door.sign_in("lin")
    answer = await door.http.post("/api/staff/password", json={"old": old, "new": new})
    assert code_of(answer) == refusal
    assert (await door.http.get("/api/staff/me")).status_code == 200


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'{"login": "lin"}', b'{"login": 1, "password": "x"}',
     b'{"login": "a\\u0000b", "password": "x"}', b'{"login": "lin", "password": "\\ud800"}'],
)  # fmt: skip
async def test_sign_in_that_is_no_form_of_ours_is_refused(door: Door, body: bytes) -> None:
    answer = await door.http.post("/api/staff/sign-in", content=body)
    assert code_of(answer) == (400, "request.invalid")


async def test_command_line_shows_its_token_and_acts_as_an_administrator(open_door: Open) -> None:
    async with open_door(staff_token=SecretStr("token-of-ours")) as door:
        await door.books.hire("boss", Role.ADMIN)
        known = {"Authorization": "Bearer token-of-ours"}
        assert (await door.http.post("/api/anybody", headers=known)).json() == {"login": "boss"}
        for wrong in (b"Bearer nothing", b"Bearer", "Bearer 不对".encode()):
            answer = await door.http.post("/api/anybody", headers={b"Authorization": wrong})
            assert code_of(answer) == (401, "token.wrong")


async def test_no_token_stands_for_anybody_outside_the_sandbox(open_door: Open) -> None:
    async with open_door(sandbox=False) as door:
        await door.books.hire("boss", Role.ADMIN)
        for shown in (f"Bearer {SANDBOX_SECRET}", "Bearer"):
            answer = await door.http.get("/api/anybody", headers={"Authorization": shown})
            assert code_of(answer) == (401, "token.wrong")


async def test_page_sends_who_is_not_signed_in_to_the_login_and_remembers_where_they_wanted_to_go(
    door: Door,
) -> None:
    answer = await door.http.get("/agent?open=7")
    assert (answer.status_code, answer.headers["location"]) == (302, "/login?next=/agent%3Fopen%3D7")
    assert (await door.http.get(answer.headers["location"])).status_code == 200


async def test_page_is_for_its_roles_and_carries_its_headers(door: Door) -> None:
    await door.books.hire("lin", Role.AGENT)
    await door.books.hire("li", Role.OPERATOR)
    await door.sign_in("lin")
    page = await door.http.get("/agent")
    assert (page.status_code, page.text) == (200, "<p>desk</p>")
    assert page.headers["content-security-policy"].startswith("default-src 'self';")
    assert page.headers["x-frame-options"] == "DENY"
    assert page.headers["cache-control"] == "no-store"
    await door.sign_in("li")
    assert (await door.http.get("/agent")).status_code == 403


ELSEWHERE = [
    "//evil.example",
    "https://evil.example",
    "/\\evil.example",
    "/\t/evil.example",
    "javascript:x",
    "",
]


@pytest.mark.parametrize("asked", ELSEWHERE)
async def test_login_leads_to_no_other_site(door: Door, asked: str) -> None:
    answer = await door.http.get("/login", params={"next": asked})
    assert local_path(asked) is None
    if asked:  # Sanic drops an empty argument
        assert (answer.status_code, answer.headers["location"]) == (302, "/login")


async def test_login_page_has_no_script_of_its_own(door: Door) -> None:
    page = await door.http.get("/login")
    assert (page.status_code, "<script>" in page.text, "style=" in page.text) == (200, False, False)
    for name in ("login.js", "login.css", "console.css", "console_api.js"):
        assert f"/console/{name}" in page.text or name == "console_api.js"
        assert (await door.http.get(f"/console/{name}")).status_code == 200


async def test_file_that_is_known_is_not_sent_again_and_pages_are_no_files(door: Door) -> None:
    first = await door.http.get("/console/login.js")
    known = await door.http.get("/console/login.js", headers={"If-None-Match": first.headers["etag"]})
    assert (first.content, known.status_code) == ((WEB / "login.js").read_bytes(), 304)
    for name in ("agent.html", "..%2Faccounts.py", "nothing.js"):
        assert (await door.http.get(f"/console/{name}")).status_code == 404


@pytest.mark.parametrize(
    ("raised", "status", "code", "words"),
    [
        ("taken", 409, "handoff.taken", "其他同事"),
        ("unknown", 404, "canned.unknown", "没有找到"),
        ("invalid", 400, "staff.invalid", "（登录名）"),
        ("not_yours", 403, "conversation.not_yours", "不在您手上"),
        ("customer", 400, "identity.too_many_codes", "没有成功"),
        ("upstream", 502, "bss.timeout", "暂时没有响应"),
        ("wordless", 500, "internal", "系统出错"),
        ("bug", 500, "internal", "系统出错"),
    ],
)
async def test_refusal_is_told_in_words_and_without_detail(
    door: Door, raised: str, status: int, code: str, words: str
) -> None:
    await door.books.hire("lin")
    await door.sign_in("lin")
    answer = await door.http.get("/api/anybody", params={"raise": raised})
    assert (code_of(answer), words in answer.json()["error"]["message"]) == ((status, code), True)
    assert "secret" not in answer.text
    assert answer.headers["cache-control"] == "no-store"
