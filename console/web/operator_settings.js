// 设置: how much worse a release may be, how a canary starts, and the operator's own test questions.

import { h } from "/widget/dom.js";
import { field, SaveBar } from "./admin_form.js";
import { attempt, toast } from "./console_api.js";
import { Tests } from "./operator_tests.js";

const SHARES = ["worse_share", "ambiguous_share"];
const LIMITS = {
  worse_share: ["变差的问题最多占（%）", "所有测试问题里，新版答得比线上差的比例"], ambiguous_share: ["变得不确定的最多占（%）", "原来直接回答、新版只能给出几个选择"],
  article_worse: ["没改的文章最多变差（个问题）", "改了一篇，却让别的文章答错"], taken: ["被别的文章占用的问法最多（个）", "改了的文章里，写进了别的文章已有的问法"], own_worse: ["自建测试题最多变差（个）", "一般是0：自己写的题不能变差"], strangers_answered: ["业务外问题最多新答（个）", "本来答不上、也不该答的，新版却答了"],
};
const CANARY = { canary_percent: ["默认给多少会话（%）", "开始灰度时可以再改"], canary_minutes: ["默认持续多久（分钟）", ""] };

export async function mount(root, api) {
  const limits = new Limits(api), tests = new Tests(api);
  root.append(limits.element, tests.element);
  await Promise.all([limits.load(), tests.load()]);
  return { isChanged: () => limits.bar.isChanged };
}

class Limits {
  constructor(api) {
    this.api = api;
    const isTheirs = api.can("reviewer", "admin");
    const number = (name, [title, hint]) => field(title, this.inputs[name] = h("input", { type: "number", name, min: 0, max: SHARES.includes(name) ? 100 : 100000, step: SHARES.includes(name) ? 0.1 : 1, required: true, disabled: !isTheirs, oninput: () => this.bar.changed(true) }), hint);
    this.inputs = {};
    this.bar = new SaveBar(() => attempt(() => this.save()), () => { this.show(this.saved); });
    this.bar.element.hidden = !isTheirs;
    this.form = h("form", { onsubmit: (event) => event.preventDefault() }, h("h2", {}, "发布测试的上限"), h("p", { class: "hint" }, "新版超过任何一条上限，就要审核写明原因才能发布。"), h("div", { class: "limits" }, Object.entries(LIMITS).map(([name, words]) => number(name, words))),
      h("h2", {}, "灰度"), h("div", { class: "limits" }, Object.entries(CANARY).map(([name, words]) => number(name, words))), !isTheirs && h("p", { class: "hint" }, "由审核或管理员修改。"), this.bar.element);
    this.element = h("section", { class: "sheet settings" }, this.form);
  }

  async load() { this.show(await this.api.get("/api/knowledge/limits")); }

  show(limits) {
    this.saved = limits;
    for (const [name, input] of Object.entries(this.inputs)) input.value = SHARES.includes(name) ? Number((limits[name] * 100).toFixed(2)) : limits[name];
    this.bar.changed(false);
  }

  async save() {
    if (!this.form.reportValidity()) return;
    this.show(await this.api.put("/api/knowledge/limits", Object.fromEntries(Object.entries(this.inputs).map(([name, input]) => [name, SHARES.includes(name) ? Number((Number(input.value) / 100).toFixed(4)) : Number(input.value)]))));
    toast("已保存，下一次测试起生效。");
  }
}
