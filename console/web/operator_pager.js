// Turning the pages of a list.

import { h } from "/widget/dom.js";
import { attempt } from "./console_api.js";
import { count } from "./operator_words.js";

export class Pager {
  /** `load()` shows the page that begins at `offset`; `unit` is what is counted: 篇, 组; `turned()` hears that another page is there. */
  constructor({ page, unit, load, offset = 0, turned }) {
    Object.assign(this, { page, unit, load, offset, turned });
    this.range = h("span", { role: "status" });
    this.previous = h("button", { class: "button", type: "button", onclick: () => this.turn(-1) }, "上一页");
    this.next = h("button", { class: "button", type: "button", onclick: () => this.turn(1) }, "下一页");
    this.element = h("div", { class: "pager" }, this.range, this.previous, this.next);
  }

  async turn(step) {
    const before = this.offset, wanted = this.offset = Math.max(0, before + step * this.page);
    await attempt(async () => {
      try { await this.load(); } catch (error) { if (this.offset === wanted) this.offset = before; throw error; } // what is shown is still the page before
      this.turned?.();
    });
  }

  /** Whether this page is behind the end, as when what stood there is gone; the offset is then that of the last one. */
  isPast(shown, total) {
    const last = Math.max(0, Math.ceil(total / this.page) - 1) * this.page;
    if (shown || last >= this.offset) return false;
    this.offset = last;
    return true;
  }

  show(shown, total) {
    this.range.textContent = shown ? `第${count(this.offset + 1)}至${count(this.offset + shown)}${this.unit}，共${count(total)}${this.unit}` : "";
    this.previous.disabled = this.offset === 0;
    this.next.disabled = this.offset + shown >= total;
    this.previous.hidden = this.next.hidden = total <= this.page && this.offset === 0;
  }
}
