// The drafts that wait, and which of them go into the next release.

import { h } from "/widget/dom.js";
import { confirm } from "./admin_form.js";
import { attempt, toast } from "./console_api.js";
import { Pager } from "./operator_pager.js";
import { CHANGES } from "./operator_release_words.js";
import { count, when } from "./operator_words.js";

const PAGE = 50;

export class Drafts {
  /** `started(release)` hears of a new release. */
  constructor(api, started) {
    Object.assign(this, { api, started, exceptions: new Set(), isAll: true }); // ticked: all but the exceptions, or only the exceptions
    this.all = h("input", { type: "checkbox", "aria-label": "全选", onchange: () => { this.isAll = this.all.checked; this.exceptions.clear(); this.tick(); } });
    this.rows = h("tbody");
    this.table = h("table", { class: "cards drafts" }, h("thead", {}, h("tr", {}, h("th", { scope: "col" }, this.all), ["文章", "改动", "分类", "谁改的", "什么时候"].map((title) => h("th", { scope: "col" }, title)))), this.rows);
    this.note = h("input", { class: "input", maxlength: 200, placeholder: "这一版改了什么（选填）", "aria-label": "版本说明" });
    this.button = h("button", { class: "button primary", type: "button", onclick: () => this.start() });
    this.pager = new Pager({ page: PAGE, unit: "篇", load: () => this.load() });
    this.about = h("p", { class: "hint" });
    this.full = h("div", { hidden: true }, this.table, this.pager.element, h("div", { class: "line wrap start-bar" }, this.note, this.button));
    this.element = h("section", { class: "sheet release-part" }, h("h2", {}, "等待发布的草稿"), this.about, this.full);
  }

  async load(status = this.status) {
    this.status = status;
    const { catalogue_changed: hasNewCatalogue, model_changed: hasNewModel } = status;
    const news = [hasNewCatalogue && "套餐目录有变化：答案里的价格和内容已经跟着变了；新业务和改了的名称，测试并发布以后才按新的问法检索。", hasNewModel && "检索模型重新训练过：和线上比过、发布以后才会用上，之前客户仍由原来的模型回答。"].filter(Boolean);
    const asked = this.asked = {}, { articles, total } = await this.api.get(`/api/knowledge/drafts?${new URLSearchParams({ offset: this.pager.offset, limit: PAGE })}`);
    if (asked !== this.asked) return;
    if (this.pager.isPast(articles.length, total)) { await this.load(status); return; }
    this.total = total;
    this.full.hidden = total === 0 && !news.length;
    this.table.hidden = total === 0;
    this.about.textContent = news.length ? news.join("") : total ? "勾选要一起发布的，测试通过后再发布。" : "没有等待发布的草稿，客户看到的就是最新内容。";
    this.rows.replaceChildren(...articles.map((article) => this.row(article)));
    this.pager.show(articles.length, total);
    this.tick();
  }

  row(article) {
    const box = h("input", { type: "checkbox", value: article.id, "aria-label": `发布：${article.title}`, onchange: () => { (box.checked === this.isAll) ? this.exceptions.delete(article.id) : this.exceptions.add(article.id); this.tick(); } });
    const [words, kind] = CHANGES[article.change], cell = (title, ...content) => h("td", { "data-title": title }, h("div", {}, ...content));
    return h("tr", {}, h("td", { class: "tick" }, box), cell("文章", h("a", { href: `#/articles/${encodeURIComponent(article.id)}?tab=history` }, article.title)), cell("改动", h("span", { class: `tag ${kind}` }, words)), cell("分类", article.category), cell("谁改的", article.updated_by_name), cell("什么时候", when(article.updated)));
  }

  get chosen() { return this.isAll ? this.total - this.exceptions.size : this.exceptions.size; }

  tick() {
    for (const box of this.rows.querySelectorAll("input")) box.checked = this.exceptions.has(box.value) !== this.isAll;
    this.all.checked = this.chosen === this.total && this.total > 0;
    this.all.indeterminate = this.chosen > 0 && this.chosen < this.total;
    this.button.textContent = this.chosen ? `测试这${count(this.chosen)}篇` : this.status.catalogue_changed ? "测试新目录" : this.status.model_changed ? "测试新模型" : "请先勾选文章";
    this.button.disabled = this.isStarting || (!this.chosen && !this.status.catalogue_changed && !this.status.model_changed);
  }

  /** What is ticked, as the service takes it: some drafts, or every one but some. */
  get wanted() { return { [this.isAll ? "except" : "articles"]: [...this.exceptions] }; }

  /** Ask before a release that is tested and waits, or that somebody asked to publish, is put aside. */
  async mayReplace() {
    const { candidate } = await this.api.get("/api/knowledge/status");
    if (candidate?.state !== "ready" || candidate.canary) return true; // while it is tried on customers the service says no
    const asked = candidate.requested_by ? `${candidate.requested_by_name}已请审核发布第${candidate.number}版。` : `第${candidate.number}版已经测试好，还没有发布。`;
    return (await confirm("替换已经测试好的一版", `${asked}开始新的测试会替换它；它的改动还在草稿里，没被勾选的不会进新的一版。`, "测试新的一版", async () => true)) === true;
  }

  async start() {
    this.isStarting = true;
    this.tick();
    const release = await attempt(async () => (await this.mayReplace()) && this.api.post("/api/knowledge/releases", { ...this.wanted, note: this.note.value.trim() }));
    this.isStarting = false;
    this.tick();
    if (!release) return;
    this.note.value = "";
    toast(`第${release.number}版开始测试`);
    this.started(release);
  }
}
