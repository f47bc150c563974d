// The agent's desk: the parts of the page, the keys, and the sounds.

import { h } from "/widget/dom.js";
import { attempt, get, me, post, signOut, toast } from "./console_api.js";
import { askBreak, askDisposition, askHandBack, askTakeOver, askTransfer, showKeys } from "./desk_dialogs.js";
import { List, name } from "./desk_list.js";
import { Panes } from "./desk_panes.js";
import { Side } from "./desk_side.js";
import { Store } from "./desk_store.js";
import { Live } from "./live.js";
import { nameButton } from "./password.js";
import { Sound } from "./sound.js";
import { PRESENCES } from "./words.js";

const GONE = { human: "已由其他同事接待", waiting: "已回到排队", bot: "已回到机器人", rating: "会话已结束", closed: "会话已结束" };
const FIGURES_MS = 60_000; // the numbers of the day; what is on the board comes by itself

class Desk {
  constructor(account) {
    this.account = account;
    this.sound = new Sound();
    this.store = new Store((what, conversation) => this.changed(what, conversation));
    this.store.ringing = (what) => this.sound.play(what);
    this.store.lost = (handoff) => this.lost(handoff);
    this.store.following = (conversation, seq) => this.live?.say({ type: "follow", conversation, seq });
    this.list = new List(this.store, { opened: (conversation) => this.show(conversation), beside: (conversation) => this.show(conversation, true) });
    this.panes = new Panes(this.store, this);
    this.side = new Side(this.store, (text) => this.insert(text));
    this.presence = h("select", { "aria-label": "状态", onchange: () => this.setPresence(this.presence.value) }, Object.entries(PRESENCES).map(([code, title]) => h("option", { value: code }, title)));
    this.dot = h("span", { class: "dot" });
    this.figures = h("span", { class: "figures" });
    this.sideButton = h("button", { class: "button side-button", type: "button", "aria-expanded": "false", onclick: () => this.showSide() }, "客户资料");
    this.offline = h("span", { class: "offline", role: "status", hidden: true }, "连接断开，正在重连……");
    this.away = h("span", { class: "offline", role: "alert", hidden: true }, "您已被置为离线（断线太久，或班长操作）", " ", h("button", { class: "button", type: "button", onclick: () => this.setPresence("online") }, "重新上线"));
    const isAdmin = account.roles.includes("admin") || account.roles.includes("supervisor");
    document.querySelector("#desk").append(
      h("header", { class: "top" }, h("h1", {}, "通达 · 坐席工作台"), h("label", {}, this.dot, this.presence), this.offline, this.away, this.figures,
        isAdmin && h("a", { class: "button", href: "/agent/admin" }, "管理"), this.sideButton, this.sound.button, h("button", { class: "button keys-button", type: "button", onclick: () => showKeys() }, "快捷键"),
        nameButton(account), h("button", { class: "button", type: "button", onclick: () => this.leave() }, "退出")),
      this.list.element, this.panes.element, this.side.element);
    this.panes.fit();
    this.panes.render();
    document.addEventListener("keydown", (event) => this.key(event));
    document.addEventListener("visibilitychange", () => document.hidden || this.store.seen());
    this.live = new Live("/api/desk/live", { said: (message) => this.store.said(message), connected: () => this.connected(), lost: () => { this.offline.hidden = false; } });
    setInterval(() => this.panes.renderTyping(), 2000);
    setInterval(() => this.store.refresh().catch(() => {}), FIGURES_MS);
  }

  async connected() {
    this.offline.hidden = true;
    this.store.followUps.load().catch(() => {});
    await attempt(async () => {
      await this.store.refresh();
      await this.store.restore();
      const wanted = new Set([...this.store.mine(), ...this.store.panes]);
      await Promise.all([...wanted].map((conversation) => this.store.load(conversation)));
    });
    if (!this.store.mine().length && this.store.overview.queue.length && !this.store.open) this.list.show("queue");
  }

  changed(what, conversation) {
    if (what === "typing") { this.panes.renderTyping(); return; }
    if (what === "overview") { this.renderTop(); this.followOpen(); }
    this.list.render();
    if (what === "thread" && !this.store.isOpen(conversation)) return;
    this.panes.render();
    this.side.render();
  }

  /** A customer who was read in the queue and then came to this agent is looked for among those in hand. */
  followOpen() {
    const isMine = this.store.isMine(this.store.open);
    const isGiven = this.store.mine().length > 0 && !this.store.open && !this.list.isChosen; // the queue was only shown for want of anything else
    if (((isMine && !this.wasMine) || isGiven) && this.list.tab === "queue") this.list.tab = "mine";
    this.wasMine = isMine;
  }

  renderTop() {
    const { me: mine, today, queue, waiting, all_today: all } = this.store.overview;
    if (!today) return; // not read yet
    this.presence.value = mine.presence;
    this.chosen ??= mine.presence;
    const isSentAway = mine.presence === "offline" && this.chosen !== "offline";
    if (isSentAway && this.away.hidden) this.sound.play("given");
    this.away.hidden = !isSentAway;
    this.dot.className = `dot ${mine.presence}`;
    const first = today.first_response_p50_s === null ? "" : ` · 首次响应 ${today.first_response_p50_s}秒`;
    this.figures.textContent = `今日接待 ${today.handled}${first} · 手上 ${this.store.mine().length}/${mine.capacity} · 排队 ${waiting ?? queue.length}${all ? ` · 全组今日 ${all.handled}，放弃 ${all.given_up}` : ""}`;
    const unread = [...this.store.unread.values()].reduce((sum, count) => sum + count, 0);
    document.title = `${unread ? `(${unread}) ` : ""}坐席工作台 · 通达`;
  }

  async setPresence(presence) {
    const reason = presence === "break" ? (await askBreak())?.reason : "";
    if (reason === undefined) { this.renderTop(); return; }
    this.chosen = presence;
    await attempt(() => post("/api/desk/presence", { presence, reason }));
    if (presence === "offline" && this.store.mine().length) toast(`已离线，不再分配新客户；手上还有${this.store.mine().length}个会话，请处理完或转接。`);
    await attempt(() => this.store.refresh());
  }

  async leave() {
    if (this.store.mine().length) { toast("还有接待中的会话，请先结束或转接。"); return; }
    await post("/api/desk/presence", { presence: "offline", reason: "" }).catch(() => {});
    await signOut();
  }

  show(conversation, isBeside = false) {
    if (this.store.isMine(conversation)) this.list.tab = "mine";
    this.showSide(false);
    return attempt(() => this.store.show(conversation, isBeside));
  }

  /** On a phone the customer's card lies over the conversation, when it is asked for. */
  showSide(is = !this.side.element.classList.contains("over")) {
    this.side.element.classList.toggle("over", is);
    this.sideButton.setAttribute("aria-expanded", String(is));
  }

  /** Say what became of a conversation that was taken over, closed by silence or given back while somebody worked on another. */
  async lost(handoff) {
    const thread = await this.store.load(handoff.conversation).catch(() => null), what = GONE[thread?.state];
    if (what) toast(`${name(handoff)}：${what}`);
  }

  insert(text) {
    const pane = this.panes.active;
    if (!this.store.isMine(pane.conversation)) return;
    this.showSide(false);
    pane.mode(false);
    pane.add(text);
  }

  /** The buttons over a conversation, by who has it. */
  buttons(thread, handoff, isMine) {
    const isSupervisor = Boolean(this.store.overview.others);
    const button = (title, doing, kind = "") => h("button", { class: `button ${kind}`, type: "button", onclick: doing }, title);
    if (isMine) return [button("转接", () => this.transfer(thread.id)), button("交还机器人", () => this.handBack(thread.id)), button("结束会话", () => this.resolve(thread.id), "primary")];
    const [owed] = this.store.followUps.of(thread).filter((one) => one.conversation === thread.id);
    if (owed) return this.store.followUps.buttons(owed);
    if (thread.state === "waiting" && handoff) return [button("接入", () => this.accept(handoff), "primary")];
    return [thread.state === "human" && isSupervisor && handoff && button("接管", () => this.takeOver(handoff), "danger")];
  }

  async accept(handoff) {
    const given = await attempt(() => post(`/api/desk/handoffs/${handoff.id}/accept`));
    await attempt(() => this.store.refresh());
    if (given) await this.show(given.conversation);
  }

  takeOverOpen() {
    const { open, overview } = this.store, handoff = (overview.others ?? []).find((one) => one.conversation === open);
    if (handoff) this.takeOver(handoff);
  }

  async takeOver(handoff) {
    if (!(await askTakeOver(handoff.agent))) return;
    await attempt(() => post(`/api/desk/handoffs/${handoff.id}/take-over`));
    await attempt(() => this.store.refresh());
    await this.show(handoff.conversation);
  }

  async transfer(conversation) {
    if (!this.store.isMine(conversation)) return;
    const colleagues = await attempt(() => get("/api/desk/colleagues"));
    if (colleagues) await this.finish(conversation, "transfer", (save) => askTransfer(colleagues, this.store.handoffOf(conversation)?.skill, save));
  }

  async handBack(conversation) { if (this.store.isMine(conversation)) await this.finish(conversation, "hand-back", askHandBack); }

  async resolve(conversation) { if (this.store.isMine(conversation)) await this.finish(conversation, "resolve", askDisposition); }

  /** Ask, and give a conversation out of one's hands. */
  async finish(conversation, verb, asking) {
    const done = await asking((values) => {
      this.store.leaving.add(conversation);
      return post(`/api/desk/conversations/${conversation}/${verb}`, values);
    });
    await attempt(() => this.store.refresh());
    this.store.leaving.delete(conversation);
    if (!done) return;
    if (done.disposition === "follow_up") toast("已列入您的“跟进”，到期前会提醒您。");
    this.store.unread.delete(conversation);
    this.store.threads.delete(conversation);
    this.store.close(conversation);
    const next = this.store.open ?? this.store.mine()[0];
    if (next) await this.show(next);
  }

  key(event) {
    if (document.querySelector("dialog[open]")) return;
    const isTyping = event.target.matches("input, textarea, select");
    if (event.key === "?" && !isTyping) { event.preventDefault(); showKeys(); return; }
    if (event.key === "Escape") { this.panes.active.input.focus(); return; }
    if (!event.altKey || event.ctrlKey || event.metaKey) return;
    const { open } = this.store, mine = this.store.mine(), at = mine.indexOf(open), nth = mine[Number(/^Digit([1-9])$/.exec(event.code)?.[1]) - 1];
    const doing = nth ? () => this.show(nth, event.shiftKey) : {
      KeyA: () => this.store.overview.queue[0] && this.accept(this.store.overview.queue[0]), KeyT: () => this.transfer(open), KeyB: () => this.handBack(open), KeyR: () => this.resolve(open),
      KeyJ: () => { const [owed] = this.store.followUps.of(this.store.threads.get(open)); if (owed) this.store.followUps.finish(owed); },
      KeyG: () => this.takeOverOpen(), KeyQ: () => this.list.next(),
      KeyN: () => { this.panes.active.mode(!this.panes.active.isNote); this.panes.active.input.focus(); }, KeyS: () => this.side.suggested.querySelector("button")?.click(),
      ArrowUp: () => mine.length && this.show(mine[(at - 1 + mine.length) % mine.length]), ArrowDown: () => mine.length && this.show(mine[(at + 1) % mine.length]),
      BracketLeft: () => this.panes.step(-1), BracketRight: () => this.panes.step(1), KeyW: () => this.store.panes.length > 1 && this.store.close(open),
    }[event.code];
    if (doing) { event.preventDefault(); doing(); }
  }
}

const account = await attempt(me);
if (account) new Desk(account).live.connect();
