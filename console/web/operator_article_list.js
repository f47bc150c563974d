// The list of articles: search, filters, hits, a page at a time; what is chosen stands in the address.

import { h } from "/widget/dom.js";
import { attempt } from "./console_api.js";
import { Pager } from "./operator_pager.js";
import { CHANNELS, count, STATE_FILTERS, tagsOf, when } from "./operator_words.js";

const PAGE = 50, TYPING_MS = 250;
const SORTS = { updated: "最近修改", hits: "命中最多", title: "标题" };

export async function mountList(root, api, params) {
  const list = new ArticleList(root, api, params.query);
  await list.load();
  list.search.focus({ preventScroll: true });
}

class ArticleList {
  constructor(root, api, query) {
    this.api = api;
    const choice = (name, label, every, choices) => h("select", { class: "input", name, "aria-label": label, onchange: () => this.changed() },
      every && h("option", { value: "" }, every), Object.entries(choices).map(([code, title]) => h("option", { value: code, selected: query.get(name) === code }, title)));
    this.search = h("input", { class: "input search", type: "search", name: "q", value: query.get("q") ?? "", placeholder: "搜索标题、问法或编号", "aria-label": "搜索文章", oninput: () => this.typed() });
    this.everywhere = h("input", { type: "checkbox", name: "everywhere", checked: query.get("everywhere") === "1", onchange: () => this.search.value.trim() && this.changed() });
    this.category = choice("category", "分类", "全部分类", {});
    this.wantedCategory = query.get("category") ?? "";
    this.state = choice("state", "状态", "全部状态", STATE_FILTERS);
    this.variant = choice("variant", "专属答案", "有无专属答案", { ...Object.fromEntries(Object.entries(CHANNELS).map(([code, title]) => [code, `有${title}专属答案`])), region: "有地区专属答案" });
    this.sort = choice("sort", "排序", null, SORTS);
    this.rows = h("tbody");
    this.table = h("table", { class: "cards articles" }, h("caption", { class: "hidden" }, "文章"), h("thead", {}, h("tr", {}, ["标题", "分类", "状态", "问法", "7天命中", "30天命中", "最近修改"].map((title) => h("th", { scope: "col" }, title)))), this.rows);
    this.empty = h("div", { class: "empty", hidden: true });
    this.pager = new Pager({ page: PAGE, unit: "篇", offset: Number(query.get("offset")) || 0, load: () => this.load(), turned: () => { scrollTo(0, 0); this.rows.querySelector("a")?.focus(); } });
    root.append(
      h("h2", { class: "hidden" }, "文章"),
      h("form", { class: "tools", role: "search", onsubmit: (event) => { event.preventDefault(); this.changed(); } }, this.search, h("label", { class: "tick-line" }, this.everywhere, "也搜答案"), this.category, this.state, this.variant, this.sort, h("a", { class: "button primary", href: "#/articles/new" }, "写文章")),
      this.table, this.empty, this.pager.element);
    this.search.addEventListener("keydown", (event) => { if (event.key === "ArrowDown" && !event.isComposing) { event.preventDefault(); this.rows.querySelector("a")?.focus(); } });
    this.rows.addEventListener("keydown", (event) => this.key(event));
    this.fillCategories();
  }

  async fillCategories() {
    const found = await attempt(() => this.api.get("/api/knowledge/categories"));
    for (const { name, count: number } of found ?? []) this.category.append(h("option", { value: name, selected: name === this.wantedCategory }, `${name}（${count(number)}）`));
  }

  typed() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.changed(), TYPING_MS);
  }

  changed() {
    clearTimeout(this.timer);
    this.pager.offset = 0;
    this.wantedCategory = this.category.value;
    attempt(() => this.load());
  }

  get query() {
    const q = this.search.value.trim(), chosen = { q, everywhere: q && this.everywhere.checked ? "1" : "", category: this.wantedCategory, state: this.state.value, variant: this.variant.value, sort: this.sort.value === "updated" ? "" : this.sort.value, offset: this.pager.offset || "" };
    return new URLSearchParams(Object.entries(chosen).filter(([, value]) => value !== ""));
  }

  async load() {
    if (this.api.signal.aborted) return; // what was typed just before leaving
    const { query } = this, asked = this.asked = `${query}`;
    history.replaceState(null, "", asked ? `#/articles?${asked}` : "#/articles");
    query.set("limit", PAGE);
    this.table.setAttribute("aria-busy", "true");
    const { articles, total } = await this.api.get(`/api/knowledge/articles?${query}`).finally(() => { if (asked === this.asked) this.table.removeAttribute("aria-busy"); });
    if (asked !== this.asked || this.api.signal.aborted) return; // something else was typed meanwhile
    if (this.pager.isPast(articles.length, total)) { await this.load(); return; }
    this.rows.replaceChildren(...articles.map(row));
    this.table.hidden = !articles.length;
    this.empty.hidden = articles.length > 0;
    if (!articles.length) this.empty.replaceChildren(...this.nothing());
    this.pager.show(articles.length, total);
  }

  nothing() {
    if (!`${this.query}`) return [h("p", {}, "还没有文章。写下第一篇，或者从表格导入。"), h("a", { class: "button", href: "#/articles/new" }, "写文章")];
    return [h("p", {}, "没有符合条件的文章，换个说法或者去掉筛选再试。"), h("button", { class: "button", type: "button", onclick: () => this.clear() }, "清除筛选")];
  }

  clear() {
    for (const control of [this.search, this.category, this.state, this.variant]) control.value = "";
    this.changed();
    this.search.focus();
  }

  /** On a title: "/" searches, "n" writes, arrow keys walk on. */
  key(event) {
    const links = [...this.rows.querySelectorAll("a")];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/") { event.preventDefault(); this.search.select(); }
    if (event.key === "n") this.api.go("articles/new");
    const step = { ArrowDown: 1, ArrowUp: -1, j: 1, k: -1 }[event.key], at = links.indexOf(document.activeElement);
    if (step && at >= 0) { event.preventDefault(); (links[at + step] ?? links[at]).focus(); }
  }
}

function row(article) {
  const cell = (title, ...content) => h("td", { "data-title": title }, h("div", {}, ...content));
  const variants = [...article.channels.map((code) => CHANNELS[code] ?? code), ...article.regions];
  return h("tr", {},
    h("td", { "data-title": "标题", class: "title" }, h("div", {}, h("a", { href: `#/articles/${encodeURIComponent(article.id)}` }, article.title), article.is_generated && h("span", { class: "tag" }, "目录生成"), variants.length > 0 && h("small", { class: "hint" }, `专属答案：${variants.slice(0, 4).join("、")}${variants.length > 4 ? "等" : ""}`))),
    cell("分类", article.category), cell("状态", tagsOf(article).map(([words, kind]) => h("span", { class: `tag ${kind}` }, words))), cell("问法", `${article.questions}条`),
    cell("7天命中", count(article.hits_7)), cell("30天命中", count(article.hits_30)), cell("最近修改", when(article.updated), h("small", { class: "hint" }, article.updated_by_name)));
}
