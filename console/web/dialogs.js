// Questions in a dialog: a choice, or a form that stays open until it was accepted.

import { h } from "/widget/dom.js";
import { Refusal } from "./console_api.js";

/** Ask in a dialog; resolves with the form's values, or null when it was put away. */
export function ask(title, fields, done) {
  return new Promise((resolve) => {
    const dialog = h("dialog", { "aria-label": title }, h("form", { method: "dialog" }, h("h2", {}, title), fields,
      h("div", { class: "actions" }, h("button", { class: "button", value: "", formnovalidate: true }, "取消"), done && h("button", { class: "button primary", value: "ok" }, done))));
    dialog.addEventListener("close", () => {
      const values = dialog.returnValue === "ok" ? Object.fromEntries(new FormData(dialog.querySelector("form"))) : null;
      dialog.remove();
      resolve(values);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** Show a dialog until it is closed. */
export function open(title, ...content) {
  const dialog = h("dialog", { "aria-label": title, class: "editor" }, h("h2", {}, title), content);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** Let somebody fill in a form; `save(form, values)` does it, and what it refuses is said in the dialog, where all that was filled in still stands.
 * Resolves with its result or null. */
export function edit(title, fields, done, save, kind = "primary") {
  return new Promise((resolve) => {
    let result = null;
    const refused = h("p", { class: "refused", role: "alert", hidden: true });
    const button = h("button", { class: `button ${kind}` }, done);
    const form = h("form", {}, fields, refused, h("div", { class: "actions" }, h("button", { class: "button", type: "button", onclick: () => dialog.close() }, "取消"), button));
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      refused.hidden = true;
      button.disabled = true;
      try {
        result = await save(form, Object.fromEntries(new FormData(form)));
        dialog.close();
      } catch (error) {
        refused.textContent = error instanceof Refusal ? error.message : "页面出错了，请刷新后再试。";
        refused.hidden = false;
        if (!(error instanceof Refusal)) throw error;
      } finally { button.disabled = false; }
    });
    const dialog = open(title, form);
    dialog.addEventListener("close", () => resolve(result));
  });
}
