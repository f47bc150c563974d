// 套餐目录: everything that is sold, whose word it is, and the articles that no longer agree with it.

import { h } from "/widget/dom.js";
import { attempt, toast } from "./console_api.js";
import { CATEGORIES } from "./operator_import_words.js";
import { OfferingEditor } from "./operator_offering.js";

const ORIGINS = { billing: ["计费系统", ""], both: ["计费系统＋运营", "ok"], own: ["运营", "warn"] };
const STATES = { "": "全部", offered: "在售", ended: "不再办理", own: "只有运营录入", both: "运营改过", differs: "与计费系统不一致" };
const CODES = { price_differs: "价格不一致", offering_missing: "套餐没有了", offering_ended: "套餐已停售", offering_ends: "套餐快停售", article_ended: "文章已过期", article_ends: "文章快过期" };
const PAGE = 50;

export async function mount(root, api, params) {
  const page = new CataloguePage(root, api);
  await page.show(params);
  return { update: (next) => page.show(next), isChanged: () => Boolean(page.editor?.isChanged) };
}

class CataloguePage {
  constructor(root, api) { this.root = root; this.api = api; }

  async show({ path, query }) {
    if (this.editor?.isChanged) return false;
    this.editor = null;
    if (path[0] === "notices") { await this.notices(query.get("code") ?? ""); return true; }
    if (path[0]) {
      const editor = new OfferingEditor(this.api, path[0] === "new" ? null : path[0]);
      await editor.load(); // before it is shown: what is typed must not be filled over
      this.editor = editor;
      this.root.replaceChildren(editor.element);
      return true;
    }
    await this.list(query);
    return true;
  }

  async list(query) {
    const asked = { q: query.get("q") ?? "", category: query.get("category") ?? "", state: query.get("state") ?? "", offset: query.get("offset") ?? "0" };
    const [found, { total: noticed }] = await Promise.all([this.api.get(`/api/catalogue/offerings?${new URLSearchParams(asked)}`), this.api.get("/api/catalogue/notices")]);
    const go = (change) => this.api.go(`catalogue?${new URLSearchParams({ ...asked, offset: "0", ...change })}`);
    const choice = (name, label, choices) => h("select", { class: "input narrow", "aria-label": label, onchange: (event) => go({ [name]: event.target.value }) }, choices.map(([code, title]) => h("option", { value: code, selected: code === asked[name] }, title)));
    const search = h("input", { class: "input search", type: "search", value: asked.q, placeholder: "名称、别名、编号、公示编号", "aria-label": "搜索" }), start = Number(asked.offset);
    this.root.replaceChildren(...[
      h("form", { class: "tools", onsubmit: (event) => { event.preventDefault(); go({ q: search.value.trim() }); } }, search, choice("category", "分类", [["", "全部分类"], ...Object.entries(CATEGORIES).map(([code, title]) => [code, `${title}（${found.categories[code] ?? 0}）`])]), choice("state", "状态", Object.entries(STATES)),
        h("a", { class: "button end", href: "#/catalogue/notices" }, "需要处理的文章", noticed > 0 && h("span", { class: "tag bad" }, String(noticed))), h("a", { class: "button", href: "#/import" }, "导入"), h("a", { class: "button primary", href: "#/catalogue/new" }, "新增")),
      found.hidden.length > 0 && h("div", { class: "banner" }, h("div", {}, h("p", {}, `有${found.hidden.length}个录入的业务和别的业务重名，客户问不到：${found.hidden.map(({ name }) => name).join("、")}`))),
      found.total === 0 ? h("p", { class: "empty" }, asked.q || asked.category || asked.state ? "没有这样的套餐或业务。" : "目录还是空的：从文件导入，或者连接计费系统。") : h("table", { class: "cards offerings" }, h("caption", { class: "hidden" }, "套餐目录"), h("thead", {}, h("tr", {}, ["名称", "分类", "价格", "内容", "来源", "状态"].map((title) => h("th", { scope: "col" }, title)))),
        h("tbody", {}, found.offerings.map((one) => this.row(one)))),
      found.total > PAGE && h("div", { class: "pager" }, h("span", {}, `${start + 1}—${Math.min(start + PAGE, found.total)}，共${found.total}个`), h("button", { class: "button", type: "button", disabled: start === 0, onclick: () => go({ offset: String(Math.max(0, start - PAGE)) }) }, "上一页"), h("button", { class: "button", type: "button", disabled: start + PAGE >= found.total, onclick: () => go({ offset: String(start + PAGE) }) }, "下一页")),
    ].filter(Boolean));
  }

  row({ id, name, category, origin, is_offered: isOffered, is_orderable: isOrderable, states, shown }) {
    const [words, kind] = ORIGINS[origin];
    return h("tr", {}, h("td", { "data-title": "名称" }, h("a", { href: `#/catalogue/${encodeURIComponent(id)}` }, name)), h("td", { "data-title": "分类" }, CATEGORIES[category]), h("td", { "data-title": "价格" }, shown.price),
      h("td", { "data-title": "内容" }, [shown.data && `流量${shown.data}`, shown.voice && `语音${shown.voice}`, shown.sms && `短信${shown.sms}`, shown.bandwidth && `带宽${shown.bandwidth}`].filter(Boolean).join("、") || "—"), h("td", { "data-title": "来源" }, h("span", { class: `tag ${kind}` }, words)),
      h("td", { "data-title": "状态" }, h("span", { class: "tags" }, h("span", { class: `tag ${isOffered ? "ok" : ""}` }, isOffered ? "在售" : "不再办理"), states.includes("differs") && h("span", { class: "tag bad" }, "与计费系统不一致"), isOffered && !isOrderable && h("span", { class: "tag" }, "不在聊天里办理"))));
  }

  async notices(code) {
    const { notices, counts, total } = await this.api.get(`/api/catalogue/notices?${new URLSearchParams({ code })}`);
    const look = h("button", { class: "button end", type: "button", onclick: () => attempt(async () => { look.disabled = true; await this.api.post("/api/catalogue/notices/look"); await this.notices(code); toast("已经重新检查。"); }) }, "现在检查一遍");
    this.root.replaceChildren(
      h("p", {}, h("a", { href: "#/catalogue" }, "← 套餐目录")),
      h("div", { class: "tools" }, h("h2", {}, "需要处理的文章"), [["", `全部（${total}）`], ...Object.entries(CODES).filter(([name]) => counts[name]).map(([name, title]) => [name, `${title}（${counts[name]}）`])].map(([name, title]) => h("a", { class: `tag ${name === code ? "warn" : ""}`, href: `#/catalogue/notices?code=${name}` }, title)), look),
      notices.length === 0 ? h("p", { class: "empty" }, "没有发现问题：文章里的价格、套餐和有效期都对得上。") : h("ul", { class: "findings" }, notices.map((one) => h("li", { class: "finding" }, h("div", { class: "line wrap" }, h("span", { class: `tag ${one.is_blocking ? "bad" : "warn"}` }, CODES[one.code]), h("a", { href: `#/articles/${encodeURIComponent(one.article)}` }, one.title), one.offering && h("a", { class: "end", href: `#/catalogue/${encodeURIComponent(one.offering)}` }, "看套餐")),
        h("p", {}, one.message), one.sentence && h("p", { class: "given diff-text" }, one.sentence)))));
  }
}
