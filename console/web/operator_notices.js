// The articles whose prices, offerings or days no longer hold.

import { h } from "/widget/dom.js";
import { attempt, toast } from "./console_api.js";
import { Pager } from "./operator_pager.js";
import { count } from "./operator_words.js";

const CODES = { price_differs: "价格不一致", offering_missing: "套餐没有了", offering_ended: "套餐已停售", offering_ends: "套餐快停售", article_ended: "文章已过期", article_ends: "文章快过期" };
const PAGE = 100; // as the service has it

export class Notices {
  constructor(api) {
    this.api = api;
    this.kinds = h("span", { class: "line wrap" });
    this.look = h("button", { class: "button end", type: "button", onclick: () => attempt(() => this.lookAgain()) }, "现在检查一遍");
    this.list = h("ul", { class: "findings" });
    this.empty = h("p", { class: "empty", hidden: true }, "没有发现问题：文章里的价格、套餐和有效期都对得上。");
    this.pager = new Pager({ page: PAGE, unit: "条", load: () => this.load(), turned: () => scrollTo(0, 0) });
    this.element = h("div", {}, h("p", {}, h("a", { href: "#/catalogue" }, "← 套餐目录")), h("div", { class: "tools" }, h("h2", {}, "需要处理的文章"), this.kinds, this.look), this.empty, this.list, this.pager.element);
  }

  /** Ask for those that an address names; resolves with what draws them. */
  ask(query) {
    this.code = query.get("code") ?? "";
    this.pager.offset = 0;
    return this.page();
  }

  async page() {
    const { code, pager } = this, asked = this.asked = {}, look = () => this.api.get(`/api/catalogue/notices?${new URLSearchParams({ code, offset: pager.offset })}`);
    const totalOf = ({ counts, total }) => (code ? counts[code] ?? 0 : total);
    let found = await look();
    if (pager.isPast(found.notices.length, totalOf(found))) found = await look();
    return () => { if (asked === this.asked) this.draw(found, code, totalOf(found)); };
  }

  async load() { (await this.page())(); }

  async lookAgain() {
    this.look.disabled = true;
    try {
      await this.api.post("/api/catalogue/notices/look");
      await this.load();
      toast("已经重新检查。");
    } finally { this.look.disabled = false; }
  }

  draw({ notices, counts, total }, code, most) {
    this.kinds.replaceChildren(...[["", `全部（${count(total)}）`], ...Object.entries(CODES).filter(([name]) => counts[name]).map(([name, title]) => [name, `${title}（${count(counts[name])}）`])].map(([name, title]) => h("a", { class: `tag ${name === code ? "warn" : ""}`, "aria-current": name === code && "true", href: `#/catalogue/notices?code=${name}` }, title)));
    this.empty.hidden = notices.length > 0;
    this.list.replaceChildren(...notices.map(finding));
    this.pager.show(notices.length, most);
  }
}

function finding(one) {
  return h("li", { class: "finding" }, h("div", { class: "line wrap" }, h("span", { class: `tag ${one.is_blocking ? "bad" : "warn"}` }, CODES[one.code]), h("a", { href: `#/articles/${encodeURIComponent(one.article)}` }, one.title), one.offering && h("a", { class: "end", href: `#/catalogue/${encodeURIComponent(one.offering)}` }, "看套餐")),
    h("p", {}, one.message), one.sentence && h("p", { class: "given diff-text" }, one.sentence));
}
