// Cards: a tariff, a bill with its small chart, usage, a payment, a receipt, a rating. Each is also a plain text
// elsewhere; a kind this file does not know is shown as that text.

import { h, svg } from "./dom.js";
import { rating, ratingDetails } from "./rating.js";

const CARDS = { tariff, bill, usage, payment, receipt, article };
const QUESTIONS = { rating, rating_details: ratingDetails };

/** Return the element of a card, or null when its kind is not known; `choose(title, payload)` sends an answer. */
export function card(content, choose) {
  return (CARDS[content?.type] ?? QUESTIONS[content?.type])?.(content, choose) ?? null;
}

/** Whether a card asks for an answer: it has the message's buttons in it, and the message's text is its question. */
export const isQuestion = (content) => content?.type in QUESTIONS;

const yuan = (fen) => (fen / 100).toFixed(2);

function frame(kind, title, ...children) {
  return h("section", { class: `card card-${kind}`, "aria-label": title }, h("h3", {}, title), ...children);
}

function rows(list) {
  if (!list?.length) return null;
  return h("dl", { class: "rows" }, list.map(({ label, value }) => h("div", {}, h("dt", {}, label), h("dd", {}, value))));
}

function tariff({ name, price, period, allowances, rows: details, tariff_no }) {
  return frame("tariff", name,
    h("p", { class: "price" }, price, period && h("small", {}, period)),
    allowances?.length && h("ul", { class: "allowances" },
      allowances.map(({ label, value }) => h("li", {}, h("strong", {}, value), h("span", {}, label)))),
    rows(details),
    tariff_no && h("p", { class: "note" }, `资费公示编号 ${tariff_no}`));
}

function bill({ month, total, total_fen, lines, previous, trend }) {
  const difference = previous && total_fen !== undefined ? total_fen - previous.total_fen : null;
  return frame("bill", `${month}账单`,
    h("p", { class: "price" }, total,
      difference !== null && h("small", {}, difference === 0 ? "与上月持平" : `比上月${difference > 0 ? "多" : "少"}${yuan(Math.abs(difference))}元`)),
    trend?.length > 1 && chart(trend),
    h("table", {}, h("caption", { class: "hidden" }, "费用明细"),
      h("thead", { class: "hidden" }, h("tr", {}, h("th", { scope: "col" }, "项目"), h("th", { scope: "col" }, "金额"))),
      h("tbody", {}, lines.map((line) => h("tr", {}, h("th", { scope: "row" }, line.name), h("td", {}, line.amount))))));
}

/** Bars of the last months; the figures stand in its description for those who do not see them. */
function chart(trend) {
  const WIDTH = 280, HEIGHT = 92, FOOT = 16, HEAD = 14;
  const shown = trend.slice(-6);
  const step = WIDTH / shown.length, bar = Math.min(28, step * 0.6);
  const highest = Math.max(1, ...shown.map(({ total_fen }) => total_fen));
  const said = shown.map(({ month, total_fen }) => `${month} ${yuan(total_fen)}元`).join("，");
  return svg("svg", { class: "chart", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": `近几个月账单：${said}` },
    shown.map(({ month, total_fen }, index) => {
      const height = Math.max(2, (total_fen / highest) * (HEIGHT - FOOT - HEAD));
      const x = step * index + (step - bar) / 2, y = HEIGHT - FOOT - height, middle = x + bar / 2;
      const isLast = index === shown.length - 1;
      return svg("g", { class: isLast ? "now" : "" },
        svg("rect", { x, y, width: bar, height, rx: 3 }),
        svg("text", { x: middle, y: y - 3 }, String(Math.round(total_fen / 100))),
        svg("text", { x: middle, y: HEIGHT - 3 }, `${Number(month.slice(-2).replace(/\D/g, ""))}月`));
    }));
}

function usage({ title, buckets }) {
  return frame("usage", title ?? "本月用量", buckets.map((bucket) => {
    const share = bucket.total > 0 ? Math.min(1, bucket.used / bucket.total) : 0;
    const words = `已用${bucket.used_text}，共${bucket.total_text}`;
    const fill = h("i");
    fill.style.width = `${(share * 100).toFixed(1)}%`;
    return h("div", { class: "bucket" },
      h("div", { class: "bucket-words" }, h("span", {}, bucket.name), h("span", {}, words)),
      h("div", {
        class: share >= 0.9 ? "meter nearly" : "meter", role: "meter", "aria-label": bucket.name, "aria-valuetext": words,
        "aria-valuemin": 0, "aria-valuemax": bucket.total, "aria-valuenow": Math.min(bucket.used, bucket.total),
      }, fill));
  }));
}

function payment({ title, amount, url, rows: details }) {
  return frame("payment", title, h("p", { class: "price" }, amount), rows(details),
    h("a", { class: "action", href: url, target: "_blank", rel: "noopener noreferrer" }, "去支付"));
}

/** What goes with an article's answer; only http and https are followed, whoever wrote the address. */
function article({ title, rows: details, image, link }) {
  const has = (address) => /^https?:\/\//i.test(address ?? "");
  return h("section", { class: "card card-article", "aria-label": title || link?.title || image?.alt || "更多内容" }, title && h("h3", {}, title), rows(details),
    has(image?.url) && h("img", { src: image.url, alt: image.alt, loading: "lazy", referrerpolicy: "no-referrer" }),
    has(link?.url) && h("a", { class: "action", href: link.url, target: "_blank", rel: "noopener noreferrer" }, link.title || "查看详情"));
}

function receipt({ title, rows: details, status }) {
  return frame("receipt", title, status && h("p", { class: "status" }, status), rows(details));
}
