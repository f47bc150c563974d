// The middle: the transcript with the bot's part, and the composer for answers and private notes.

import { h, linked } from "/widget/dom.js";
import { Canned } from "./desk_canned.js";
import { attempt, get, post } from "./console_api.js";
import { name } from "./desk_list.js";
import { STATES, moment } from "./words.js";

const SENDERS = { bot: "机器人", agent: "客服", system: "系统", customer: "客户" };
const TYPING_EVERY_MS = 3000;

export class Thread {
  constructor(store, actions) {
    Object.assign(this, { store, actions, isNote: false });
    this.title = h("h2", {});
    this.buttons = h("div", { class: "thread-actions" });
    this.log = h("div", { class: "log", role: "log", "aria-live": "polite", "aria-label": "对话内容", tabindex: 0 });
    this.typing = h("div", { class: "typing", "aria-live": "polite" });
    this.input = h("textarea", { rows: 2, "aria-label": "回复客户", maxlength: 2000, oninput: () => this.written(), onkeydown: (event) => this.key(event) });
    this.send = h("button", { class: "button primary", type: "button", onclick: () => this.submit() }, "发送");
    this.modes = ["回复", "备注"].map((title, index) => h("button", { class: "button", type: "button", onclick: () => this.mode(index === 1) }, title));
    this.canned = new Canned(this.input, (text, id) => { this.cannedId = id; this.put(text); });
    this.composer = h("div", { class: "composer" }, this.canned.element,
      h("div", { class: "modes" }, this.modes, h("span", { class: "hint" }, "输入 / 选常用语 · Enter 发送 · Shift+Enter 换行")),
      h("div", { class: "row" }, this.input, this.send));
    this.blank = h("div", { class: "empty" }, "从左边选一个会话。按 ? 查看快捷键。");
    this.element = h("main", { class: "thread" }, h("div", { class: "thread-head" }, this.title, this.buttons), this.log, this.typing, this.composer);
    this.mode(false);
    this.render();
  }

  render() {
    const { open } = this.store, thread = this.store.threads.get(open), handoff = open && this.store.handoffOf(open);
    this.composer.hidden = !thread;
    if (!thread) { this.title.textContent = ""; this.buttons.replaceChildren(); this.log.replaceChildren(this.blank); this.shown = null; return; }
    const isMine = this.store.isMine(open), isWaiting = thread.state === "waiting";
    this.title.textContent = `${handoff ? name(handoff) : "客户"} · ${STATES[thread.state]}`;
    this.buttons.replaceChildren(...this.actions.buttons(thread, handoff, isMine).filter(Boolean));
    if (!isMine && !this.isNote) this.mode(true);
    if (isMine && this.wasMine === false) this.mode(false);
    this.wasMine = isMine;
    this.modes[0].disabled = !isMine;
    this.send.disabled = isWaiting && !this.isNote;
    const isNew = this.shown !== open, atEnd = isNew || this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 80;
    if (isNew) { this.older = null; this.input.value = this.store.drafts[open] ?? ""; this.cannedId = ""; this.canned.load(open); if (isMine) { this.mode(false); this.input.focus(); } }
    this.shown = open;
    this.log.replaceChildren(...this.lines(thread));
    if (atEnd) this.log.scrollTop = this.log.scrollHeight;
    this.renderTyping();
  }

  renderTyping() {
    const until = this.store.typing.get(this.store.open);
    this.typing.textContent = until && until > Date.now() ? "客户正在输入……" : "";
  }

  lines(thread) {
    const lines = [...(this.older ?? []), ...thread.messages, ...thread.notes.map((note) => ({ ...note, sender: "note" }))];
    lines.sort((a, b) => Date.parse(a.created) - Date.parse(b.created) || (a.seq ?? Infinity) - (b.seq ?? Infinity));
    const more = this.older ? [] : [h("button", { class: "button quiet older", type: "button", onclick: () => this.loadOlder() }, "查看最近30天的历史会话")];
    return [...more, ...lines.map((line) => this.line(line))];
  }

  line(line) {
    const who = line.sender === "note" ? `${line.author}${line.is_whisper ? " 悄悄提示" : " 的备注"}` : line.sender === "agent" ? line.author ?? SENDERS.agent : SENDERS[line.sender];
    return h("div", { class: `bubble ${line.sender}${line.seq || line.sender === "note" ? "" : " sending"}${line.isFailed ? " failed" : ""}` },
      line.sender !== "system" && h("small", {}, `${who} ${moment(line.created)}`), linked(line.text || "（卡片）"),
      line.buttons?.length > 0 && h("div", { class: "choices" }, `选项：${line.buttons.join(" / ")}`),
      line.isFailed && h("button", { class: "button quiet", type: "button", onclick: () => attempt(() => this.store.send(this.store.open, line)) }, "没有发出去，点这里重发"));
  }

  async loadOlder() {
    const conversation = this.store.open;
    this.older = await attempt(() => get(`/api/desk/conversations/${conversation}/before`)) ?? [];
    if (this.store.open === conversation) this.render();
  }

  mode(isNote) {
    this.isNote = isNote;
    this.modes.forEach((button, index) => button.setAttribute("aria-pressed", String((index === 1) === isNote)));
    this.composer.classList.toggle("as-note", isNote);
    this.input.setAttribute("aria-label", isNote ? "写备注，客户看不到" : "回复客户");
    this.input.placeholder = isNote ? "只有同事看得到" : "回复客户";
    this.send.textContent = isNote ? "保存备注" : "发送";
  }

  put(text) { this.input.value = text; this.written(); this.input.focus(); }

  written() {
    const { open } = this.store;
    if (!this.isNote) this.store.draft(open, this.input.value);
    this.canned.look(this.isNote ? "" : this.input.value);
    if (!this.isNote && this.store.isMine(open)) this.tellTyping(this.input.value !== "");
  }

  tellTyping(is) {
    clearTimeout(this.quiet);
    if (is) this.quiet = setTimeout(() => this.tellTyping(false), 5000);
    if (is && Date.now() - (this.told ?? 0) < TYPING_EVERY_MS) return;
    this.told = is ? Date.now() : 0;
    post(`/api/desk/conversations/${this.store.open}/typing`, { is_typing: is }).catch(() => {});
  }

  key(event) {
    if (this.canned.key(event)) return;
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229) { event.preventDefault(); this.submit(); }
  }

  async submit() {
    const text = this.input.value.trim(), { open } = this.store;
    if (!text) return;
    this.input.value = "";
    this.store.draft(open, "");
    clearTimeout(this.quiet);
    if (this.isNote) {
      const saved = await attempt(async () => { await post(`/api/desk/conversations/${open}/notes`, { text }); await this.store.load(open); return true; });
      if (!saved) this.input.value = text;
      else if (this.store.isMine(open)) this.mode(false);
    } else {
      const id = this.cannedId;
      this.cannedId = "";
      this.told = 0;
      await attempt(() => this.store.say(open, text, id));
    }
  }
}
