// One article: the form, the preview beside it, its history; saving that loses nothing.

import { h } from "/widget/dom.js";
import { confirm } from "./admin_form.js";
import { attempt, Refusal, toast } from "./console_api.js";
import { ArticleForm } from "./operator_article_form.js";
import { askConflict } from "./operator_conflict.js";
import { blank, differing } from "./operator_content.js";
import { History } from "./operator_history.js";
import { hits } from "./operator_hits.js";
import { forgetOld, LocalCopy } from "./operator_local.js";
import { Preview } from "./operator_preview.js";
import { FIELDS, tagsOf, when } from "./operator_words.js";

const KEEP_MS = 400, CHECK_MS = 1200;

export async function mountArticle(root, api, { path: [id], query }) {
  forgetOld();
  const isNew = id === "new", article = isNew ? null : await api.get(`/api/knowledge/articles/${encodeURIComponent(id)}`);
  const editor = new Editor(root, api, isNew ? null : id, article, query.get("title") ?? query.get("question") ?? "");
  const started = { title: query.get("title") ?? "", category: query.get("category") ?? "", questions: query.getAll("question"), answer: query.get("answer") ?? "" };
  editor.begin(isNew ? started : {}, isNew ? [] : query.getAll("question"));
  if (query.get("tab") === "history" && !isNew) editor.show("history");
  return { isChanged: () => editor.isChanged, isKept: () => editor.isKept !== false, unmount: () => editor.stop() };
}

class Editor {
  constructor(root, api, id, article, startedWith = "") {
    Object.assign(this, { root, api, id, article, local: new LocalCopy(api.account.id, id ?? `new.${startedWith}`) });
    this.form = new ArticleForm(api, id, () => this.changed());
    this.preview = new Preview(api);
    this.title = h("h2", {});
    this.state = h("span", { class: "tags" });
    this.banner = h("div", { class: "banner", role: "status", hidden: true });
    this.about = h("span", { class: "hint", role: "status" });
    this.note = h("input", { class: "input", maxlength: 200, placeholder: "修改说明（选填）", "aria-label": "修改说明" });
    this.saveButton = h("button", { class: "button primary", type: "button", title: "Ctrl+S", onclick: () => this.save() }, "保存草稿");
    this.undoButton = h("button", { class: "button", type: "button", onclick: () => this.undo() }, "撤销修改");
    this.actions = h("div", { class: "line wrap end" });
    this.writing = h("div", { class: "writing" }, h("div", {}, this.form.element, this.bar = h("div", { class: "save-bar" }, this.about, this.note, this.undoButton, this.saveButton)), this.beside = h("div", { class: "beside" }, this.preview.element, id && hits(api, id)));
    this.history = h("div", { hidden: true });
    root.append(h("div", { class: "article-head" }, h("a", { class: "button", href: "#/articles" }, "← 文章"), this.title, this.state, this.actions), this.banner, this.writing, this.history);
    document.addEventListener("keydown", (event) => { if ((event.ctrlKey || event.metaKey) && event.key === "s") { event.preventDefault(); if (!document.querySelector("dialog[open]")) this.save(); } }, { signal: api.signal });
  }

  /** Show the article; what was not saved last time on this computer comes back. */
  begin(started, questions) {
    const saved = this.article?.content ?? { ...blank(), ...started }, kept = this.local.read();
    this.take(this.article, this.article ? saved : { ...blank() });
    if (kept && !this.isLocked && differing(kept.content, saved).length) {
      if (differing(kept.base, this.base).length) Object.assign(this, { base: kept.base, version: kept.version }); // somebody has saved since
      this.form.set(kept.content);
      this.tell([`找回了${when(kept.at)}在这台电脑上没保存的内容。`], [["不要了，用已保存的", () => { this.local.remove(); this.take(this.article, saved); this.say(); }]]);
    } else if (!this.article) this.form.set(saved);
    if (questions.length) this.form.questions.add(questions.join("\n"));
    this.changed();
  }

  /** Take an article as it now stands in the service. */
  take(article, content) {
    Object.assign(this, { article, base: content, version: article?.version ?? null });
    this.form.set(content);
    this.head();
    this.preview.set(this.form.content);
  }

  /** An article that cannot be edited: the catalogue's, or one that is deleted. */
  get isLocked() { return Boolean(this.article?.is_generated || this.article?.is_deleted); }

  head() {
    const { article } = this;
    this.title.textContent = article?.content.title ?? "写文章";
    this.api.title(this.title.textContent);
    this.state.replaceChildren(...(article ? tagsOf({ ...article, ...article.content }) : []).map(([words, kind]) => h("span", { class: `tag ${kind}` }, words)), this.id ? h("span", { class: "hint" }, `编号 ${this.id}`) : "");
    const button = (title, doing, kind = "") => h("button", { class: `button ${kind}`, type: "button", onclick: doing }, title);
    this.actions.replaceChildren(...(article && !article.is_generated ? [
      this.historyButton = button("历史", () => this.show(this.history.hidden ? "history" : "form")), button("命中测试", () => this.api.go(`hit-test?${new URLSearchParams({ q: article.content.questions[0] ?? article.content.title, on: "draft" })}`)),
      article.state === "changed" && button("改回线上版本", () => this.discard()), article.is_deleted ? button("取消删除", () => this.undelete()) : button("删除", () => this.remove(), "danger")] : []).filter(Boolean));
    this.bar.hidden = this.isLocked;
    this.banner.hidden = true;
    if (article?.is_generated) this.tell(["这篇由套餐目录自动生成，套餐改了它就跟着改，不能直接编辑。"], [["去套餐目录", () => this.api.go("catalogue")]]);
    else if (article?.is_deleted) this.tell([article.live ? "这篇已删除：下次发布时从线上撤下，在那之前客户还能看到。" : "这篇已删除，还没有发布过，客户看不到。", ...(this.local.read() ? ["您没保存的内容还在这台电脑上，取消删除以后可以接着写。"] : [])]);
    else if (article?.flags?.length) this.tell(article.flags.map(({ message }) => message));
    if (this.isLocked) this.form.lock();
  }

  tell(words, buttons = []) {
    this.banner.replaceChildren(h("div", {}, words.map((line) => h("p", {}, line))), ...buttons.map(([title, doing]) => h("button", { class: "button", type: "button", onclick: () => { this.banner.hidden = true; doing(); } }, title)));
    this.banner.hidden = false;
  }

  get isChanged() { return !this.isLocked && differing(this.form.content, this.base).length > 0; }

  changed() {
    this.preview.set(this.form.content);
    this.say();
    clearTimeout(this.keeping);
    this.keeping = setTimeout(() => this.keep(), KEEP_MS);
    clearTimeout(this.checking);
    this.checking = setTimeout(() => this.check(), CHECK_MS);
  }

  keep() {
    if (this.isLocked) return; // what was written before it was deleted is not decided about yet
    if (!this.isChanged) { this.local.remove(); return; }
    this.isKept = this.local.write({ content: this.form.content, base: this.base, version: this.version });
    this.say();
  }

  say() {
    const { isChanged } = this, fields = isChanged ? differing(this.form.content, this.base).map((name) => FIELDS[name]) : [];
    this.saveButton.disabled = !isChanged || this.isSaving;
    this.undoButton.hidden = !isChanged;
    this.about.textContent = isChanged ? `没保存：${fields.slice(0, 3).join("、")}${fields.length > 3 ? "等" : ""}${this.isKept === false ? "（这台电脑存不下备份，请尽快保存）" : ""}` : this.article ? `${this.article.updated_by_name} 保存于${when(this.article.updated)}` : "";
  }

  /** Ask which questions another article has as well; a help, so a failure is silent. */
  async check() {
    const { content } = this.form;
    if (!content.questions.length && !content.title) return;
    const found = await this.api.post("/api/knowledge/check", { ...content, ...(this.id ? { id: this.id } : {}) }).catch(() => null);
    if (found && !this.api.signal.aborted) this.form.questions.mark(found.alike);
  }

  async save() {
    if (!this.isChanged || this.isSaving) return;
    this.form.questions.take();
    this.keep();
    this.isSaving = true;
    this.say();
    try {
      const { content } = this.form, note = this.note.value.trim(), body = { ...content, note, ...(this.id ? { version: this.version } : {}) };
      const article = await (this.id ? this.api.put(this.path, body) : this.api.post("/api/knowledge/articles", body));
      if (this.note.value.trim() === note) this.note.value = "";
      this.saved(article, content);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      await this.refused(error);
    } finally {
      this.isSaving = false;
      this.say();
    }
  }

  /** Go on from what is saved now; what was written since it was sent stays in the form. */
  saved(article, sent) {
    this.local.remove();
    if (!this.id) this.name(article.content.id);
    const isWritingOn = differing(this.form.content, sent).length > 0;
    if (!isWritingOn && differing(this.form.content, article.content).length) this.form.set(article.content); // else the focus stays where it is
    Object.assign(this, { article, base: article.content, version: article.version });
    this.form.refuse([]);
    this.head();
    this.preview.set(this.form.content);
    this.keep();
    toast("草稿已保存，发布以后客户才会看到");
    this.api.refreshStatus();
  }

  /** A new article has an id, an address and a local copy of its own from now on. */
  name(id) {
    Object.assign(this, { id, local: new LocalCopy(this.api.account.id, id) });
    this.form.id = id;
    this.beside.append(hits(this.api, id));
    if (!this.api.signal.aborted) history.replaceState(null, "", `#/articles/${encodeURIComponent(id)}`);
  }

  async refused(error) {
    if (this.api.signal.aborted) { // the page is left: nothing more can be chosen there
      this.keep();
      toast(`没存上：${error.message}${this.isKept ? "您写的内容留在这台电脑上。" : ""}`);
      return;
    }
    if (error.code === "article.conflict") { await this.conflict(error); return; }
    this.form.refuse(error.more.problems ?? []);
    toast(error.status === 0 ? "网络断开了，没存上。内容已留在这台电脑上，网络恢复后再按保存。" : error.message);
  }

  async conflict(error) {
    const { theirs, who_name: who, at } = error.more, mine = this.form.content;
    if (theirs.is_deleted) {
      this.keep();
      toast(`${who}刚刚删除了这篇文章。${this.isKept ? "您写的内容留在这台电脑上，取消删除以后可以接着写。" : "这台电脑存不下备份，请先把您写的内容复制到别处。"}`);
      Object.assign(this, { article: theirs, version: theirs.version });
      this.head();
      return;
    }
    const chosen = await askConflict({ base: this.base, mine, theirs: theirs.content, who, at });
    if (chosen === null) return;
    this.take(theirs, theirs.content);
    if (chosen === "theirs") { this.local.remove(); this.say(); return; }
    this.form.set(chosen);
    this.isSaving = false;
    await this.save();
  }

  async undo() {
    if ((await confirm("撤销没保存的修改", "没保存的修改会从这台电脑上删掉，不能找回。", "撤销修改", async () => true)) !== true) return;
    this.local.remove();
    this.take(this.article, this.article?.content ?? blank());
    this.say();
  }

  /** Do something with the saved article; not while something else is not saved. */
  async change(title, words, done, doing) {
    if (this.isChanged) { toast("请先保存或撤销修改。"); return; }
    const article = await confirm(title, words, done, doing);
    if (!article) return;
    this.reopen();
  }

  get path() { return `/api/knowledge/articles/${encodeURIComponent(this.id)}`; }
  discard() { return this.change("改回线上版本", "草稿会变回客户现在看到的内容；这次的草稿仍留在历史里。", "改回", () => this.api.post(`${this.path}/discard`, { version: this.version })); }
  remove() { return this.change("删除文章", `“${this.article.content.title}”会在下次发布时撤下，在那之前可以取消。`, "删除", () => this.api.remove(`${this.path}?version=${this.version}`)); }
  undelete() { return attempt(async () => { await this.api.post(`${this.path}/undelete`, { version: this.version }); this.reopen(); }); }

  reopen() {
    if (!this.isLocked) this.local.remove();
    this.api.refreshStatus();
    this.api.reload();
  }

  show(what) {
    const isHistory = what === "history";
    this.history.hidden = !isHistory;
    this.writing.hidden = isHistory;
    this.historyButton.textContent = isHistory ? "回到编辑" : "历史";
    history.replaceState(null, "", `#/articles/${encodeURIComponent(this.id)}${isHistory ? "?tab=history" : ""}`);
    if (!isHistory) return;
    const past = new History(this.api, this.id, { restored: () => { this.show("form"); this.reopen(); }, isBusy: () => this.isChanged });
    this.history.replaceChildren(past.element);
    attempt(() => past.load(this.article));
  }

  stop() {
    clearTimeout(this.keeping);
    clearTimeout(this.checking);
    if (this.isChanged) this.keep(); // what was typed a moment ago, too
  }
}
