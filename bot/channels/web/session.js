// One customer's conversation: what was said, what still waits to be sent, and how it survives a reload or a lost
// network. Every message of ours carries an id, so sending it again after a doubt never says it twice.

import { Socket } from "./socket.js";

const SESSION = "tongda.session", WAITING = "tongda.waiting";
const RETRY_MS = 3000, TYPING_AGAIN_MS = 3000, TYPING_ENDS_MS = 4000;

export class Session {
  constructor(base, { changed, status, typing, refused }) {
    Object.assign(this, { changed, status, typing, refused });
    this.messages = new Map(); // seq -> message
    this.waiting = read(WAITING, []); // [{message_id, text, payload}] in the order they were said
    this.id = read(SESSION, null);
    this.isSending = false;
    this.toldTyping = 0; // when an agent was last told that the customer writes
    this.socket = new Socket(base)
      .on("connect", () => this.join())
      .on("disconnect", () => { this.isJoined = false; this.typing(false); this.status("offline"); })
      .on("session_confirm", (confirmed) => this.joined(confirmed))
      .on("bot_uttered", (message) => this.take([message]))
      .on("typing", (state) => this.typing(Boolean(state?.is_typing)));
    this.isJoined = false;
  }

  start() { this.status("connecting"); this.socket.connect(); }

  join() { this.socket.emit("session_request", { session_id: this.id, client: "tongda" }).catch(() => {}); }

  async joined(confirmed) {
    const id = typeof confirmed === "string" ? confirmed : confirmed.session_id;
    if (this.id && id !== this.id) this.messages.clear(); // the old session was not accepted: a fresh thread
    this.id = id;
    write(SESSION, id);
    try {
      const { messages, is_typing: isTyping } = await this.socket.emit("history", { session_id: id, after_seq: this.lastSeq() });
      this.isJoined = true;
      this.take(messages);
      this.typing(Boolean(isTyping));
      this.status("online");
      this.flush();
    } catch { this.socket.drop(); }
  }

  /** The end of the unbroken thread: what lies behind a gap is asked for again, and kept once. */
  lastSeq() {
    const seqs = [...this.messages.keys()].sort((a, b) => a - b);
    let last = 0;
    for (const seq of seqs) { if (last && seq !== last + 1) break; last = seq; }
    return last;
  }

  /** Keep messages by their place in the conversation: one that arrives twice is kept once. */
  take(arrived) {
    const fresh = arrived.filter((message) => !this.messages.has(message.seq));
    for (const message of fresh) this.messages.set(message.seq, message);
    if (fresh.some((message) => message.sender !== "customer")) this.typing(false);
    const known = new Set([...this.messages.values()].map((message) => message.client_id).filter(Boolean));
    this.keep(this.waiting.filter((message) => !known.has(message.message_id)));
    this.changed(fresh);
  }

  /** Everything to show: the thread in order, then what has not reached the service yet. */
  thread() {
    const said = [...this.messages.values()].sort((a, b) => a.seq - b.seq);
    const unsent = this.waiting.map((message) => ({ ...message, sender: "customer", isWaiting: true }));
    return [...said, ...unsent];
  }

  say(text, payload = text) {
    this.keep([...this.waiting, { message_id: crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`, text, payload }]);
    this.changed([]);
    this.flush();
  }

  /** A key was pressed: let an agent see it, now and then and not with every key. */
  keyPressed() {
    if (Date.now() - this.toldTyping >= TYPING_AGAIN_MS) this.tellTyping(true);
    clearTimeout(this.typingEnds);
    this.typingEnds = setTimeout(() => this.keysRest(), TYPING_ENDS_MS);
  }

  keysRest() {
    clearTimeout(this.typingEnds);
    if (this.toldTyping) this.tellTyping(false);
  }

  tellTyping(is) {
    this.toldTyping = is ? Date.now() : 0;
    if (this.isJoined) this.socket.emit("user_typing", { session_id: this.id, is_typing: is }).catch(() => {}); // lost, it costs nothing
  }

  /** Say whether an answer was useful; return what went wrong in words, or nothing. */
  async judge(messageId, isUseful) {
    const data = { session_id: this.id, message_id: messageId, is_useful: isUseful };
    try { return (await this.socket.emit("answer_feedback", data)).error?.message; } catch { return "网络不通，请稍后再试。"; }
  }

  /** Too fast: nothing is lost, it goes out a little later. */
  retryLater() { setTimeout(() => this.flush(), RETRY_MS); }

  keep(waiting) { this.waiting = waiting; write(WAITING, waiting); }

  async flush() {
    if (this.isSending) return;
    this.isSending = true;
    try {
      while (this.isJoined && this.waiting.length) {
        const next = this.waiting[0];
        const said = await this.socket.emit("user_uttered", {
          session_id: this.id, message: next.payload, message_id: next.message_id,
        });
        if (said.error?.code === "rate_limited") { this.retryLater(); return; }
        this.keep(this.waiting.filter((message) => message.message_id !== next.message_id));
        if (said.error) { this.refused(said.error.message); this.changed([]); continue; }
        // The transcript shows what the service kept: numbers masked, a button by its title. A command of the widget
        // itself was in no message, so the service may know no title for it.
        const text = said.text === next.payload.slice(1) ? next.text : said.text ?? next.text;
        this.take([{ sender: "customer", client_id: next.message_id, ...said, text }]);
      }
    } catch { if (this.isJoined) this.retryLater(); /* else the next connection sends what is left */ } finally { this.isSending = false; }
  }
}

function read(key, otherwise) {
  try { return JSON.parse(localStorage.getItem(key)) ?? otherwise; } catch { return otherwise; }
}

function write(key, value) {
  try { localStorage.setItem(key, JSON.stringify(value)); } catch { /* private mode: the thread lives as long as the page */ }
}
