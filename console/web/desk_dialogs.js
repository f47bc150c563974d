// Questions before something ends or goes on: transfer, resolve, a break, the keys.

import { h } from "/widget/dom.js";
import { get } from "./console_api.js";
import { ask, edit } from "./dialogs.js";
import { BREAKS, DISPOSITIONS, SKILLS } from "./words.js";

const HOUR = 3_600_000;

/** Each of these lets `save(values)` do it; what that refuses is said in the dialog. They resolve with its result, or null. */
const asking = (title, fields, done, save) => edit(title, fields, done, (_, values) => save(values));

export function askTransfer(colleagues, own, save) {
  const to = h("select", { name: "to", required: true },
    h("optgroup", { label: "技能组" }, Object.entries(SKILLS).map(([code, title]) => h("option", { value: `skill:${code}`, selected: code === own }, title))),
    colleagues.length > 0 && h("optgroup", { label: "同事" }, colleagues.map(({ id, name, presence }) => h("option", { value: `to:${id}` }, presence === "break" ? `${name}（小休）` : name))));
  return asking("转接给", [field("转给", to), words("reason", "原因（同事看得到）", 200)], "转接", ({ to: chosen, reason }) => {
    const [kind, id] = chosen.split(":");
    return save({ [kind]: id, reason });
  });
}

/** How a conversation ended; what is to be followed up needs a task and a time. */
export function askDisposition(save) {
  const promise = h("fieldset", { class: "promise", "aria-label": "跟进" }, words("task", "要做什么（同事看得到）"), ...due(inDays(1, 18)),
    h("p", { class: "hint" }, "客户会收到：我们会在这个时间前处理并答复您。"));
  const show = (code) => { promise.hidden = promise.disabled = code !== "follow_up"; };
  show("");
  propose(promise.querySelector("input"));
  return asking("结束会话", [h("div", { class: "field", role: "radiogroup", "aria-label": "处理结果" }, Object.entries(DISPOSITIONS).map(([code, title], index) =>
    h("label", { class: "radio" }, h("input", { type: "radio", name: "disposition", value: code, required: true, checked: index === 0, onchange: () => show(code) }), title))), promise], "结束", (values) => save(inZone(values)));
}

export function askFinish({ task }, save) {
  const telling = words("telling", "发给客户的话"), area = telling.querySelector("textarea");
  const show = (is) => { telling.hidden = area.disabled = !is; };
  show(false);
  return asking("完成跟进", [h("p", { class: "task" }, task), words("outcome", "处理结果（同事看得到）"),
    h("div", { class: "field" }, h("label", { class: "radio" }, h("input", { type: "checkbox", onchange: (event) => show(event.target.checked) }), "把结果告诉客户")), telling], "完成", save);
}

export function askMove(one, owners, save) {
  const owner = h("select", { name: "owner" }, owners.map(({ id, name }) => h("option", { value: id, selected: id === one.owner_id }, name)));
  return asking("改期或转交", [h("p", { class: "task" }, one.task), ...due(new Date(Math.max(Date.parse(one.due), Date.now() + HOUR))), field("跟进人", owner)], "保存", (values) => save(inZone(values)));
}

const field = (title, control) => h("label", { class: "field" }, h("span", {}, title), control);
const words = (name, title, most = 500) => field(title, h("textarea", { name, required: true, maxlength: most, rows: 3 }));

/** A time, with the usual ones at one press. */
function due(at) {
  const input = h("input", { type: "datetime-local", name: "due", required: true, value: local(at), min: local(new Date()) });
  const usual = [["今天18:00", inDays(0, 18)], ["明天12:00", inDays(1, 12)], ["明天18:00", inDays(1, 18)], ["3天后18:00", inDays(3, 18)]].filter(([, at]) => at > new Date());
  return [field("期限", input), h("div", { class: "usual" }, usual.map(([title, at]) => h("button", { class: "button", type: "button", onclick: () => { input.value = local(at); } }, title)))];
}

/** Put in a time at which somebody works, unless another was chosen meanwhile. */
async function propose(input) {
  const before = input.value, { due: at } = await get("/api/desk/follow-ups/due").catch(() => ({}));
  if (at && input.value === before) input.value = local(new Date(at));
}

function inDays(days, hour) { const at = new Date(); at.setDate(at.getDate() + days); at.setHours(hour, 0, 0, 0); return at; }

/** The same values with the time as the service reads it. */
const inZone = ({ due: at, ...values }) => ({ ...values, ...(at && { due: new Date(at).toISOString() }) });

/** A time as the input writes it, in the reader's zone. */
function local(at) { return new Date(at - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16); }

export function askHandBack(save) { return asking("交还机器人", h("p", {}, "客户会回到机器人继续咨询，您不再接待。"), "交还", save); }

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
