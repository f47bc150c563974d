// The left column: who waits, who is in hand, and for supervisors everybody.

import { h } from "/widget/dom.js";
import { attempt, post } from "./console_api.js";
import { arrange, keep } from "./arrange.js";
import { dueTag } from "./desk_follow_ups.js";
import { askOffline } from "./desk_dialogs.js";
import { CHANNELS, PRESENCES, REASONS, SKILLS, clock, moment } from "./words.js";

const FIRST_S = 30, NEXT_S = 60; // the promise: a first answer, and every one after it

export class List {
  constructor(store, { opened, beside }) {
    Object.assign(this, { store, opened, beside, tab: "mine", kept: new Map() });
    this.tabs = h("div", { class: "tabs", role: "tablist", "aria-label": "会话" });
    this.items = h("ul", { class: "items" });
    this.element = h("nav", { class: "list", "aria-label": "会话列表" }, this.tabs, this.items);
    setInterval(() => this.tick(), 1000);
  }

  show(tab) { this.tab = tab; this.render(); }

  /** Show the next tab: the queue, what is in hand, what is to be followed up, everybody's. */
  next() {
    const tabs = ["queue", "mine", "follow", ...(this.store.overview.others ? ["others"] : [])];
    this.show(tabs[(tabs.indexOf(this.tab) + 1) % tabs.length]);
  }

  render() {
    const { queue, mine, others, staff, waiting } = this.store.overview;
    const unread = [...this.store.unread.values()].reduce((sum, count) => sum + count, 0);
    const { followUps } = this.store, late = followUps.late();
    const tabs = [["queue", `排队 ${waiting ?? queue.length}`], ["mine", `接待中 ${mine.length}`, unread, "条未读"], ["follow", `跟进 ${followUps.mine.length}`, late, "条逾期"]];
    if (others) tabs.push(["others", `全部 ${others.length}`]);
    arrange(this.tabs, tabs.map(([name, title, count, of]) => keep(this.kept, `tab ${name}`, h("button", {
      type: "button", role: "tab", "aria-selected": String(this.tab === name), onclick: () => { this.isChosen = true; this.show(name); } },
      title, count > 0 && [" ", h("span", { class: "unread" }, String(count), h("span", { class: "hidden" }, of))]))));
    const shown = this.tab === "queue" ? queue.map((one) => this.waiting(one)) : this.tab === "mine" ? mine.map((one) => this.inHand(one))
      : this.tab === "follow" ? followUps.all().map((one) => this.promised(one)) : [...others.map((one) => this.inHand(one)), this.team(staff)];
    if (this.tab === "queue" && queue.length) shown.unshift(keep(this.kept, "skills", this.skills(queue)));
    arrange(this.items, shown.length ? shown : [h("li", { class: "empty" }, this.empty())]);
    this.tick();
  }

  empty() {
    if (this.tab === "queue") return "现在没有客户排队。";
    if (this.tab === "follow") return "没有要跟进的客户。结束会话时选“需要跟进”，就会列在这里。";
    return this.store.overview.me.presence === "online" ? "还没有接待中的会话，有客户进线会提示您。" : "您还没有上线。切换到“在线”后开始接待。";
  }

  /** How many wait for each skill. */
  skills(queue) {
    const counts = Object.entries(SKILLS).map(([code, title]) => [title, queue.filter((one) => one.skill === code).length]).filter(([, count]) => count);
    return h("li", { class: "skills", hidden: counts.length < 2 }, counts.flatMap(([title, count]) => [h("span", {}, `${title} ${count}`), " · "]).slice(0, -1));
  }

  waiting(handoff) {
    return this.item(handoff, h("span", { class: "clock", "data-since": handoff.queued, "data-limit": 60 }), [
      h("span", { class: "tag" }, SKILLS[handoff.skill]), h("span", { class: "last" }, handoff.summary.wish || REASONS[handoff.reason])],
      h("span", { class: "unread", hidden: true }));
  }

  inHand(handoff) {
    const thread = this.store.threads.get(handoff.conversation);
    const last = thread?.messages.findLast((message) => message.sender !== "system");
    const count = this.store.unread.get(handoff.conversation) ?? 0;
    const isAnswered = handoff.first_response || thread?.messages.some((message) => message.sender === "agent" && message.seq && message.created >= handoff.accepted);
    return this.item(handoff, this.promise(handoff, last, isAnswered), [
      h("span", { class: "last" }, last ? last.text : handoff.summary.wish || SKILLS[handoff.skill]),
      this.tab === "others" && h("span", { class: "tag" }, handoff.agent)],
      h("span", { class: "unread", hidden: !count }, String(count), h("span", { class: "hidden" }, "条未读")));
  }

  promised(one) {
    const isMine = one.owner_id === this.store.overview.me.id;
    return this.item({ ...one, summary: { who: one.who } }, dueTag(one), [h("span", { class: "last" }, one.task), !isMine && h("span", { class: "tag" }, one.owner)]);
  }

  item(handoff, timer, second, badge) {
    const { conversation } = handoff, { open, most } = this.store, isShown = this.store.isOpen(conversation);
    const made = h("li", { class: isShown && conversation !== open ? "shown" : "" }, h("button", {
      class: "item", type: "button", "data-conversation": conversation, "aria-current": String(open === conversation),
      onclick: (event) => (event.ctrlKey || event.metaKey ? this.beside : this.opened)(conversation) },
      h("span", { class: "line" }, h("span", { class: "who", title: name(handoff) }, shortName(handoff)),
        handoff.is_elderly && h("span", { class: "tag warn" }, "长辈"), handoff.is_complaint && h("span", { class: "tag bad" }, "投诉"),
        handoff.is_returned && h("span", { class: "tag warn" }, "优先"), badge, timer),
      h("span", { class: "line" }, second)),
      most > 1 && !isShown && this.store.panes.length > 0 && h("button", { class: "beside", type: "button", title: "并排打开", "aria-label": `并排打开${name(handoff)}`, onclick: () => this.beside(conversation) }, "并排"));
    return keep(this.kept, handoff.id, made);
  }

  /** How long the customer has been waiting for the agent's words; nothing while it is their turn. */
  promise(handoff, last, isAnswered) {
    if (!isAnswered) return h("span", { class: "clock", "data-since": handoff.accepted, "data-limit": FIRST_S });
    if (last?.sender === "customer") return h("span", { class: "clock", "data-since": last.created, "data-limit": NEXT_S });
    return h("span", { class: "clock", hidden: true });
  }

  tick() {
    for (const shown of document.querySelectorAll(".clock[data-since]")) {
      const seconds = Math.max(0, (Date.now() - (this.store.skew ?? 0) - Date.parse(shown.dataset.since)) / 1000);
      const limit = Number(shown.dataset.limit);
      shown.textContent = clock(seconds);
      shown.classList.toggle("soon", seconds >= limit * 0.67 && seconds < limit);
      shown.classList.toggle("late", seconds >= limit);
    }
  }

  async sendHome(one) {
    if (await askOffline(one)) await attempt(() => post(`/api/desk/staff/${one.id}/presence`, { presence: "offline" }));
  }

  team(staff) {
    return h("li", { class: "empty" }, h("h3", {}, "班组"), h("table", {}, h("tbody", {}, staff.filter((one) => one.roles.includes("agent")).map((one) => h("tr", {},
      h("td", {}, h("span", { class: `dot ${one.presence}` }), one.name, one.presence === "break" && h("small", {}, `小休 ${one.reason} ${moment(one.since)}起`)), h("td", {}, `${one.load}/${one.capacity}`),
      h("td", {}, one.presence === "offline" ? PRESENCES.offline : h("button", { class: "button quiet", type: "button", onclick: () => this.sendHome(one) }, "置为离线")))))));
  }
}

/** What a customer is called on the desk: as the summary says, masked. */
export function name(handoff) {
  const who = handoff.summary.who.split("，");
  return who.length > 1 ? `${who[1]} ${who[0]}` : `${CHANNELS[handoff.channel] ?? "网页"}客户 ${handoff.contact.slice(0, 4)}`;
}

/** The same where there is little room: of a number the end, which tells two customers apart. */
function shortName(handoff) {
  const [number, who] = handoff.summary.who.split("，");
  return who ? `${who} ${number.slice(-4)}` : name(handoff);
}
