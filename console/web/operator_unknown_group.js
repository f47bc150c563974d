// One group of unknown questions: its wordings, what to do with it, what that would change, and what came of it.

import { h } from "/widget/dom.js";
import { confirm, edit, field, refuse } from "./admin_form.js";
import { attempt, toast } from "./console_api.js";
import { clear, draw } from "./operator_charts.js";
import { articles, Picker } from "./operator_picker.js";
import { CAUSES } from "./operator_unknown.js";
import { CHANNELS, count, when } from "./operator_words.js";

export async function mountGroup(root, api, id) {
  const page = new GroupPage(root, api, id);
  page.show(await api.get(page.path));
  return { unmount: () => clear(root) };
}

class GroupPage {
  constructor(root, api, id) { Object.assign(this, { root, api, path: `/api/unknown/groups/${encodeURIComponent(id)}` }); }

  show(group) {
    this.group = group;
    this.api.title(group.title);
    this.picked = new Set();
    const head = h("div", { class: "group-head" }, h("a", { href: "#/unknown" }, "← 未知问题"), h("h2", {}, group.title), tag(group),
      h("span", { class: "hint" }, `共${count(group.size)}次，本周${count(group.this_week)}，上周${count(group.last_week)} · ${Object.entries(group.channels).map(([code, number]) => `${CHANNELS[code] ?? code}${count(number)}`).join("、")}`));
    const left = h("div", {}, this.wordings(), group.effect.days.length > 0 && this.effect());
    clear(this.root);
    this.root.replaceChildren(head, h("div", { class: "group-page" }, left, group.state === "open" ? this.deciding() : this.decided()));
  }

  wordings() {
    const { examples, state } = this.group;
    return h("section", {}, h("h3", {}, "客户的问法"), state === "open" && h("p", { class: "hint" }, "勾选要加进文章的问法。"),
      h("ul", { class: "wordings" }, examples.map((example, index) => {
        const box = state === "open" && h("input", { type: "checkbox", value: example.text, checked: index < 5, onchange: () => this.pick(example.text, box.checked) });
        if (box && index < 5) this.picked.add(example.text);
        return h("li", {}, h("label", {}, box, h("span", {}, example.text), h("small", { class: "hint" }, `${count(example.count)}次 · ${CAUSES[example.cause] ?? example.cause} · ${when(example.last)}`)));
      })));
  }

  pick(text, isPicked) {
    this.picked[isPicked ? "add" : "delete"](text);
    this.verdict?.replaceChildren();
  }

  deciding() {
    this.verdict = h("div", { role: "status" });
    this.picker = new Picker({ label: "文章", placeholder: "搜索要加到哪篇文章", most: 1, ...articles(this.api), changed: () => this.verdict.replaceChildren() });
    const usable = this.group.articles.filter((hit) => !hit.is_generated);
    if (usable[0]) this.picker.set([usable[0].id]);
    return h("div", {},
      h("section", {}, h("h3", {}, "加到已有文章"),
        usable.length > 0 && h("ul", { class: "near" }, usable.slice(0, 4).map((hit) => h("li", {}, h("span", { class: "name" }, hit.title, h("small", { class: "hint" }, `相近问法：${hit.matched_question}`)), h("span", { class: "hint" }, `相似度${Math.round(Math.max(0, hit.dense) * 100)}%`), h("button", { class: "button", type: "button", "aria-label": `选择${hit.title}`, onclick: () => { this.picker.set([hit.id]); this.verdict.replaceChildren(); } }, "选它")))),
        this.picker.element, this.verdict, h("div", { class: "line" }, this.button("检查影响", () => this.check()), this.button("加到文章草稿", () => this.accept(), "primary"))),
      h("section", {}, h("h3", {}, "其他处理"), h("div", { class: "line wrap" }, this.button("写一篇新文章", () => this.draft()), this.button("并入另一组", () => this.merge()), this.button("忽略", () => this.ignore(), "danger"))));
  }

  button(words, doing, kind = "") {
    const button = h("button", { class: `button ${kind}`, type: "button", onclick: async () => { button.disabled = true; try { await attempt(doing); } finally { button.disabled = false; } } }, words);
    return button;
  }

  get wish() {
    const article = this.picker.ids[0];
    if (!article) refuse("请先选一篇文章。");
    if (!this.picked.size) refuse("请先勾选要加进文章的问法。");
    return { article, phrases: [...this.picked] };
  }

  async check() {
    this.verdict.replaceChildren(h("p", { class: "hint" }, "正在用加上这些问法的知识库试问……"));
    try { this.verdict.replaceChildren(verdict(await this.api.post(`${this.path}/check`, this.wish))); } catch (error) { this.verdict.replaceChildren(); throw error; }
  }

  async accept() {
    const { wish } = this, found = await this.api.post(`${this.path}/check`, wish);
    this.verdict.replaceChildren(verdict(found));
    if (!found.is_clear && !(await confirm("会影响其他问题", "检查发现会影响其他文章的回答，详见页面上的说明。还要加进去吗？", "仍然加入草稿", async () => true))) return;
    this.show(await this.api.post(`${this.path}/accept`, wish));
    toast("已加到文章草稿，发布后生效。");
  }

  async draft() {
    const { title } = this.group, phrases = this.picked.size ? [...this.picked] : [title], found = await this.api.post(`${this.path}/check`, { title, phrases });
    this.verdict.replaceChildren(verdict(found));
    if (!found.is_clear && !(await confirm("会影响其他问题", "检查发现新文章会影响其他文章的回答，详见页面上的说明。还要写吗？", "仍然写新文章", async () => true))) return;
    const known = await this.api.get("/api/knowledge/categories");
    const categories = h("datalist", { id: "categories" }, known.map(({ name }) => h("option", { value: name })));
    const done = await edit("写一篇新文章", [
      field("标题", h("input", { name: "title", required: true, maxlength: 100, value: this.group.title.slice(0, 100) })), field("分类", h("input", { name: "category", required: true, maxlength: 40, list: "categories" })), categories,
      field("答案", h("textarea", { name: "answer", required: true, rows: 5, maxlength: 5000 }), `相似问法：${phrases.join("；")}`),
    ], "保存为草稿", (form) => this.api.post(`${this.path}/draft`, { title: form.elements.title.value.trim(), category: form.elements.category.value.trim(), answer: form.elements.answer.value, phrases }));
    if (done) { this.show(done); toast("新文章已存为草稿，发布后生效。"); }
  }

  async ignore() {
    const done = await edit("忽略这组问题", field("原因", h("input", { name: "reason", required: true, maxlength: 200 }), "以后这组问题明显增多时会自动回到待处理。"), "忽略", (form) => this.api.post(`${this.path}/ignore`, { reason: form.elements.reason.value }), "danger");
    if (done) this.show(done);
  }

  async merge() {
    const find = async (q) => (await this.api.get(`/api/unknown/groups?${new URLSearchParams({ q })}`)).groups.filter(({ id }) => id !== this.group.id).slice(0, 12).map(({ id, title, size }) => ({ id, title, hint: `${count(size)}次` }));
    const picker = new Picker({ label: "问题组", placeholder: "搜索另一组问题", most: 1, find, name: async () => [] });
    const done = await edit("并入另一组", picker.element, "并入", () => { if (!picker.ids[0]) refuse("请先选另一组问题。"); return this.api.post(`${this.path}/merge`, { into: picker.ids[0] }); });
    if (done) this.api.go(`unknown/${done.id}`);
  }

  decided() {
    const { group } = this, article = group.target && h("a", { href: `#/articles/${encodeURIComponent(group.target.id)}` }, group.target.title);
    const words = { accepted: h("p", {}, "已加到文章：", article), ignored: h("p", {}, `忽略原因：${group.reason}`), merged: h("p", {}, h("a", { href: `#/unknown/${group.merged_into}` }, "已并入另一组")) }[group.state];
    return h("section", {}, h("h3", {}, "处理结果"), words, group.phrases.length > 0 && [h("p", { class: "hint" }, "加入的问法"), h("ul", {}, group.phrases.map((text) => h("li", {}, text)))], h("p", { class: "hint" }, `${group.decided_by_name ?? ""} ${when(group.decided)}`),
      group.state === "accepted" && (group.live_since ? h("p", {}, h("span", { class: "tag ok" }, "已上线"), ` ${when(group.live_since)}`) : h("p", {}, h("span", { class: "tag warn" }, "等待发布"), " ", h("a", { href: "#/releases" }, "去发布"))),
      h("div", { class: "line" }, this.button("刷新效果", async () => { await this.api.post("/api/unknown/refresh"); this.show(await this.api.get(this.path)); }), group.state !== "merged" && this.button("重新打开", async () => this.show(await this.api.post(`${this.path}/reopen`)))));
  }

  effect() {
    const { effect, state } = this.group, days = effect.days.map(({ day }) => day.slice(5)), box = h("div", { class: "drawing", role: "img", "aria-label": "每天问了多少次、答上多少次；数据见表格" });
    requestAnimationFrame(() => draw(box, { days, marker: effect.since?.slice(5), series: [{ name: "提问", kind: "bar", values: effect.days.map(({ asked }) => asked), isPale: true }, ...(state === "accepted" ? [{ name: "答上", kind: "bar", values: effect.days.map(({ answered }) => answered) }] : [])] }));
    return h("section", { class: "effect" }, h("h3", {}, state === "accepted" ? "发布前后的效果" : "每天的提问"),
      state === "accepted" && h("div", { class: "shares" }, share("上线前答上", effect.before), share("上线后答上", effect.after)), box,
      h("details", {}, h("summary", {}, "表格"), h("table", {}, h("thead", {}, h("tr", {}, ["日期", "提问", "答上"].map((title) => h("th", { scope: "col" }, title)))), h("tbody", {}, effect.days.map(({ day, asked, answered }) => h("tr", {}, h("td", {}, day), h("td", {}, count(asked)), h("td", {}, count(answered))))))));
  }
}

const share = (title, { asked, answered, share: part }) => h("div", {}, h("p", {}, title), h("strong", {}, part === null ? "—" : `${Math.round(part * 100)}%`), h("small", { class: "hint" }, asked ? `${count(answered)} / ${count(asked)}次` : "还没有人问"));

function tag({ state, live_since: live }) {
  const [words, kind] = { open: ["待处理", "warn"], ignored: ["已忽略", ""], merged: ["已合并", ""], accepted: live ? ["已上线", "ok"] : ["等待发布", "warn"] }[state];
  return h("span", { class: `tag ${kind}` }, words);
}

function verdict(found) {
  const named = ({ outcome, articles: list }) => (outcome === "abstained" ? "答不上" : `${outcome === "offered" ? "给选项" : ""}《${list.map(({ title }) => title).join("》《")}》`);
  const lines = [
    ...found.published.map(({ phrase, article }) => `“${phrase}”是《${article.title}》已有的问法，两篇都有会互相抢。`),
    ...found.pulled.map(({ question, before }) => `“${question}”现在由${named(before)}回答，加上后会改由这篇回答。`),
    ...found.changed.filter(({ verdict: kind }) => kind !== "other").map(({ question, before, after }) => `“${question}”会从${named(before)}变成${named(after)}。`),
  ];
  const other = found.changed.length - found.changed.filter(({ verdict: kind }) => kind !== "other").length;
  return h("div", { class: `verdict ${found.is_clear ? "" : "against"}` }, h("p", {}, `这组${count(found.group)}个问法里，${count(found.helped)}个会由这篇文章答上；另外试问了${count(found.asked)}个相近的问题，${lines.length ? "发现下面的影响：" : "原来答得上的都没有变。"}`),
    lines.length > 0 && h("ul", {}, lines.slice(0, 20).map((line) => h("li", {}, line))), other > 0 && h("p", {}, `还有${count(other)}个原来没有直接答上的问题会有变化。`));
}
