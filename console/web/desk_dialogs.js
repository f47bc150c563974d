// Questions before something ends or goes on: transfer, resolve, a break, the keys.

import { h } from "/widget/dom.js";
import { Refusal } from "./console_api.js";
import { BREAKS, DISPOSITIONS, SKILLS } from "./words.js";

const HOUR = 3_600_000;

/** Ask and do; what is refused is asked again, with the words of the refusal and all that was filled in. */
export async function askAndDo(asking, doing) {
  for (let values = {}, wrong = ""; (values = await asking(values, wrong)); ) {
    try { return (await doing(values)) ?? {}; } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      wrong = error.message;
    }
  }
  return null;
}

/** Ask in a dialog; resolves with the form's values, or null when it was put away. */
function ask(title, fields, done, wrong = "") {
  return new Promise((resolve) => {
    const dialog = h("dialog", { "aria-label": title }, h("form", { method: "dialog" }, h("h2", {}, title), wrong && h("p", { class: "wrong", role: "alert" }, wrong), fields,
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

export function askTransfer(colleagues, own, before = {}, wrong) {
  const chosen = before.to ?? `skill:${own}`, choice = (value, title) => h("option", { value, selected: value === chosen }, title);
  const to = h("select", { name: "to", required: true },
    h("optgroup", { label: "技能组" }, Object.entries(SKILLS).map(([code, title]) => choice(`skill:${code}`, title))),
    colleagues.length > 0 && h("optgroup", { label: "同事" }, colleagues.map(({ id, name, presence }) => choice(`to:${id}`, presence === "break" ? `${name}（小休）` : name))));
  return ask("转接给", [field("转给", to), words("reason", "原因（同事看得到）", before.reason, 200)], "转接", wrong);
}

/** How a conversation ended; what is to be followed up needs a task and a time. */
export function askDisposition(before = {}, wrong) {
  const chosen = before.disposition ?? Object.keys(DISPOSITIONS)[0];
  const promise = h("fieldset", { class: "promise", "aria-label": "跟进" }, words("task", "要做什么（同事看得到）", before.task), ...due(before.due ?? local(tomorrow(18))),
    h("p", { class: "hint" }, "客户会收到：我们会在这个时间前处理并答复您。"));
  const show = (code) => { promise.hidden = promise.disabled = code !== "follow_up"; };
  show(chosen);
  return ask("结束会话", [h("div", { class: "field", role: "radiogroup", "aria-label": "处理结果" }, Object.entries(DISPOSITIONS).map(([code, title]) =>
    h("label", { class: "radio" }, h("input", { type: "radio", name: "disposition", value: code, required: true, checked: code === chosen, onchange: () => show(code) }), title))), promise], "结束", wrong);
}

export function askFinish(one, before = {}, wrong) {
  const telling = words("telling", "发给客户的话", before.telling), area = telling.querySelector("textarea");
  const show = (is) => { telling.hidden = area.disabled = !is; };
  show(before.telling !== undefined);
  return ask("完成跟进", [h("p", { class: "task" }, one.task), words("outcome", "处理结果（同事看得到）", before.outcome),
    h("div", { class: "field" }, h("label", { class: "radio" }, h("input", { type: "checkbox", checked: before.telling !== undefined, onchange: (event) => show(event.target.checked) }), "把结果告诉客户")), telling], "完成", wrong);
}

export function askMove(one, owners, before = {}, wrong) {
  const owner = h("select", { name: "owner" }, owners.map(({ id, name }) => h("option", { value: id, selected: id === (before.owner ?? one.owner_id) }, name)));
  return ask("改期或转交", [h("p", { class: "task" }, one.task), ...due(before.due ?? local(new Date(Math.max(Date.parse(one.due), Date.now() + HOUR)))), field("跟进人", owner)], "保存", wrong);
}

const field = (title, control) => h("label", { class: "field" }, h("span", {}, title), control);
const words = (name, title, before = "", most = 500) => field(title, h("textarea", { name, required: true, maxlength: most, rows: 3 }, before));

/** A time, with the usual ones at one press. */
function due(value) {
  const input = h("input", { type: "datetime-local", name: "due", required: true, value, min: local(new Date()) });
  const usual = [["今天18:00", tomorrow(18, 0)], ["明天12:00", tomorrow(12)], ["明天18:00", tomorrow(18)], ["3天后18:00", tomorrow(18, 3)]].filter(([, at]) => at > new Date());
  return [field("期限", input), h("div", { class: "usual" }, usual.map(([title, at]) => h("button", { class: "button", type: "button", onclick: () => { input.value = local(at); } }, title)))];
}

function tomorrow(hour, days = 1) { const at = new Date(); at.setDate(at.getDate() + days); at.setHours(hour, 0, 0, 0); return at; }

/** A time as the input writes it, in the reader's zone. */
function local(at) { return new Date(at - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16); }

export function askHandBack() { return ask("交还机器人", h("p", {}, "客户会回到机器人继续咨询，您不再接待。"), "交还"); }

export function askTakeOver(agent) { return ask("接管会话", h("p", {}, agent ? `会话会从${agent}手里转给您。` : "由您来接待这位客户。"), "接管"); }

export function askOffline({ name, load }) {
  return ask("置为离线", h("p", {}, load ? `${name}手上的${load}个会话会回到队列最前面，由其他同事接待。` : `${name}不再接待新的客户。`), "置为离线");
}

export function askBreak() {
  return ask("小休", h("label", { class: "field" }, h("span", {}, "原因"), h("select", { name: "reason" }, BREAKS.map((title) => h("option", {}, title)))), "开始小休");
}

const KEYS = [["Alt + 1…9", "切换到第几个会话"], ["Alt + Shift + 1…9", "把第几个会话并排打开"], ["Alt + ↑ / ↓", "上一个、下一个会话"],
  ["Alt + [ / ]", "到左边、右边的会话"], ["Alt + W", "关闭这一栏"], ["Alt + A", "接入排在最前面的客户"], ["Alt + Q", "切换排队、接待中、跟进、全部"], ["Alt + T", "转接"], ["Alt + B", "交还机器人"],
  ["Alt + R", "结束会话"], ["Alt + J", "完成跟进"], ["Alt + G", "接管同事的会话（班长）"], ["Alt + N", "在回复和备注之间切换"], ["Alt + S", "填入第一条知识推荐"], ["/", "常用语"], ["Esc", "回到输入框"], ["?", "这张表"]];

export function showKeys() {
  return ask("快捷键", h("table", { class: "keys" }, h("tbody", {}, KEYS.map(([key, words]) => h("tr", {}, h("td", {}, key), h("td", {}, words))))), null);
}
