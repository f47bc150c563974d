// What the desk knows: the queue, conversations in hand with their lines, what is unread, what is half written, what is on the screen.

import { get, post } from "./console_api.js";
import { FollowUps } from "./desk_follow_ups.js";

const DRAFTS = "tongda.desk.drafts", PANES = "tongda.desk.panes";

export class Store {
  constructor(changed) {
    this.changed = changed; // (what) => void: "overview", "thread", "typing"
    this.overview = { queue: [], mine: [], me: {} };
    this.threads = new Map(); // conversation id -> {messages, notes, handoffs, ...}
    this.unread = new Map();
    this.counted = new Map(); // conversation id -> seq of the last customer's line that was counted as unread
    this.asked = 0; // times a conversation was read; what was asked for earlier and comes later is older
    this.answered = new Map(); // conversation id -> the last of them that was taken
    this.typing = new Map(); // conversation id -> until
    this.drafts = read(DRAFTS, {});
    this.panes = []; // the conversations on the screen, side by side
    this.open = null; // the one of them that is worked in
    this.most = 1; // panes that fit
    this.followUps = new FollowUps(this);
    this.ringing = () => {};
    this.leaving = new Set(); // what this agent is giving out of hand just now
    this.lost = () => {}; // (handoff): it has left this agent's hands without their doing
    this.following = () => {}; // (conversation, seq): tell the service what has been read, so that it sends what comes next
  }

  /** Read the whole board: at the start, and after what one has done oneself. */
  async refresh() { this.board(await get("/api/desk/overview")); }

  /** Take what has changed on the board: lists of ids, and the handoffs that are new or different. */
  async changedBoard({ rows, ...news }) {
    const known = new Map(["queue", "mine", "others"].flatMap((list) => this.overview[list] ?? []).concat(rows).map((handoff) => [handoff.id, handoff]));
    const lists = Object.fromEntries(["queue", "mine", "others"].filter((list) => news[list]).map((list) => [list, news[list].map((id) => known.get(id))]));
    const before = this.panes.map((conversation) => this.stand(conversation));
    if (Object.values(lists).flat().includes(undefined)) await this.refresh(); // something was missed
    else this.board({ ...this.overview, ...news, ...lists });
    const moved = this.panes.filter((conversation, index) => this.stand(conversation) !== before[index]);
    await Promise.all(moved.map((conversation) => this.load(conversation).catch(() => {})));
  }

  /** Where an open conversation stands on the board: with whom, or nowhere. */
  stand(conversation) {
    const handoff = this.onBoard().find((one) => one.conversation === conversation);
    return handoff ? `${handoff.id} ${handoff.state}` : "";
  }

  onBoard() { return [...this.overview.mine, ...(this.overview.others ?? []), ...this.overview.queue]; }

  board(overview) {
    const { now, today, all_today } = overview;
    if (this.overview.now > now) { Object.assign(this.overview, { today, all_today }); return; } // an answer that was overtaken
    const before = new Set(this.overview.queue.map((handoff) => handoff.id)), mine = new Map(this.overview.mine.map((handoff) => [handoff.conversation, handoff]));
    this.overview = overview;
    this.skew = Date.now() - Date.parse(overview.now);
    if (overview.queue.some((handoff) => !before.has(handoff.id))) this.ringing("queue");
    for (const { conversation } of overview.mine)
      if (!mine.has(conversation)) { this.ringing("given"); if (!this.isOpen(conversation)) this.mark(conversation); this.load(conversation).catch(() => {}); }
    const inHand = new Set(this.mine());
    for (const [conversation, handoff] of mine) if (!inHand.has(conversation) && !this.leaving.has(conversation)) { this.unread.delete(conversation); this.lost(handoff); }
    this.changed("overview");
  }

  mine() { return this.overview.mine.map((handoff) => handoff.conversation); }

  handoffOf(conversation) {
    return this.onBoard().find((handoff) => handoff.conversation === conversation) ?? this.threads.get(conversation)?.handoffs.at(-1);
  }

  isMine(conversation) { return this.mine().includes(conversation); }

  async load(conversation) {
    const asked = ++this.asked, found = await get(`/api/desk/conversations/${conversation}`);
    if (asked < this.answered.get(conversation)) return this.threads.get(conversation) ?? found; // overtaken
    this.answered.set(conversation, asked);
    const last = found.messages.at(-1)?.seq ?? 0, known = new Set(found.messages.map((message) => message.client_id));
    const later = this.threads.get(conversation)?.messages.filter((message) => (message.seq ? message.seq > last : !known.has(message.client_id))) ?? [];
    found.messages.push(...later); // what came live meanwhile, and what is being sent
    this.threads.set(conversation, found);
    this.following(conversation, last);
    this.changed("thread", conversation);
    return found;
  }

  isOpen(conversation) { return this.panes.includes(conversation); }

  /** Put a conversation on the screen: in place of the one worked in, or beside it where there is room. */
  show(conversation, isBeside = false) {
    if (!this.isOpen(conversation)) {
      const at = Math.max(0, this.panes.indexOf(this.open));
      if (isBeside && this.panes.length && this.panes.length < this.most) this.panes.splice(at + 1, 0, conversation);
      else this.panes[isBeside && this.panes.length > 1 ? (at + 1) % this.panes.length : at] = conversation;
    }
    this.focus(conversation);
    return this.load(conversation);
  }

  /** Work in a conversation that is on the screen. */
  focus(conversation) {
    this.open = conversation;
    if (conversation) this.unread.delete(conversation);
    write(PANES, this.panes);
    this.changed("overview");
  }

  /** The agent is back at this tab: what is on the screen is read. */
  seen() {
    for (const conversation of this.panes) this.unread.delete(conversation);
    this.changed("overview");
  }

  /** Take a conversation off the screen. */
  close(conversation) {
    const at = this.panes.indexOf(conversation);
    if (at < 0) return;
    this.panes.splice(at, 1);
    this.focus(this.open === conversation ? this.panes[Math.min(at, this.panes.length - 1)] ?? null : this.open);
  }

  /** Show at most so many, the one worked in among them. */
  fit(most) {
    this.most = most;
    if (this.panes.length <= most) return;
    this.panes = [this.open, ...this.panes.filter((conversation) => conversation !== this.open)].slice(0, most);
    this.focus(this.open);
  }

  /** After a reload: what was on the screen, as far as one still has it in hand. */
  async restore() {
    const panes = read(PANES, []).filter((conversation) => this.isMine(conversation)).slice(0, this.most);
    if (this.open || !panes.length) return;
    this.panes = panes;
    this.focus(panes[0]);
  }

  /** Count something as unread; a customer's line, which has a seq, once, however often it comes. */
  mark(conversation, seq) {
    if (seq <= this.counted.get(conversation)) return;
    if (seq) this.counted.set(conversation, seq);
    this.unread.set(conversation, (this.unread.get(conversation) ?? 0) + 1);
  }

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
        if (!this.isOpen(conversation) || document.hidden) this.mark(conversation, message.seq);
        this.ringing("message");
      }
    }
    this.changed("thread", conversation);
    this.changed("overview");
  }

  async said(message) {
    const { type, conversation } = message;
    if (type === "messages") this.take(conversation, message.messages);
    else if (type === "unread") await this.heard(conversation, message.seq);
    else if (type === "follow_ups") await Promise.all([this.followUps.load(), ...this.panes.map((shown) => this.load(shown))].map((reading) => reading.catch(() => {})));
    else if (type === "noted" && this.threads.has(conversation)) await this.noted(conversation);
    else if (type === "typing") { message.is_typing ? this.typing.set(conversation, Date.now() + 6000) : this.typing.delete(conversation); this.changed("typing"); }
    else if (type === "board") { const { type: _, ...news } = message; await this.changedBoard(news).catch(() => {}); }
  }

  /** Something was said where this tab did not follow yet; `seq` is the customer's line, if it was theirs. */
  async heard(conversation, seq) {
    if (seq) {
      if (!this.isOpen(conversation) || document.hidden) this.mark(conversation, seq);
      this.ringing("message");
      this.changed("overview");
    }
    await this.load(conversation);
  }

  /** Read a new note; a supervisor's whisper is meant for the agent, who may be looking elsewhere. */
  async noted(conversation) {
    const known = this.threads.get(conversation).notes.length, { notes } = await this.load(conversation);
    const isWhispered = notes.slice(known).some((note) => note.is_whisper && note.author !== this.overview.me.name);
    if (!isWhispered || !this.isMine(conversation)) return;
    if (!this.isOpen(conversation) || document.hidden) this.mark(conversation);
    this.ringing("message");
    this.changed("overview");
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

  draft(conversation, text) { this.drafts[conversation] = text; write(DRAFTS, this.drafts); }
}

function read(key, otherwise) { try { return JSON.parse(sessionStorage.getItem(key)) ?? otherwise; } catch { return otherwise; } }
function write(key, value) { try { sessionStorage.setItem(key, JSON.stringify(value)); } catch { /* private mode */ } }
