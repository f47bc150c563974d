"""A client nobody here wrote: the npm package rasa-webchat talks to /socket.io."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest

from app.paths import ROOT
from tests.browser.conftest import shoot
from tests.browser.widget import ANSWER_MS
from tests.system.stack import Stack

PACKAGE = "rasa-webchat@1.0.1"
CACHE = ROOT / "var" / "npm"

pytestmark = [pytest.mark.browser, pytest.mark.rasa]


@pytest.fixture(scope="session")
def rasa_webchat() -> Path:
    """The package's browser bundle, fetched once from the npm registry and kept outside the tree."""
    bundle = CACHE / "package" / "lib" / "index.js"
    if bundle.exists():
        return bundle
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed, so rasa-webchat cannot be fetched")
    CACHE.mkdir(parents=True, exist_ok=True)
    try:
        subprocess.run(["npm", "pack", PACKAGE], cwd=CACHE, capture_output=True, check=True, timeout=120)
    except subprocess.SubprocessError:
        pytest.skip("the npm registry does not answer, so rasa-webchat cannot be fetched")
    with tarfile.open(next(CACHE.glob("rasa-webchat-*.tgz"))) as archive:
        archive.extractall(CACHE, filter="data")
    return bundle


def test_rasa_webchat_gets_answers_and_its_buttons_work(stack: Stack, page: Any, rasa_webchat: Path) -> None:
    page.goto(f"{stack.base}/docs-no-such-page")  # our origin without our widget
    page.set_content("<!doctype html><html><body><div id='webchat'></div></body></html>")
    page.add_script_tag(path=str(rasa_webchat))
    page.evaluate(
        "base => { WebChat.default({socketUrl: base, socketPath: '/socket.io/', title: '客服', "
        "initPayload: '你好', customData: {language: 'zh'}, embedded: true, params: {storage: 'session'}}, "
        "document.getElementById('webchat')); }",
        stack.base,
    )
    answers = page.locator(".rw-response")
    answers.first.wait_for(timeout=ANSWER_MS)
    box = page.locator(".rw-new-message")
    box.fill("给13800000001充50")
    box.press("Enter")
    confirm = page.locator(".rw-reply", has_text="确认")
    confirm.first.wait_for(timeout=ANSWER_MS)
    shoot(page, "rasa-webchat-buttons")
    confirm.first.click()
    page.locator(".rw-response", has_text="/payments/").first.wait_for(timeout=ANSWER_MS)
    shoot(page, "rasa-webchat-payment")
