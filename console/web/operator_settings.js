// 设置: how much worse a release may be, how a canary starts, and the operator's own test questions.

import { h } from "/widget/dom.js";
import { field, SaveBar } from "./admin_form.js";
import { attempt, toast } from "./console_api.js";
import { CANARY, LIMITS, SHARES } from "./operator_release_words.js";
import { Tests } from "./operator_tests.js";

const MOST = { canary_percent: 99, canary_minutes: 43200 };

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
    const number = (name, [title, hint]) => field(title, this.inputs[name] = h("input", { type: "number", name, min: name in CANARY ? 1 : 0, max: MOST[name] ?? (SHARES.includes(name) ? 100 : 100000), step: SHARES.includes(name) ? 0.1 : 1, required: true, disabled: !isTheirs, oninput: () => this.bar.changed(true) }), hint);
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

  get written() { return Object.fromEntries(Object.entries(this.inputs).map(([name, input]) => [name, input.value])); }

  async save() {
    if (!this.form.reportValidity()) return;
    const sent = this.written, limits = await this.api.put("/api/knowledge/limits", Object.fromEntries(Object.entries(sent).map(([name, text]) => [name, SHARES.includes(name) ? Number((Number(text) / 100).toFixed(4)) : Number(text)])));
    const since = Object.entries(this.written).filter(([name, text]) => text !== sent[name]);
    this.show(limits);
    for (const [name, text] of since) this.inputs[name].value = text;
    this.bar.changed(since.length > 0);
    toast("已保存，下一次测试起生效。");
  }
}
