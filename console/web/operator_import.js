// 导入导出: a file in, what it would do row by row, then in or not; and everything out as a file.

import { h } from "/widget/dom.js";
import { attempt, toast } from "./console_api.js";
import { JobPanel } from "./operator_import_job.js";
import { JOB_STATES, KINDS } from "./operator_import_words.js";
import { when } from "./operator_words.js";

const MOST_BYTES = 20 * 1024 * 1024;
const ACCEPTED = { articles: ".xlsx,.csv,.tsv,.txt,.yml,.yaml", offerings: ".xlsx,.csv,.tsv,.txt,.json,.jsonl" };
const FORMS = { articles: [["xlsx", "Excel"], ["csv", "CSV"], ["yaml", "YAML"]], offerings: [["xlsx", "Excel"], ["csv", "CSV"], ["json", "TMF620 JSON"]] };

export async function mount(root, api, params) {
  const page = new ImportPage(root, api);
  await page.show(params.path[0]);
  return { update: ({ path }) => page.show(path[0]), unmount: () => page.panel?.stop() };
}

class ImportPage {
  constructor(root, api) {
    this.api = api;
    this.kind = h("select", { class: "input narrow", "aria-label": "导入什么", onchange: () => this.kindChanged() }, Object.entries(KINDS).map(([code, title]) => h("option", { value: code }, title)));
    this.input = h("input", { type: "file", id: "import-file", class: "hidden", accept: ACCEPTED.articles, onchange: () => this.input.files[0] && attempt(() => this.send(this.input.files[0])) });
    this.sending = h("progress", { max: 1, value: 0, hidden: true, "aria-label": "正在上传" });
    this.hint = h("p", { class: "hint" });
    this.drop = h("div", { class: "drop" }, h("p", {}, "把文件拖到这里，或者"), h("label", { class: "button primary", for: "import-file" }, "选择文件"), this.input, this.sending, this.hint);
    for (const name of ["dragenter", "dragover"]) this.drop.addEventListener(name, (event) => { event.preventDefault(); this.drop.classList.add("over-drop"); });
    this.drop.addEventListener("dragleave", () => this.drop.classList.remove("over-drop"));
    this.drop.addEventListener("drop", (event) => { event.preventDefault(); this.drop.classList.remove("over-drop"); const [file] = event.dataTransfer.files; if (file) attempt(() => this.send(file)); });
    this.exports = h("span", { class: "line wrap" });
    this.what = h("select", { class: "input narrow", "aria-label": "导出哪些文章", onchange: () => this.kindChanged() }, h("option", { value: "drafts" }, "全部草稿（含没发布的改动）"), h("option", { value: "live" }, "线上版本"));
    this.start = h("section", { class: "sheet import-start" }, h("div", { class: "line wrap" }, h("h2", {}, "导入"), this.kind), this.drop, h("div", { class: "line wrap" }, h("h2", {}, "导出"), this.what, this.exports));
    this.recent = h("section", { class: "import-recent" });
    this.job = h("div", {});
    root.append(this.job, this.start, this.recent);
    this.kindChanged();
  }

  kindChanged() {
    const kind = this.kind.value;
    this.input.accept = ACCEPTED[kind];
    this.hint.textContent = kind === "articles" ? "Excel（.xlsx）、CSV或YAML，最大20MB。列名：编号、分类、标题、相似问法（用|或换行隔开）、答案；列名上面可以有几行说明。导入的内容先成为草稿，发布后客户才看到。" : "Excel（.xlsx）、CSV、JSON或TMF620，最大20MB。列名随意，系统先告诉您它读懂了什么，确认后才写入。";
    this.what.hidden = kind !== "articles";
    this.exports.replaceChildren(...FORMS[kind].map(([form, title]) => h("a", { class: "button", href: kind === "articles" ? `/api/knowledge/export?format=${form}&what=${this.what.value}` : `/api/catalogue/export?format=${form}`, download: "" }, `${KINDS[kind]}：${title}`)));
  }

  /** Show the start, or one import. */
  async show(jobId) {
    this.panel?.stop();
    this.panel = null;
    this.start.hidden = Boolean(jobId);
    this.job.replaceChildren();
    if (jobId) {
      this.panel = new JobPanel(this.api, jobId);
      this.job.append(this.panel.element);
      this.recent.replaceChildren();
      await this.panel.follow();
      return true;
    }
    const jobs = await this.api.get("/api/knowledge/imports");
    if (!this.panel) this.list(jobs); // else an import was opened meanwhile
    return true;
  }

  list(jobs) {
    this.recent.replaceChildren(h("h2", {}, "最近的导入"), jobs.length === 0 ? h("p", { class: "empty" }, "还没有导入过文件。") : h("table", { class: "cards" }, h("thead", {}, h("tr", {}, ["文件", "内容", "状态", "结果", "谁导入的", "时间"].map((title) => h("th", { scope: "col" }, title)))),
      h("tbody", {}, jobs.map((job) => h("tr", {}, h("td", { "data-title": "文件" }, h("a", { href: `#/import/${job.id}` }, job.filename)), h("td", { "data-title": "内容" }, KINDS[job.kind]), h("td", { "data-title": "状态" }, h("span", { class: `tag ${JOB_STATES[job.state][1]}` }, JOB_STATES[job.state][0])),
        h("td", { "data-title": "结果" }, h("span", {}, `新增${job.created}，修改${job.updated}，不变${job.unchanged}`, job.problem_count > 0 && h("span", { class: "wrong" }, `，有问题${job.problem_count}处`))), h("td", { "data-title": "谁导入的" }, job.who_name ?? "—"), h("td", { "data-title": "时间" }, when(job.started)))))));
  }

  async send(file) {
    this.input.value = "";
    if (file.size > MOST_BYTES) { toast("文件超过20MB，请拆成几个文件再导入。"); return; }
    this.sending.hidden = false;
    try {
      const asked = new URLSearchParams({ filename: file.name, kind: this.kind.value, dry_run: "1" });
      const { id } = await this.api.upload(`/api/knowledge/import?${asked}`, file, { progress: (share) => { this.sending.value = share; } });
      this.api.go(`import/${id}`);
    } finally { this.sending.hidden = true; }
  }
}
