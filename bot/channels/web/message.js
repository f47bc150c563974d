// The thread's messages as elements; who serves in it, and what in it can still be pressed.

import { card, isQuestion } from "./cards.js";
import { h, linked } from "./dom.js";

const given = new Map(); // id of a message -> whether it was useful, as long as the page lives
const SENDERS = { customer: "您", bot: "客服助手", system: "系统" };

export const keyOf = (message) => (message.seq ? `s${message.seq}` : `w${message.message_id}`);

/** Return the elements of a message, in order; `choose(title, payload)` and `judge(id, isUseful)` are what can be done. */
export function elementsOf(message, previous, { choose, judge }) {
  const { sender, buttons, isWaiting } = message;
  const shown = card(message.card, choose), asks = shown && isQuestion(message.card);
  const words = shown && !asks ? message.card.lead : message.text; // a card says what the text says, but for its lead
  const agent = sender === "agent" && `客服 ${nameOf(message)}`.trim();
  const who = h("span", { class: "hidden" }, `${agent ? `人工${agent}` : SENDERS[sender] ?? ""}：`);
  return [
    agent && h("div", { class: "name", "aria-hidden": "true" }, agent),
    words && h("div", { class: `bubble ${sender}${isWaiting ? " waiting" : asks ? " lead" : ""}` }, who, sender === "customer" ? words : linked(words)),
    shown,
    message.feedback && !previous?.feedback && useful(message.message_id, judge), // once for an answer of two messages
    buttons?.length && !asks && h("div", { class: "choices", role: "group", "aria-label": "可选项" },
      buttons.map(({ title, payload }) => h("button", { type: "button", onclick: () => choose(title, payload) }, title))),
    isWaiting && h("div", { class: "state" }, "等待发送"),
  ].filter(Boolean);
}

/** The agent who serves now: who wrote last, unless the bot has spoken since or the conversation has moved on. */
export function serving(thread) {
  const at = thread.findLastIndex((message) => message.sender === "agent");
  if (at < 0) return null;
  const { epoch } = thread[at];
  const hasMovedOn = (message) => message.sender === "bot" || (!message.isWaiting && message.epoch !== epoch);
  return thread.slice(at + 1).some(hasMovedOn) ? null : nameOf(thread[at]);
}

/** Only the last answer's buttons can still be pressed: an old confirmation must not be pressed by mistake. */
export function retireChoices(thread, shown) {
  const last = thread.findLast((message) => message.sender === "customer" || message.buttons?.length);
  for (const [key, elements] of shown)
    for (const element of elements)
      if (element.matches(".choices, .question"))
        for (const control of element.querySelectorAll("button, textarea")) control.disabled = !last || key !== keyOf(last);
}

const nameOf = (message) => (message.author_name ?? "").replace(/^客服\s*/, "");

/** Two small buttons; `judge(id, isUseful)` resolves with what went wrong in words, or nothing. */
function useful(messageId, judge) {
  const told = h("span", {}, given.has(messageId) && "谢谢反馈");
  const buttons = [[true, "有用"], [false, "没用"]].map(([isUseful, title]) =>
    h("button", { type: "button", onclick: () => press(isUseful) }, title));
  const show = () => buttons.forEach((button, index) => button.setAttribute("aria-pressed", String(given.get(messageId) === (index === 0))));
  const press = async (isUseful) => {
    if (given.get(messageId) === isUseful) return;
    const before = given.get(messageId);
    given.set(messageId, isUseful);
    show();
    const wrong = await judge(messageId, isUseful);
    if (wrong) before === undefined ? given.delete(messageId) : given.set(messageId, before);
    told.textContent = wrong ?? "谢谢反馈";
    show();
  };
  show();
  return h("div", { class: "useful", role: "group", "aria-label": "这条回答有用吗" }, buttons, told);
}
