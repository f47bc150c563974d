// 发布: what is live, the candidate and its gate, the drafts that wait, and every release so far.

import { h } from "/widget/dom.js";
import { arrange } from "./arrange.js";
import { attempt, Refusal } from "./console_api.js";
import { canaryFigures } from "./operator_canary.js";
import { candidateButtons, canaryButtons, rollbackButton } from "./operator_release_actions.js";
import { Drafts } from "./operator_release_drafts.js";
import { mountReport } from "./operator_release_report.js";
import { breaches, brought, counts, noteOf, progress, stateTag, wasLive } from "./operator_release_words.js";
import { count, when } from "./operator_words.js";

const QUICK_MS = 1000, SLOW_MS = 10_000, HISTORY = 20;

export async function mount(root, api, params) {
  if (params.path[0]) return mountReport(root, api, params);
  const page = new Releases(root, api);
  await page.refresh().catch((error) => { page.stop(); throw error; });
  return { unmount: () => page.stop() };
}

class Releases {
  constructor(root, api) {
    this.api = api;
    this.live = h("section", { class: "sheet release-part" });
    this.rollback = h("span", { class: "line end" });
    this.candidate = h("section", { class: "sheet release-part candidate", hidden: true });
    this.figures = h("div", {});
    this.drafts = new Drafts(api, () => { this.again(); scrollTo(0, 0); });
    this.past = h("tbody");
    this.more = h("button", { class: "button", type: "button", hidden: true, onclick: () => attempt(() => this.older()) }, "查看更早的版本");
    root.append(this.live, this.candidate, this.drafts.element, h("section", { class: "release-part" }, h("h2", {}, "发布历史"),
      h("table", { class: "cards" }, h("thead", {}, h("tr", {}, ["版本", "状态", "说明", "改动", "测试", "发布"].map((title) => h("th", { scope: "col" }, title)), h("th", { scope: "col" }, h("span", { class: "hidden" }, "操作")))), this.past), this.more));
  }

  stop() { clearTimeout(this.timer); this.isStopped = true; }

  /** Look again, whatever comes of it; what cannot be had now is asked for the next time. */
  again() { this.refresh().catch((error) => { if (!(error instanceof Refusal)) throw error; }); }

  async refresh() {
    clearTimeout(this.timer);
    const turn = this.turn = {};
    try { await this.look(turn); } finally {
      if (!this.isStopped && turn === this.turn) this.timer = setTimeout(() => this.again(), this.isBusy ? QUICK_MS : SLOW_MS);
    }
  }

  /** Draw only what has changed, so that nobody's focus or ticks are lost. */
  async look(turn) {
    const status = await this.api.get("/api/knowledge/status"), seen = JSON.stringify(status);
    if (this.isStopped || turn !== this.turn) return; // a later look knows better
    this.isBusy = ["drafted", "testing"].includes(status.candidate?.state);
    if (seen !== this.shown) this.render(status);
    this.shown = seen;
    const key = JSON.stringify([status.live?.id, status.candidate?.id, status.candidate?.state, status.failed?.id, status.canary, status.drafts, status.catalogue_changed, status.model_changed]);
    if (key !== this.key) {
      this.api.refreshStatus();
      await Promise.all([this.drafts.load(status), this.history(status)]);
      this.key = key; // only now: what failed is asked for again
    }
    await this.compare(status.candidate, turn);
  }

  /** Look at how a canary fares, as long as it is shown. */
  async compare(candidate, turn) {
    const figures = candidate && await canaryFigures(this.api, candidate).catch(() => undefined); // cut off for a moment: what was seen stays
    if (figures !== undefined && turn === this.turn) this.figures.replaceChildren(...[figures].filter(Boolean));
  }

  render({ live, candidate: waiting, failed, canary, limits }) {
    const candidate = waiting ?? failed;
    this.renderLive(live);
    this.candidate.hidden = !candidate;
    if (!candidate) return;
    const isBusy = ["drafted", "testing"].includes(candidate.state), isCanary = canary?.release === candidate.id;
    arrange(this.candidate, [
      h("div", { class: "line wrap" }, h("h2", {}, `${waiting ? "待发布" : "没有做成"}：第${candidate.number}版`), stateTag(candidate), h("span", { class: "hint" }, `${candidate.created_by_name}做于${when(candidate.created)}，${count(candidate.changes)}篇改动${brought(candidate)}`)),
      candidate.note && h("p", {}, noteOf(candidate)), candidate.requested_by && h("p", { class: "notice" }, `${candidate.requested_by_name}请审核发布这一版。`, candidate.request_note && h("span", { class: "diff-text" }, `说明：${candidate.request_note}`)), isBusy && progress(candidate), candidate.error && h("p", { class: "refused", role: "alert" }, candidate.error),
      breaches(candidate), ...counts(candidate),
      isCanary && h("p", { class: "notice" }, `灰度中：${canary.percent}%的会话用这一版，到${when(canary.until)}${canary.then === "full" ? "自动全部发布" : "退回"}。`),
      this.actions(candidate, limits, isCanary && canary), this.figures, // below the buttons, so that none moves under a press
    ].filter(Boolean));
  }

  /** What is live, with the way back beside it: drawn anew only when it is another, or a press could miss. */
  renderLive(live) {
    const look = JSON.stringify(live ?? null);
    if (look === this.liveLook) return;
    this.liveLook = look;
    this.live.replaceChildren(h("div", { class: "line wrap" }, h("h2", {}, live ? `线上：第${live.number}版` : "还没有发布过"), live && h("span", { class: "hint" }, `${live.published_by_name ? `${live.published_by_name}发布于` : "从"}${when(live.published ?? live.created)}${live.published_by_name ? "" : "起使用"}${live.articles ? `，共${count(live.articles)}篇` : ""}`), this.rollback),
      ...[live?.note && h("p", {}, noteOf(live)), live?.override && h("p", { class: "hint" }, `强制发布，原因：${live.override}`)].filter(Boolean));
  }

  /** What can be done stays the same elements while it means the same, or a press could miss. */
  actions(candidate, limits, canary) {
    const again = () => this.again(), { progress: _, ...meaning } = candidate, means = JSON.stringify([meaning, limits, canary]);
    if (means !== this.means) {
      this.means = means;
      this.line = h("div", { class: "line wrap actions-line" }, candidate.gate && h("a", { class: "button", href: `#/releases/${candidate.id}` }, "看测试报告"), ...(canary ? canaryButtons(this.api, canary, again) : candidateButtons(this.api, candidate, limits, again)));
    }
    return this.line;
  }

  async history({ live }) {
    this.before = null;
    await this.older(live);
  }

  async older(live) {
    const asked = this.asked = {}, isFirst = !this.before;
    const found = await this.api.get(`/api/knowledge/releases?${new URLSearchParams({ limit: HISTORY, ...(this.before ? { before: this.before } : {}) })}`);
    const previous = live && await this.previous(live, found);
    if (asked !== this.asked) return;
    if (isFirst) this.past.replaceChildren();
    if (live) this.liveNumber = live.number;
    if (live) this.rollback.replaceChildren(...[previous && rollbackButton(this.api, previous, `一键退回第${previous.number}版`, () => this.again())].filter(Boolean));
    this.past.append(...found.map((release) => this.row(release)));
    this.before = found.at(-1)?.number;
    this.more.hidden = found.length < HISTORY;
  }

  /** What was live before: the release this one was made from, not a later one that was taken back. */
  previous({ base }, found) {
    return base && (found.find(({ id }) => id === base) ?? this.api.get(`/api/knowledge/releases/${base}`));
  }

  /** The way back to a release that was live: of one that was taken back, the way on to it again. */
  backTo(release) {
    const isLater = release.number > (this.liveNumber ?? Infinity), again = () => this.again();
    return isLater ? rollbackButton(this.api, release, "重新换上这一版", again, "换上") : rollbackButton(this.api, release, "退回到这一版", again);
  }

  row(release) {
    const cell = (title, ...content) => h("td", { "data-title": title }, h("div", {}, ...content)), { gate } = release;
    return h("tr", {}, cell("版本", gate ? h("a", { href: `#/releases/${release.id}` }, `第${release.number}版`) : `第${release.number}版`), cell("状态", stateTag(release), release.error && h("small", { class: "wrong" }, release.error)), cell("说明", noteOf(release) || (release.override ? "" : "—"), release.override && h("small", { class: "hint" }, `强制发布：${release.override}`)),
      cell("改动", `${count(release.changes)}篇${release.with_catalogue ? "，目录" : ""}${release.with_model ? "，模型" : ""}`), cell("测试", gate ? `变差${count(gate.counts.worse ?? 0)}，变好${count(gate.counts.better ?? 0)}` : "—"),
      cell("发布", release.published ? `${release.published_by_name ?? "系统"} ${when(release.published)}` : "—"), h("td", { class: "row-actions" }, wasLive(release) && this.backTo(release)));
  }
}
