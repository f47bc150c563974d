// The middle of the desk: one to three conversations side by side, as many as the window holds.

import { h } from "/widget/dom.js";
import { arrange } from "./arrange.js";
import { Thread } from "./desk_thread.js";

const TWO_FROM = 1180, THREE_FROM = 1680; // px of the window

export class Panes {
  constructor(store, actions) {
    Object.assign(this, { store, actions, threads: [] });
    this.element = h("main", { class: "panes", "aria-label": "会话" });
    addEventListener("resize", () => this.fit());
  }

  /** The conversation worked in. */
  get active() { return this.threads.find((thread) => thread.conversation === this.store.open) ?? this.threads[0]; }

  fit() {
    const most = innerWidth >= THREE_FROM ? 3 : innerWidth >= TWO_FROM ? 2 : 1;
    if (most !== this.store.most) { this.store.fit(most); this.store.changed("overview"); }
  }

  render() {
    const wanted = this.store.panes.length ? this.store.panes : [null];
    const spare = this.threads.filter((thread) => !wanted.includes(thread.conversation));
    const threads = wanted.map((conversation) => this.threads.find((thread) => thread.conversation === conversation) ?? spare.shift() ?? new Thread(this.store, this.actions));
    threads.forEach((thread, index) => thread.show(wanted[index]));
    this.threads = threads;
    arrange(this.element, threads.map((thread) => thread.element));
    this.element.dataset.panes = threads.length;
    document.querySelector("#desk").dataset.panes = threads.length;
    for (const thread of threads) thread.render();
  }

  renderTyping() { for (const thread of this.threads) thread.renderTyping(); }

  /** Go to the next pane, or the one before. */
  step(by) {
    const { panes, open } = this.store;
    if (panes.length < 2) return;
    this.store.focus(panes[(panes.indexOf(open) + by + panes.length) % panes.length]);
    this.active.input.focus();
  }
}
