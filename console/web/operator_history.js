// Who changed an article, when and what; two versions compared; an old one restored.

import { h } from "/widget/dom.js";
import { confirm } from "./admin_form.js";
import { attempt, toast } from "./console_api.js";
import { compared, comparedLists } from "./operator_diff.js";
import { DEEDS, FIELDS, fieldText, when } from "./operator_words.js";

export class History {
  /** `restored()` hears of a restore; `isBusy()` says that something is not saved. */
  constructor(api, id, { restored, isBusy }) {
    Object.assign(this, { api, id, restored, isBusy, path: `/api/knowledge/articles/${encodeURIComponent(id)}` });
    this.list = h("ol", { class: "revisions" });
    this.more = h("button", { class: "button", type: "button", hidden: true, onclick: () => attempt(() => this.next()) }, "查看更早的版本");
    this.what = h("div", { class: "diff", "aria-live": "polite" }, h("p", { class: "empty" }, "选一个版本，看它改了什么。"));
    this.element = h("div", { class: "history" }, h("div", {}, this.list, this.more), this.what);
  }

  async load(article) {
    this.article = article;
    this.last = null;
    this.list.replaceChildren();
    await this.next();
    this.list.querySelector("button")?.click();
  }

  async next() {
    const found = await this.api.get(`${this.path}/revisions?${new URLSearchParams({ limit: 30, ...(this.last ? { before: this.last } : {}) })}`);
    this.list.append(...found.map((revision) => this.line(revision)));
    this.last = found.at(-1)?.number ?? this.last;
    this.more.hidden = found.length < 30;
  }

  line(revision) {
    const { number } = revision, isLive = number === this.article.live_version;
    const open = h("button", { class: "revision", type: "button", "aria-pressed": "false", onclick: () => this.open(revision, open) },
      h("span", { class: "line" }, h("strong", {}, `版本 ${number}`), isLive && h("span", { class: "tag ok" }, "线上"), number === this.article.version && h("span", { class: "tag" }, "当前草稿")),
      h("span", {}, `${revision.who_name} ${DEEDS[revision.deed] ?? revision.deed}`), h("time", { class: "hint", datetime: revision.at }, when(revision.at)), revision.note && h("span", { class: "hint" }, revision.deed === "restored" ? `版本 ${revision.note} 的内容` : revision.note));
    return h("li", {}, open);
  }

  async open(revision, button) {
    for (const other of this.list.querySelectorAll("button")) other.setAttribute("aria-pressed", String(other === button));
    const { number } = revision, bases = [number > 1 && [number - 1, "上一个版本"], this.article.live_version && this.article.live_version !== number && ["live", "线上版本"], number !== this.article.version && ["draft", "当前草稿"]].filter(Boolean);
    const against = h("select", { class: "input narrow", "aria-label": "和哪个版本比较", onchange: () => attempt(() => show()) }, bases.map(([code, title]) => h("option", { value: code }, `和${title}比较`)));
    const body = h("div", {});
    const restore = number !== this.article.version && h("button", { class: "button", type: "button", onclick: () => this.restore(revision) }, "恢复成这个版本");
    this.what.replaceChildren(h("div", { class: "line wrap" }, h("h3", {}, `版本 ${number}`), bases.length > 0 && against, restore), body);
    const show = async () => {
      if (!bases.length) { const { content } = await this.api.get(`${this.path}/revisions/${number}`); body.replaceChildren(...whole(content)); return; }
      const isLater = against.value === "draft", [from, to] = isLater ? [number, "draft"] : [against.value, number];
      const changes = await this.api.get(`${this.path}/diff?${new URLSearchParams({ from, to })}`);
      body.replaceChildren(h("p", { class: "hint" }, isLater ? "删除线是这个版本有、现在没有的；底色是后来加上的。" : "删除线是去掉的，底色是加上的。"), ...(changes.length ? changes.map(changed) : [h("p", { class: "empty" }, "两个版本的内容一样。")]));
    };
    await attempt(show);
  }

  async restore({ number }) {
    if (this.isBusy()) { toast("当前有没保存的修改，请先保存或放弃，再恢复旧版本。"); return; }
    const isDone = await confirm(`恢复成版本 ${number}`, `会把版本 ${number} 的内容存成一份新的草稿，现在的草稿仍留在历史里。发布之前客户看到的不变。`, "恢复", () => this.api.post(`${this.path}/restore`, { version: this.article.version, revision: number }));
    if (!isDone) return;
    toast(`已恢复成版本 ${number}`);
    this.restored();
  }
}

/** One field's change, as a section. */
export function changed({ field, before, after }) {
  const body = Array.isArray(before ?? after) ? comparedLists(before ?? [], after ?? []) : h("p", { class: "diff-text" }, compared(fieldText(field, before), fieldText(field, after)));
  return h("section", {}, h("h4", {}, FIELDS[field] ?? field), body);
}

const whole = (content) => Object.keys(FIELDS).filter((name) => fieldText(name, content[name])).map((name) => h("section", {}, h("h4", {}, FIELDS[name]), h("p", { class: "diff-text" }, fieldText(name, content[name]))));
