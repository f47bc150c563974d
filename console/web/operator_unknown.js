// 未知问题: groups of questions that were not served well; one of them opens as a page of its own.

import { h } from "/widget/dom.js";
import { attempt, toast } from "./console_api.js";
import { Pager } from "./operator_pager.js";
import { mountGroup } from "./operator_unknown_group.js";
import { CHANNELS, count, when } from "./operator_words.js";

const STATES = { open: "待处理", accepted: "已采纳", ignored: "已忽略" };
const SORTS = { size: "本周最多", growth: "增长最快", new: "最近出现" };
export const CAUSES = { abstained: "没答上", out_of_scope: "当成业务外", clarified: "给了选项没选", useless: "点了没用", handed_over: "转了人工" };
const TYPING_MS = 250, PAGE = 50; // until the service says how many it gives

export async function mount(root, api, params) {
  if (params.path[0]) return mountGroup(root, api, params.path[0]);
  const list = new GroupList(root, api, params.query);
  await list.load();
  return undefined;
}

class GroupList {
  constructor(root, api, query) {
    this.api = api;
    const choice = (name, label, every, choices) => h("select", { class: "input", name, "aria-label": label, onchange: () => this.changed() }, every && h("option", { value: "" }, every), Object.entries(choices).map(([code, title]) => h("option", { value: code, selected: query.get(name) === code }, title)));
    this.search = h("input", { class: "input search", type: "search", value: query.get("q") ?? "", placeholder: "搜索问法", "aria-label": "搜索问法", oninput: () => { clearTimeout(this.timer); this.timer = setTimeout(() => this.changed(), TYPING_MS); } });
    this.state = choice("state", "状态", null, STATES);
    this.channel = choice("channel", "渠道", "全部渠道", CHANNELS);
    this.sort = choice("sort", "排序", null, SORTS);
    this.refresh = h("button", { class: "button primary", type: "button", onclick: () => this.sortNow() }, "现在整理");
    this.rows = h("ul", { class: "groups" });
    this.empty = h("p", { class: "empty", hidden: true });
    this.pager = new Pager({ page: PAGE, unit: "组", offset: Number(query.get("offset")) || 0, load: () => this.load(), turned: () => scrollTo(0, 0) });
    root.append(h("h2", { class: "hidden" }, "未知问题"), h("div", { class: "tools" }, this.search, this.state, this.channel, this.sort, this.refresh),
      h("p", { class: "hint" }, "没答上、给了选项没选、点了没用、转了人工的提问，问法相近的归成一组，每10分钟自动整理一次。"), this.rows, this.empty, this.pager.element);
  }

  async sortNow() {
    this.refresh.disabled = true;
    this.refresh.textContent = "正在整理……";
    try {
      const done = await attempt(() => this.api.post("/api/unknown/refresh"));
      if (done) toast(done.done ? "整理好了。" : "正在整理中，请稍等一会儿再看。");
      await attempt(() => this.load());
    } finally { this.refresh.disabled = false; this.refresh.textContent = "现在整理"; }
  }

  changed() { this.pager.offset = 0; attempt(() => this.load()); }

  async load() {
    if (this.api.signal.aborted) return; // what was typed just before leaving
    const chosen = { q: this.search.value.trim(), state: this.state.value === "open" ? "" : this.state.value, channel: this.channel.value, sort: this.sort.value === "size" ? "" : this.sort.value, offset: this.pager.offset || "" };
    const query = this.query = new URLSearchParams(Object.entries(chosen).filter(([, value]) => value !== ""));
    history.replaceState(null, "", `${query}` ? `#/unknown?${query}` : "#/unknown");
    const { groups, total, page } = await this.api.get(`/api/unknown/groups?${query}`);
    if (query !== this.query || this.api.signal.aborted) return;
    this.pager.page = page;
    if (this.pager.isPast(groups.length, total)) { await this.load(); return; }
    this.rows.replaceChildren(...groups.map(row));
    this.empty.hidden = groups.length > 0;
    this.empty.textContent = chosen.q || chosen.channel ? "没有符合条件的问题，换个说法或者去掉筛选再试。" : { open: "没有待处理的未知问题。新的提问每10分钟整理一次，也可以点“现在整理”。", accepted: "还没有采纳过的问题。", ignored: "没有忽略的问题。" }[this.state.value];
    this.pager.show(groups.length, total);
  }
}

function row(group) {
  const growth = group.this_week - group.last_week;
  return h("li", { class: "group-row" },
    h("div", {}, h("h3", {}, h("a", { href: `#/unknown/${group.id}` }, group.title)), h("p", { class: "hint" }, Object.entries(group.causes).map(([code, number]) => `${CAUSES[code] ?? code}${count(number)}`).join(" · "), " · ", Object.keys(group.channels).map((code) => CHANNELS[code] ?? code).join("、"))),
    h("div", {}, h("span", { class: "big" }, count(group.size)), h("small", { class: "hint" }, " 次")),
    h("p", { class: growth > 0 ? "warned" : "hint" }, `本周${count(group.this_week)}，上周${count(group.last_week)}${growth > 0 ? " ↑" : growth < 0 ? " ↓" : ""}`),
    h("p", { class: "hint" }, group.state === "open" ? group.nearest ? `最接近：${group.nearest.title}（相似度${Math.round(Math.max(0, group.nearest_score) * 100)}%）` : "没有接近的文章" : group.state === "ignored" ? `忽略原因：${group.reason}` : `${group.live_since ? `已上线（${when(group.live_since)}）` : "等待发布"}：${group.target?.title ?? ""}`));
}
