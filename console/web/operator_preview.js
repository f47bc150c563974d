// An article as customers will see it: in the web widget, drawn by the widget's own modules, and in WeChat.

import { h, linked } from "/widget/dom.js";
import { elementsOf } from "/widget/message.js";
import { style } from "/widget/style.js";
import { Refusal } from "./console_api.js";
import { REGIONS } from "./operator_words.js";

const WAIT_MS = 500, WECHAT_BYTES = 2047, WECHAT_AT_ONCE = 4; // a reply and what the budget leaves for ordinary words
const TABS = { web: "网页", wechat: "微信" };

export class Preview {
  constructor(api) {
    Object.assign(this, { api, channel: "web" });
    this.tabs = Object.entries(TABS).map(([code, title]) => h("button", { class: "button", type: "button", "aria-pressed": String(code === "web"), onclick: () => this.show(code) }, title));
    this.region = h("select", { class: "input narrow", "aria-label": "客户所在地区", onchange: () => this.ask() }, h("option", { value: "" }, "不限地区"), REGIONS.map((region) => h("option", { value: region }, region)));
    this.stage = h("div", { class: "stage" });
    this.problem = h("p", { class: "hint", role: "status" });
    this.element = h("aside", { class: "preview-side", "aria-label": "预览" }, h("div", { class: "line" }, h("h3", {}, "预览"), this.tabs, this.region), this.stage, this.problem);
  }

  /** Show a content; soon, so that typing does not ask at every key. */
  set(content) {
    this.content = content;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), this.shown ? WAIT_MS : 0);
  }

  show(channel) {
    this.channel = channel;
    Object.keys(TABS).forEach((code, index) => this.tabs[index].setAttribute("aria-pressed", String(code === channel)));
    this.ask();
  }

  async ask() {
    const content = complete(this.content), asked = this.asked = {};
    if (!content.answer.trim()) { this.stage.replaceChildren(h("p", { class: "empty" }, "写下答案，这里就会显示客户看到的样子。")); return; }
    try {
      const found = await this.api.post("/api/knowledge/preview", { ...content, channel: this.channel, region: this.region.value || null });
      if (asked !== this.asked || this.api.signal.aborted) return;
      this.shown = true;
      this.problem.textContent = "";
      const question = content.questions[0];
      this.stage.replaceChildren(this.channel === "web" ? asWidget(question, found) : asWechat(question, found));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (asked === this.asked) this.problem.textContent = error.message;
    }
  }
}

/** Only what the customer sees, and of that only what is written whole: a preview needs no valid dates and no title yet. */
const complete = ({ link, image, card, ...content }) => ({
  ...content, title: content.title || "标题", category: content.category || "分类", questions: [content.questions[0] ?? (content.title || "客户的问题")], held_out: [], valid_from: null, valid_to: null,
  link: isWhole(link?.title, link?.url) ? link : null, image: isWhole(image?.url, image?.alt) ? image : null, card: isWhole(card?.title, card?.rows.length, ...(card?.rows.flat() ?? [])) ? card : null,
});
const isWhole = (...parts) => parts.every((part) => String(part ?? "").trim() && part !== 0);

/** The widget's thread, in a shadow root with the widget's own style. */
function asWidget(question, { text, card, followups }) {
  const host = h("div", { class: "as-widget", inert: true }), sheet = new CSSStyleSheet(), root = host.attachShadow({ mode: "open" });
  sheet.replaceSync(`${style} .log { height:auto; min-height:100%; border-radius:14px; }`);
  root.adoptedStyleSheets = [sheet];
  host.dataset.theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  const buttons = followups.map(({ id, title }) => ({ title, payload: id })), nothing = { choose: () => {}, judge: () => {} };
  const asked = { sender: "customer", text: question, message_id: "question" }, answered = { sender: "bot", text, card, buttons, message_id: "answer" };
  root.append(h("div", { class: "root" }, h("div", { class: "log" }, elementsOf(asked, null, nothing), elementsOf(answered, asked, nothing))));
  return host;
}

/** WeChat has text only: what can be chosen is numbered, as the channel writes it; a long text goes out in several messages. */
function asWechat(question, { text, followups }) {
  const choices = followups.length ? `\n回复数字选择：\n${followups.map(({ title }, index) => `${index + 1}. ${title}`).join("\n")}` : "";
  const parts = Math.ceil(new TextEncoder().encode(text + choices).length / WECHAT_BYTES);
  return h("div", { class: "as-wechat" }, h("p", { class: "wechat-bubble mine" }, question), h("p", { class: "wechat-bubble" }, linked(text + choices)), parts > 1 && h("p", { class: "hint" }, `微信一条最多2,047字节，这段会分成约${parts}条发出${parts > WECHAT_AT_ONCE ? "，超过一次能发的条数，后面的要等客户再发消息才能收到。请为微信另写一份短的" : ""}。`));
}
