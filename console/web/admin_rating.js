// 评价: whether customers are asked, and which reasons they may tick.

import { h } from "/widget/dom.js";
import { SaveBar } from "./admin_form.js";
import { attempt, get, put, toast } from "./console_api.js";

const MOST = 8, MOST_CHARS = 20;

export class RatingTab {
  constructor() {
    const changed = () => this.bar.changed(true);
    this.bar = new SaveBar(() => attempt(() => this.save()), () => { this.bar.changed(false); attempt(() => this.load()); });
    this.isOn = h("input", { type: "checkbox", onchange: changed });
    this.onceADay = h("input", { type: "checkbox", onchange: changed });
    this.low = new Chips("低分原因", changed);
    this.high = new Chips("高分原因", changed);
    this.element = h("div", { class: "sheet" }, h("h2", {}, "满意度评价"),
      h("label", { class: "check" }, this.isOn, " 会话结束后请客户评价"), h("label", { class: "check" }, this.onceADay, " 同一位客户每天最多请一次"),
      h("h2", {}, "评分低时可选的原因（1至3星）"), this.low.element, h("h2", {}, "评分高时可选的原因（4至5星）"), this.high.element,
      h("p", { class: "hint" }, `每组最多${MOST}个，每个最多${MOST_CHARS}个字。直接点文字就能修改。改动只影响以后的评价，已经收到的不变。`), this.bar.element);
  }

  get isChanged() { return this.bar.isChanged; }

  async load() {
    const { rating } = await get("/api/admin/operating");
    this.isOn.checked = rating.is_on;
    this.onceADay.checked = rating.once_a_day;
    this.low.set(rating.low_reasons);
    this.high.set(rating.high_reasons);
  }

  async save() {
    const value = { is_on: this.isOn.checked, once_a_day: this.onceADay.checked, low_reasons: this.low.read(), high_reasons: this.high.read() };
    await put("/api/admin/operating/rating", { value });
    this.bar.changed(false);
    toast("已保存，马上生效");
    await this.load();
  }
}

/** A row of short texts, each of which can be changed in its place. */
class Chips {
  constructor(title, changed) {
    Object.assign(this, { title, changed, texts: [] });
    this.list = h("ul", { class: "chips", "aria-label": title });
    this.fresh = h("input", { class: "input", maxlength: MOST_CHARS, placeholder: "再加一个，按回车", "aria-label": `添加${title}`, onkeydown: (event) => this.key(event) });
    this.add = h("button", { class: "button", type: "button", onclick: () => this.take() }, "添加");
    this.element = h("div", {}, this.list, h("div", { class: "line narrow" }, this.fresh, this.add));
  }

  set(texts) { this.texts = [...texts]; this.fresh.value = ""; this.render(); }

  /** The texts, with one that was typed but not added yet. */
  read() { if (this.fresh.value.trim()) this.take(); return this.texts.map((text) => text.trim()).filter(Boolean); }

  key(event) {
    if (event.key !== "Enter" || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.take();
  }

  take() {
    const text = this.fresh.value.trim();
    if (!text) return;
    if (this.texts.includes(text)) { toast(`“${text}”已经有了。`); return; }
    if (this.texts.length >= MOST) { toast(`每组最多${MOST}个，请先删掉一个。`); return; }
    this.texts.push(text);
    this.fresh.value = "";
    this.changed();
    this.render();
  }

  render() {
    this.list.replaceChildren(...this.texts.map((text, index) => h("li", { class: "chip" },
      h("input", { value: text, maxlength: MOST_CHARS, size: wide(text), "aria-label": `${this.title}${index + 1}`, oninput: (event) => { this.texts[index] = event.target.value; event.target.size = wide(event.target.value); this.changed(); } }),
      h("button", { type: "button", "aria-label": `删除“${text}”`, onclick: () => { this.texts.splice(index, 1); this.changed(); this.render(); this.fresh.focus(); } }, "✕"))));
    this.fresh.disabled = this.add.disabled = this.texts.length >= MOST;
  }
}

/** Chinese characters take two places of `size`. */
const wide = (text) => Math.max(4, [...text].reduce((sum, char) => sum + (char > "ÿ" ? 2 : 1), 1));
