// How the conversations of a canary fare beside the others: what there is to decide on.

import { h } from "/widget/dom.js";
import { count, when } from "./operator_words.js";

const SHARES = { answered: "直接回答", offered: "给出几个选择", abstained: "答不上", useless: "客户说没用", handed_over: "转了人工" };
const FEW = 30; // as in conversations/canary.py: below that nothing is compared

/** Both sides beside each other; null where nothing was tried. */
export async function canaryFigures(api, release) {
  if (!release.tried) return null;
  const { tried, others, clear } = await api.get(`/api/knowledge/releases/${release.id}/canary`), { percent, since, until } = release.tried;
  const share = (side, name) => (side.asked ? `${Math.round((100 * side[name]) / side.asked)}%（${count(side[name])}）` : "—");
  const line = (title, one, other, note) => h("tr", {}, h("th", { scope: "row" }, title), h("td", {}, one), h("td", {}, other), h("td", {}, note));
  return h("section", { class: "canary-figures" }, h("h3", {}, "灰度效果"), h("p", { class: "hint" }, `${when(since)}${until ? `至${when(until)}` : "起"}，${percent}%的会话用这一版。只数要查知识库的问题${until ? "" : "，每10秒更新一次"}。`),
    h("table", {}, h("thead", {}, h("tr", {}, ["指标", "这一版", "线上版", "比较"].map((title) => h("th", { scope: "col" }, title)))),
      h("tbody", {}, line("会话", count(tried.conversations), count(others.conversations), ""), line("问题", count(tried.asked), count(others.asked), ""),
        Object.entries(SHARES).map(([name, title]) => line(title, share(tried, name), share(others, name), clear.includes(name) ? "差别明显" : "")))),
    h("p", { class: "hint" }, Math.min(tried.asked, others.asked) < FEW ? `每边满${FEW}个问题才比较，现在还看不出差别。` : clear.length ? "标了“差别明显”的，不像是偶然。" : "两边的差别都在偶然的范围里。"));
}
