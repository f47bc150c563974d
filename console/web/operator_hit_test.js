// 命中测试: a question in; what came near, what the customer would get, and why.

import { h, linked } from "/widget/dom.js";
import { attempt, Refusal, toast } from "./console_api.js";
import { CHANNELS, REGIONS } from "./operator_words.js";

const SIDES = { live: "线上版本", candidate: "待发布的版本", draft: "当前草稿" }, OUTCOMES = { answered: ["直接回答", "ok"], offered: ["给出几个选择", "warn"], abstained: ["答不上", "bad"] };
const AGAIN_MS = 1000, MOST_TRIES = 60;

export async function mount(root, api, { query }) {
  const test = new HitTest(root, api, query);
  if (test.question.value) await attempt(() => test.ask());
}

class HitTest {
  constructor(root, api, query) {
    this.api = api;
    const choice = (name, label, choices, chosen) => h("select", { class: "input", "aria-label": label, onchange: () => this.question.value.trim() && attempt(() => this.ask()) }, Object.entries(choices).map(([code, title]) => h("option", { value: code, selected: code === chosen }, title)));
    this.question = h("input", { class: "input search", type: "search", value: query.get("q") ?? "", maxlength: 500, placeholder: "像客户那样问一句，例如：充了话费没到账", "aria-label": "问题", autofocus: true });
    this.on = choice("on", "用哪个版本", SIDES, query.get("on") ?? "live");
    this.channel = choice("channel", "渠道", CHANNELS, query.get("channel") ?? "web");
    this.region = choice("region", "地区", { "": "不限地区", ...Object.fromEntries(REGIONS.map((region) => [region, region])) }, query.get("region") ?? "");
    this.button = h("button", { class: "button primary" }, "测试");
    this.result = h("div", { "aria-live": "polite" }, h("p", { class: "empty" }, "问一句，看看客户会得到什么、为什么。"));
    root.append(h("form", { class: "tools ask", onsubmit: (event) => { event.preventDefault(); attempt(() => this.ask()); } }, this.question, this.on, this.channel, this.region, this.button), this.result);
    this.question.focus();
  }

  async ask() {
    const question = this.question.value.trim(), asked = this.asked = {};
    if (!question) return;
    history.replaceState(null, "", `#/hit-test?${new URLSearchParams({ q: question, on: this.on.value, channel: this.channel.value, ...(this.region.value && { region: this.region.value }) })}`);
    this.button.disabled = true;
    try {
      const found = await this.answer(question, asked);
      if (asked === this.asked && found) this.result.replaceChildren(...this.shown(question, found));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (asked === this.asked) this.result.replaceChildren(h("p", { class: "empty", role: "alert" }, error.message)); // not what another version answered
    } finally { if (asked === this.asked) this.button.disabled = false; }
  }

  /** An index of the drafts is made first where there is none yet: ask until it is there. */
  async answer(question, asked) {
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const found = await this.api.post("/api/knowledge/hit-test", { question, channel: this.channel.value, region: this.region.value || null, on: this.on.value });
      if (asked !== this.asked || this.api.signal.aborted) return null;
      if (found.state !== "building") return found;
      this.result.replaceChildren(h("p", { class: "empty" }, "正在为草稿建立索引，马上就好……"));
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
    this.result.replaceChildren(h("p", { class: "empty", role: "alert" }, "草稿的索引还没建好，请稍后再试。"));
    return null;
  }

  shown(question, found) {
    const [words, kind] = OUTCOMES[found.outcome], { answer_from: answer, offer_from: offer } = found.thresholds;
    return [
      found.left_out?.length > 0 && h("p", { class: "notice", role: "status" }, `这些草稿里的占位符填不上，没有参加测试：${found.left_out.join("、")}`),
      h("section", { class: "sheet outcome" }, h("div", { class: "line wrap" }, h("span", { class: `tag ${kind}` }, words), h("h2", {}, found.given.length ? [found.given.map(({ id, title }, index) => [index > 0 && "、", h("a", { href: address(id) }, title)])].flat(2) : "没有文章回答这个问题")), h("p", { class: "reason" }, found.reason, found.ours !== undefined && h("span", { class: "hint" }, ` 像运营商业务的问题：${percent(1 / (1 + Math.exp(-found.ours)))}`)),
        !found.is_exact && h("div", { class: "scales" }, scale("是这一篇的把握", found.certainty, answer, "直接回答"), scale("答案在候选里的把握", found.near, offer, "给出选择")),
        found.text && h("div", { class: "given" }, h("h3", {}, "客户会看到"), h("p", { class: "diff-text" }, linked(found.text))),
        found.outcome === "answered" && h("div", { class: "line actions-line" }, h("button", { class: "button", type: "button", onclick: (event) => this.confirm(event.target, question, found.given[0].id) }, "客户这样问过，答得对"))),
      found.candidates.length > 0 && h("table", { class: "cards candidates" }, h("caption", { class: "hidden" }, "候选文章"), h("thead", {}, h("tr", {}, ["候选文章", "最接近的问法", "得分", "语义", "字面"].map((title) => h("th", { scope: "col" }, title)), h("th", { scope: "col" }, h("span", { class: "hidden" }, "操作")))),
        h("tbody", {}, found.candidates.map((one) => this.row(question, one)))),
      h("div", { class: "line wrap" }, h("a", { class: "button", href: `#/articles/new?${new URLSearchParams({ title: question, question })}` }, "为它写一篇新文章"), h("button", { class: "button", type: "button", onclick: (event) => this.keep(event.target, question, null) }, "记成测试题：应当答不上")),
    ].filter(Boolean);
  }

  row(question, { id, title, matched_question: matched, score, dense, lexical, is_valid: isValid }) {
    const cell = (name, ...content) => h("td", { "data-title": name }, h("div", {}, ...content)), isGenerated = id.startsWith("offering-");
    return h("tr", {}, cell("候选文章", h("a", { href: address(id) }, title), !isValid && h("span", { class: "tag bad" }, "不在有效期")), cell("最接近的问法", matched), cell("得分", bar(score)), cell("语义", bar(dense)), cell("字面", bar(lexical)),
      h("td", { class: "row-actions" }, !isGenerated && h("button", { class: "button", type: "button", "aria-label": `把这个问题加为“${title}”的相似问法`, onclick: (event) => this.add(event.target, question, id) }, "加为相似问法"), h("button", { class: "button", type: "button", "aria-label": `记成测试题：应当答“${title}”`, onclick: (event) => this.keep(event.target, question, id) }, "记成测试题")));
  }

  /** Add the question to an article's draft. */
  async add(button, question, id) {
    button.disabled = true;
    const isAdded = await attempt(async () => {
      const path = `/api/knowledge/articles/${encodeURIComponent(id)}`, { content, version } = await this.api.get(path);
      if (content.questions.includes(question)) { toast("这篇文章的草稿里已经有这条问法了。"); return true; }
      await this.api.put(path, { ...content, questions: [...content.questions, question], version, note: "命中测试里加的相似问法" });
      toast("已加到草稿，发布以后生效。");
      this.api.refreshStatus();
      return true;
    });
    if (isAdded) button.textContent = "已添加"; else button.disabled = false;
  }

  async keep(button, question, article) {
    button.disabled = true;
    const isKept = await attempt(() => this.api.post("/api/knowledge/tests", { question, article, channel: this.channel.value, note: "" }));
    if (isKept) { button.textContent = "已记成测试题"; toast("已加入测试题，以后每次发布都会问。"); } else button.disabled = false;
  }

  /** A real question that is answered well: releases are asked it too. */
  async confirm(button, question, article) {
    button.disabled = true;
    const isKept = await attempt(() => this.api.post("/api/knowledge/confirmed", { question, article }));
    if (isKept) { button.textContent = "已记为客户真实问题"; toast("以后每次发布都会问这个问题。"); } else button.disabled = false;
  }
}

const address = (id) => `#/articles/${encodeURIComponent(id)}`;
const percent = (share) => `${Math.round(Math.max(0, Math.min(1, share)) * 100)}%`;

function bar(share) {
  const fill = h("i");
  fill.style.width = percent(share);
  return h("span", { class: "bar" }, h("span", { class: "bar-line", "aria-hidden": "true" }, fill), h("span", {}, share.toFixed(2)));
}

/** A share between 0 and 1 with the threshold it is measured against. */
function scale(title, share, threshold, effect) {
  const fill = h("i"), mark = h("b"), isOver = share >= threshold;
  fill.style.width = percent(share);
  mark.style.insetInlineStart = percent(threshold);
  return h("div", { class: `scale ${isOver ? "over-threshold" : ""}` }, h("span", {}, title), h("span", { class: "bar-line", "aria-hidden": "true" }, fill, mark), h("span", {}, `${percent(share)}，${isOver ? "达到" : "没到"}${effect}的门槛${percent(threshold)}`));
}
