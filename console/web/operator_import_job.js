// One import: how far it is, what it would do, what is wrong with the rest, and the decision.

import { h } from "/widget/dom.js";
import { attempt, toast } from "./console_api.js";
import { ARTICLE_FIELDS, COLUMN_FIELDS, JOB_STATES, KINDS, readable, understood, VALUE_FIELDS, VERDICTS } from "./operator_import_words.js";

const AGAIN_MS = 700, SHOWN = 100;

export class JobPanel {
  constructor(api, jobId) {
    this.api = api;
    this.path = `/api/knowledge/imports/${jobId}`;
    this.head = h("div", {});
    this.details = h("div", {});
    this.element = h("section", { class: "sheet import-job" }, h("p", {}, h("a", { href: "#/import" }, "← 导入导出")), this.head, this.details);
    this.verdict = "";
  }

  stop() { this.isStopped = true; clearTimeout(this.timer); }

  /** Show it until it comes to rest. */
  async follow() {
    const job = await this.api.get(this.path).catch((error) => { if (error.status !== 0 || !this.isShown) throw error; return null; }); // cut off for a moment: it goes on in the service
    if (this.isStopped || this.api.signal.aborted) return;
    if (job) this.show(job);
    if (!job || job.state === "reading" || job.state === "applying") this.timer = setTimeout(() => attempt(() => this.follow()), AGAIN_MS);
    else if (job.state !== "failed") await this.showRows(job);
  }

  show(job) {
    this.isShown = true;
    const [words, kind] = JOB_STATES[job.state], isBusy = job.state === "reading" || job.state === "applying", share = job.total ? job.done / job.total : undefined;
    this.head.replaceChildren(...[
      h("div", { class: "line wrap" }, h("h2", {}, job.filename), h("span", { class: "tag" }, KINDS[job.kind]), h("span", { class: `tag ${kind}`, id: "import-state" }, words)),
      isBusy && h("div", { class: "progress" }, h("progress", { max: 1, ...(share === undefined ? {} : { value: share }), "aria-label": words }), h("span", {}, job.total ? `${job.done} / ${job.total} 行` : `${job.done} 行`), job.state === "reading" && h("button", { class: "button", type: "button", onclick: () => attempt(() => this.drop()) }, "取消")),
      job.state === "failed" && h("p", { class: "refused", role: "alert" }, job.message || "没有导入。"),
      !isBusy && job.state !== "failed" && h("p", { class: "counts" }, h("span", { class: "tag ok" }, `新增 ${job.created}`), " ", h("span", { class: "tag warn" }, `修改 ${job.updated}`), " ", h("span", { class: "tag" }, `不变 ${job.unchanged}`), " ", job.problem_count > 0 && h("span", { class: "tag bad" }, `有问题 ${job.problem_count}`)),
      job.ignored?.length > 0 && h("p", { class: "hint" }, `没有读这些列：${job.ignored.join("、")}`),
      job.state === "ready" && this.decision(job),
      job.state === "done" && h("p", {}, "已经写入。", job.kind === "articles" ? h("a", { href: "#/releases" }, "去发布") : h("a", { href: "#/catalogue" }, "看套餐目录")),
    ].filter(Boolean));
    if (job.state === "ready" || job.state === "done") this.showDetails(job);
    else this.details.replaceChildren();
  }

  decision(job) {
    const good = job.created + job.updated;
    return h("div", { class: "line wrap actions-line" },
      job.problem_count === 0 ? h("button", { class: "button primary", type: "button", disabled: good === 0, onclick: () => attempt(() => this.apply(false)) }, good ? `全部导入（${good}）` : "没有要改的内容")
        : h("button", { class: "button primary", type: "button", disabled: good === 0, onclick: () => attempt(() => this.apply(true)) }, `只导入没有问题的（${good}）`),
      h("button", { class: "button", type: "button", onclick: () => attempt(() => this.drop()) }, "什么都不导入"),
      job.problem_count > 0 && h("a", { class: "button", href: `${this.path}/problems.csv`, download: "" }, "下载问题清单"));
  }

  showDetails(job) {
    this.rows = h("tbody", {});
    this.more = h("button", { class: "button", type: "button", hidden: true, onclick: () => attempt(() => this.moreRows()) }, "再看一些");
    const isColumns = job.kind === "offerings" && job.state === "ready" && job.columns && Object.keys(job.columns).length > 0;
    const pick = h("select", { class: "input narrow", "aria-label": "看哪些行", onchange: () => { this.verdict = pick.value; attempt(() => this.showRows(job)); } }, [["", "全部"], ...Object.entries(VERDICTS).map(([code, [title]]) => [code, title])].map(([code, title]) => h("option", { value: code, selected: code === this.verdict }, title)));
    this.details.replaceChildren(...[
      isColumns && this.columns(job),
      job.problem_count > 0 && h("section", {}, h("h3", {}, `有问题的（${job.problem_count}处${job.problem_count > SHOWN ? `，先列出${SHOWN}处` : ""}）`), h("table", { class: "cards problems" }, h("thead", {}, h("tr", {}, ["行", "列", "原因"].map((title) => h("th", { scope: "col" }, title)))),
        h("tbody", {}, job.problems.map(({ row, column, message }) => h("tr", {}, h("td", { "data-title": "行" }, String(row)), h("td", { "data-title": "列" }, (job.kind === "articles" ? ARTICLE_FIELDS[column] : column) || column || "整行"), h("td", { "data-title": "原因" }, message)))))),
      h("section", {}, h("div", { class: "line wrap" }, h("h3", {}, "可以导入的"), pick), h("table", { class: "cards import-rows" }, h("thead", {}, h("tr", {}, ["行", "做什么", job.kind === "articles" ? "文章" : "套餐或业务", "内容"].map((title) => h("th", { scope: "col" }, title)))), this.rows), this.more),
    ].filter(Boolean));
  }

  /** How the columns were understood; another choice reads the file again. */
  columns(job) {
    const chosen = new Map(Object.entries(job.columns));
    const again = h("button", { class: "button", type: "button", disabled: true, onclick: () => attempt(async () => { await this.api.put(`${this.path}/columns`, { columns: Object.fromEntries(chosen) }); await this.follow(); }) }, "按新的对应重新读");
    return h("section", { class: "columns" }, h("h3", {}, "列的对应"), h("p", { class: "hint" }, "系统按列名猜的，不对可以改。"), h("div", { class: "limits" }, [...chosen].map(([heading, field]) =>
      h("label", { class: "field" }, h("span", {}, heading), h("select", { class: "input", onchange: (event) => { chosen.set(heading, event.target.value); again.disabled = false; } }, Object.entries(COLUMN_FIELDS).map(([code, title]) => h("option", { value: code, selected: code === field }, title)))))), again);
  }

  async showRows(job) {
    this.kind = job.kind;
    this.after = 0;
    this.rows.replaceChildren();
    await this.moreRows();
  }

  async moreRows() {
    const { rows, total } = await this.api.get(`${this.path}/rows?${new URLSearchParams({ after: this.after, ...(this.verdict ? { verdict: this.verdict } : {}) })}`);
    if (this.isStopped) return;
    this.after = rows.at(-1)?.place ?? this.after;
    this.rows.append(...rows.map((row) => this.row(row)));
    if (total === 0) this.rows.replaceChildren(h("tr", {}, h("td", { colspan: 4, class: "empty" }, "没有这样的行。")));
    this.more.hidden = this.rows.children.length >= total;
  }

  row({ row, id, title, verdict, changed, body }) {
    const [words, kind] = VERDICTS[verdict], names = this.kind === "articles" ? ARTICLE_FIELDS : VALUE_FIELDS;
    const about = verdict === "update" ? h("ul", { class: "diff-list" }, changed.map((one) => h("li", {}, `${names[one.field] ?? one.field}：`, one.added ? [one.added.map((text) => h("ins", {}, text)), one.removed.map((text) => h("del", {}, text))].flat().flatMap((node) => [node, " "]) : [h("del", {}, readable(one.before)), " → ", h("ins", {}, readable(one.after))])))
      : h("span", {}, this.kind === "articles" ? `${body.questions.length}个相似问：${body.questions.slice(0, 3).join("、")}` : understood(body));
    return h("tr", {}, h("td", { "data-title": "行" }, String(row)), h("td", { "data-title": "做什么" }, h("span", { class: `tag ${kind}` }, words)), h("td", { "data-title": "名称" }, h("div", {}, title, h("small", { class: "hint" }, ` ${id}`))), h("td", { "data-title": "内容" }, about));
  }

  async apply(rest) {
    await this.api.post(`${this.path}/apply`, { rest });
    await this.follow();
    this.api.refreshStatus?.();
  }

  async drop() {
    await this.api.remove(this.path);
    toast("什么都没有导入。");
    this.api.go("import");
  }
}
