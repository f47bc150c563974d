// One conversation on the screen: the transcript with the bot's part, and the composer for answers and private notes.

import { h } from "/widget/dom.js";
import { arrange } from "./arrange.js";
import { Canned } from "./desk_canned.js";
import { attempt, get, post } from "./console_api.js";
import { name } from "./desk_list.js";
import { Lines } from "./desk_lines.js";
import { STATES } from "./words.js";

const TYPING_EVERY_MS = 3000;

export class Thread {
  constructor(store, actions) {
    Object.assign(this, { store, actions, isNote: false, conversation: null });
    this.lines = new Lines({ olderWanted: () => this.loadOlder(), sendAgain: (line) => attempt(() => store.send(this.conversation, line)) });
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
    this.shut = h("button", { class: "button quiet shut", type: "button", title: "关闭这一栏（Alt + W）", "aria-label": "关闭这一栏", onclick: () => store.close(this.conversation) }, "✕");
    this.element = h("section", { class: "thread", "aria-label": "会话", onfocusin: () => this.entered(), onpointerdown: () => this.entered() },
      h("div", { class: "thread-head" }, this.title, this.buttons, this.shut), this.log, this.typing, this.composer);
    this.mode(false);
  }

  entered() { if (this.conversation && this.store.open !== this.conversation) this.store.focus(this.conversation); }

  /** Show a conversation; null is an empty desk. */
  show(conversation) {
    if (this.conversation === conversation) return;
    Object.assign(this, { conversation, older: null, cannedId: "", isNew: true, wasMine: undefined, told: 0 });
    clearTimeout(this.quiet);
    this.mode(!this.store.isMine(conversation));
    if (conversation) this.canned.load(conversation);
  }

  render() {
    const { conversation, store } = this, thread = store.threads.get(conversation), handoff = conversation && store.handoffOf(conversation);
    this.composer.hidden = !thread;
    this.element.classList.toggle("blank", !thread);
    this.shut.hidden = store.panes.length < 2;
    this.element.classList.toggle("active", store.panes.length > 1 && store.open === conversation);
    if (!thread) { this.title.textContent = ""; this.buttonsFor = ""; this.buttons.replaceChildren(); arrange(this.log, conversation ? [] : [this.blank]); return; }
    const isMine = store.isMine(conversation), isWaiting = thread.state === "waiting";
    const stars = thread.rating?.stars, rated = stars ? ` · ${stars}星${thread.rating.is_solved === false ? "，没解决" : ""}` : "";
    this.title.textContent = `${handoff ? name(handoff) : "客户"} · ${STATES[thread.state]}${rated}`;
    this.element.setAttribute("aria-label", this.title.textContent);
    this.renderButtons(thread, handoff, isMine);
    if (isMine !== (this.wasMine ?? isMine)) this.mode(!isMine);
    this.wasMine = isMine;
    this.nameNote(!isMine && thread.state === "human");
    this.modes[0].disabled = !isMine;
    this.send.disabled = isWaiting && !this.isNote;
    const atEnd = this.isNew || this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 80;
    arrange(this.log, this.lines.of(thread, this.older));
    if (atEnd) this.log.scrollTop = this.log.scrollHeight;
    if (this.isNew && isMine && store.open === conversation) this.input.focus();
    this.isNew = false;
    this.renderTyping();
  }

  /** The buttons stay the same elements while they mean the same, or a click could miss. */
  renderButtons(thread, handoff, isMine) {
    const owed = this.store.followUps.of(thread).map((one) => one.id + one.due + one.owner_id);
    const meaning = [this.conversation, thread.state, handoff?.id, isMine, owed].join();
    if (meaning === this.buttonsFor) return;
    this.buttonsFor = meaning;
    this.buttons.replaceChildren(...this.actions.buttons(thread, handoff, isMine).filter(Boolean));
  }

  renderTyping() {
    const until = this.store.typing.get(this.conversation);
    this.typing.textContent = until && until > Date.now() ? "客户正在输入……" : "";
  }

  async loadOlder() {
    const { conversation } = this, older = await attempt(() => get(`/api/desk/conversations/${conversation}/before`)) ?? [];
    if (this.conversation !== conversation) return;
    this.older = older;
    this.render();
  }

  /** Answer, or write a note; each has its own half-written text, so that a note never becomes an answer. */
  mode(isNote) {
    this.isNote = isNote;
    this.modes.forEach((button, index) => button.setAttribute("aria-pressed", String((index === 1) === isNote)));
    this.composer.classList.toggle("as-note", isNote);
    const [label, placeholder, send] = !isNote ? ["回复客户", "回复客户", "发送"]
      : this.isWhisper ? ["悄悄提示客服，客户看不到", "提示客服，客户看不到", "发送提示"] : ["写备注，客户看不到", "只有同事看得到", "保存备注"];
    this.input.setAttribute("aria-label", label);
    this.input.placeholder = placeholder;
    this.send.textContent = send;
    this.input.value = this.store.drafts[this.draftKey()] ?? "";
    this.canned.look("");
  }

  /** What a supervisor writes to the agent of a conversation is a whisper. */
  nameNote(isWhisper) {
    if (isWhisper === this.isWhisper) return;
    this.isWhisper = isWhisper;
    this.modes[1].textContent = isWhisper ? "悄悄提示" : "备注";
    this.mode(this.isNote);
  }

  draftKey() { return this.isNote ? `note ${this.conversation}` : this.conversation; }

  /** Put a text after what is half written. */
  add(text) { this.put([this.input.value.trimEnd(), text].filter(Boolean).join("\n")); }

  put(text) { this.input.value = text; this.written(); this.input.focus(); }

  written() {
    this.store.draft(this.draftKey(), this.input.value);
    this.canned.look(this.isNote ? "" : this.input.value);
    if (!this.isNote && this.store.isMine(this.conversation)) this.tellTyping(this.input.value !== "");
  }

  tellTyping(is) {
    clearTimeout(this.quiet);
    if (is) this.quiet = setTimeout(() => this.tellTyping(false), 5000);
    if (is && Date.now() - (this.told ?? 0) < TYPING_EVERY_MS) return;
    this.told = is ? Date.now() : 0;
    post(`/api/desk/conversations/${this.conversation}/typing`, { is_typing: is }).catch(() => {});
  }

  key(event) {
    if (this.canned.key(event)) return;
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229) { event.preventDefault(); this.submit(); }
  }

  async submit() {
    const text = this.input.value.trim(), { conversation, store } = this;
    if (!text) return;
    this.input.value = "";
    store.draft(this.draftKey(), "");
    clearTimeout(this.quiet);
    if (this.isNote) {
      const key = this.draftKey();
      const saved = await attempt(async () => { await post(`/api/desk/conversations/${conversation}/notes`, { text }); await store.load(conversation); return true; });
      if (!saved) { store.draft(key, text); if (this.draftKey() === key) this.input.value = text; }
      else if (this.conversation === conversation && store.isMine(conversation)) this.mode(false);
    } else {
      const id = this.cannedId;
      this.cannedId = "";
      this.told = 0;
      await attempt(() => store.say(conversation, text, id));
    }
  }
}
