// The similar questions of an article: many at once by pasting lines, each editable, duplicates and near-duplicates marked.

import { h } from "/widget/dom.js";

export const MOST = 200;
const SHOWN_SEARCH = 12; // from so many on, a list needs a search

/** What makes two questions the same question here; the service looks closer. */
const keyOf = (text) => text.replace(/[\s\p{P}\p{S}]/gu, "").toLowerCase();

export class Questions {
  constructor(changed) {
    Object.assign(this, { changed, items: [], alike: new Map() });
    this.adding = h("textarea", { class: "input", rows: 2, placeholder: "输入客户的问法，按回车添加；可以一次粘贴多行", "aria-label": "添加相似问法", oninput: changed, onkeydown: (event) => this.key(event), onpaste: (event) => this.paste(event) });
    this.search = h("input", { class: "input", type: "search", placeholder: "在问法里查找", "aria-label": "在问法里查找", hidden: true, oninput: () => this.render() });
    this.total = h("span", { class: "hint", role: "status" });
    this.list = h("ul", { class: "questions" });
    this.element = h("div", { class: "question-box" },
      h("div", { class: "line top" }, this.adding, h("button", { class: "button", type: "button", onclick: () => this.addTyped() }, "添加")),
      h("div", { class: "line" }, this.total, this.search), this.list);
  }

  set(questions, heldOut) {
    this.items = [...questions.map((text) => ({ text, isHeldOut: false })), ...heldOut.map((text) => ({ text, isHeldOut: true }))];
    this.adding.value = this.search.value = "";
    this.render();
  }

  /** What is typed and not added yet counts: it is saved with the rest. */
  get questions() { return [...this.fresh(this.adding.value).added, ...this.texts(false)]; }
  get heldOut() { return this.texts(true); }
  texts(isHeldOut) { return this.items.filter((item) => item.isHeldOut === isHeldOut).map((item) => item.text.trim()).filter(Boolean); }

  key(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.addTyped();
  }

  paste(event) {
    const text = event.clipboardData.getData("text");
    if (!/[\r\n]/.test(text.trim())) return;
    event.preventDefault();
    this.add(text);
  }

  addTyped() {
    this.take();
    this.adding.focus();
  }

  /** Put what is typed among the others. */
  take() {
    const { value } = this.adding;
    this.adding.value = "";
    if (value.trim()) this.add(value);
  }

  /** The lines that are not there yet, and how many are. */
  fresh(lines) {
    const given = lines.split(/[\r\n]+/).map((line) => line.replace(/^[\s\-•·*]+|\s+$/g, "")).filter(Boolean);
    const known = new Set(given.length ? this.items.map(({ text }) => keyOf(text)) : []);
    const added = given.filter((line) => !known.has(keyOf(line)) && known.add(keyOf(line)));
    return { added, left: given.length - added.length };
  }

  /** Add each line that is not there yet; say what was left out. */
  add(lines) {
    const { added, left } = this.fresh(lines);
    this.items.unshift(...added.map((text) => ({ text, isHeldOut: false, isNew: true })));
    this.left = left;
    this.search.value = "";
    this.render();
    if (added.length) this.changed();
  }

  /** Mark what another article asks as well: [{question, article, title, matched, is_same}]. */
  mark(alike) {
    this.alike = new Map(alike.map((one) => [one.question, one]));
    for (const { item, note } of this.shown ?? []) this.note(item, note);
  }

  render() {
    const wanted = this.search.value.trim(), shown = this.items.filter(({ text }) => text.includes(wanted));
    this.shown = shown.map((item) => this.row(item));
    this.list.replaceChildren(...this.shown.map(({ element }) => element));
    this.search.hidden = this.items.length < SHOWN_SEARCH;
    this.say();
    this.mark([...this.alike.values()]);
  }

  say() {
    const asked = this.texts(false).length, kept = this.heldOut.length;
    this.total.textContent = `${asked}/${MOST}条${kept ? `，另有${kept}条只用于测试` : ""}${this.left ? `；${this.left}条重复的没有加` : ""}`;
    this.total.classList.toggle("over", asked > MOST);
    this.left = 0;
  }

  row(item) {
    const note = h("div", { class: "question-note" });
    const input = h("input", { class: "input", value: item.text, "aria-label": "问法", maxlength: 200, oninput: () => { item.text = input.value; this.changed(); this.note(item, note); } });
    const held = h("button", { class: "button quiet", type: "button", "aria-pressed": String(item.isHeldOut), title: "不参与匹配，只在发布测试时提问", onclick: () => this.hold(item) }, "只用于测试");
    const drop = h("button", { class: "button quiet drop", type: "button", "aria-label": `删除问法：${item.text}`, onclick: () => this.drop(item) }, "×");
    this.note(item, note);
    return { item, note, held, drop, element: h("li", { class: item.isHeldOut ? "held" : item.isNew ? "fresh" : "" }, h("div", { class: "line" }, input, held, drop), note) };
  }

  note(item, note) {
    const key = keyOf(item.text), twin = this.items.some((other) => other !== item && keyOf(other.text) === key), like = this.alike.get(item.text.trim());
    note.replaceChildren(...[
      twin && h("span", { class: "wrong" }, "和本文另一条重复，请删掉一条"),
      !item.text.trim() && h("span", { class: "wrong" }, "空的问法不会保存"),
      like && h("span", { class: like.is_same ? "wrong" : "warned" }, like.is_same ? "和另一篇完全相同：" : "和另一篇很像：", h("a", { href: `#/articles/${encodeURIComponent(like.article)}`, target: "_blank", rel: "noopener" }, like.title), like.matched && like.matched !== item.text && `（“${like.matched}”）`),
    ].filter(Boolean));
  }

  hold(item) {
    item.isHeldOut = !item.isHeldOut;
    this.render();
    this.shown.find((row) => row.item === item)?.held.focus();
    this.changed();
  }

  drop(item) {
    const at = this.shown.findIndex((row) => row.item === item);
    this.items.splice(this.items.indexOf(item), 1);
    this.render();
    ((this.shown[at] ?? this.shown.at(-1))?.drop ?? this.adding).focus();
    this.changed();
  }
}
