// Everything that is sold, and whose word it is; what is searched stands in the address.

import { h } from "/widget/dom.js";
import { CATEGORIES } from "./operator_import_words.js";
import { Pager } from "./operator_pager.js";
import { count } from "./operator_words.js";

const ORIGINS = { billing: ["计费系统", ""], both: ["计费系统＋运营", "ok"], own: ["运营", "warn"] };
const STATES = { "": "全部", offered: "在售", ended: "不再办理", own: "只有运营录入", both: "运营改过", differs: "与计费系统不一致", deleted: "已删除" };
const PAGE = 50;

export class CatalogueList {
  constructor(api) {
    this.api = api;
    const choice = (label, every, choices) => h("select", { class: "input narrow", "aria-label": label, onchange: () => this.go() }, every && h("option", { value: "" }, every), Object.entries(choices).map(([code, title]) => h("option", { value: code }, title)));
    this.search = h("input", { class: "input search", type: "search", placeholder: "名称、别名、编号、公示编号", "aria-label": "搜索" });
    this.category = choice("分类", "全部分类", CATEGORIES);
    this.state = choice("状态", null, STATES);
    this.noticed = h("a", { class: "button", href: "#/catalogue/notices" });
    this.pager = new Pager({ page: PAGE, unit: "个", load: () => this.go(this.pager.offset) });
    this.hidden = h("div", { class: "banner", hidden: true });
    this.empty = h("p", { class: "empty", hidden: true });
    this.rows = h("tbody", {});
    this.table = h("table", { class: "cards offerings" }, h("caption", { class: "hidden" }, "套餐目录"), h("thead", {}, h("tr", {}, ["名称", "分类", "价格", "内容", "来源", "状态"].map((title) => h("th", { scope: "col" }, title)))), this.rows);
    this.element = h("div", {},
      h("form", { class: "tools", role: "search", onsubmit: (event) => { event.preventDefault(); this.go(); } }, this.search, this.category, this.state, this.noticed, h("a", { class: "button", href: "#/import" }, "导入"), h("a", { class: "button primary", href: "#/catalogue/new" }, "新增")),
      this.hidden, this.empty, this.table, this.pager.element);
  }

  /** Put what is searched into the address. */
  go(offset = 0) {
    this.wanted = this.search.value.trim();
    const asked = { q: this.wanted, category: this.category.value, state: this.state.value, offset: offset || "" };
    this.api.go(`catalogue?${new URLSearchParams(Object.entries(asked).filter(([, value]) => value !== ""))}`);
  }

  /** Ask for what an address names; resolves with what draws it. */
  async ask(query) {
    const asked = { q: query.get("q") ?? "", category: query.get("category") ?? "", state: query.get("state") ?? "" }, { pager } = this;
    const look = () => this.api.get(`/api/catalogue/offerings?${new URLSearchParams({ ...asked, offset: pager.offset })}`);
    pager.offset = Number(query.get("offset")) || 0;
    let [found, { total: noticed }] = await Promise.all([look(), this.api.get("/api/catalogue/notices")]);
    if (pager.isPast(found.offerings.length, found.total)) found = await look();
    return () => this.draw(asked, found, noticed);
  }

  draw(asked, { offerings, total, categories, hidden }, noticed) {
    if (asked.q !== this.wanted) this.search.value = this.wanted = asked.q; // else somebody may be typing on
    for (const option of this.category.options) if (option.value) option.textContent = `${CATEGORIES[option.value]}（${count(categories[option.value] ?? 0)}）`;
    this.category.value = asked.category;
    this.state.value = asked.state;
    this.noticed.replaceChildren("需要处理的文章", ...(noticed > 0 ? [h("span", { class: "tag bad" }, count(noticed))] : []));
    this.hidden.hidden = !hidden.length;
    this.hidden.replaceChildren(h("div", {}, h("p", {}, `有${hidden.length}个录入的业务和别的业务重名，客户问不到：`, hidden.flatMap((one, index) => [index > 0 && "、", link(one)]))));
    this.empty.hidden = total > 0;
    this.empty.textContent = asked.q || asked.category || asked.state ? "没有这样的套餐或业务。" : "目录还是空的：从文件导入，或者连接计费系统。";
    this.table.hidden = total === 0;
    this.rows.replaceChildren(...offerings.map(row));
    this.pager.show(offerings.length, total);
  }
}

const link = ({ id, name }) => h("a", { href: `#/catalogue/${encodeURIComponent(id)}` }, name);

function row(one) {
  const { category, origin, is_offered: isOffered, is_orderable: isOrderable, states, shown } = one, [words, kind] = ORIGINS[origin], isDeleted = states.includes("deleted");
  return h("tr", {}, h("td", { "data-title": "名称" }, link(one)), h("td", { "data-title": "分类" }, CATEGORIES[category]), h("td", { "data-title": "价格" }, shown.price),
    h("td", { "data-title": "内容" }, [shown.data && `流量${shown.data}`, shown.voice && `语音${shown.voice}`, shown.sms && `短信${shown.sms}`, shown.bandwidth && `带宽${shown.bandwidth}`].filter(Boolean).join("、") || "—"), h("td", { "data-title": "来源" }, h("span", { class: `tag ${kind}` }, words)),
    h("td", { "data-title": "状态" }, h("span", { class: "tags" }, isDeleted ? h("span", { class: "tag bad" }, "已删除") : h("span", { class: `tag ${isOffered ? "ok" : ""}` }, isOffered ? "在售" : "不再办理"), states.includes("differs") && h("span", { class: "tag bad" }, "与计费系统不一致"), isOffered && !isOrderable && h("span", { class: "tag" }, "不在聊天里办理"))));
}
