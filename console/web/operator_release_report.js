// What the gate found of one release: every question that fares otherwise, with the two answers side by side.

import { h } from "/widget/dom.js";
import { attempt } from "./console_api.js";
import { canaryFigures } from "./operator_canary.js";
import { candidateButtons } from "./operator_release_actions.js";
import { breaches, CHANGES, counts, KINDS, stateTag, VERDICTS } from "./operator_release_words.js";
import { count } from "./operator_words.js";

const PAGE = 30;
const OUTCOMES = { answered: "直接回答", offered: "给出几个选择", abstained: "答不上" };

export async function mountReport(root, api, { path: [id], query }) {
  const report = new Report(root, api, id, query);
  await report.load();
}

class Report {
  constructor(root, api, id, query) {
    Object.assign(this, { root, api, id, offset: 0 });
    const choice = (name, label, every, choices) => h("select", { class: "input", "aria-label": label, onchange: () => attempt(() => this.look()) }, h("option", { value: "" }, every), Object.entries(choices).map(([code, words]) => h("option", { value: code, selected: query.get(name) === code }, words)));
    this.verdict = choice("verdict", "结果", "全部变化", Object.fromEntries(Object.entries(VERDICTS).filter(([code]) => code !== "same").map(([code, [words]]) => [code, words])));
    this.kind = choice("kind", "问题来源", "全部来源", KINDS);
    this.head = h("section", { class: "sheet release-part" });
    this.changes = h("details", { class: "changes" });
    this.list = h("ol", { class: "findings" });
    this.empty = h("p", { class: "empty", hidden: true });
    this.more = h("button", { class: "button", type: "button", hidden: true, onclick: () => attempt(() => this.next()) }, "再看一些");
    root.append(h("div", { class: "article-head" }, h("a", { class: "button", href: "#/releases" }, "← 发布"), this.title = h("h2", {}), this.state = h("span", {}), this.actions = h("div", { class: "line wrap end" })),
      this.head, h("div", { class: "tools" }, this.verdict, this.kind, this.total = h("span", { class: "hint", role: "status" })), this.list, this.empty, this.more);
  }

  async load() {
    const [release, { limits }] = await Promise.all([this.api.get(`/api/knowledge/releases/${this.id}`), this.api.get("/api/knowledge/status")]);
    this.title.textContent = `第${release.number}版的测试报告`;
    this.api.title(this.title.textContent);
    this.state.replaceChildren(stateTag(release));
    this.actions.replaceChildren(...candidateButtons(this.api, release, limits, () => this.api.go("releases")));
    this.changes.replaceChildren(h("summary", {}, `这一版的${count(release.changes)}篇改动`), h("ul", {}, release.change_list.map(({ id, title, change }) => h("li", {}, h("span", { class: `tag ${CHANGES[change][1]}` }, CHANGES[change][0]), " ", h("a", { href: `#/articles/${encodeURIComponent(id)}?tab=history` }, title)))));
    this.head.replaceChildren(...[release.note && h("p", {}, release.note), breaches(release), ...counts(release), release.error && h("p", { class: "refused" }, release.error), release.request_note && h("p", { class: "notice" }, `${release.requested_by_name}请审核发布，说明：${release.request_note}`), release.override && h("p", { class: "hint" }, `强制发布，原因：${release.override}`), await canaryFigures(this.api, release), this.changes].filter(Boolean));
    await this.look();
  }

  async look() {
    this.offset = 0;
    this.list.replaceChildren();
    await this.next();
  }

  async next() {
    const asked = this.asked = new URLSearchParams({ offset: this.offset, limit: PAGE, ...(this.verdict.value ? { verdict: this.verdict.value } : {}), ...(this.kind.value ? { kind: this.kind.value } : {}) });
    const { findings, total } = await this.api.get(`/api/knowledge/releases/${this.id}/findings?${asked}`);
    if (asked !== this.asked) return;
    this.list.append(...findings.map(finding));
    this.offset += findings.length;
    this.total.textContent = `${count(total)}个问题`;
    this.more.hidden = this.offset >= total;
    this.empty.hidden = total > 0;
    this.empty.textContent = this.verdict.value || this.kind.value ? "没有这样的问题。" : "所有问题都答得和现在一样。";
  }
}

function finding({ question, kind, wanted, wanted_title: title, verdict, before, after }) {
  const [words, tone] = VERDICTS[verdict];
  return h("li", { class: "finding" },
    h("div", { class: "line wrap" }, h("span", { class: `tag ${tone}` }, words), h("strong", {}, question), h("span", { class: "hint" }, KINDS[kind] ?? kind), kind === "stranger" ? h("span", { class: "hint" }, "应当答不上") : wanted && h("span", { class: "hint" }, "应当答：", h("a", { href: `#/articles/${encodeURIComponent(wanted)}` }, title ?? wanted)),
      h("a", { class: "button quiet", href: `#/hit-test?${new URLSearchParams({ q: question, on: "candidate" })}` }, "命中测试")),
    h("div", { class: "sides" }, given("线上", before, wanted), given("这一版", after, wanted)));
}

function given(title, { outcome, articles, text, score }, wanted) {
  const isRight = outcome === "answered" && articles[0]?.id === wanted;
  return h("div", { class: `side ${isRight ? "right" : ""}` }, h("div", { class: "line wrap" }, h("span", { class: "hint" }, title), h("strong", {}, OUTCOMES[outcome]), score > 0 && h("span", { class: "hint" }, `把握${Math.round(score * 100)}%`)),
    articles.length > 0 && h("div", {}, articles.map(({ id, title: name }, index) => [index > 0 && "、", h("a", { href: `#/articles/${encodeURIComponent(id)}` }, name)]).flat()), text && h("p", { class: "diff-text" }, text));
}
