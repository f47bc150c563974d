// The two questions at the end: five stars, then what was behind them. An answer is sent like a pressed button.

import { h, svg } from "./dom.js";

const STAR = "M12 2.6l2.9 6 6.5.9-4.7 4.6 1.1 6.5-5.8-3.1-5.8 3.1 1.1-6.5L2.6 9.5l6.5-.9z";
const STEPS = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 };
const MOST_WORDS = 500;
let number = 0; // of the cards on this page, for their ids

/** Five stars, one tap each; the titles and payloads are those of the message's buttons. */
export function rating({ choices }, choose) {
  const offered = (choices ?? []).map((choice) => ({ ...choice, ...read(choice.payload) }));
  const stars = offered.filter((choice) => choice.stars).sort((a, b) => a.stars - b.stars);
  if (!stars.length) return null;
  const buttons = stars.map(({ title, payload, stars: count }, index) =>
    h("button", {
      type: "button", role: "radio", "aria-checked": "false", "aria-label": title, tabindex: index === 0 ? 0 : -1,
      onclick: () => { check(buttons, index); choose(title, payload); },
      onkeydown: (event) => step(event, buttons, index),
    }, svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, svg("path", { d: STAR, "stroke-linejoin": "round" })),
    h("span", {}, title.replace(/^\d星\s*/, "") || `${count}星`)));
  return question("服务评价",
    h("div", { class: "stars", role: "radiogroup", "aria-label": "服务评价，1星最低，5星最高" }, buttons),
    offered.filter((choice) => choice.skip).map(({ title, payload }) =>
      h("button", { class: "quiet", type: "button", onclick: () => choose(title, payload) }, title)));
}

/** Whether it is solved, the reasons, own words; everything may stay open, but not all of it. */
export function ratingDetails({ stars, asks_solved: asksSolved, reasons, choices }, choose) {
  const id = `details${++number}`;
  const solved = asksSolved ? ["解决了", "没解决"].map((title) => toggle(title, (pressed) => only(pressed, solved))) : [];
  const chips = (reasons ?? []).map((title) => toggle(title));
  const words = h("textarea", { id, rows: 2, maxlength: MOST_WORDS });
  const hint = h("p", { class: "note", role: "status" });
  const submit = () => {
    const said = answer(solved, chips, words.value.trim());
    if (!said.title) { hint.textContent = "请先选一项，或者写几句话。"; return; }
    hint.textContent = "";
    choose(said.title, `/rate${JSON.stringify(said.values)}`);
  };
  return question(stars ? `您打了${stars}星` : "说说原因",
    choices?.length && h("div", { class: "chips" }, choices.map(({ title, payload }) =>
      h("button", { class: "strong", type: "button", onclick: () => choose(title, payload) }, title))),
    solved.length > 0 && group("问题解决了吗？", solved),
    chips.length > 0 && group(stars > 3 ? "哪里让您满意？（可多选）" : "哪里没做好？（可多选）", chips),
    h("label", { for: id }, "想说的话（选填）"), words, hint,
    h("button", { class: "action", type: "button", onclick: submit }, "提交"));
}

function question(title, ...children) {
  return h("div", { class: "card question", role: "group", "aria-label": title }, h("h3", {}, title), ...children);
}

function group(title, buttons) {
  return [h("p", { class: "asked", "aria-hidden": "true" }, title), h("div", { class: "chips", role: "group", "aria-label": title }, buttons)];
}

function toggle(title, pressed = () => {}) {
  const button = h("button", { type: "button", "aria-pressed": "false", onclick: () => {
    button.setAttribute("aria-pressed", String(!isOn(button)));
    pressed(button);
  } }, title);
  return button;
}

const isOn = (button) => button.getAttribute("aria-pressed") === "true";

function only(pressed, buttons) {
  for (const button of buttons) if (button !== pressed) button.setAttribute("aria-pressed", "false");
}

function answer(solved, chips, words) {
  const [isSolved, isUnsolved] = solved.map(isOn);
  const named = chips.filter(isOn).map((chip) => chip.textContent);
  const values = {
    ...((isSolved || isUnsolved) && { solved: Boolean(isSolved) }), ...(named.length && { reasons: named }), ...(words && { words }),
  };
  const title = [isSolved ? "解决了" : isUnsolved && "没解决", named.join("、"), words].filter(Boolean).join("，");
  return { values, title };
}

function check(buttons, chosen) {
  buttons.forEach((button, index) => {
    button.setAttribute("aria-checked", String(index === chosen));
    button.classList.toggle("lit", index <= chosen);
  });
}

/** The arrows only move the focus: choosing sends, so it takes Enter, the space bar or a tap. */
function step(event, buttons, index) {
  if (!(event.key in STEPS)) return;
  event.preventDefault();
  const next = buttons[(index + STEPS[event.key] + buttons.length) % buttons.length];
  for (const button of buttons) button.tabIndex = button === next ? 0 : -1;
  next.focus();
}

function read(payload) {
  try { return JSON.parse(payload.replace(/^\/rate/, "")); } catch { return {}; }
}
