// The agent's desk: the parts of the page, the keys, and the sounds.

import { h } from "/widget/dom.js";
import { attempt, get, me, post, signOut, toast } from "./console_api.js";
import { askBreak, askDisposition, askHandBack, askTakeOver, askTransfer, showKeys } from "./desk_dialogs.js";
import { List } from "./desk_list.js";
import { Side } from "./desk_side.js";
import { Store } from "./desk_store.js";
import { Thread } from "./desk_thread.js";
import { Live } from "./live.js";
import { Sound } from "./sound.js";
import { PRESENCES } from "./words.js";

class Desk {
  constructor(account) {
    this.account = account;
    this.sound = new Sound();
    this.store = new Store((what, conversation) => this.changed(what, conversation));
    this.store.ringing = (what) => this.sound.play(what);
    this.list = new List(this.store, { opened: (conversation) => this.show(conversation) });
    this.thread = new Thread(this.store, this);
    this.side = new Side(this.store, (text) => { if (this.store.isMine(this.store.open)) this.thread.put(text); });
    this.presence = h("select", { "aria-label": "状态", onchange: () => this.setPresence(this.presence.value) }, Object.entries(PRESENCES).map(([code, title]) => h("option", { value: code }, title)));
    this.dot = h("span", { class: "dot" });
    this.figures = h("span", { class: "figures" });
    this.offline = h("span", { class: "offline", role: "status", hidden: true }, "连接断开，正在重连……");
    const isAdmin = account.roles.includes("admin") || account.roles.includes("supervisor");
    document.querySelector("#desk").append(
      h("header", { class: "top" }, h("h1", {}, "通达 · 坐席工作台"), h("label", {}, this.dot, this.presence), this.offline, this.figures,
        isAdmin && h("a", { class: "button", href: "/agent/admin" }, "管理"), this.sound.button, h("button", { class: "button", type: "button", onclick: () => showKeys() }, "快捷键"),
        h("span", {}, account.name), h("button", { class: "button", type: "button", onclick: () => this.leave() }, "退出")),
      this.list.element, this.thread.element, this.side.element);
    document.addEventListener("keydown", (event) => this.key(event));
    this.live = new Live("/api/desk/live", { said: (message) => this.store.said(message), connected: () => this.connected(), lost: () => { this.offline.hidden = false; } });
    setInterval(() => this.thread.renderTyping(), 2000);
  }

  async connected() {
    this.offline.hidden = true;
    await attempt(async () => {
      await this.store.refresh();
      await Promise.all(this.store.mine().map((conversation) => this.store.load(conversation)));
    });
    if (!this.store.mine().length && this.store.overview.queue.length && !this.store.open) this.list.show("queue");
  }

  changed(what, conversation) {
    if (what === "overview") { this.renderTop(); this.list.render(); }
    if (what === "typing") this.thread.renderTyping();
    if (what === "thread" && conversation !== this.store.open) { this.list.render(); return; }
    if (what !== "typing") { this.thread.render(); this.side.render(); }
  }

  renderTop() {
    const { me: mine, today, queue, all_today: all } = this.store.overview;
    this.presence.value = mine.presence;
    this.dot.className = `dot ${mine.presence}`;
    const first = today.first_response_p50_s === null ? "" : ` · 首次响应 ${today.first_response_p50_s}秒`;
    this.figures.textContent = `今日接待 ${today.handled}${first} · 手上 ${this.store.mine().length}/${mine.capacity} · 排队 ${queue.length}${all ? ` · 全组今日 ${all.handled}，放弃 ${all.given_up}` : ""}`;
    const unread = [...this.store.unread.values()].reduce((sum, count) => sum + count, 0);
    document.title = `${unread ? `(${unread}) ` : ""}坐席工作台 · 通达`;
  }

  async setPresence(presence) {
    const reason = presence === "break" ? (await askBreak())?.reason : "";
    if (reason === undefined) { this.renderTop(); return; }
    await attempt(() => post("/api/desk/presence", { presence, reason }));
    await attempt(() => this.store.refresh());
  }

  async leave() {
    if (this.store.mine().length) { toast("还有接待中的会话，请先结束或转接。"); return; }
    await post("/api/desk/presence", { presence: "offline", reason: "" }).catch(() => {});
    await signOut();
  }

  show(conversation) {
    if (this.store.isMine(conversation)) this.list.tab = "mine";
    return attempt(() => this.store.show(conversation));
  }

  /** The buttons over a conversation, by who has it. */
  buttons(thread, handoff, isMine) {
    const isSupervisor = Boolean(this.store.overview.others);
    const button = (title, doing, kind = "") => h("button", { class: `button ${kind}`, type: "button", onclick: doing }, title);
    if (isMine) return [button("转接", () => this.transfer()), button("交还机器人", () => this.handBack()), button("结束会话", () => this.resolve(), "primary")];
    if (thread.state === "waiting" && handoff) return [button("接入", () => this.accept(handoff), "primary")];
    return [thread.state === "human" && isSupervisor && handoff && button("接管", () => this.takeOver(handoff), "danger")];
  }

  async accept(handoff) {
    const given = await attempt(() => post(`/api/desk/handoffs/${handoff.id}/accept`));
    await attempt(() => this.store.refresh());
    if (given) await this.show(given.conversation);
  }

  async takeOver(handoff) {
    if (!(await askTakeOver(handoff.agent))) return;
    await attempt(() => post(`/api/desk/handoffs/${handoff.id}/take-over`));
    await attempt(() => this.store.refresh());
    await this.show(handoff.conversation);
  }

  async transfer() {
    const conversation = this.store.open;
    if (!this.store.isMine(conversation)) return;
    const colleagues = await attempt(() => get("/api/desk/colleagues"));
    const values = colleagues && await askTransfer(colleagues, this.store.handoffOf(conversation)?.skill);
    if (!values) return;
    const [kind, to] = values.to.split(":");
    await this.finish(conversation, "transfer", { [kind]: to, reason: values.reason });
  }

  async handBack() {
    const conversation = this.store.open;
    if (this.store.isMine(conversation) && await askHandBack()) await this.finish(conversation, "hand-back", {});
  }

  async resolve() {
    const conversation = this.store.open;
    const values = this.store.isMine(conversation) && await askDisposition();
    if (values) await this.finish(conversation, "resolve", values);
  }

  async finish(conversation, verb, body) {
    const done = await attempt(() => post(`/api/desk/conversations/${conversation}/${verb}`, body));
    await attempt(() => this.store.refresh());
    if (!done) return;
    this.store.unread.delete(conversation);
    this.store.threads.delete(conversation);
    const next = this.store.mine()[0];
    if (next) await this.show(next);
    else { this.store.open = null; this.changed("overview"); }
  }

  key(event) {
    if (document.querySelector("dialog[open]")) return;
    const isTyping = event.target.matches("input, textarea, select");
    if (event.key === "?" && !isTyping) { event.preventDefault(); showKeys(); return; }
    if (event.key === "Escape") { this.thread.input.focus(); return; }
    if (!event.altKey || event.ctrlKey || event.metaKey) return;
    const mine = this.store.mine(), at = mine.indexOf(this.store.open);
    const doing = {
      KeyA: () => this.store.overview.queue[0] && this.accept(this.store.overview.queue[0]), KeyT: () => this.transfer(), KeyB: () => this.handBack(), KeyR: () => this.resolve(),
      KeyN: () => { this.thread.mode(!this.thread.isNote); this.thread.input.focus(); }, KeyS: () => this.side.suggested.querySelector("button")?.click(),
      ArrowUp: () => mine.length && this.show(mine[(at - 1 + mine.length) % mine.length]), ArrowDown: () => mine.length && this.show(mine[(at + 1) % mine.length]),
    }[event.code] ?? (/^Digit[1-9]$/.test(event.code) && mine[Number(event.code.at(-1)) - 1] ? () => this.show(mine[Number(event.code.at(-1)) - 1]) : null);
    if (doing) { event.preventDefault(); doing(); }
  }
}

const account = await attempt(me);
if (account) new Desk(account).live.connect();
