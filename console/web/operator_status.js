// What is live, in the console's head: the release, drafts that wait, a canary; asked for now and then.

import { h } from "/widget/dom.js";
import { get } from "./console_api.js";
import { count } from "./operator_words.js";

const EVERY_MS = 15_000;

export class LiveStatus {
  constructor(mayAsk) {
    this.element = h("a", { class: "live-status", href: "#/releases", hidden: true });
    this.mayAsk = mayAsk;
    if (!mayAsk) return;
    document.addEventListener("visibilitychange", () => this.refresh());
    setInterval(() => this.refresh(), EVERY_MS);
    this.refresh();
  }

  async refresh() {
    if (!this.mayAsk || document.visibilityState !== "visible") return;
    const status = await get("/api/knowledge/status").catch(() => null); // it comes back by itself
    if (!status) return;
    const { live, drafts, candidate, failed, canary, catalogue_changed: hasNewCatalogue, model_changed: hasNewModel } = status;
    const parts = [live && h("span", {}, `线上第${live.number}版`), drafts > 0 && h("span", { class: "tag warn" }, `${count(drafts)}篇草稿没发布`), hasNewCatalogue && h("span", { class: "tag warn" }, "套餐目录有变化"), hasNewModel && h("span", { class: "tag warn" }, "检索模型有更新"),
      candidate && !canary && h("span", { class: "tag" }, { drafted: "等待测试", testing: "测试中", ready: candidate.gate?.is_blocked ? "测试没通过" : "等待发布" }[candidate.state]), failed && h("span", { class: "tag bad" }, `第${failed.number}版没有做成`), canary && h("span", { class: "tag warn" }, `灰度${canary.percent}%`)];
    this.element.replaceChildren(...parts.filter(Boolean));
    this.element.hidden = !this.element.children.length;
  }
}
