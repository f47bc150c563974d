// Canned replies: `/` and a few letters find one, Enter puts it into the composer with its fields filled in.

import { h } from "/widget/dom.js";
import { get } from "./console_api.js";

const SHOWN = 8;

export class Canned {
  constructor(input, chosen) {
    Object.assign(this, { input, chosen, replies: [], found: [], at: 0 });
    this.element = h("ul", { class: "canned", role: "listbox", "aria-label": "常用语", hidden: true });
  }

  async load(conversation) { this.replies = await get(`/api/desk/canned?conversation=${conversation}`).catch(() => []); }

  look(text) {
    const typed = /^[/／、](\S*)$/.exec(text)?.[1]?.toLowerCase(); // a Chinese keyboard writes the slash in its own way
    this.found = typed === undefined ? [] : this.replies.filter(({ shortcut, title, text: words }) => [shortcut, title, words].some((part) => part.toLowerCase().includes(typed))).slice(0, SHOWN);
    this.at = 0;
    this.render();
  }

  render() {
    this.element.hidden = this.found.length === 0;
    this.element.replaceChildren(...this.found.map((reply, index) => h("li", { role: "option", "aria-selected": String(index === this.at), onmousedown: (event) => { event.preventDefault(); this.choose(reply); } },
      h("strong", {}, `/${reply.shortcut} `), reply.title, h("p", {}, reply.filled))));
    this.element.children[this.at]?.scrollIntoView({ block: "nearest" });
  }

  /** Return whether the key was ours. */
  key(event) {
    if (this.element.hidden || event.isComposing) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) this.at = (this.at + step + this.found.length) % this.found.length;
    else if (event.key === "Enter" || event.key === "Tab") { event.preventDefault(); this.choose(this.found[this.at]); return true; }
    else if (event.key === "Escape") this.found = [];
    else return false;
    event.preventDefault();
    event.stopPropagation();
    this.render();
    return true;
  }

  choose(reply) { this.found = []; this.render(); this.chosen(reply.filled, reply.id); }
}
