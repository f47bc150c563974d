// How often an article was answered with in the last days, as small bars.

import { h, svg } from "/widget/dom.js";
import { count } from "./operator_words.js";

const DAYS = 30, WIDTH = 300, HEIGHT = 48, DAY_MS = 86400e3, CHINA_MS = 8 * 3600e3;

/** An element that fills itself; empty where the figures cannot be had. */
export function hits(api, id) {
  const element = h("section", { class: "hits" });
  api.get(`/api/knowledge/articles/${encodeURIComponent(id)}/hits?days=${DAYS}`).then((found) => element.append(...drawn(found))).catch(() => {});
  return element;
}

function drawn(found) {
  const byDay = new Map(found.map(({ day, count: number }) => [day, number])), today = Date.now() + CHINA_MS;
  const days = Array.from({ length: DAYS }, (_, index) => new Date(today - (DAYS - 1 - index) * DAY_MS).toISOString().slice(0, 10));
  const numbers = days.map((day) => byDay.get(day) ?? 0), total = numbers.reduce((sum, number) => sum + number, 0), most = Math.max(1, ...numbers), step = WIDTH / DAYS;
  const words = `近${DAYS}天命中${count(total)}次`;
  return [h("h3", {}, words), total > 0 && svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": `${words}，最多的一天${count(most)}次` }, numbers.map((number, index) => {
    const height = number ? Math.max(2, (number / most) * HEIGHT) : 1;
    return svg("rect", { x: index * step + 1, y: HEIGHT - height, width: step - 2, height, rx: 1 }, svg("title", {}, `${days[index]}：${count(number)}次`));
  }))].filter(Boolean);
}
