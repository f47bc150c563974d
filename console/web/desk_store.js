// What the desk knows: the queue, conversations in hand with their lines, what is unread, what is half written.

import { get, post } from "./console_api.js";

const DRAFTS = "tongda.desk.drafts";

export class Store {
  constructor(changed) {
    this.changed = changed; // (what) => void: "overview", "thread", "typing"
    this.overview = { queue: [], mine: [], me: {} };
    this.threads = new Map(); // conversation id -> {messages, notes, handoffs, ...}
    this.unread = new Map();
    this.typing = new Map(); // conversation id -> until
    this.drafts = read();
    this.open = null; // the conversation on the screen
    this.ringing = () => {};
  }

  async refresh() {
    const before = new Set(this.overview.queue.map((handoff) => handoff.id)), mine = new Set(this.mine());
    this.overview = await get("/api/desk/overview");
    this.skew = Date.now() - Date.parse(this.overview.now);
    if (this.overview.queue.some((handoff) => !before.has(handoff.id))) this.ringing("queue");
    for (const handoff of this.overview.mine)
      if (!mine.has(handoff.conversation)) { this.ringing("given"); if (handoff.conversation !== this.open) this.mark(handoff.conversation); this.load(handoff.conversation); }
    this.changed("overview");
  }

  mine() { return this.overview.mine.map((handoff) => handoff.conversation); }

  handoffOf(conversation) {
    const all = [...this.overview.mine, ...(this.overview.others ?? []), ...this.overview.queue];
    return all.find((handoff) => handoff.conversation === conversation) ?? this.threads.get(conversation)?.handoffs.at(-1);
  }

  isMine(conversation) { return this.mine().includes(conversation); }

  async load(conversation) {
    const found = await get(`/api/desk/conversations/${conversation}`);
    const sending = this.threads.get(conversation)?.messages.filter((message) => !message.seq) ?? [];
    const known = new Set(found.messages.map((message) => message.client_id));
    found.messages.push(...sending.filter((message) => !known.has(message.client_id)));
    this.threads.set(conversation, found);
    this.changed("thread", conversation);
    return found;
  }

  show(conversation) {
    this.open = conversation;
    this.unread.delete(conversation);
    this.changed("overview");
    return this.load(conversation);
  }

  mark(conversation) { this.unread.set(conversation, (this.unread.get(conversation) ?? 0) + 1); }

  /** Take lines that came live; the same line twice is one, an own line replaces what was being sent. */
  take(conversation, messages) {
    const thread = this.threads.get(conversation);
    if (!thread) return;
    for (const message of messages) {
      if (thread.messages.some((known) => known.id === message.id)) continue;
      const mine = message.client_id ? thread.messages.findIndex((known) => !known.seq && known.client_id === message.client_id) : -1;
      if (mine >= 0) thread.messages.splice(mine, 1);
      const place = thread.messages.findIndex((known) => !known.seq || known.seq > message.seq);
      thread.messages.splice(place < 0 ? thread.messages.length : place, 0, message);
      if (message.sender === "customer") {
        this.typing.delete(conversation);
        if (conversation !== this.open || document.hidden) this.mark(conversation);
        this.ringing("message");
      }
    }
    this.changed("thread", conversation);
    this.changed("overview");
  }

  async said(message) {
    const { type, conversation } = message;
    if (type === "messages") this.take(conversation, message.messages);
    else if (type === "unread") { this.mark(conversation); this.ringing("message"); this.changed("overview"); await this.load(conversation); }
    else if (type === "noted" && this.threads.has(conversation)) await this.load(conversation);
    else if (type === "typing") { message.is_typing ? this.typing.set(conversation, Date.now() + 6000) : this.typing.delete(conversation); this.changed("typing"); }
    else if (type === "changed") this.soon();
  }

  /** Many changes at once are one look. */
  soon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(async () => {
      await this.refresh().catch(() => {});
      if (this.open) await this.load(this.open).catch(() => {});
    }, 120);
  }

  async say(conversation, text, canned) {
    const message = { client_id: crypto.randomUUID(), sender: "agent", author: this.overview.me.name, text, created: new Date().toISOString(), buttons: [] };
    this.threads.get(conversation).messages.push(message);
    this.changed("thread", conversation);
    await this.send(conversation, message, canned);
  }

  /** Send a line, again if need be: its id makes it one. */
  async send(conversation, message, canned = "") {
    message.isFailed = false;
    try {
      const said = await post(`/api/desk/conversations/${conversation}/messages`, { text: message.text, client_id: message.client_id, canned });
      this.take(conversation, [said]);
    } catch (error) { message.isFailed = true; this.changed("thread", conversation); throw error; }
  }

  draft(conversation, text) { this.drafts[conversation] = text; write(this.drafts); }
}

function read() { try { return JSON.parse(sessionStorage.getItem(DRAFTS)) ?? {}; } catch { return {}; } }
function write(drafts) { try { sessionStorage.setItem(DRAFTS, JSON.stringify(drafts)); } catch { /* private mode */ } }
