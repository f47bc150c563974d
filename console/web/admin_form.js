// Dialogs of the administrator's page: a form that stays open until it was accepted, a question, a password shown once.

import { h } from "/widget/dom.js";
import { Refusal } from "./console_api.js";
import { edit, open } from "./dialogs.js";

export { edit };

export const confirm = (title, words, done, save) => edit(title, h("p", {}, words), done, save, "danger");

/** Say that something in a form cannot be; the dialog shows it like a refusal of the service. */
export const refuse = (message) => { throw new Refusal(0, { code: "form", message }); };

/** Show a one-time password; it is nowhere else, so the dialog closes only by its button. */
export function showPassword(name, login, password) {
  const shown = h("input", { class: "input secret", readonly: true, value: password, "aria-label": "一次性密码", onfocus: () => shown.select() });
  const state = h("span", { class: "hint", role: "status" });
  const copy = h("button", { class: "button primary", type: "button", autofocus: true, onclick: async () => { state.textContent = (await copied(shown)) ? "已复制" : "没能复制，请手动选中后复制"; } }, "复制");
  const dialog = open("一次性密码",
    h("p", {}, `请把密码交给${name}（登录名 ${login}），首次登录后要改成自己的密码。`),
    h("div", { class: "line" }, shown, copy), state, h("p", { class: "hint" }, "这个密码只显示这一次，关闭后无法再查看，只能重新重置。"),
    h("div", { class: "actions" }, h("button", { class: "button", type: "button", onclick: () => dialog.close() }, "我已记下")));
  dialog.addEventListener("cancel", (event) => event.preventDefault());
}

/** The clipboard is there only on secure pages; inside an operator's network the page may come over plain HTTP. */
async function copied(input) {
  try { await navigator.clipboard.writeText(input.value); return true; } catch { /* the old way */ }
  input.select();
  return document.execCommand("copy");
}

export const field = (title, control, hint) => h("label", { class: "field" }, h("span", {}, title), control, hint && h("small", { class: "hint" }, hint));

/** Boxes of which any number may be ticked. */
export function boxes(title, name, choices, ticked, { locked = [], hint = "" } = {}) {
  return h("fieldset", { class: "boxes" }, h("legend", {}, title), Object.entries(choices).map(([code, words]) =>
    h("label", {}, h("input", { type: "checkbox", name, value: code, checked: ticked.includes(code), disabled: locked.includes(code) }), ` ${words}`)), hint && h("small", { class: "hint" }, hint));
}

/** The ticked ones, the locked ones included. */
export const ticked = (form, name) => [...form.querySelectorAll(`input[name="${name}"]:checked`)].map((box) => box.value);

/** A bar that says whether something is not saved yet. */
export class SaveBar {
  constructor(save, undo) {
    this.state = h("span", { class: "hint", role: "status" });
    this.save = h("button", { class: "button primary", type: "button", onclick: async () => { this.save.disabled = true; try { await save(); } finally { this.render(); } } }, "保存");
    this.undo = h("button", { class: "button", type: "button", onclick: undo }, "撤销修改");
    this.element = h("div", { class: "save-bar" }, this.state, this.undo, this.save);
    this.changed(false);
  }

  changed(is) { this.isChanged = is; this.render(); }

  render() {
    this.state.textContent = this.isChanged ? "有修改还没保存" : "";
    this.save.disabled = this.undo.disabled = !this.isChanged;
  }
}
