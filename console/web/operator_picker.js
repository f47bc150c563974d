// Choosing one or several things out of many: type, look, take. What is chosen stands before it as chips.

import { h } from "/widget/dom.js";
import { attempt } from "./console_api.js";

const TYPING_MS = 200;
let made = 0;

/**
 * `find(words)` resolves with [{id, title, hint?}]; `name(ids)` resolves with the same for what is chosen already.
 * `most` is how many may be chosen; `changed()` hears of every change.
 */
export class Picker {
  constructor({ label, placeholder, find, name, most = 20, changed }) {
    Object.assign(this, { find, name, most, changed, chosen: [], found: [], at: -1, list: `picker-${made += 1}` });
    this.chips = h("ul", { class: "chips", "aria-label": `已选的${label}` });
    this.input = h("input", { class: "input", role: "combobox", "aria-label": label, "aria-expanded": "false", "aria-controls": this.list, "aria-autocomplete": "list", autocomplete: "off", placeholder,
      oninput: () => this.typed(), onfocus: () => { clearTimeout(this.closing); this.typed(); }, onblur: () => { this.closing = setTimeout(() => this.close(), 150); }, onkeydown: (event) => this.key(event) });
    this.options = h("ul", { class: "options", role: "listbox", id: this.list, "aria-label": `可选的${label}`, hidden: true });
    this.element = h("div", { class: "picker" }, this.chips, h("div", { class: "picker-box" }, this.input, this.options));
  }

  get ids() { return this.chosen.map(({ id }) => id); }

  /** Show these as chosen; their names come when they come. */
  async set(ids) {
    const setting = this.setting = {};
    this.chosen = ids.map((id) => ({ id, title: id }));
    this.render();
    const named = ids.length && (await attempt(() => this.name(ids)));
    if (!named || setting !== this.setting) return; // none to name, not to be had, or others were set meanwhile
    for (const one of this.chosen.filter(({ id }) => ids.includes(id))) Object.assign(one, { isLost: false, ...(named.find(({ id }) => id === one.id) ?? { hint: "找不到了", isLost: true }) });
    this.render();
  }

  typed() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => attempt(() => this.look()), TYPING_MS);
  }

  async look() {
    const words = this.input.value.trim(), asked = this.asked = {};
    const found = await this.find(words);
    if (asked !== this.asked || document.activeElement !== this.input) return;
    this.found = found.filter(({ id }) => !this.ids.includes(id));
    this.at = this.found.length ? 0 : -1;
    this.options.replaceChildren(...this.found.map((one, index) => h("li", { role: "option", id: `${this.list}-${index}`, onmousedown: (event) => { event.preventDefault(); this.take(one); } }, one.title, one.hint && h("small", { class: "hint" }, one.hint))),
      ...(this.found.length ? [] : [h("li", { role: "option", "aria-disabled": "true", "aria-selected": "false" }, words ? "没有找到" : "没有可选的")]));
    this.options.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.mark();
  }

  mark() {
    [...this.options.children].forEach((option, index) => option.setAttribute("aria-selected", String(index === this.at)));
    this.at >= 0 ? this.input.setAttribute("aria-activedescendant", `${this.list}-${this.at}`) : this.input.removeAttribute("aria-activedescendant");
    this.options.children[this.at]?.scrollIntoView({ block: "nearest" });
  }

  key(event) {
    if (event.isComposing) return; // an input method's own keys
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && this.found.length) { event.preventDefault(); this.at = (this.at + step + this.found.length) % this.found.length; this.mark(); }
    if (event.key === "Enter") { event.preventDefault(); if (!this.options.hidden && this.found[this.at]) this.take(this.found[this.at]); }
    if (event.key === "Escape" && !this.options.hidden) { event.preventDefault(); event.stopPropagation(); this.close(); }
    if (event.key === "Backspace" && !this.input.value && this.chosen.length) this.drop(this.chosen.at(-1).id);
  }

  take(one) {
    this.chosen = this.most === 1 ? [one] : [...this.chosen, one];
    this.input.value = "";
    this.close();
    this.render();
    this.changed?.();
  }

  drop(id) {
    this.chosen = this.chosen.filter((one) => one.id !== id);
    this.render();
    this.changed?.();
    this.input.focus();
    this.close();
  }

  close() {
    clearTimeout(this.timer);
    this.asked = null;
    this.options.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  render() {
    this.chips.replaceChildren(...this.chosen.map(({ id, title, hint, isLost, isBad }) => h("li", { class: isLost || isBad ? "chip bad" : "chip" }, h("span", { class: "chip-words" }, title, hint && h("small", { class: "hint" }, hint)), h("button", { type: "button", "aria-label": `去掉${title}`, onclick: () => this.drop(id) }, "×"))));
    this.chips.hidden = !this.chosen.length;
    this.input.hidden = this.most > 1 && this.chosen.length >= this.most;
  }
}

/** Find and name articles. */
export const articles = (api) => ({
  find: async (words) => named((await api.get(`/api/knowledge/articles?${new URLSearchParams({ q: words, limit: 12, sort: "hits" })}`)).articles),
  name: async (ids) => named((await api.get(`/api/knowledge/articles?${new URLSearchParams({ ids: ids.join(","), limit: 200 })}`)).articles),
});
const named = (rows) => rows.map(({ id, title, category }) => ({ id, title, hint: category }));

/** Find and name the catalogue's offerings. */
export const offerings = (api) => ({
  find: async (words) => offered(await api.get(`/api/knowledge/offerings?${new URLSearchParams({ q: words, limit: 12 })}`)),
  name: async (ids) => offered(await api.get(`/api/knowledge/offerings?${new URLSearchParams({ ids: ids.join(","), limit: 200 })}`)),
});
const offered = (rows) => rows.map(({ id, name, price, is_active: isActive }) => ({ id, title: name, hint: isActive ? price : "已下架", isBad: !isActive }));
