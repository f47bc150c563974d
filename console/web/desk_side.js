// The right column: why the customer is here, who they are, and what the knowledge base would say.

import { h } from "/widget/dom.js";
import { attempt, get, post } from "./console_api.js";
import { dueTag } from "./desk_follow_ups.js";
import { moment, REASONS, SKILLS } from "./words.js";

const SENT_MS = 700;

export class Side {
  constructor(store, insert) {
    Object.assign(this, { store, insert });
    this.budget = h("p", { class: "budget", role: "status" });
    this.promised = h("section", {});
    this.summary = h("section", {});
    this.suggested = h("section", { "aria-live": "polite" });
    this.customer = h("section", {});
    this.element = h("aside", { class: "side", "aria-label": "客户信息" }, this.budget, this.promised, this.summary, this.suggested, this.customer);
  }

  render() {
    const { open } = this.store;
    this.element.hidden = !open;
    if (!open) return;
    this.renderPromised(this.store.threads.get(open));
    this.renderSummary(this.store.handoffOf(open));
    if (this.shown !== open) { this.shown = open; this.customer.replaceChildren(); this.suggested.replaceChildren(); this.asked = undefined; this.loadCustomer(open); }
    const said = this.store.threads.get(open)?.messages.findLast((message) => message.seq)?.seq;
    if (`${open} ${said}` !== this.budgeted) { this.budgeted = `${open} ${said}`; this.loadBudget(open); }
    const last = this.store.threads.get(open)?.messages.findLast((message) => message.sender === "customer")?.id;
    if (last !== this.asked) { this.asked = last; this.loadSuggestions(open); }
  }

  /** What somebody still owes this customer, whichever conversation it was promised in. */
  renderPromised(thread) {
    const { followUps } = this.store, open = (thread?.follow_ups ?? []).filter((one) => !one.done), mine = new Set(followUps.of(thread).map((one) => one.id));
    const look = JSON.stringify([open, [...mine], open.map((one) => dueTag(one).textContent)]);
    if (look === this.promisedLook) return;
    this.promisedLook = look;
    this.promised.replaceChildren(...(open.length ? [h("h3", {}, "待跟进"), ...open.map((one) => h("div", { class: "promised" },
      h("p", {}, one.task), h("p", { class: "who" }, dueTag(one), h("span", {}, one.owner), one.ticket && h("span", {}, `工单 ${one.ticket}`)),
      mine.has(one.id) && h("div", { class: "thread-actions" }, followUps.buttons(one))))] : []));
  }

  renderSummary(handoff) {
    if (!handoff) return this.summary.replaceChildren();
    const { summary } = handoff;
    this.summary.replaceChildren(h("h3", {}, "转人工摘要"), pairs([
      ["客户", summary.who], ["原因", REASONS[handoff.reason]], ["技能组", SKILLS[handoff.skill]], ["想办", summary.wish],
      ["已做过", summary.tried.join("、")], ...summary.known, ["语言", handoff.language === "zh-Hant" ? "繁体" : ""],
      ["指定", handoff.wanted_agent]]));
  }

  /** What WeChat still lets the agent say; other channels set no limit. */
  async loadBudget(conversation) {
    const isWechat = this.store.handoffOf(conversation)?.channel === "wechat";
    if (!isWechat) return this.budget.replaceChildren();
    await new Promise((done) => setTimeout(done, SENT_MS)); // what was just said is being sent
    const budget = await get(`/api/desk/conversations/${conversation}/reply-budget`).catch(() => null);
    if (this.store.open !== conversation) return;
    this.budget.classList.toggle("warn", budget?.left === 0);
    this.budget.replaceChildren(...(budget ? [budgetText(budget)] : []));
  }

  async loadCustomer(conversation) {
    const card = await attempt(() => get(`/api/desk/conversations/${conversation}/customer`));
    if (!card || this.store.open !== conversation) return;
    this.customer.replaceChildren(h("h3", {}, "客户资料"), ...(card.is_verified ? this.verified(conversation, card) : [h("p", {}, "还没有验证手机号，看不到账户信息。")]), ...ratings(card.ratings));
  }

  verified(conversation, card) {
    const who = card.subscriber ?? {}, number = h("dd", {}, card.number, " ");
    number.append(h("button", { class: "button quiet", type: "button", onclick: async (event) => {
      const shown = await attempt(() => post(`/api/desk/conversations/${conversation}/reveal`));
      if (shown) { number.firstChild.textContent = shown.number; event.target.remove(); }
    } }, "显示完整号码"));
    const list = pairs([["姓名", who.name], ["套餐", who.plan], ["状态", who.status && `${who.status} · ${who.kind}`], ["余额", card.balance && (card.balance.owed !== "0元" && card.balance.owed !== "0.00元" ? `${card.balance.available}（欠${card.balance.owed}）` : card.balance.available)],
      ["上月账单", card.last_bill && `${card.last_bill.total}（${card.last_bill.month}）`], ["归属", who.region], ["年龄", who.age && `${who.age}岁`], ["入网", who.since], ["合约至", who.contract_until]]);
    list.prepend(h("dt", {}, "号码"), number);
    return [list, ...part("本月用量", card.usage.map((one) => `${one.name}：已用${one.used}，共${one.total}`)),
      ...part("最近订单", card.orders.map((one) => `${one.action} ${one.name} · ${one.state} · ${day(one.placed)}`)),
      ...part("工单", card.tickets.map((one) => `${one.kind} ${one.id} · ${one.state} · ${day(one.created)}`)),
      card.missing.length > 0 && h("p", { class: "tag warn" }, `暂时查不到：${card.missing.join("、")}`)].filter(Boolean);
  }

  async loadSuggestions(conversation) {
    const found = await get(`/api/desk/conversations/${conversation}/suggestions`).catch(() => null);
    if (!found || this.store.open !== conversation) return;
    this.suggested.replaceChildren(...(found.articles.length ? [h("h3", {}, "知识推荐"), ...found.articles.map((article) => h("div", { class: "suggestion" },
      h("strong", {}, article.title), h("p", {}, article.text), h("button", { class: "button", type: "button", onclick: () => this.insert(article.text) }, "填入回复")))] : []));
  }
}

function budgetText({ left, until, waiting }) {
  if (left > 0) return `微信还可发 ${left} 条，至 ${moment(until)}`;
  return `微信暂时不能主动发消息${waiting ? `，有 ${waiting} 条在等待` : ""}：客户下次发消息时会收到`;
}

function pairs(list) {
  return h("dl", {}, list.filter(([, value]) => value).map(([label, value]) => [h("dt", {}, label), h("dd", {}, String(value))]).flat());
}

const day = (moment) => moment.slice(0, 10);

function part(title, lines) { return lines.length ? [h("h3", {}, title), h("ul", {}, lines.map((line) => h("li", {}, line)))] : []; }

function ratings(list) {
  return part("历史评价", list.map((one) => [day(one.at), one.stars && `${one.stars}星`, one.is_solved === false && "未解决", one.reasons.join("、"), one.words].filter(Boolean).join(" · ")));
}
