// 审计日志: who did what, newest first.

import { h } from "/widget/dom.js";
import { KINDS, sentence } from "./admin_audit_words.js";
import { attempt, get } from "./console_api.js";

const DAY = new Intl.DateTimeFormat("zh-CN", { year: "numeric", month: "long", day: "numeric", weekday: "short" });
const TIME = new Intl.DateTimeFormat("zh-CN", { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });

export class AuditTab {
  constructor() {
    this.what = h("select", { class: "input", "aria-label": "操作", onchange: () => attempt(() => this.look()) }, h("option", { value: "" }, "全部操作"), Object.entries(KINDS).map(([code, title]) => h("option", { value: code }, title)));
    this.who = h("select", { class: "input", "aria-label": "操作人", onchange: () => attempt(() => this.look()) }, h("option", { value: "" }, "所有人"));
    this.list = h("div", { class: "audit" });
    this.more = h("button", { class: "button", type: "button", hidden: true, onclick: () => attempt(() => this.next()) }, "查看更早的记录");
    this.empty = h("p", { class: "empty", hidden: true }, "没有符合条件的记录。");
    this.element = h("div", {}, h("div", { class: "tools" }, this.what, this.who, h("button", { class: "button", type: "button", onclick: () => attempt(() => this.look()) }, "刷新")), this.list, this.empty, this.more);
  }

  async load() {
    const members = await get("/api/admin/staff"), chosen = this.who.value;
    this.who.replaceChildren(this.who.options[0], ...members.map(({ id, name, login }) => h("option", { value: id, selected: id === chosen }, `${name}（${login}）`)));
    await this.look();
  }

  async look() {
    this.list.replaceChildren();
    this.last = this.day = null;
    await this.next();
  }

  async next() {
    const asked = this.asked = new URLSearchParams({ what: this.what.value, who: this.who.value, ...(this.last ? { before: this.last } : {}) });
    const { entries, has_more: hasMore } = await get(`/api/admin/audit?${asked}`);
    if (asked !== this.asked) return; // another filter was chosen meanwhile
    for (const entry of entries) this.write(entry);
    this.last = entries.at(-1)?.number ?? this.last;
    this.more.hidden = !hasMore;
    this.empty.hidden = this.list.childElementCount > 0;
  }

  write(entry) {
    const at = new Date(entry.at), day = DAY.format(at);
    if (day !== this.day) {
      this.lines = h("ol", {});
      this.list.append(h("h2", {}, day), this.lines);
      this.day = day;
    }
    const { words, details } = sentence(entry);
    this.lines.append(h("li", {}, h("time", { datetime: entry.at }, TIME.format(at)), h("div", {}, words, details.map((detail) => h("p", { class: "hint" }, detail)))));
  }
}
