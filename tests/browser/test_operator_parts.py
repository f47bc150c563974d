"""Parts of the operator console alone on a page: versions merged and compared, questions pasted, an article's card."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.inside import inside

pytestmark = [pytest.mark.browser]
BLANK: dict[str, Any] = {"title": "", "category": "", "questions": [], "held_out": [], "answer": "", "channels": {}, "regions": {},
         "link": None, "image": None, "card": None, "offerings": [], "followups": [], "valid_from": None, "valid_to": None}  # fmt: skip


def _merge(page: Any, base: dict[str, Any], mine: dict[str, Any], theirs: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = inside(
        page,
        """async (versions) => {
          const { merge } = await import("/console/operator_content.js");
          return merge(...versions);
        }""",
        [BLANK | base, BLANK | base | mine, BLANK | base | theirs],
    )
    return found


def test_what_only_one_side_changed_is_kept(alone: Any) -> None:
    found = _merge(
        alone,
        {"title": "旧", "answer": "旧答"},
        {"title": "我的"},
        {"answer": "对方的", "valid_to": "2026-12-31"},
    )
    assert (found["mine"], found["theirs"], found["both"]) == (["title"], ["answer", "valid_to"], [])
    merged = found["merged"]
    assert (merged["title"], merged["answer"], merged["valid_to"]) == ("我的", "对方的", "2026-12-31")


def test_questions_that_both_changed_are_put_together(alone: Any) -> None:
    found = _merge(
        alone,
        {"questions": ["一", "二", "三"]},
        {"questions": ["一", "三", "我"]},
        {"questions": ["二", "三", "他"]},
    )
    assert found["both"] == ["questions"]
    assert found["merged"]["questions"] == ["三", "他", "我"]


def test_same_change_of_both_is_no_conflict(alone: Any) -> None:
    found = _merge(
        alone,
        {"channels": {}},
        {"channels": {"web": "a", "wechat": "b"}},
        {"channels": {"wechat": "b", "web": "a"}},
    )
    assert found["both"] == []


CHANGES = [
    ("国际漫游需要押金", "国际漫游不要押金", "国际漫游[-需-][+不+]要押金"),
    ("一样", "一样", "一样"),
    ("", "新的", "[+新的+]"),
    ("甲乙丙丁", "完全不同的话", "[-甲乙丙丁-][+完全不同的话+]"),
    ("aXa", "aXXa", "aX[+X+]a"),
    ("<img src=x>", "<b>", "<[-img src=x-][+b+]>"),
]


@pytest.mark.parametrize(("before", "after", "shown"), CHANGES)
def test_texts_are_compared_character_by_character(alone: Any, before: str, after: str, shown: str) -> None:
    found = inside(
        alone,
        """async ([before, after]) => {
          const { compared } = await import("/console/operator_diff.js");
          const marks = { DEL: ["[-", "-]"], INS: ["[+", "+]"] };
          return compared(before, after).map((piece) => (piece.tagName ? marks[piece.tagName].join(piece.textContent) : piece)).join("");
        }""",
        [before, after],
    )
    assert found == shown


def test_pasted_lines_become_questions_without_the_known_ones(alone: Any) -> None:
    found = inside(
        alone,
        """async () => {
          const { Questions } = await import("/console/operator_questions.js");
          const box = new Questions(() => {});
          document.querySelector("main").append(box.element);
          box.set(["怎么充话费"], ["话费去哪充"]);
          box.add("充话费\\r\\n· 怎么充话费？\\n\\n 话费去哪充\\n充话费");
          return [box.questions, box.heldOut, box.total.textContent];
        }""",
    )
    assert found == [["充话费", "怎么充话费"], ["话费去哪充"], "2/200条，另有1条只用于测试；3条重复的没有加"]


def test_articles_card_follows_web_addresses_only(alone: Any) -> None:
    inside(
        alone,
        """async () => {
          const { card } = await import("/widget/cards.js");
          const show = (link, image) => document.querySelector("main").append(card({ type: "article", title: "<b>到账</b>", rows: [{ label: "线上", value: "即时" }], link, image }));
          show({ title: "坏", url: "javascript:window.hacked=1" }, { url: "data:text/html,x", alt: "坏" });
          show({ title: "充值记录", url: "https://example.com/a" }, { url: "https://example.com/a.png", alt: "充值页面" });
        }""",
    )
    assert alone.locator(".card a").evaluate_all("all => all.map(a => a.href)") == ["https://example.com/a"]
    assert alone.locator(".card img").evaluate_all("all => all.map(i => i.alt)") == ["充值页面"]
    assert alone.locator(".card h3").first.inner_text() == "<b>到账</b>"


def test_what_an_answer_says_of_an_offering_is_chosen_instead_of_typed(alone: Any) -> None:
    inside(
        alone,
        """async () => {
          const { h } = await import("/widget/dom.js"), { inserting } = await import("/console/operator_placeholder.js");
          const api = { get: async () => [{ id: "plan-star-59", name: "星享套餐59元", price: "59元/月", is_active: true }] };
          const area = h("textarea", { "aria-label": "答案" });
          document.querySelector("main").append(area, inserting(api, () => area, ({ id }) => { window.took = id; }));
          area.value = "每月，随时退订。";
          area.setSelectionRange(2, 2);
        }""",
    )
    alone.get_by_role("button", name="＋ 插入套餐内容").click()
    alone.get_by_role("button", name="插入", exact=True).click()
    alone.get_by_text("请先选一个套餐。").wait_for()
    alone.get_by_role("combobox", name="套餐", exact=True).fill("星享")
    alone.get_by_role("option", name="星享套餐59元").click()
    alone.get_by_role("button", name="插入", exact=True).click()
    alone.locator("dialog").wait_for(state="detached")
    assert alone.get_by_label("答案").input_value() == "每月{{plan-star-59.price}}，随时退订。"
    assert alone.evaluate("window.took") == "plan-star-59"


def test_what_a_colleague_saved_first_of_an_offering_is_shown_beside_what_was_typed(alone: Any) -> None:
    inside(
        alone,
        """async () => {
          const { OfferingEditor } = await import("/console/operator_offering.js"), { Refusal } = await import("/console/console_api.js");
          const as = (cells, version) => ({ name: "星享", cells, version, articles: [], own_fields: [], overtaken: [], differs: [] });
          const stored = [as({ name: "星享", price: "59" }, 1), as({ name: "星享", price: "69", data: "30GB" }, 2)], sent = window.sent = [];
          const api = {
            get: async (path) => (path.endsWith("/revisions") ? [] : stored.shift()),
            put: async (_path, body) => { sent.push([body.version, body.cells.price, body.cells.data]); throw new Refusal(409, { code: "offering.taken", message: "其他同事刚刚改过" }); },
          };
          const editor = window.editor = new OfferingEditor(api, "plan-star");
          document.querySelector("main").append(editor.element);
          await editor.load();
          editor.inputs.price.input.value = "49";
          await editor.save();
        }""",
    )
    assert alone.locator("[name=price]").input_value() == "49"  # mine
    assert alone.locator("[name=data]").input_value() == "30GB"  # theirs, where I changed nothing
    alone.get_by_text("现在保存的是：69").wait_for()
    inside(alone, "() => { editor.api.get = async () => []; return editor.save().catch(() => {}); }")
    assert alone.evaluate("sent") == [[1, "49", ""], [2, "49", "30GB"]]


def test_what_was_done_to_a_release_is_told_in_the_audit_log(alone: Any) -> None:
    found = inside(
        alone,
        """async () => {
          const { sentence } = await import("/console/admin_audit_words.js");
          const told = (what, detail) => sentence({ what, detail, subject: "0a1b", who: "x", who_name: "王审核" });
          return [told("release.overridden", { number: 3, changes: 2, reason: "明天开始" }), told("article.restored", { title: "漫游", note: "2", fields: ["answer"] })
            ].map(({ words, details }) => [words, ...details]);
        }""",
    )
    assert found[0] == ["王审核 强制发布了第3版（2篇改动，测试没通过）", "原因：明天开始"]
    assert found[1] == ["王审核 把文章“漫游”恢复成版本 2", "改了：答案"]


def test_the_way_back_leads_to_what_was_live_before_not_to_what_was_taken_back(alone: Any) -> None:
    found = alone.evaluate(
        """async () => {
          const { mount } = await import("/console/operator_releases.js");
          const release = (number, base, state) => ({ id: `r${number}`, number, base, state, published: "2026-11-01T00:00:00Z", created: "2026-11-01T00:00:00Z", changes: 1, note: "", gate: null, canary: null });
          const all = [release(3, "r1", "live"), release(2, "r1", "superseded"), release(1, null, "superseded")];
          const status = { live: all[0], candidate: null, failed: null, canary: null, drafts: 0, limits: {} };
          const answers = { status, drafts: { articles: [], total: 0 }, releases: all };
          const api = { can: () => true, refreshStatus: () => {}, get: async (path) => answers[path.split(/[/?]/)[3]] };
          const { unmount } = await mount(document.body.appendChild(document.createElement("div")), api, { path: [] });
          unmount();
          return [...document.querySelectorAll("button")].map((button) => button.textContent).filter((text) => text.startsWith("一键"));
        }"""
    )
    assert found == ["一键退回第1版"]


def test_a_card_is_written_line_by_line(alone: Any) -> None:
    inside(
        alone,
        """async () => {
          const { Extras } = await import("/console/operator_variants.js");
          const extras = window.extras = new Extras(() => {});
          document.querySelector("main").append(extras.element, extras.adding);
          extras.set({});
        }""",
    )
    alone.get_by_role("button", name="＋ 卡片").click()
    alone.get_by_label("卡片标题").fill("到账时间")
    alone.get_by_label("第1行名称").fill("线上充值")
    alone.get_by_label("第1行内容").fill("即时")
    alone.get_by_role("button", name="＋ 一行").click()
    alone.get_by_label("第2行名称").fill("充值卡")
    assert alone.evaluate("extras.value.card") == {
        "title": "到账时间",
        "rows": [["线上充值", "即时"], ["充值卡", ""]],
    }
    alone.get_by_role("button", name="删除第1行").click()
    assert alone.locator("main").inner_text().count("object") == 0
    assert alone.evaluate("extras.value.card.rows") == [["充值卡", ""]]


def test_an_answer_is_previewed_whatever_else_is_still_to_be_put_right(alone: Any) -> None:
    sent = inside(
        alone,
        """async (content) => {
          const { Preview } = await import("/console/operator_preview.js");
          let sent;
          const preview = new Preview({ post: async (_path, body) => { sent = body; return { text: "好", card: null, followups: [] }; }, signal: { aborted: false } });
          document.querySelector("main").append(preview.element);
          preview.content = content;
          await preview.ask();
          return sent;
        }""",
        BLANK
        | {"answer": "好", "questions": [f"问{n}" for n in range(205)], "link": {"title": "详情", "url": ""}}
        | {
            "card": {"title": "表", "rows": [["价格", "6元"]]},
            "valid_from": "2026-12-05",
            "valid_to": "2026-12-01",
        },
    )
    assert (sent["questions"], sent["valid_to"], sent["link"]) == (["问0"], None, None)
    assert sent["card"]["rows"] == [["价格", "6元"]]


def test_a_hit_test_that_is_refused_leaves_no_answer_of_another_version(alone: Any) -> None:
    inside(
        alone,
        """async () => {
          const { mount } = await import("/console/operator_hit_test.js"), { Refusal } = await import("/console/console_api.js");
          const api = { post: async () => { throw new Refusal(400, { code: "release.no_candidate", message: "现在没有测试好的待发布版本" }); }, signal: { aborted: false } };
          await mount(document.querySelector("main"), api, { query: new URLSearchParams({ q: "怎么充值", on: "candidate" }) });
        }""",
    )
    assert alone.get_by_role("alert").inner_text() == "现在没有测试好的待发布版本"


def test_an_import_is_followed_through_a_failure_and_told_in_words(alone: Any) -> None:
    inside(
        alone,
        """async () => {
          const { JobPanel } = await import("/console/operator_import_job.js"), { Refusal } = await import("/console/console_api.js");
          const job = { filename: "a.csv", kind: "articles", created: 0, updated: 1, unchanged: 0, problem_count: 0, problems: [], done: 1, total: 2 };
          const states = ["reading", "", "ready"], rows = [{ place: 1, row: 2, id: "x", title: "充值", verdict: "update", body: {}, changed: [
            { field: "channels", before: { web: "旧" }, after: { web: "新" } }, { field: "link", before: null, after: { title: "详情", url: "https://a.example" } }, { field: "questions", before: [], after: ["问"], added: ["问"], removed: [] }] }];
          const api = { signal: { aborted: false }, get: async (path) => {
            if (path.includes("/rows")) return { rows, total: 1 };
            const state = states.shift();
            if (!state) throw new Refusal(502, { code: "unknown", message: "" });
            return { ...job, state };
          } };
          const panel = new JobPanel(api, "j");
          document.querySelector("main").append(panel.element);
          await panel.follow();
        }""",
    )
    changes = alone.locator(".diff-list li")
    changes.first.wait_for()
    assert changes.all_inner_texts() == ["渠道答案：网页：旧 → 网页：新", "链接：（空） → 详情 https://a.example", "相似问法：问"]  # fmt: skip
    alone.get_by_role("button", name="全部导入（1）").wait_for()
