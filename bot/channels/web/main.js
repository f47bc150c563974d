// The widget: <tongda-widget> in a shadow root, wired to one session. Loaded by /widget.js.

import { h, svg } from "./dom.js";
import { elementsOf, keyOf, retireChoices, serving } from "./message.js";
import { Session } from "./session.js";
import { style } from "./style.js";

const OPEN_STATE = "tongda.open", THEME = "tongda.theme", SIZE = "tongda.size";
const QUICK = ["充话费", "查余额", "查流量", "查账单", "换套餐", "网络故障"];
const WORDS = {
  connecting: "正在连接……", offline: "网络断开了，正在重新连接。您可以继续输入，连上后会自动发送。", online: "",
};
const ABOUT = "充值、查询、办理套餐，随时可问", PERSON = "转人工";
const MOON = "深色", SUN = "浅色";

class TongdaWidget extends HTMLElement {
  connectedCallback() {
    this.base = this.getAttribute("base");
    this.shown = new Map(); // key of a message -> its elements
    this.unread = 0;
    this.actions = { choose: (title, payload) => this.choose(title, payload), judge: (id, is) => this.session.judge(id, is) };
    const sheet = new CSSStyleSheet(); // not a <style>: a page's content security policy may forbid those
    sheet.replaceSync(style);
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    root.append(this.build());
    this.setTheme(localStorageOr(THEME, matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"));
    this.setSize(localStorageOr(SIZE, this.getAttribute("size") ?? "normal"));
    this.session = new Session(this.base, {
      changed: (fresh) => this.render(fresh), status: (state) => this.say(state), typing: (is) => this.showTyping(is),
      refused: (words) => this.tell(words),
    });
    if (localStorageOr(OPEN_STATE, "") === "open" || this.hasAttribute("open")) this.open(false);
  }

  build() {
    const title = this.getAttribute("title-text") ?? "在线客服";
    this.badge = h("span", { class: "unread", hidden: true });
    this.launcher = h("button", { class: "launcher", type: "button", "aria-haspopup": "dialog", onclick: () => this.open() },
      svg("svg", { viewBox: "0 0 24 24", fill: "none", stroke: "currentColor", "stroke-width": 2, "aria-hidden": "true" },
        svg("path", { d: "M4 5h16v11H9l-5 4z", "stroke-linejoin": "round" })), "在线客服", this.badge);
    this.themeButton = h("button", { class: "tool", type: "button", onclick: () => this.setTheme(this.dataset.theme === "dark" ? "light" : "dark") });
    this.sizeButton = h("button", { class: "tool", type: "button", "aria-label": "大字模式", onclick: () => this.setSize(this.dataset.size === "large" ? "normal" : "large") }, "大字");
    this.notice = h("p", { class: "notice", role: "status", hidden: true });
    this.log = h("div", { class: "log", role: "log", "aria-label": "对话", "aria-live": "polite", tabindex: 0 });
    this.writer = h("span", { class: "hidden" });
    this.dots = h("div", { class: "bubble bot typing", hidden: true }, this.writer, h("i"), h("i"), h("i"));
    this.server = h("small");
    this.showServing(null);
    this.log.append(this.dots);
    this.input = h("textarea", { rows: 1, placeholder: "请输入您的问题", "aria-label": "输入消息", maxlength: 2000, enterkeyhint: "send",
      oninput: () => { this.grow(); this.session.keyPressed(); }, onkeydown: (event) => this.key(event) });
    this.panel = h("div", { class: "panel", role: "dialog", "aria-label": title, hidden: true, onkeydown: (event) => event.key === "Escape" && this.close() },
      h("div", { class: "head" }, h("h2", {}, title, this.server), this.sizeButton, this.themeButton,
        h("button", { class: "tool", type: "button", "aria-label": "收起对话", onclick: () => this.close() }, "收起")),
      this.notice, this.log,
      h("div", { class: "quick" }, h("button", { class: "person", type: "button", onclick: () => this.send(PERSON, "/human") }, PERSON),
        h("div", { class: "services", role: "group", "aria-label": "常用服务" },
          QUICK.map((text) => h("button", { type: "button", onclick: () => this.send(text) }, text)))),
      h("form", { onsubmit: (event) => { event.preventDefault(); this.submit(); } }, this.input, h("button", { class: "send" }, "发送")));
    return h("div", { class: "root", lang: "zh-CN" }, this.launcher, this.panel);
  }

  open(takeFocus = true) {
    this.panel.hidden = false;
    this.launcher.hidden = true;
    this.unread = 0;
    this.badge.hidden = true;
    remember(OPEN_STATE, "open");
    if (!this.started) { this.started = true; this.session.start(); }
    this.scroll();
    if (takeFocus) this.input.focus();
  }

  close() {
    this.panel.hidden = true;
    this.launcher.hidden = false;
    remember(OPEN_STATE, "");
    this.launcher.focus();
  }

  setTheme(theme) {
    this.dataset.theme = theme;
    this.themeButton.textContent = theme === "dark" ? SUN : MOON;
    this.themeButton.setAttribute("aria-label", theme === "dark" ? "切换到浅色模式" : "切换到深色模式");
    remember(THEME, theme);
  }

  setSize(size) {
    this.dataset.size = size;
    this.sizeButton.setAttribute("aria-pressed", String(size === "large"));
    remember(SIZE, size);
  }

  say(state) {
    // A short blink of the network is not worth a word.
    clearTimeout(this.noticeTimer);
    this.noticeTimer = setTimeout(() => { this.notice.textContent = WORDS[state]; this.notice.hidden = !WORDS[state]; }, WORDS[state] ? 600 : 0);
  }

  /** Say something beside the thread: it is not part of the conversation. */
  tell(words) {
    this.log.append(h("div", { class: "bubble system" }, words), this.dots);
    this.scroll(null);
  }

  showTyping(is) { this.dots.hidden = !is; if (is) this.scroll(); }

  /** Say who serves: an agent by name, or with null the assistant. */
  showServing(agent) {
    this.server.textContent = agent === null ? ABOUT : `人工客服 ${agent} 为您服务`;
    this.writer.textContent = agent === null ? "客服助手正在输入" : `客服 ${agent} 正在输入`;
  }

  key(event) {
    // Enter inside an input method picks a word, it does not send.
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229) { event.preventDefault(); this.submit(); }
  }

  grow() {
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(132, this.input.scrollHeight + 2)}px`;
  }

  submit() {
    const text = this.input.value.trim();
    if (!text) return;
    this.input.value = "";
    this.grow();
    this.session.keysRest();
    this.send(text);
    this.input.focus();
  }

  choose(title, payload) {
    this.log.focus({ preventScroll: true }); // the pressed button retires: keyboard users stay in the dialogue
    this.send(title, payload);
  }

  send(text, payload) { this.session.say(text, payload); this.scroll(); }

  /** Bring the log to the session's thread: new messages are added, none is announced twice. */
  render(fresh) {
    const thread = this.session.thread();
    const keys = new Set(thread.map(keyOf));
    for (const [key, elements] of this.shown) if (!keys.has(key)) { elements.forEach((e) => e.remove()); this.shown.delete(key); }
    const isFirst = this.shown.size === 0;
    if (isFirst && fresh.length > 1) this.log.setAttribute("aria-live", "off"); // a history is not news
    let previous = null;
    for (const [index, message] of thread.entries()) {
      const key = keyOf(message);
      if (!this.shown.has(key)) {
        const elements = elementsOf(message, thread[index - 1], this.actions);
        previous ? previous.after(...elements) : this.log.prepend(...elements);
        this.shown.set(key, elements);
      }
      previous = this.shown.get(key).at(-1) ?? previous;
    }
    this.log.append(this.dots);
    const last = this.shown.get(keyOf(thread.at(-1) ?? {}));
    this.lead = last?.some((element) => element.matches(".question")) ? last[0] : null;
    this.showServing(serving(thread));
    retireChoices(thread, this.shown);
    setTimeout(() => this.log.setAttribute("aria-live", "polite"), 500);
    if (this.panel.hidden) this.countUnread(fresh);
    if (fresh.length || thread.at(-1)?.isWaiting) this.scroll();
  }

  countUnread(fresh) {
    this.unread += fresh.filter((message) => message.sender !== "customer").length;
    this.badge.hidden = this.unread === 0;
    this.badge.textContent = String(this.unread);
    this.launcher.setAttribute("aria-label", this.unread ? `在线客服，${this.unread}条新消息` : "在线客服");
  }

  /** Show the end; of a question that is taller than the log its beginning. */
  scroll(lead = this.lead) {
    requestAnimationFrame(() => { this.log.scrollTop = lead ? lead.offsetTop - this.log.offsetTop - 12 : this.log.scrollHeight; });
  }
}

function localStorageOr(key, otherwise) { try { return localStorage.getItem(key) ?? otherwise; } catch { return otherwise; } }

function remember(key, value) { try { localStorage.setItem(key, value); } catch { /* private mode */ } }

customElements.define("tongda-widget", TongdaWidget);
