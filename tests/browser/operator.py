"""The operator console as an operator handles it, over Playwright."""

from __future__ import annotations

from typing import Any

from console.accounts import SANDBOX_PASSWORD
from tests.browser import inside
from tests.browser.inside import WCAG
from tests.browser.widget import ANSWER_MS
from tests.system.stack import Stack

_POST = """async ([path, body]) => {
  const { post } = await import("/console/console_api.js");
  return post(path, body).then(() => "", ({ code }) => code);
}"""
_FOLLOW = """address => new Promise((done) => { location.hash = `#/${address}`; setTimeout(done, 20); })"""
GATE_MS = 200_000  # a release is built and asked some thousand questions: seconds, minutes on a busy machine


class OperatorPage:
    """An open console."""

    def __init__(self, page: Any, stack: Stack) -> None:
        self.page, self.base = page, f"{stack.base}/operator"

    def sign_in(self, login: str) -> OperatorPage:
        """Sign in and see the list of articles."""
        self.page.goto(self.base)
        self.page.get_by_label("账号").fill(login)
        self.page.get_by_role("textbox", name="密码", exact=True).fill(SANDBOX_PASSWORD)
        self.page.get_by_role("button", name="登录").click()
        self.page.get_by_role("link", name="写文章").wait_for(timeout=ANSWER_MS)
        return self

    def go(self, address: str) -> None:
        """Open a page of the console, as a link does; the one before is gone then."""
        inside.inside(self.page, _FOLLOW, address)

    def tells(self, words: str) -> None:
        """Wait for what is said in passing."""
        self.page.locator(".toast", has_text=words).wait_for(timeout=ANSWER_MS)

    def sees(self, words: str, timeout_ms: int = ANSWER_MS) -> None:
        """Wait until the page shows a text."""
        self.page.locator("#main").get_by_text(words).first.wait_for(timeout=timeout_ms)

    def press(self, title: str) -> None:
        """Press a button of the page."""
        self.page.locator("#main").get_by_role("button", name=title, exact=True).first.click(
            timeout=ANSWER_MS
        )

    def confirm(self, title: str) -> None:
        """Press a button of the open dialog."""
        self.page.locator("dialog").get_by_role("button", name=title, exact=True).click()

    def write(self, title: str, answer: str, questions: list[str], category: str = "浏览器测试") -> str:
        """Write and save a new article; return its id."""
        self.go("articles/new")
        self.page.get_by_role("textbox", name="标题").fill(title)
        self.page.get_by_role("combobox", name="分类").fill(category)
        self.page.get_by_role("textbox", name="答案", exact=True).fill(answer)
        self.page.get_by_role("textbox", name="添加相似问法").fill("\n".join(questions))
        self.press("添加")
        self.save()
        self.page.wait_for_url(lambda url: "#/articles/new" not in url)
        return str(self.page.url.rpartition("/")[2])

    def save(self) -> None:
        """Save with the keyboard, and see that nothing is left to save."""
        self.page.keyboard.press("Control+s")
        self.tells("草稿已保存")
        self.page.get_by_role("button", name="撤销修改").wait_for(state="hidden")

    def test_release(self, articles: list[str]) -> None:
        """Start the test of a release with just these drafts."""
        self.go("releases")
        self.page.get_by_role("checkbox", name="全选").uncheck(timeout=ANSWER_MS)
        for title in articles:
            self.page.get_by_role("checkbox", name=f"发布：{title}", exact=True).check()
        self.press(f"测试这{len(articles)}篇")
        began(self.page)

    def remove(self) -> None:
        """Take the open article away again."""
        self.press("删除")
        self.confirm("删除")
        self.sees("这篇已删除")

    def refusal(self, path: str, body: dict[str, Any]) -> Any:
        """Ask for something behind the page's back, with the page's own rights; return the code it is refused with."""
        return inside.inside(self.page, _POST, [path, body])

    def flaws(self) -> list[str]:
        """Return what axe finds on the page as it stands."""
        return inside.flaws(self.page, *WCAG)

    def fits(self) -> bool:
        """Say whether nothing sticks out of the window sideways."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth <= innerWidth"))

    def hacked(self) -> Any:
        """Return what an attack left on the page."""
        return self.page.evaluate("window.hacked ?? null")


def began(page: Any) -> None:
    """Wait until a test has begun; a release of an earlier test that waits is put aside."""
    told, asks = (
        page.locator(".toast", has_text="开始测试"),
        page.get_by_role("dialog", name="替换已经测试好的一版"),
    )
    told.or_(asks).first.wait_for(timeout=ANSWER_MS)
    if asks.is_visible():
        asks.get_by_role("button", name="测试新的一版").click()
        told.wait_for(timeout=ANSWER_MS)
