// One offering: what the operator says of it beside what the billing system says, and the answers made from it.

import { h } from "/widget/dom.js";
import { confirm, field, SaveBar } from "./admin_form.js";
import { attempt, toast } from "./console_api.js";
import { CELLS } from "./operator_import_words.js";
import { when } from "./operator_words.js";

const DEEDS = { created: "新建", changed: "修改", imported: "导入", restored: "恢复", deleted: "撤回" };

export class OfferingEditor {
  constructor(api, id) {
    this.api = api;
    this.id = id;
    this.inputs = {};
    this.head = h("div", { class: "article-head" });
    this.note = h("div", {});
    this.refused = h("p", { class: "refused", role: "alert", hidden: true });
    this.bar = new SaveBar(() => attempt(() => this.save()), () => this.fill(this.saved));
    this.form = h("form", { class: "sheet article-form", onsubmit: (event) => { event.preventDefault(); attempt(() => this.save()); } }, h("div", { class: "limits" }, this.cells(([, [, , isWide]]) => !isWide)), h("div", { class: "pair" }, this.cells(([, [, , isWide]]) => isWide)), this.refused);
    this.side = h("div", { class: "beside" });
    this.element = h("div", {}, h("p", {}, h("a", { href: "#/catalogue" }, "← 套餐目录")), this.head, this.note, h("div", { class: "writing" }, h("div", {}, this.form, this.bar.element), this.side));
  }

  get isChanged() { return this.bar.isChanged; }

  cells(wanted) {
    return Object.entries(CELLS).filter(wanted).map(([code, [title, hint, isWide]]) => {
      const input = isWide ? h("textarea", { class: "grows short", name: code, rows: 2, maxlength: 1000, oninput: () => this.bar.changed(true) }) : h("input", { name: code, maxlength: 200, oninput: () => this.bar.changed(true) });
      const told = h("small", { class: "hint theirs", hidden: true });
      this.inputs[code] = { input, told };
      const whole = field(title, input, hint);
      whole.append(told);
      return whole;
    });
  }

  async load() {
    const found = this.id ? await this.api.get(`/api/catalogue/offerings/${encodeURIComponent(this.id)}`) : { name: "新增套餐或业务", cells: { category: "套餐", period: "月", is_sellable: "是", lifecycle: "正常" }, articles: [], overtaken: [], differs: [], version: 0 };
    this.fill(found);
    await this.showSide(found);
  }

  fill(found) {
    this.saved = found;
    this.head.replaceChildren(h("h2", {}, found.name), this.id ? h("span", { class: "hint" }, `编号 ${this.id}`) : "", h("span", { class: "tags" }, this.id && this.standing(found), this.id && found.is_offered && !found.is_orderable && h("span", { class: "tag" }, "不在聊天里办理")));
    this.note.replaceChildren(...[
      found.is_deleted && this.banner("这个业务已删除，客户问到它就答不上。在修改记录里选一版，就能恢复。"),
      found.taken_by && this.banner(`名称和“${found.taken_by.name}”的重复，客户问不到这一个：改个名称再保存。`),
      found.differs.length > 0 && this.banner(`${names(found.differs)}和计费系统不一致：机器人按这里的内容回答，但不在聊天里办理，避免客户确认的和实际扣费的不一样。`),
      found.overtaken.length > 0 && this.banner(`计费系统后来改了${names(found.overtaken)}，以计费系统为准，您以前的修改不再生效。`),
    ].filter(Boolean));
    for (const [code, { input, told }] of Object.entries(this.inputs)) {
      input.value = found.cells[code] ?? "";
      input.disabled = Boolean(found.is_deleted);
      input.removeAttribute("aria-invalid");
      const theirs = found.billing_cells?.[code];
      told.hidden = theirs === undefined || theirs === (found.cells[code] ?? "");
      told.textContent = told.hidden ? "" : `计费系统：${theirs || "（空）"}`;
    }
    this.refused.hidden = true;
    this.bar.element.hidden = Boolean(found.is_deleted);
    this.bar.changed(false);
  }

  standing({ is_deleted: isDeleted, taken_by: taken, is_offered: isOffered }) {
    const [words, kind] = isDeleted ? ["已删除", "bad"] : taken ? ["客户问不到", "bad"] : isOffered ? ["在售", "ok"] : ["不再办理", ""];
    return h("span", { class: `tag ${kind}` }, words);
  }

  banner(words) { return h("div", { class: "banner" }, h("div", {}, h("p", {}, words))); }

  async showSide(found) {
    const revisions = this.id ? await this.api.get(`/api/catalogue/offerings/${encodeURIComponent(this.id)}/revisions`) : [];
    this.side.replaceChildren(...[
      h("section", { class: "sheet made" }, h("h3", {}, "据此生成的回答"), found.articles.length === 0 ? h("p", { class: "hint" }, this.id ? "没有：客户问不到它。" : "保存后显示。") : found.articles.map(({ title, answer, questions }) => h("details", {}, h("summary", {}, title), h("p", { class: "given diff-text" }, answer), h("p", { class: "hint" }, `客户会这样问：${questions.slice(0, 4).join("、")}`))), found.articles.length > 0 && h("p", { class: "hint" }, "客户马上得到新内容；新业务和改了的名称，发布以后才按新的问法检索。")),
      revisions.length > 0 && h("section", { class: "sheet made" }, h("h3", {}, "修改记录"), h("ul", { class: "revisions" }, revisions.map((one) => h("li", { class: "line wrap" }, h("span", {}, `${one.who_name ?? ""} ${DEEDS[one.deed]} · ${when(one.at)}`), one.number !== found.version && one.deed !== "deleted" && h("button", { class: "button quiet", type: "button", onclick: () => attempt(() => this.restore(one.number)) }, "恢复这一版")))),
        found.is_written && h("button", { class: "button danger", type: "button", onclick: () => attempt(() => this.takeBack()) }, found.origin === "own" ? "删除" : "撤回全部修改")),
    ].filter(Boolean));
  }

  get written() { return Object.fromEntries(Object.entries(this.inputs).map(([code, { input }]) => [code, input.value])); }

  async save() {
    if (this.isSaving) return;
    this.isSaving = true;
    try { await this.send(this.written); } finally { this.isSaving = false; }
  }

  async send(sent) {
    const cells = Object.fromEntries(Object.entries(sent).map(([code, text]) => [code, text.trim()]));
    this.refused.hidden = true;
    try {
      const found = this.id ? await this.api.put(`/api/catalogue/offerings/${encodeURIComponent(this.id)}`, { cells, version: this.saved.version }) : await this.api.post("/api/catalogue/offerings", { cells });
      if (!this.id) this.name(found.id);
      const since = Object.entries(this.written).filter(([code, text]) => text !== sent[code]);
      this.fill(found);
      for (const [code, text] of since) this.inputs[code].input.value = text;
      this.bar.changed(since.length > 0);
      await this.showSide(found);
      toast("已保存，所有渠道马上按新内容回答。");
    } catch (error) {
      if (error.code === "offering.taken" && this.id) { await this.overtaken(cells); return; }
      if (error.code !== "offering.invalid") throw error;
      const problems = error.more.problems ?? [];
      for (const [code, { input }] of Object.entries(this.inputs)) problems.some((one) => one.field === code) ? input.setAttribute("aria-invalid", "true") : input.removeAttribute("aria-invalid");
      this.refused.textContent = error.message;
      this.refused.hidden = false;
      this.inputs[problems[0]?.field]?.input.focus();
    }
  }

  /** A new offering has an id and an address of its own from now on. */
  name(id) {
    this.id = id;
    if (!this.api.signal.aborted) history.replaceState(null, "", `#/catalogue/${encodeURIComponent(id)}`);
  }

  /** Somebody saved first: take theirs where I changed nothing, keep mine elsewhere, and say where the two differ. */
  async overtaken(mine) {
    const before = this.saved.cells, found = await this.api.get(`/api/catalogue/offerings/${encodeURIComponent(this.id)}`);
    this.fill(found);
    const kept = Object.keys(this.inputs).filter((code) => mine[code] !== (before[code] ?? "") && mine[code] !== (found.cells[code] ?? ""));
    for (const code of kept) {
      const { input, told } = this.inputs[code];
      input.value = mine[code];
      told.hidden = false;
      told.textContent = `现在保存的是：${found.cells[code] || "（空）"}`;
    }
    this.bar.changed(kept.length > 0);
    this.note.prepend(this.banner(kept.length ? "同事刚刚保存了这个套餐。您改的还在，其余已换成最新内容；请核对标出的几格，再按保存。" : "同事刚刚保存了同样的内容。"));
    await this.showSide(found);
  }

  async restore(number) {
    if (this.isChanged) { toast("请先保存或撤销修改。"); return; }
    const found = await confirm("恢复这一版", "客户马上得到这一版的内容。", "恢复", () => this.api.post(`/api/catalogue/offerings/${encodeURIComponent(this.id)}/restore`, { number, version: this.saved.version }));
    if (!found) return;
    this.fill(found);
    await this.showSide(found);
    toast("已恢复。");
  }

  async takeBack() {
    const isOwn = this.saved.origin === "own";
    const done = await confirm(isOwn ? "删除这个业务" : "撤回全部修改", isOwn ? "客户以后问到它，就答不上了；修改记录还在，可以恢复。" : "之后完全以计费系统的内容为准；修改记录还在，可以恢复。", isOwn ? "删除" : "撤回", async () => { await this.api.remove(`/api/catalogue/offerings/${encodeURIComponent(this.id)}`, { version: this.saved.version }); return true; });
    if (!done) return;
    await this.load();
    toast(isOwn ? "已删除。" : "已撤回。");
  }
}

const names = (codes) => codes.map((code) => CELLS[{ price_fen: "price", data_mb: "data", voice_min: "voice", sms_count: "sms", bandwidth_mbps: "bandwidth" }[code] ?? code]?.[0] ?? code).join("、");
