"""What an operator writes is kept: over a colleague's save, a deletion, a slow answer; pages alone, the service played by the test."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.inside import inside

pytestmark = [pytest.mark.browser]

# `stage(answers)` is an api whose calls are answered by the first entry that their "METHOD path" begins with; `sent` has
# the changes asked for, and `later(name)` an answer that comes when the test says `arrive(name, answer)`.
STAGE = """async () => {
  const { Refusal } = await import("/console/console_api.js"), { blank } = await import("/console/operator_content.js");
  const waiting = new Map();
  const usual = { "GET /api/knowledge/categories": [], "GET /api/knowledge/articles/x/hits": [], "POST /api/knowledge/check": { alike: [] }, "POST /api/knowledge/preview": { text: "", card: null, followups: [] } };
  const ask = (answers, method) => async (path, body) => {
    if (method !== "GET" && !/check$|preview$/.test(path)) window.sent.push([method, path, body]);
    const all = { ...answers, ...usual }, found = all[Object.keys(all).find((start) => `${method} ${path}`.startsWith(start))];
    const answer = typeof found === "function" ? await found(body) : found;
    if (answer === undefined) throw new Error(`${method} ${path}`);
    return answer;
  };
  Object.assign(window, {
    sent: [], Refusal,
    later: (name) => () => new Promise((resolve) => waiting.set(name, resolve)), arrive: (name, answer) => waiting.get(name)(answer),
    article: (version, answer, more = {}) => ({ content: { ...blank(), id: "x", title: "充值", category: "充值", questions: ["怎么充值"], answer }, version, live: null, state: "new", is_deleted: false, flags: [], updated: "2026-11-28T08:00:00Z", updated_by_name: "李运营", ...more }),
    offering: (id, price) => ({ id, name: id, cells: { name: id, price }, version: 1, articles: [], overtaken: [], differs: [], is_offered: true, is_orderable: true }),
    stage: (answers) => ({ account: { id: "me" }, can: () => true, title: () => {}, go: () => {}, reload: () => {}, refreshStatus: () => {}, signal: (window.leaving = new AbortController()).signal, get: ask(answers, "GET"), post: ask(answers, "POST"), put: ask(answers, "PUT"), remove: ask(answers, "DELETE") }),
    open: async (answers, id) => {
      const { mountArticle } = await import("/console/operator_article.js");
      document.querySelector("main").replaceChildren();
      return mountArticle(document.querySelector("main"), stage(answers), { path: [id], query: new URLSearchParams() });
    },
  });
}"""


@pytest.fixture
def stage(alone: Any) -> Any:
    """A page on which pages of the console can be opened."""
    inside(alone, STAGE)
    return alone


def answer(page: Any) -> Any:
    return page.get_by_role("textbox", name="答案", exact=True)


def test_undoing_what_was_found_again_leaves_what_a_colleague_saved_since(stage: Any) -> None:
    inside(
        stage,
        """async () => {
          const { LocalCopy } = await import("/console/operator_local.js");
          new LocalCopy("me", "x").write({ content: article(1, "我没保存的").content, base: article(1, "旧的").content, version: 1 });
          await open({ "GET /api/knowledge/articles/x": article(2, "同事的") }, "x");
        }""",
    )
    expect(answer(stage)).to_have_value("我没保存的")
    stage.get_by_role("button", name="撤销修改").click()
    stage.locator("dialog").get_by_role("button", name="撤销修改").click()
    expect(answer(stage)).to_have_value("同事的")
    expect(stage.get_by_role("button", name="保存草稿")).to_be_disabled()


def test_what_was_written_of_an_article_that_a_colleague_deletes_is_there_once_that_is_undone(
    stage: Any,
) -> None:
    inside(
        stage,
        """async () => {
          const theirs = article(2, "旧的", { is_deleted: true, state: "deleted" });
          await open({
            "GET /api/knowledge/articles/x": article(1, "旧的"), "POST /api/knowledge/articles/x/undelete": article(3, "旧的"),
            "PUT /api/knowledge/articles/x": () => { throw new Refusal(409, { code: "article.conflict", message: "", theirs, who_name: "王审核", at: theirs.updated }); },
          }, "x");
        }""",
    )
    answer(stage).fill("我写的")
    stage.get_by_role("button", name="保存草稿").click()
    stage.get_by_text("您没保存的内容还在这台电脑上").wait_for()
    stage.get_by_role("button", name="取消删除").click()
    stage.wait_for_function("sent.length === 2")
    assert stage.evaluate("sent[1]") == ["POST", "/api/knowledge/articles/x/undelete", {"version": 2}]
    inside(stage, "async () => { await open({ 'GET /api/knowledge/articles/x': article(3, '旧的'), 'PUT /api/knowledge/articles/x': article(4, '我写的') }, 'x'); }")  # fmt: skip
    expect(answer(stage)).to_have_value("我写的")
    stage.get_by_role("button", name="保存草稿").click()
    stage.get_by_text("草稿已保存").wait_for()
    assert stage.evaluate("[sent[2][2].version, sent[2][2].answer]") == [3, "我写的"]


def test_a_save_that_is_refused_after_the_page_was_left_asks_nothing_there_and_is_found_again(
    stage: Any,
) -> None:
    inside(
        stage,
        """async () => {
          const conflict = { code: "article.conflict", message: "王审核刚刚保存了新版本。", theirs: article(2, "同事的"), who_name: "王审核", at: "2026-11-28T08:00:00Z" };
          const refused = later("refused");
          window.handle = await open({ "GET /api/knowledge/articles/x": article(1, "旧的"), "PUT /api/knowledge/articles/x": () => refused().then(() => { throw new Refusal(409, conflict); }) }, "x");
        }""",
    )
    answer(stage).fill("我写的")
    stage.get_by_role("button", name="保存草稿").click()
    stage.evaluate("leaving.abort(); handle.unmount(); arrive('refused')")
    stage.get_by_text("没存上：王审核刚刚保存了新版本。您写的内容留在这台电脑上。").wait_for()
    expect(stage.locator("dialog")).to_have_count(0)
    inside(
        stage, "async () => { await open({ 'GET /api/knowledge/articles/x': article(2, '同事的') }, 'x'); }"
    )
    expect(answer(stage)).to_have_value("我写的")


def test_what_is_typed_while_a_new_article_is_being_saved_stays_and_is_saved_into_the_same(
    stage: Any,
) -> None:
    inside(
        stage,
        """() => open({ "POST /api/knowledge/articles": later("saved"), "PUT /api/knowledge/articles/x": article(2, "写了又写") }, "new").then(() => {})""",
    )
    stage.get_by_role("textbox", name="标题").fill("充值")
    stage.get_by_role("combobox", name="分类").fill("充值")
    answer(stage).fill("写了")
    stage.get_by_role("textbox", name="添加相似问法").fill(
        "怎么充值"
    )  # and not added: it counts all the same
    stage.get_by_role("button", name="保存草稿").click()
    answer(stage).fill("写了又写")
    stage.evaluate("arrive('saved', article(1, '写了'))")
    stage.get_by_text("草稿已保存").wait_for()
    expect(answer(stage)).to_have_value("写了又写")
    expect(answer(stage)).to_be_focused()
    stage.get_by_role("button", name="保存草稿").click()
    stage.get_by_text("李运营 保存于").wait_for()
    assert stage.evaluate("sent.map(([method, path, body]) => [method, path, body.version ?? 0, body.questions])") == [
        ["POST", "/api/knowledge/articles", 0, ["怎么充值"]],
        ["PUT", "/api/knowledge/articles/x", 1, ["怎么充值"]],
    ]  # fmt: skip


def test_an_offering_asked_for_earlier_does_not_replace_the_one_that_is_edited(stage: Any) -> None:
    inside(
        stage,
        """async () => {
          const { mount } = await import("/console/operator_catalogue.js"), at = (id) => ({ path: [id], query: new URLSearchParams() });
          const api = stage({ "GET /api/catalogue/offerings/slow/revisions": [], "GET /api/catalogue/offerings/slow": later("slow"), "GET /api/catalogue/offerings/quick/revisions": [], "GET /api/catalogue/offerings/quick": offering("quick", "59") });
          const handle = window.handle = await mount(document.querySelector("main"), api, at("quick"));
          window.slow = handle.update(at("slow"));
          await handle.update(at("quick"));
        }""",
    )
    stage.get_by_label("价格（元）").fill("69")
    assert inside(stage, "async () => { arrive('slow', offering('slow', '1')); await slow; return handle.isChanged(); }")  # fmt: skip
    expect(stage.get_by_label("价格（元）")).to_have_value("69")
    expect(stage.get_by_role("heading", level=2)).to_have_text("quick")
    assert inside(stage, "() => handle.update({ path: ['slow'], query: new URLSearchParams() })") is False


def test_what_is_typed_while_an_offering_is_being_saved_stays_and_an_old_one_waits_for_it(stage: Any) -> None:
    inside(
        stage,
        """async () => {
          const { mount } = await import("/console/operator_catalogue.js");
          const revisions = [{ number: 2, deed: "changed", who_name: "李运营", at: "2026-11-28T08:00:00Z" }, { number: 1, deed: "created", who_name: "李运营", at: "2026-11-28T08:00:00Z" }];
          const api = stage({ "GET /api/catalogue/offerings/star/revisions": revisions, "GET /api/catalogue/offerings/star": { ...offering("star", "59"), version: 2 }, "PUT /api/catalogue/offerings/star": later("saved") });
          await mount(document.querySelector("main"), api, { path: ["star"], query: new URLSearchParams() });
        }""",
    )
    price = stage.get_by_label("价格（元）")
    price.fill("69")
    stage.get_by_role("button", name="保存", exact=True).click()
    price.fill("79")
    stage.evaluate("arrive('saved', offering('star', '69'))")
    stage.get_by_text("所有渠道马上按新内容回答").wait_for()
    expect(price).to_have_value("79")
    expect(stage.get_by_text("有修改还没保存")).to_be_visible()
    stage.get_by_role("button", name="恢复这一版").first.click()
    stage.get_by_text("请先保存或撤销修改").wait_for()
    assert stage.evaluate("sent.length") == 1


def test_a_filter_keeps_the_focus_and_searches_for_what_is_typed_too(stage: Any) -> None:
    inside(
        stage,
        """async () => {
          const { mount } = await import("/console/operator_catalogue.js");
          const at = (address) => ({ path: [], query: new URLSearchParams(address.split("?")[1]) }), asked = window.asked = [];
          const found = { offerings: [], total: 0, categories: {}, hidden: [{ id: "own-1", name: "重名卡", taken_by: "plan" }] };
          const api = { ...stage({}), get: async (path) => { asked.push(path); return path.includes("notices") ? { total: 0 } : found; }, go: (address) => handle.update(at(address)) };
          const handle = await mount(document.querySelector("main"), api, at("catalogue"));
        }""",
    )
    stage.get_by_label("搜索").fill("畅游")
    category = stage.get_by_label("分类")
    category.focus()
    category.select_option("plan")
    stage.wait_for_function("asked.length === 4")
    assert (
        stage.evaluate("asked[2]")
        == "/api/catalogue/offerings?q=%E7%95%85%E6%B8%B8&category=plan&state=&offset=0"
    )
    stage.get_by_text("没有这样的套餐或业务。").wait_for()
    expect(category).to_be_focused()
    expect(stage.get_by_label("搜索")).to_have_value("畅游")
    expect(stage.get_by_role("link", name="重名卡")).to_have_attribute("href", "#/catalogue/own-1")
