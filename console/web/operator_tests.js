// The operator's own test questions: asked before every release.

import { h } from "/widget/dom.js";
import { confirm, edit, field, refuse } from "./admin_form.js";
import { attempt, toast } from "./console_api.js";
import { picked } from "./operator_article_form.js";
import { Pager } from "./operator_pager.js";
import { articles, Picker } from "./operator_picker.js";
import { CHANNELS } from "./operator_words.js";

const PAGE = 50;

export class Tests {
  constructor(api) {
    this.api = api;
    this.rows = h("tbody");
    this.table = h("table", { class: "cards" }, h("caption", { class: "hidden" }, "测试题"), h("thead", {}, h("tr", {}, ["问题", "应当答", "渠道", "备注", "谁加的"].map((title) => h("th", { scope: "col" }, title)), h("th", { scope: "col" }, h("span", { class: "hidden" }, "操作")))), this.rows);
    this.empty = h("p", { class: "empty", hidden: true }, "还没有测试题。把最不能答错的问题写进来，以后每次发布都会先问一遍。");
    this.pager = new Pager({ page: PAGE, unit: "题", load: () => this.load() });
    this.element = h("section", { class: "release-part" }, h("div", { class: "tools" }, h("h2", {}, "自建测试题"), h("button", { class: "button end", type: "button", onclick: () => this.bring() }, "批量导入"), h("button", { class: "button primary", type: "button", onclick: () => this.write(null) }, "添加测试题")), this.table, this.empty, this.pager.element);
  }

  async load() {
    const { tests, total } = await this.api.get(`/api/knowledge/tests?${new URLSearchParams({ offset: this.pager.offset, limit: PAGE })}`);
    if (this.pager.isPast(tests.length, total)) { await this.load(); return; }
    this.rows.replaceChildren(...tests.map((test) => this.row(test)));
    this.table.hidden = !total;
    this.empty.hidden = total > 0;
    this.pager.show(tests.length, total);
  }

  row(test) {
    const cell = (title, ...content) => h("td", { "data-title": title }, h("div", {}, ...content));
    const button = (title, doing, kind = "") => h("button", { class: `button ${kind}`, type: "button", "aria-label": `${title}：${test.question}`, onclick: doing }, title);
    return h("tr", {}, cell("问题", test.question), cell("应当答", test.article ? h("a", { href: `#/articles/${encodeURIComponent(test.article)}` }, test.title ?? test.article) : h("span", { class: "tag" }, "应当答不上")), cell("渠道", CHANNELS[test.channel] ?? test.channel), cell("备注", test.note || "—"), cell("谁加的", test.created_by_name),
      h("td", { class: "row-actions" }, button("编辑", () => this.write(test)), button("删除", () => this.remove(test), "danger")));
  }

  async write(test) {
    const article = new Picker({ label: "应当答的文章", placeholder: "输入文章标题查找；不选就是应当答不上", most: 1, ...articles(this.api) });
    if (test?.article) article.set([test.article]);
    const saved = await edit(test ? "编辑测试题" : "添加测试题", [
      field("问题", h("input", { name: "question", required: true, maxlength: 500, autocomplete: "off", value: test?.question ?? "" })), picked("应当答的文章", article),
      field("渠道", h("select", { name: "channel" }, Object.entries(CHANNELS).map(([code, title]) => h("option", { value: code, selected: code === (test?.channel ?? "web") }, title)))),
      field("备注（选填）", h("input", { name: "note", maxlength: 200, autocomplete: "off", value: test?.note ?? "" }))], "保存", (form) => {
      const { question, channel, note } = Object.fromEntries(new FormData(form)), body = { question: question.trim(), article: article.ids[0] ?? null, channel, note: note.trim() };
      return test ? this.api.put(`/api/knowledge/tests/${test.id}`, body) : this.api.post("/api/knowledge/tests", body);
    });
    if (saved) await attempt(() => this.load());
  }

  async remove(test) {
    if (await confirm("删除测试题", `“${test.question}”以后发布时不再测试。`, "删除", () => this.api.remove(`/api/knowledge/tests/${test.id}`))) await attempt(() => this.load());
  }

  /** Many at once: lines pasted, as from a spreadsheet. */
  async bring() {
    const problems = h("ul", { class: "wrong" }), lines = h("textarea", { name: "lines", rows: 10, required: true, placeholder: "去泰国漫游怎么开\troaming-open\n帮我写首诗" });
    const done = await edit("批量导入测试题", [h("p", { class: "hint" }, "一行一题：问题，然后按Tab键写文章编号（从表格里复制两列就是这样）；没有编号的就是应当答不上。"), field("测试题", lines), problems], "导入", async () => {
      const found = await this.api.post("/api/knowledge/tests/import", { lines: lines.value });
      if (!found.problems.length) return found;
      const wrong = new Set(found.problems.map(({ line }) => line));
      lines.value = lines.value.split("\n").filter((_, index) => wrong.has(index + 1)).join("\n"); // what went in is not sent twice
      problems.replaceChildren(...found.problems.map(({ line, message }, index) => h("li", {}, `第${index + 1}行（原第${line}行）：${message}`)));
      return refuse(`导入了${found.added}题，剩下的${found.problems.length}行有问题，改好以后再导入，或者关闭。`);
    });
    if (done) toast(`已导入${done.added}题`);
    await attempt(() => this.load());
  }
}
