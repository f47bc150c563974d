// 数据: the figures of a span beside the one before, as numbers, charts and tables; every table as a file for a spreadsheet.

import { h } from "/widget/dom.js";
import { attempt } from "./console_api.js";
import { clear, draw } from "./operator_charts.js";
import { WRITERS } from "./operator_pages.js";
import { count, today } from "./operator_words.js";

const SPANS = { 7: "近7天", 30: "近30天", 90: "近90天", own: "自选日期" };
const CHARTS = [["会话数", ["conversations"], "bar"], ["机器人独立完成率", ["containment"], "line"], ["答不上与误答", ["abstention", "false_answers"], "line"], ["解决率", ["resolution"], "line"]];

export async function mount(root, api, params) {
  const page = new FiguresPage(root, api, params.query);
  await page.load();
  return { unmount: () => clear(page.body) };
}

class FiguresPage {
  constructor(root, api, query) {
    this.api = api;
    this.span = h("select", { class: "input", "aria-label": "时间范围", onchange: () => this.chosen() }, Object.entries(SPANS).map(([code, words]) => h("option", { value: code }, words)));
    this.first = h("input", { class: "input", type: "date", "aria-label": "开始日期", max: today(), onchange: () => this.chosen() });
    this.last = h("input", { class: "input", type: "date", "aria-label": "结束日期", max: today(), onchange: () => this.chosen() });
    this.channel = h("select", { class: "input", "aria-label": "渠道", onchange: () => this.chosen() }, h("option", { value: "" }, "全部渠道"));
    this.wantedChannel = query.get("channel") ?? "";
    if (query.get("first")) { this.span.value = "own"; this.first.value = query.get("first"); this.last.value = query.get("last") ?? today(); } else { this.span.value = query.get("days") ?? "7"; }
    this.said = h("p", { class: "hint", role: "status" });
    this.body = h("div", {});
    root.append(h("h2", { class: "hidden" }, "数据"), h("div", { class: "tools" }, this.span, this.first, this.last, this.channel), this.said, this.body);
    this.dates();
  }

  /** The days asked for, as the address and the service know them. */
  get asked() {
    if (this.span.value === "own") return { first: this.first.value, last: this.last.value };
    const last = today(), first = new Date(Date.parse(last) - (Number(this.span.value) - 1) * 86400e3).toISOString().slice(0, 10);
    return { first, last };
  }

  dates() {
    const isOwn = this.span.value === "own";
    if (isOwn && !this.first.value) { this.last.value = today(); this.first.value = new Date(Date.parse(today()) - 13 * 86400e3).toISOString().slice(0, 10); }
    this.first.hidden = this.last.hidden = !isOwn;
  }

  chosen() {
    this.wantedChannel = this.channel.value;
    this.dates();
    const shown = this.span.value === "own" ? this.asked : { days: this.span.value };
    history.replaceState(null, "", `#/figures?${new URLSearchParams({ ...shown, ...(this.wantedChannel && { channel: this.wantedChannel }) })}`);
    attempt(() => this.load());
  }

  async load() {
    const query = this.query = new URLSearchParams({ ...this.asked, ...(this.wantedChannel && { channel: this.wantedChannel }) });
    this.said.textContent = "正在统计……";
    const found = await this.api.get(`/api/figures/?${query}`).catch((error) => { this.said.textContent = ""; throw error; });
    if (query !== this.query || this.api.signal.aborted) return;
    const channels = [...found.channels];
    if (this.wantedChannel && !channels.some(({ code }) => code === this.wantedChannel)) channels.push({ code: this.wantedChannel, name: this.wantedChannel });
    this.channel.replaceChildren(h("option", { value: "" }, "全部渠道"), ...channels.map(({ code, name }) => h("option", { value: code, selected: code === this.wantedChannel }, name)));
    this.said.textContent = `${found.span.first} 至 ${found.span.last}，与之前同样长的一段（${found.before.first} 至 ${found.before.last}）相比`;
    clear(this.body);
    this.body.replaceChildren(this.numbers(found), this.charts(found), ...Object.entries(found.tables).map(([code, table]) => this.table(code, table)));
  }

  numbers({ values, values_before: before, counts, definitions }) {
    return h("ul", { class: "numbers" }, Object.entries(definitions).map(([name, { name: title, unit, good, words }]) => {
      const explained = h("p", { class: "words", id: `words-${name}`, hidden: true }, words);
      const about = h("button", { class: "about", type: "button", title: words, "aria-label": `${title}是怎么算的`, "aria-expanded": "false", "aria-controls": explained.id,
        onclick: () => { explained.hidden = !explained.hidden; about.setAttribute("aria-expanded", String(!explained.hidden)); } }, "ⓘ");
      const [part, of] = counts[name] ?? [];
      return h("li", { class: "number", "data-figure": name }, h("h3", {}, title), about, h("div", { class: "value" }, written(values[name], unit)),
        h("div", { class: `change ${direction(values[name], before[name], good)}` }, compared(values[name], before[name], unit)), of !== undefined && h("div", { class: "hint" }, `${count(part)} / ${count(of)}`), explained);
    }));
  }

  charts({ tables, days_before: before }) {
    const { rows } = tables.days, days = rows.map(({ day }) => day.slice(5));
    const titles = new Map(tables.days.columns.map(({ key, name }) => [key, name]));
    return h("div", { class: "chart-grid" }, CHARTS.map(([title, keys, kind]) => {
      const series = keys.map((key) => ({ name: titles.get(key), kind, values: rows.map((row) => row[key]) }));
      if (keys[0] === "conversations") series.push({ name: "之前同期", kind: "line", isPale: true, values: before });
      const box = h("div", { class: "drawing", role: "img", "aria-label": `${title}，每日；数据见“每日”表格` });
      const drawn = h("div", { class: "chart" }, h("h3", {}, title), box);
      requestAnimationFrame(() => draw(box, { days, series, isShare: keys[0] !== "conversations" }));
      return drawn;
    }));
  }

  /** An article that this person can open: not one of the catalogue's, and none for who only reads the figures. */
  mayOpen(id) { return !id.startsWith("offering-") && this.api.can(...WRITERS); }

  table(code, { title, columns, rows }) {
    const shown = rows.length ? h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": title }, h("table", {}, h("thead", {}, h("tr", {}, columns.map(({ name }) => h("th", { scope: "col" }, name)))),
      h("tbody", {}, rows.map((row) => h("tr", {}, columns.map(({ key, unit }, place) => place === 0 ? h("th", { scope: "row" }, row[key]) : h("td", {}, key === "id" && this.mayOpen(row[key]) ? h("a", { href: `#/articles/${encodeURIComponent(row[key])}` }, row[key]) : written(row[key], unit)))))))) : h("p", { class: "empty" }, "这段时间还没有数据。");
    const file = h("a", { class: "button end", href: `/api/figures/csv/${code}?${this.query}`, download: "" }, "导出表格（CSV）");
    return h("details", { class: "figures-table", "data-table": code, open: code === "days" || code === "topics" }, h("summary", {}, title, h("small", { class: "hint" }, ` ${count(rows.length)}行`)), h("p", {}, file), shown);
  }
}

/** A value as people read it. */
export function written(value, unit) {
  if (value === null || value === undefined) return "—";
  if (unit === "share") return `${(value * 100).toFixed(1)}%`;
  if (unit === "seconds") return value < 60 ? `${Math.round(value)}秒` : `${Math.floor(value / 60)}分${Math.round(value % 60)}秒`;
  if (unit === "score") return value.toFixed(1);
  return typeof value === "number" ? count(value) : value;
}

function compared(now, before, unit) {
  if (now === null || before === null || now === undefined || before === undefined) return "之前没有可比的数据";
  const gap = now - before;
  if (Math.abs(gap) < 1e-9) return "与之前持平";
  const words = unit === "share" ? `${Math.abs(gap * 100).toFixed(1)}个百分点` : written(Math.abs(gap), unit);
  return `${gap > 0 ? "↑" : "↓"} ${words}`;
}

const direction = (now, before, good) => (now === null || before === null || good === "none" || now === before ? "" : (now > before) === (good === "up") ? "better" : "worse");
