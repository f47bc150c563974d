// 常用语: the texts agents send often.

import { h } from "/widget/dom.js";
import { confirm, edit, field } from "./admin_form.js";
import { get, post, put, remove, toast } from "./console_api.js";
import { SKILLS } from "./words.js";

const FIELDS = { customer: "客户称呼", agent: "客服姓名", plan: "套餐名称" };
const EXAMPLE = { customer: "王**", agent: "小林", plan: "畅享59元套餐" };
const NAMED = /\{([\p{L}\p{N}_]+)\}/gu;

export class CannedTab {
  constructor() {
    this.replies = [];
    this.search = h("input", { class: "input search", type: "search", placeholder: "搜索快捷词、标题或内容", "aria-label": "搜索常用语", oninput: () => this.render() });
    this.skill = h("select", { class: "input", "aria-label": "技能组", onchange: () => this.render() }, h("option", { value: "" }, "全部技能组"), h("option", { value: "none" }, "通用"), Object.entries(SKILLS).map(([code, title]) => h("option", { value: code }, title)));
    this.rows = h("tbody");
    this.empty = h("p", { class: "empty", hidden: true }, "还没有符合条件的常用语。");
    this.element = h("div", {},
      h("div", { class: "tools" }, this.search, this.skill, h("button", { class: "button primary", type: "button", onclick: () => this.edit(null) }, "添加常用语")),
      h("table", { class: "cards replies" }, h("thead", {}, h("tr", {}, ["快捷词", "标题", "内容", "技能组", "使用次数"].map((title) => h("th", { scope: "col" }, title)), h("th", { scope: "col" }, h("span", { class: "hidden" }, "操作")))), this.rows), this.empty);
  }

  async load() {
    this.replies = await get("/api/admin/canned");
    this.render();
  }

  render() {
    const wanted = this.search.value.trim().toLowerCase(), skill = this.skill.value;
    const shown = this.replies.filter((reply) => [reply.shortcut, reply.title, reply.text].some((text) => text.toLowerCase().includes(wanted)) && (!skill || (reply.skill ?? "none") === skill));
    this.rows.replaceChildren(...shown.map((reply) => this.row(reply)));
    this.empty.hidden = shown.length > 0;
  }

  row(reply) {
    const cell = (title, ...content) => h("td", { "data-title": title }, h("div", {}, content));
    const button = (title, doing, kind = "") => h("button", { class: `button ${kind}`, type: "button", "aria-label": `${title}：${reply.title}`, onclick: doing }, title);
    return h("tr", {}, cell("快捷词", h("code", {}, `/${reply.shortcut}`)), cell("标题", reply.title), cell("内容", h("span", { class: "text" }, marked(reply.text))),
      cell("技能组", reply.skill ? SKILLS[reply.skill] : "通用"), cell("使用次数", `${reply.uses}次`), h("td", { class: "row-actions" }, button("编辑", () => this.edit(reply)), button("删除", () => this.remove(reply), "danger")));
  }

  async edit(reply) {
    const preview = h("p", { class: "preview", "aria-live": "polite" });
    const text = h("textarea", { name: "text", required: true, maxlength: 1000, rows: 5, oninput: () => look() });
    text.value = reply?.text ?? "";
    const look = () => {
      const unknown = [...text.value.matchAll(NAMED)].map((hit) => hit[1]).filter((name) => !Object.hasOwn(FIELDS, name));
      text.setCustomValidity(unknown.length ? `没有“{${unknown[0]}}”这个变量，请用下面的按钮插入。` : "");
      preview.textContent = text.value ? `效果示例：${text.value.replace(NAMED, (all, name) => EXAMPLE[name] ?? all)}` : "";
    };
    look();
    const insert = (name) => { text.setRangeText(`{${name}}`, text.selectionStart, text.selectionEnd, "end"); text.focus(); look(); };
    const saved = await edit(reply ? "编辑常用语" : "添加常用语", [
      field("快捷词", h("input", { name: "shortcut", required: true, maxlength: 20, pattern: "[\\p{L}\\p{N}_\\-]+", title: "1至20个字母、数字或汉字，不能有空格", value: reply?.shortcut ?? "", autocomplete: "off", autocapitalize: "none" }), "客服输入“/”加快捷词就能找到"),
      field("标题", h("input", { name: "title", required: true, maxlength: 40, value: reply?.title ?? "", autocomplete: "off" })),
      field("内容", text), h("div", { class: "line inserts" }, h("span", { class: "hint" }, "插入："), Object.entries(FIELDS).map(([name, title]) => h("button", { class: "button", type: "button", onclick: () => insert(name) }, title))), preview,
      field("技能组", h("select", { name: "skill" }, h("option", { value: "" }, "通用（所有客服）"), Object.entries(SKILLS).map(([code, title]) => h("option", { value: code, selected: code === reply?.skill }, title)))),
    ], "保存", (form) => {
      const { shortcut, title, text: words, skill } = Object.fromEntries(new FormData(form));
      const body = { shortcut, title, text: words.replaceAll("\r\n", "\n"), skill: skill || null };
      return reply ? put(`/api/admin/canned/${reply.id}`, body) : post("/api/admin/canned", body);
    });
    if (saved) { toast("已保存"); await this.load(); }
  }

  async remove(reply) {
    const done = await confirm("删除常用语", `删除后客服就不能再用“${reply.title}”（/${reply.shortcut}）。确定删除吗？`, "删除", () => remove(`/api/admin/canned/${reply.id}`));
    if (done) { toast("已删除"); await this.load(); }
  }
}

/** A text with its fields under the names people know. */
function marked(text) {
  return text.split(/(\{(?:customer|agent|plan)\})/).map((part) => { const name = FIELDS[part.slice(1, -1)]; return name && part.startsWith("{") ? h("span", { class: "tag" }, name) : part; });
}
