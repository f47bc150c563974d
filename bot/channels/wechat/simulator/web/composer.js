// The bottom of the phone: text, the custom menu, and what lies behind the plus.

import { act } from "./api.js";
import { $, ask, h } from "./dom.js";
import { EXTRAS, WORDS } from "./words.js";

export class Composer {
  constructor(attempt, openid) {
    this.attempt = attempt; // runs something and says when it failed
    this.openid = openid;
    this.entries = "[]";
    this.form = $(".composer");
    this.input = this.form.querySelector("textarea");
    this.toggle = this.form.querySelector(".toggle");
    this.menu = this.form.querySelector(".menu");
    this.more = this.form.querySelector(".more");
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.say(); });
    this.input.addEventListener("input", () => this.fit());
    this.input.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); this.say(); }
    });
    this.toggle.addEventListener("click", () => this.showMenu(this.menu.hidden));
    this.more.addEventListener("click", () => this.showExtras($(".extras").hidden));
    document.addEventListener("click", (event) => {
      if (!this.menu.contains(event.target)) this.closeEntries();
    });
    $(".extras").append(...this.extras());
  }

  say() {
    const content = this.input.value.trim();
    if (!content) return;
    this.input.value = "";
    this.fit();
    this.attempt(() => act(this.openid(), "text", { content }));
  }

  fit() {
    const isEmpty = !this.input.value.trim();
    this.form.querySelector(".send").hidden = isEmpty;
    this.more.hidden = !isEmpty;
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(this.input.scrollHeight, 120)}px`;
  }

  // --- the custom menu

  setMenu(entries) {
    const written = JSON.stringify(entries);
    if (written === this.entries) return;
    const isFirst = this.entries === "[]";
    this.entries = written;
    this.menu.replaceChildren(...entries.map((entry) => this.entry(entry)));
    this.toggle.hidden = entries.length === 0;
    this.showMenu(entries.length > 0 && (isFirst ? !this.input.value : !this.menu.hidden));
  }

  showMenu(is) {
    this.menu.hidden = !is;
    this.input.hidden = is;
    this.more.hidden = is || Boolean(this.input.value.trim());
    this.toggle.setAttribute("aria-label", is ? WORDS.toKeyboard : WORDS.toMenu);
    this.toggle.classList.toggle("keyboard", is);
    if (is) this.showExtras(false);
  }

  entry({ name, sub_button: below, ...rest }) {
    if (!below?.length) return h("div", {}, h("button", { type: "button", onclick: () => this.tap(rest) }, name));
    const list = h("div", { class: "below", hidden: true }, ...below.map((entry) =>
      h("button", { type: "button", onclick: () => { this.closeEntries(); this.tap(entry); } }, entry.name)));
    const opens = (event) => {
      event.stopPropagation();
      const isOpen = !list.hidden;
      this.closeEntries();
      list.hidden = isOpen;
    };
    return h("div", {}, h("button", { type: "button", class: "opens", "aria-haspopup": "true", onclick: opens }, name), list);
  }

  closeEntries() {
    for (const list of this.menu.querySelectorAll(".below")) list.hidden = true;
  }

  tap({ type, key, url }) {
    if (type === "click") return this.attempt(() => act(this.openid(), "click", { key }));
    open(url, "_blank", "noreferrer");
    return this.attempt(() => act(this.openid(), "view", { url }));
  }

  // --- behind the plus

  showExtras(is) {
    $(".extras").hidden = !is;
    this.more.setAttribute("aria-expanded", is);
  }

  extras() {
    const file = h("input", { type: "file", accept: "image/*", hidden: true, onchange: () => this.picture(file) });
    const button = (words, doing) => h("button", { type: "button", onclick: () => { this.showExtras(false); doing(); } }, words);
    return [
      file, button(EXTRAS.image, () => file.click()), button(EXTRAS.voice, () => this.voice()),
      button(EXTRAS.location, () => this.location()), button(EXTRAS.link, () => this.link()),
    ];
  }

  async picture(file) {
    const [chosen] = file.files;
    if (!chosen) return;
    const bytes = new Uint8Array(await chosen.arrayBuffer());
    file.value = "";
    let text = "";
    for (const byte of bytes) text += String.fromCharCode(byte);
    await this.attempt(() => act(this.openid(), "image", { content_type: chosen.type, data: btoa(text) }));
  }

  async voice() {
    const heard = await ask(EXTRAS.askVoice);
    if (heard !== null) await this.attempt(() => act(this.openid(), "voice", { recognition: heard || null }));
  }

  async location() {
    const label = await ask(EXTRAS.askLocation, EXTRAS.place);
    if (label) await this.attempt(() => act(this.openid(), "location", { latitude: 31.2304, longitude: 121.4737, label }));
  }

  async link() {
    const url = await ask(EXTRAS.askLink, "https://");
    if (url) await this.attempt(() => act(this.openid(), "link", { title: EXTRAS.page, url }));
  }
}
