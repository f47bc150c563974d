// Questions before something ends or goes on: transfer, resolve, a break, the keys.

import { h } from "/widget/dom.js";
import { BREAKS, DISPOSITIONS, SKILLS } from "./words.js";

/** Ask in a dialog; resolves with the form's values, or null when it was put away. */
function ask(title, fields, done) {
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

export function askTransfer(colleagues, own) {
  const to = h("select", { name: "to", required: true },
    h("optgroup", { label: "技能组" }, Object.entries(SKILLS).map(([code, title]) => h("option", { value: `skill:${code}`, selected: code === own }, title))),
    colleagues.length > 0 && h("optgroup", { label: "同事" }, colleagues.map(({ id, name, presence }) => h("option", { value: `to:${id}` }, presence === "break" ? `${name}（小休）` : name))));
  return ask("转接给", [h("label", { class: "field" }, h("span", {}, "转给"), to),
    h("label", { class: "field" }, h("span", {}, "原因（同事看得到）"), h("textarea", { name: "reason", required: true, maxlength: 200, rows: 3 }))], "转接");
}

export function askDisposition() {
  return ask("结束会话", h("div", { class: "field", role: "radiogroup", "aria-label": "处理结果" }, Object.entries(DISPOSITIONS).map(([code, title], index) =>
    h("label", { class: "radio" }, h("input", { type: "radio", name: "disposition", value: code, required: true, checked: index === 0 }), title))), "结束");
}

export function askHandBack() { return ask("交还机器人", h("p", {}, "客户会回到机器人继续咨询，您不再接待。"), "交还"); }

export function askTakeOver(agent) { return ask("接管会话", h("p", {}, agent ? `会话会从${agent}手里转给您。` : "由您来接待这位客户。"), "接管"); }

export function askBreak() {
  return ask("小休", h("label", { class: "field" }, h("span", {}, "原因"), h("select", { name: "reason" }, BREAKS.map((title) => h("option", {}, title)))), "开始小休");
}

const KEYS = [["Alt + 1…9", "切换到第几个会话"], ["Alt + Shift + 1…9", "把第几个会话并排打开"], ["Alt + ↑ / ↓", "上一个、下一个会话"],
  ["Alt + [ / ]", "到左边、右边的会话"], ["Alt + W", "关闭这一栏"], ["Alt + A", "接入排在最前面的客户"], ["Alt + Q", "切换排队、接待中、全部"], ["Alt + T", "转接"], ["Alt + B", "交还机器人"],
  ["Alt + R", "结束会话"], ["Alt + G", "接管同事的会话（班长）"], ["Alt + N", "在回复和备注之间切换"], ["Alt + S", "填入第一条知识推荐"], ["/", "常用语"], ["Esc", "回到输入框"], ["?", "这张表"]];

export function showKeys() {
  return ask("快捷键", h("table", { class: "keys" }, h("tbody", {}, KEYS.map(([key, words]) => h("tr", {}, h("td", {}, key), h("td", {}, words))))), null);
}
