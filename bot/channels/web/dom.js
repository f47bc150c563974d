// Building elements without markup strings: whatever a customer or a billing system wrote stays text.

/** h("button", {class: "x", onclick: f, "aria-label": "y"}, "text", child, [more]) */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  fill(element, properties, children);
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

export function svg(tag, properties = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  fill(element, properties, children);
  return element;
}

function fill(element, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== undefined && child !== null && child !== false));
}

const LINK = /https?:\/\/[^\s，。；、）)]+/g;

/** Text with its web addresses as links. */
export function linked(text) {
  const parts = [];
  let end = 0;
  for (const hit of text.matchAll(LINK)) {
    parts.push(text.slice(end, hit.index));
    parts.push(h("a", { href: hit[0], target: "_blank", rel: "noopener noreferrer" }, hit[0]));
    end = hit.index + hit[0].length;
  }
  return [...parts, text.slice(end)];
}
