// The fields of an article: fill them with a content, read the content back, say what is wrong where it is wrong.

import { h } from "/widget/dom.js";
import { field } from "./admin_form.js";
import { blank } from "./operator_content.js";
import { articles, offerings, Picker } from "./operator_picker.js";
import { inserting } from "./operator_placeholder.js";
import { Questions } from "./operator_questions.js";
import { area, byChannel, byRegion, Extras } from "./operator_variants.js";
import { FIELDS } from "./operator_words.js";

export class ArticleForm {
  constructor(api, id, changed) {
    this.id = id;
    this.title = h("input", { class: "input", maxlength: 100, autocomplete: "off", placeholder: "客户最常怎么问，例如：话费充值没到账怎么办", oninput: changed });
    this.category = h("input", { class: "input", maxlength: 40, autocomplete: "off", list: "categories", oninput: changed });
    this.categories = h("datalist", { id: "categories" });
    this.questions = new Questions(changed);
    this.answer = area("答案", "", changed, 6);
    this.channels = byChannel(changed);
    this.regions = byRegion(changed);
    this.extras = new Extras(changed);
    this.from = h("input", { class: "input", type: "date", oninput: changed });
    this.to = h("input", { class: "input", type: "date", oninput: changed });
    this.offerings = new Picker({ label: "关联套餐", placeholder: "输入套餐名称查找", ...offerings(api), changed });
    this.followups = new Picker({ label: "后续问题", placeholder: "输入文章标题查找", ...without(articles(api), () => this.id), most: 6, changed });
    this.notes = Object.fromEntries(Object.keys(FIELDS).map((name) => [name, h("p", { class: "wrong", role: "alert", hidden: true })]));
    this.element = h("div", { class: "sheet article-form" },
      field(FIELDS.title, this.title), this.notes.title,
      h("div", { class: "pair" }, h("div", {}, field(FIELDS.category, this.category), this.notes.category), h("div", { class: "pair" }, h("div", {}, field("生效日期（不填就是马上）", this.from), this.notes.valid_from), h("div", {}, field("失效日期（当天还有效）", this.to), this.notes.valid_to))), this.categories,
      part("答案", "价格、流量不用手写：点“插入套餐内容”，目录里改了，答案跟着变。", this.answer, this.notes.answer, this.channels.element, this.notes.channels, this.regions.element, this.notes.regions, this.extras.element, this.notes.link, this.notes.image, this.notes.card,
        h("div", { class: "line wrap adders" }, this.channels.adding, this.regions.adding, this.extras.adding, inserting(api, () => (this.written.isConnected ? this.written : this.answer), (offering) => this.depend(offering)))),
      part("相似问法", "客户还会怎么问？写10条以上命中会更稳；“只用于测试”的不参与匹配，发布前用来检查答得对不对。", this.questions.element, this.notes.questions, this.notes.held_out),
      part("关联", "答案讲到哪些套餐？套餐改价或下架时，这篇会被标出来。", picked(FIELDS.offerings, this.offerings), this.notes.offerings, picked("后续问题：答完以后给客户的按钮，显示前两个", this.followups), this.notes.followups));
    this.written = this.answer;
    this.element.addEventListener("focusin", ({ target }) => { if (target.matches("textarea.grows")) this.written = target; });
    attachCategories(api, this.categories);
  }

  /** Note that the answer speaks of an offering. */
  depend(offering) {
    if (!this.offerings.ids.includes(offering.id)) this.offerings.take(offering);
  }

  set(content) {
    const { title, category, answer, valid_from: from, valid_to: to, ...rest } = { ...blank(), ...content };
    Object.assign(this.title, { value: title });
    this.category.value = category;
    this.answer.value = answer;
    this.from.value = from ?? "";
    this.to.value = to ?? "";
    this.questions.set(rest.questions, rest.held_out ?? []);
    this.channels.set(rest.channels);
    this.regions.set(rest.regions);
    this.extras.set(rest);
    this.offerings.set(rest.offerings);
    this.followups.set(rest.followups);
    this.refuse([]);
  }

  get content() {
    const written = (texts) => Object.fromEntries(Object.entries(texts).filter(([, text]) => text.trim()));
    return {
      title: this.title.value.trim(), category: this.category.value.trim(), answer: this.answer.value.replaceAll("\r\n", "\n").trim(),
      questions: this.questions.questions, held_out: this.questions.heldOut, channels: written(this.channels.value), regions: written(this.regions.value), ...this.extras.value,
      offerings: this.offerings.ids, followups: this.followups.ids, valid_from: this.from.value || null, valid_to: this.to.value || null,
    };
  }

  /** Show what is wrong, each at its field. */
  refuse(problems) {
    for (const [name, note] of Object.entries(this.notes)) {
      note.textContent = problems.filter(({ field: of }) => of === name).map(({ message }) => message).join(" ");
      note.hidden = !note.textContent;
    }
    this.element.querySelector(".wrong[role=alert]:not([hidden])")?.scrollIntoView({ block: "center" });
  }

  lock() {
    for (const control of this.element.querySelectorAll("input, textarea, select, button")) control.disabled = true;
  }
}

// Not a label: a press on it would press the first chip's button.
export const picked = (title, picker) => h("div", { class: "field" }, h("span", {}, title), picker.element);

const part = (title, hint, ...content) => h("section", { class: "part" }, h("h3", {}, title), h("p", { class: "hint" }, hint), content);

const without = ({ find, name }, id) => ({ find: async (words) => (await find(words)).filter((one) => one.id !== id()), name });

async function attachCategories(api, list) {
  const found = await api.get("/api/knowledge/categories").catch(() => []); // only a help for typing
  list.append(...found.map(({ name }) => h("option", { value: name })));
}
