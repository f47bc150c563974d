"""The staff's pages: who may open them, and that the operator console's menu names modules that exist."""

from __future__ import annotations

import re

import pytest

from console.pages import PAGES
from console.static import WEB
from conversations.desk_model import Role


@pytest.mark.parametrize("path", PAGES)
def test_page_has_no_script_or_style_of_its_own(path: str) -> None:
    html = (WEB / PAGES[path][0]).read_text(encoding="utf-8")
    assert re.search(r"<script(?![^>]*src=)|<style|\son\w+=|style=", html) is None


def test_supervisor_finds_nothing_but_figures_in_the_operators_menu() -> None:
    assert set(PAGES["/operator"][1]) == {Role.OPERATOR, Role.REVIEWER, Role.SUPERVISOR, Role.ADMIN}
    menu = (WEB / "operator_pages.js").read_text(encoding="utf-8")
    pages = re.findall(r'code: "([\w-]+)".*?file: "[^"]+"(, roles: WRITERS)?', menu)
    assert [code for code, is_for_writers in pages if not is_for_writers] == ["figures"]


def test_every_page_of_the_operators_menu_can_be_mounted() -> None:
    menu = (WEB / "operator_pages.js").read_text(encoding="utf-8")
    for file in re.findall(r'file: "\./(\w+\.js)"', menu):
        assert re.search(
            r"export (async )?function mount\(root, api", (WEB / file).read_text(encoding="utf-8")
        )
