// The answer: one for everybody, and others for a channel or a region; a link, a picture and a small card with it.

import { h } from "/widget/dom.js";
import { CHANNELS, REGIONS } from "./operator_words.js";

const LONGEST = 5000;

/** Answers by channel or by region: {code: text}. */
export class Variants {
  constructor(names, kind, changed) {
    Object.assign(this, { names, kind, changed });
    this.list = h("div", {});
    this.adding = h("select", { class: "input narrow", "aria-label": `添加${kind}专属答案`, onchange: () => { if (this.adding.value) this.add(this.adding.value); } });
    this.element = h("div", {}, this.list);
  }

  set(value) {
    this.value = { ...value };
    this.render();
  }

  render() {
    this.list.replaceChildren(...Object.keys(this.value).map((code) => this.one(code)));
    const free = Object.entries(this.names).filter(([code]) => !(code in this.value));
    this.adding.replaceChildren(h("option", { value: "" }, `＋ ${this.kind}专属答案`), ...free.map(([code, title]) => h("option", { value: code }, title)));
    this.adding.hidden = !free.length;
  }

  one(code) {
    const title = `${this.names[code] ?? code}专属答案`, text = area(title, this.value[code], (value) => { this.value[code] = value; this.changed(); });
    return h("div", { class: "variant" }, h("div", { class: "line" }, h("strong", {}, title), h("button", { class: "button quiet", type: "button", "aria-label": `删除${title}`, onclick: () => { delete this.value[code]; this.render(); this.changed(); this.adding.focus(); } }, "删除")), text);
  }

  add(code) {
    this.value[code] = "";
    this.render();
    this.list.lastElementChild.querySelector("textarea").focus();
    this.changed();
  }
}

export const byChannel = (changed) => new Variants(CHANNELS, "渠道", changed);
export const byRegion = (changed) => new Variants(Object.fromEntries(REGIONS.map((region) => [region, region])), "地区", changed);

/** A text area that grows with its text. */
export function area(label, value, written, rows = 3) {
  const text = h("textarea", { class: "input grows", rows, "aria-label": label, maxlength: LONGEST, oninput: () => written(text.value) });
  text.value = value;
  return text;
}

const EXTRAS = {
  link: { title: "链接", add: "＋ 链接", blank: () => ({ title: "", url: "" }), fields: [["title", "链接文字", "text"], ["url", "网址（http 或 https 开头）", "url"]] },
  image: { title: "图片", add: "＋ 图片", blank: () => ({ url: "", alt: "" }), fields: [["url", "图片网址（http 或 https 开头）", "url"], ["alt", "图片内容说明（看不到图的客户会读到）", "text"]] },
  card: { title: "卡片", add: "＋ 卡片", blank: () => ({ title: "", rows: [["", ""]] }), fields: [["title", "卡片标题", "text"]] },
};

/** Link, picture and card: each there or not. */
export class Extras {
  constructor(changed) {
    this.changed = changed;
    this.element = h("div", {});
    this.adding = h("span", { class: "adding" });
  }

  set({ link, image, card }) {
    this.value = structuredClone({ link: link ?? null, image: image ?? null, card: card ?? null });
    this.render();
  }

  render() {
    const there = Object.keys(EXTRAS).filter((name) => this.value[name]), free = Object.keys(EXTRAS).filter((name) => !this.value[name]);
    this.element.replaceChildren(...there.map((name) => this.part(name)));
    this.adding.replaceChildren(...free.map((name) => h("button", { class: "button", type: "button", onclick: () => this.put(name, EXTRAS[name].blank()) }, EXTRAS[name].add)));
  }

  put(name, value) {
    this.value[name] = value;
    this.render();
    this.element.querySelector(`[data-extra=${name}] input`)?.focus();
    this.changed();
  }

  part(name) {
    const { title, fields } = EXTRAS[name], value = this.value[name];
    const line = (key, label, type) => h("label", { class: "field" }, h("span", {}, label), input(type, value[key], (text) => { value[key] = text; this.changed(); }));
    return h("fieldset", { class: "extra", "data-extra": name }, h("legend", {}, title), h("button", { class: "button quiet corner", type: "button", "aria-label": `删除${title}`, onclick: () => this.put(name, null) }, "删除"),
      fields.map(([key, label, type]) => line(key, label, type)), name === "card" && this.cardRows(value));
  }

  cardRows(card) {
    const redo = () => { this.render(); this.changed(); };
    return [...card.rows.map((row, index) => h("div", { class: "line card-row" }, input("text", row[0], (text) => { row[0] = text; this.changed(); }, `第${index + 1}行名称`), input("text", row[1], (text) => { row[1] = text; this.changed(); }, `第${index + 1}行内容`),
      h("button", { class: "button quiet", type: "button", "aria-label": `删除第${index + 1}行`, onclick: () => { card.rows.splice(index, 1); redo(); } }, "×"))),
    card.rows.length < 12 && h("button", { class: "button", type: "button", onclick: () => { card.rows.push(["", ""]); redo(); [...this.element.querySelectorAll(".card-row")].at(-1).querySelector("input").focus(); } }, "＋ 一行")];
  }
}

function input(type, value, written, label) {
  const element = h("input", { class: "input", type, value, maxlength: 500, "aria-label": label, oninput: () => written(element.value) });
  return element;
}
