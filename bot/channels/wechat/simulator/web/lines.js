// One line of the chat as a phone shows it.

import { h } from "./dom.js";
import { WORDS } from "./words.js";

// A link written as WeChat allows it in a text, or an address as it stands.
const LINK = /<a\s+href="([^"]*)"[^>]*>([^]*?)<\/a>|https?:\/\/[^\s<>"，。；、！？）】]+/g;
const GAP_MS = 5 * 60 * 1000; // a silence after which the phone shows the time

export function elementsOf(line, before, tap) {
  const found = [], at = new Date(line.at);
  if (!before || at - new Date(before.at) > GAP_MS) found.push(h("p", { class: "time" }, clock(at)));
  if (line.from === "wechat") return [...found, h("p", { class: "notice" }, line.text)];
  const bubble = h("div", { class: `bubble ${line.type}` }, ...inside(line, tap));
  const way = line.via ? h("small", { class: "way" }, WORDS[line.via]) : null;
  found.push(h("div", { class: `line ${line.from}`, "data-seq": line.seq },
    h("span", { class: "avatar", "aria-hidden": "true" }, line.from === "user" ? "我" : "云"), h("div", { class: "said" }, bubble, way)));
  return found;
}

export function clock(at) {
  const two = (number) => String(number).padStart(2, "0");
  const time = `${two(at.getHours())}:${two(at.getMinutes())}`;
  return at.toDateString() === new Date().toDateString() ? time : `${at.getMonth() + 1}月${at.getDate()}日 ${time}`;
}

function inside(line, tap) {
  if (line.picture) return [h("img", { src: line.picture, alt: WORDS.image })];
  if (line.type === "news") return line.articles.map(article);
  if (line.type === "msgmenu") return menu(line.menu, tap);
  if (line.type === "voice") return [h("span", { class: "wave", "aria-hidden": "true" }, "•))) "), line.text || WORDS.voice];
  if (line.type === "location") return [h("strong", {}, WORDS.location), h("span", {}, line.text)];
  if (line.type === "link") return [h("strong", {}, line.text), h("span", {}, line.url)];
  return withLinks(line.text, tap);
}

function article({ title, description, url, picurl }) {
  return h("a", { class: "article", href: safe(url), target: "_blank", rel: "noreferrer" },
    picurl ? h("img", { src: safe(picurl), alt: "" }) : null, h("strong", {}, title), h("span", {}, description));
}

function menu({ head, list, tail }, tap) {
  const choices = list.map(({ id, content }) =>
    h("button", { type: "button", class: "choice", onclick: () => tap(id, content) }, content));
  return [head ? h("p", {}, head) : null, ...choices, tail ? h("p", {}, tail) : null];
}

function withLinks(text, tap) {
  const found = [];
  let end = 0;
  for (const hit of text.matchAll(LINK)) {
    found.push(text.slice(end, hit.index), link(hit[1] ?? hit[0], hit[2] ?? hit[0], tap));
    end = hit.index + hit[0].length;
  }
  return [...found, text.slice(end)];
}

function link(href, words, tap) {
  if (href.startsWith("weixin://bizmsgmenu?")) {
    const query = new URLSearchParams(href.slice(href.indexOf("?")));
    const [id, content] = [query.get("msgmenuid"), query.get("msgmenucontent")];
    return h("button", { type: "button", class: "inline", onclick: () => tap(id, content) }, words);
  }
  return safe(href) ? h("a", { href: safe(href), target: "_blank", rel: "noreferrer" }, words) : words;
}

function safe(url) {
  return /^https?:\/\//.test(url ?? "") ? url : undefined;
}
