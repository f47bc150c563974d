// 服务时间: opening hours for each weekday, the days on which others count, and how many customers may wait.

import { h } from "/widget/dom.js";
import { SaveBar, confirm, field } from "./admin_form.js";
import { Refusal, attempt, get, put, toast } from "./console_api.js";

export const DAYS = ["周一", "周二", "周三", "周四", "周五", "周六", "周日"];
const ALL_DAY = ["00:00", "24:00"], OFFICE = ["09:00", "18:00"];
const EXAMPLES = ["2026-10-01至2026-10-07 休息 国庆节", "2026-10-10 上班 国庆调休", "2027-02-05 9:00-12:00 除夕"];
const TIME = /^(([01]\d|2[0-3]):[0-5]\d|24:00)$/;

export class HoursTab {
  constructor() {
    this.week = DAYS.map(() => []); // spans as they stand in the fields: ["08:00", "22:00"]
    this.days = h("div", { class: "days" });
    this.limit = h("input", { type: "number", min: 0, max: 100000, step: 1, required: true, oninput: () => this.bar.changed(true) });
    this.special = h("textarea", { class: "input special", rows: 8, spellcheck: "false", "aria-label": "节假日和调休", placeholder: "没有特殊安排，每天都按上面的时间", oninput: () => { this.refuse(""); this.bar.changed(true); } });
    this.specialRefused = h("p", { class: "refused", role: "alert", hidden: true });
    this.bar = new SaveBar(() => attempt(() => this.save()), () => { this.bar.changed(false); attempt(() => this.load()); });
    this.element = h("div", { class: "sheet" }, h("h2", {}, "人工服务时间"),
      h("p", { class: "hint" }, "时间都是北京时间。服务时间以外，客户找人工时会看到服务时间，可以留言，上班后由专人回电。一天可以有几段；到半夜填 24:00，跨天的在后一天从 00:00 接着填。"),
      times(), this.days, h("h2", {}, "节假日和调休"),
      h("p", { class: "hint" }, "一行一天或一段日子：先写日期，再写“休息”“上班”或时间段，最后可以写名称。“上班”按周一的时间，要按别的日子就写“上班 按周五”。节日怎么放假、哪天调休上班，以当年公布的安排为准。"),
      h("p", { class: "hint examples" }, EXAMPLES.join("\n")),
      this.specialRefused, this.special, h("h2", {}, "排队上限"),
      h("div", { class: "narrow" }, field("最多多少人同时排队", this.limit, "排满以后，新来的客户暂时排不进来，可以留言由专人回电。填 0 就是不让排队。")), this.bar.element);
  }

  get isChanged() { return this.bar.isChanged; }

  async load() {
    const { hours, queue_limit: limit, special_days: special } = await get("/api/admin/operating");
    this.week = hours;
    this.limit.value = limit;
    this.special.value = special.join("\n");
    this.refuse("");
    this.stored = { hours: JSON.stringify(hours), limit, special: this.special.value };
    this.render();
  }

  render(focus = null) {
    this.days.replaceChildren(...DAYS.map((title, day) => this.day(title, day)));
    if (focus !== null) this.days.children[focus].querySelector(".span:last-of-type input, .add")?.focus();
  }

  change(day, spans) { this.week[day] = spans; this.bar.changed(true); this.render(day); }

  day(title, day) {
    const spans = this.week[day];
    const button = (words, doing, kind = "", label = `${title}：${words}`) => h("button", { class: `button ${kind}`, type: "button", "aria-label": label, onclick: doing }, words);
    const isAllDay = spans.length === 1 && spans[0].join() === ALL_DAY.join();
    return h("div", { class: "day", role: "group", "aria-label": title }, h("h3", {}, title),
      h("div", { class: "spans" }, spans.length ? spans.map((span, index) => this.span(title, day, span, index)) : h("span", { class: "tag" }, "休息")),
      h("div", { class: "day-actions" }, button("加一段", () => this.change(day, [...spans, next(spans)]), "quiet add"), !isAllDay && button("全天", () => this.change(day, [[...ALL_DAY]]), "quiet"),
        spans.length > 0 && button("休息", () => this.change(day, []), "quiet"), button("复制到每天", () => this.copy(day), "quiet")),
      h("p", { class: "refused", role: "alert", hidden: true }));
  }

  span(title, day, span, index) {
    const time = (end, words) => h("input", { class: "input time", inputmode: "numeric", maxlength: 5, list: "times", value: span[end], "aria-label": `${title}第${index + 1}段${words}`, autocomplete: "off",
      oninput: (event) => { span[end] = event.target.value; this.bar.changed(true); }, onchange: (event) => { event.target.value = span[end] = tidy(event.target.value); this.check(day); } });
    return h("span", { class: "span" }, time(0, "开始"), " 至 ", time(1, "结束"),
      h("button", { class: "button quiet", type: "button", "aria-label": `删除${title}第${index + 1}段`, onclick: () => this.change(day, this.week[day].filter((other) => other !== span)) }, "✕"));
  }

  copy(day) {
    this.week = DAYS.map(() => this.week[day].map((span) => [...span]));
    this.bar.changed(true);
    this.render();
    toast(`已把${DAYS[day]}的时间复制到每天，保存后生效`);
  }

  /** Say beside the day what is wrong with it. */
  check(day) {
    const wrong = problem(this.week[day]), shown = this.days.children[day].querySelector(".refused");
    shown.textContent = wrong ? `${DAYS[day]}：${wrong}` : "";
    shown.hidden = !wrong;
    return !wrong;
  }

  async save() {
    for (const span of this.week.flat()) span.splice(0, 2, ...span.map(tidy)); // in place: the fields write to these very spans
    this.render();
    const isRight = DAYS.map((_, day) => this.check(day));
    if (isRight.includes(false)) { this.days.children[isRight.indexOf(false)].scrollIntoView({ block: "center" }); toast("时间填写有误，请看标红的提示。"); return; }
    if (!this.limit.reportValidity()) return;
    const save = () => this.put();
    if (this.week.some((spans) => spans.length)) { if (!(await save())) return; }
    else if (!(await confirm("整周休息", "七天都没有服务时间，客户将一直不能转人工。确定这样保存吗？", "保存", save))) return;
    this.bar.changed(false);
    toast("已保存，马上生效");
    await this.load();
  }

  async put() {
    if (this.special.value !== this.stored.special && !(await this.putSpecial())) return false;
    if (JSON.stringify(this.week) !== this.stored.hours) await put("/api/admin/operating/hours", { value: this.week });
    if (this.limit.valueAsNumber !== this.stored.limit) await put("/api/admin/operating/queue_limit", { value: this.limit.valueAsNumber });
    return true;
  }

  /** Save the special days; what the service cannot read is said below the field. */
  async putSpecial() {
    try { await put("/api/admin/operating/special_days", { value: this.special.value.split("\n") }); return true; } catch (error) {
      if (!(error instanceof Refusal) || error.status !== 400) throw error;
      this.refuse(error.message, Number(/第(\d+)行/.exec(error.message)?.[1] ?? 0));
      return false;
    }
  }

  /** Say what is wrong with the special days, and show the line. */
  refuse(words, line) {
    this.specialRefused.textContent = words;
    this.specialRefused.hidden = !words;
    if (!line) return;
    const lines = this.special.value.split("\n"), start = lines.slice(0, line - 1).join("\n").length + (line > 1);
    this.special.focus({ preventScroll: true });
    this.specialRefused.scrollIntoView({ block: "center" });
    this.special.setSelectionRange(start, start + lines[line - 1].length);
  }
}

/** 8:30, 830 and 8：30 are 08:30. */
export function tidy(text) {
  const hit = /^(\d{1,2})[:：.]?(\d{2})$/.exec(text.trim()) ?? /^(\d{1,2})()$/.exec(text.trim());
  return hit ? `${hit[1].padStart(2, "0")}:${hit[2] || "00"}` : text.trim();
}

/** What is wrong with the spans of a day, in words; "" when nothing is. */
export function problem(spans) {
  if (!spans.flat().every((time) => TIME.test(time))) return "时间请写成 08:30 这样。";
  if (spans.some(([start, end]) => start >= end)) return "结束时间要晚于开始时间。";
  const sorted = [...spans].sort(([a], [b]) => (a < b ? -1 : 1));
  if (sorted.some(([start], index) => index && start < sorted[index - 1][1])) return "时间段有重叠。";
  if (sorted.some(([start], index) => index && start === sorted[index - 1][1])) return "前后两段连在一起，请合成一段。";
  return "";
}

/** A new span: after the last one where there is room. */
function next(spans) {
  const last = spans.map(([, end]) => end).sort().at(-1);
  if (!last) return [...OFFICE];
  const hour = Number(last.slice(0, 2)) + 1;
  return hour < 23 ? [`${String(hour).padStart(2, "0")}:00`, `${String(Math.min(hour + 4, 24)).padStart(2, "0")}:00`] : ["", ""];
}

function times() {
  const every = Array.from({ length: 49 }, (_, half) => `${String(Math.floor(half / 2)).padStart(2, "0")}:${half % 2 ? "30" : "00"}`);
  return h("datalist", { id: "times" }, every.map((time) => h("option", { value: time })));
}
