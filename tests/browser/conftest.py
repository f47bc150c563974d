"""A real Chromium against the whole running product."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect, sync_playwright

from app.paths import ROOT
from console.static import WEB
from tests.browser.alone import BASE, serve_files
from tests.browser.desk import clear_the_floor
from tests.browser.operator import OperatorPage
from tests.browser.widget import ANSWER_MS
from tests.system.stack import Stack

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1440, "height": 900}
SCREENSHOTS = ROOT / "var" / "screenshots"
expect.set_options(timeout=ANSWER_MS)
OpenConsole = Callable[[str], OperatorPage]
MOST_S = 180  # of a test that does not say otherwise; not all that Playwright waits for has an end of its own


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let no test of this folder hang for minutes."""
    for item in items:
        if item.path.parent == Path(__file__).parent and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(MOST_S))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Debian's Chromium, driven by Playwright; whoever needs the thread's event loop came before."""
    executable = shutil.which("chromium") or shutil.which("chromium-browser")
    if executable is None:
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium)")
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(autouse=True)
def floor(request: pytest.FixtureRequest) -> Iterator[None]:
    """Leave nobody waiting for an agent, or served by one, when a test is over."""
    stack = request.getfixturevalue("stack") if "stack" in request.fixturenames else None
    yield
    if stack is not None:
        clear_the_floor(stack)


@pytest.fixture
def page(chromium: Any) -> Iterator[Any]:
    """A fresh desktop page that fails the test when a script on it fails."""
    context = chromium.new_context(viewport=DESKTOP, locale="zh-CN")
    yield from _watched(context)


@pytest.fixture
def phone(chromium: Any) -> Iterator[Any]:
    """A fresh phone-sized page."""
    context = chromium.new_context(viewport=PHONE, locale="zh-CN", has_touch=True, is_mobile=True)
    yield from _watched(context)


@pytest.fixture
def alone(page: Any) -> Any:
    """An empty page from which the console's modules can be imported."""
    serve_files(page)
    page.route(
        f"{BASE}/console/*",
        lambda route: route.fulfill(
            body=(WEB / route.request.url.rpartition("/")[2]).read_text(encoding="utf-8"),
            content_type="text/javascript",
        ),
    )
    page.goto(BASE + "/")
    return page


@pytest.fixture
def consoles(stack: Stack, chromium: Any) -> Iterator[OpenConsole]:
    """Open operators' consoles, each in a browser of its own; a script that fails there fails the test."""
    contexts, errors = [], []

    def open_console(login: str) -> OperatorPage:
        contexts.append(chromium.new_context(viewport=DESKTOP, locale="zh-CN"))
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        return OperatorPage(page, stack).sign_in(login)

    yield open_console
    for context in contexts:
        context.close()
    assert errors == []


def _watched(context: Any) -> Iterator[Any]:
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []


def shoot(page: Any, name: str) -> Path:
    """Keep a screenshot for a person to look at."""
    path = SCREENSHOTS / f"{name}.png"
    page.screenshot(path=path)
    return path
