"""What is asked of a page's own JavaScript, with an end: Playwright waits for a promise for ever."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT

WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
PATIENCE_MS = 45_000


def inside(page: Any, function: str, argument: Any = None) -> Any:
    """Call a function in the page and return what it comes to; fail where that takes too long."""
    return page.evaluate(
        f"""(argument) => Promise.race([
          ({function})(argument),
          new Promise((_, fail) => setTimeout(fail, {PATIENCE_MS}, new Error("it came to nothing in {PATIENCE_MS} ms"))),
        ])""",
        argument,
    )


def flaws(page: Any, *rules: str) -> list[str]:
    """Return what axe finds on the page as it stands, by all rules or by those of some tags."""
    page.evaluate(AXE_SCRIPT)
    options = {"runOnly": rules} if rules else {"resultTypes": ["violations"]}
    found = inside(page, "(options) => axe.run(document, options)", options)["violations"]
    return [f"{each['id']}: {each['nodes'][0]['html'][:160]}" for each in found]
