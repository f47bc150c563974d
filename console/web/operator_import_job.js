// One import: how far it is, what it would do, what is wrong with the rest, and the decision.

import { h } from "/widget/dom.js";
import { attempt, toast } from "./console_api.js";
import { COLUMN_FIELDS, JOB_STATES, KINDS, understood, VERDICTS } from "./operator_import_words.js";
import { FIELDS, fieldText } from "./operator_words.js";

const AGAIN_MS = 700, SHOWN = 100;

export class JobPanel {
  constructor(api, jobId) {
    this.api = api;
    this.path = `/api/knowledge/imports/${jobId}`;
    this.said = h("p", { class: "hidden", role: "status" }); // for who does not see the page: each state once, not each row
    this.head = h("div", {});
    this.details = h("div", {});
    this.element = h("section", { class: "sheet import-job" }, h("p", {}, h("a", { href: "#/import" }, "← 导入导出")), this.said, this.head, this.details);
    this.verdict = "";
  }

  stop() { this.isStopped = true; clearTimeout(this.timer); }

  /** Show it until it comes to rest; while the service is away for a moment, it is asked again. */
  async follow() {
    const job = await this.api.get(this.path).catch((error) => { if (!this.state || (error.status > 0 && error.status < 500)) throw error; return null; });
    if (this.isStopped || this.api.signal.aborted) return;
    if (job) this.show(job);
    if (!job || isBusy(job)) this.timer = setTimeout(() => attempt(() => this.follow()), AGAIN_MS);
    else if (job.state !== "failed") await this.showRows();
  }

  show(job) {
    if (job.state === this.state && isBusy(job)) { this.advance(job); return; } // nothing else has changed: the focus stays
    this.state = job.state;
    const [words, kind] = JOB_STATES[job.state];
    this.head.replaceChildren(...[
      h("div", { class: "line wrap" }, h("h2", {}, job.filename), h("span", { class: "tag" }, KINDS[job.kind]), h("span", { class: `tag ${kind}`, id: "import-state" }, words)),
      isBusy(job) && this.progress(job, words),
      job.state === "failed" && h("p", { class: "refused", role: "alert" }, job.message || "没有导入。"),
      !isBusy(job) && job.state !== "failed" && h("p", { class: "counts" }, h("span", { class: "tag ok" }, `新增 ${job.created}`), " ", h("span", { class: "tag warn" }, `修改 ${job.updated}`), " ", h("span", { class: "tag" }, `不变 ${job.unchanged}`), " ", job.problem_count > 0 && h("span", { class: "tag bad" }, `有问题 ${job.problem_count}`)),
      job.ignored?.length > 0 && h("p", { class: "hint" }, `没有读这些列：${job.ignored.join("、")}`),
      job.state === "ready" && this.decision(job),
      job.state === "done" && h("p", {}, "已经写入。", job.kind === "articles" ? h("a", { href: "#/releases" }, "去发布") : h("a", { href: "#/catalogue" }, "看套餐目录")),
    ].filter(Boolean));
    this.said.textContent = isBusy(job) || job.state === "failed" ? words : `${words}：新增${job.created}，修改${job.updated}，不变${job.unchanged}，有问题${job.problem_count}`;
    if (job.state === "ready" || job.state === "done") this.showDetails(job);
    else this.details.replaceChildren();
  }

  progress(job, words) {
    this.bar = h("progress", { max: 1, "aria-label": words });
    this.rowsDone = h("span", {});
    this.advance(job);
    return h("div", { class: "progress" }, this.bar, this.rowsDone, job.state === "reading" && this.button("取消", () => this.drop()));
  }

  advance({ done, total }) {
    if (total) this.bar.value = done / total;
    this.rowsDone.textContent = total ? `${done} / ${total} 行` : `${done} 行`;
  }

  decision(job) {
    const good = job.created + job.updated, hasProblems = job.problem_count > 0;
    return h("div", { class: "line wrap actions-line" },
      this.button(hasProblems ? `只导入没有问题的（${good}）` : good ? `全部导入（${good}）` : "没有要改的内容", () => this.apply(hasProblems), { class: "button primary", disabled: good === 0 }),
      this.button("什么都不导入", () => this.drop()), hasProblems && h("a", { class: "button", href: `${this.path}/problems.csv`, download: "" }, "下载问题清单"));
  }

  /** A button that decides; until its answer is there, no other one can be pressed. */
  button(title, doing, look = {}) {
    return h("button", { class: "button", type: "button", ...look, onclick: async () => {
      const free = [...this.element.querySelectorAll("button:not(:disabled)")];
      for (const one of free) one.disabled = true;
      try { await attempt(doing); } finally { for (const one of free) one.disabled = false; }
    } }, title);
  }

  showDetails(job) {
    this.kind = job.kind;
    this.rows = h("tbody", {});
    this.more = h("button", { class: "button", type: "button", hidden: true, onclick: () => attempt(() => this.moreRows()) }, "再看一些");
    const isColumns = job.kind === "offerings" && job.state === "ready" && job.columns && Object.keys(job.columns).length > 0;
    const pick = h("select", { class: "input narrow", "aria-label": "看哪些行", onchange: () => { this.verdict = pick.value; attempt(() => this.showRows()); } }, [["", "全部"], ...Object.entries(VERDICTS).map(([code, [title]]) => [code, title])].map(([code, title]) => h("option", { value: code, selected: code === this.verdict }, title)));
    this.details.replaceChildren(...[
      isColumns && this.columns(job),
      job.problem_count > 0 && h("section", {}, h("h3", {}, `有问题的（${job.problem_count}处${job.problem_count > SHOWN ? `，先列出${SHOWN}处` : ""}）`), h("table", { class: "cards problems" }, h("thead", {}, h("tr", {}, ["行", "列", "原因"].map((title) => h("th", { scope: "col" }, title)))),
        h("tbody", {}, job.problems.map(({ row, column, message }) => h("tr", {}, h("td", { "data-title": "行" }, String(row)), h("td", { "data-title": "列" }, column || "整行"), h("td", { "data-title": "原因" }, message)))))),
      h("section", {}, h("div", { class: "line wrap" }, h("h3", {}, "可以导入的"), pick), h("table", { class: "cards import-rows" }, h("thead", {}, h("tr", {}, ["行", "做什么", job.kind === "articles" ? "文章" : "套餐或业务", "内容"].map((title) => h("th", { scope: "col" }, title)))), this.rows), this.more),
    ].filter(Boolean));
  }

  /** How the columns were understood; another choice reads the file again. */
  columns(job) {
    const chosen = new Map(Object.entries(job.columns));
    const again = this.button("按新的对应重新读", async () => { await this.api.put(`${this.path}/columns`, { columns: Object.fromEntries(chosen) }); await this.follow(); }, { disabled: true });
    return h("section", { class: "columns" }, h("h3", {}, "列的对应"), h("p", { class: "hint" }, "系统按列名猜的，不对可以改。"), h("div", { class: "limits" }, [...chosen].map(([heading, field]) =>
      h("label", { class: "field" }, h("span", {}, heading), h("select", { class: "input", onchange: (event) => { chosen.set(heading, event.target.value); again.disabled = false; } }, Object.entries(COLUMN_FIELDS).map(([code, title]) => h("option", { value: code, selected: code === field }, title)))))), again);
  }

  async showRows() {
    this.after = 0;
    this.rows.replaceChildren();
    await this.moreRows();
  }

  async moreRows() {
    const asked = this.asked = {}, { rows, total } = await this.api.get(`${this.path}/rows?${new URLSearchParams({ after: this.after, ...(this.verdict ? { verdict: this.verdict } : {}) })}`);
    if (this.isStopped || asked !== this.asked) return; // others were asked for meanwhile
    this.after = rows.at(-1)?.place ?? this.after;
    this.rows.append(...rows.map((row) => this.row(row)));
    if (total === 0) this.rows.replaceChildren(h("tr", {}, h("td", { colspan: 4, class: "empty" }, "没有这样的行。")));
    this.more.hidden = this.rows.children.length >= total;
  }

  row({ row, id, title, verdict, changed, body }) {
    const [words, kind] = VERDICTS[verdict], isArticle = this.kind === "articles";
    const about = verdict === "update" ? h("ul", { class: "diff-list" }, changed.map((one) => change(one, isArticle))) : h("span", {}, isArticle ? `${body.questions.length}个相似问法：${body.questions.slice(0, 3).join("、")}` : understood(body));
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

const isBusy = ({ state }) => state === "reading" || state === "applying";

/** What an import would do to a field: of a list what comes and goes, else what was and what will be. */
function change({ field, before, after, added, removed }, isArticle) {
  const text = (value) => (isArticle ? fieldText(field, value) : value) || "（空）", marked = (kind, texts) => texts.flatMap((one) => [h(kind, {}, one), " "]);
  return h("li", {}, `${(isArticle ? FIELDS : COLUMN_FIELDS)[field] ?? field}：`, added ? [...marked("ins", added), ...marked("del", removed)] : [h("del", {}, text(before)), " → ", h("ins", {}, text(after))]);
}
