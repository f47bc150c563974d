// The operator's console: the menu, the page that the address names, and the question before leaving what is not saved.

import { h } from "/widget/dom.js";
import { attempt, get, me, post, put, Refusal, remove, signOut, upload } from "./console_api.js";
import { askLeave } from "./operator_dialogs.js";
import { PAGES } from "./operator_pages.js";
import { LiveStatus } from "./operator_status.js";

const DESK = ["agent", "supervisor", "admin"], MANAGING = ["supervisor", "admin"], WRITING = ["operator", "reviewer", "admin"];

class Operator {
  constructor(account) {
    this.account = account;
    this.pages = PAGES.filter(({ roles }) => !roles || this.can(...roles));
    this.links = new Map(this.pages.map(({ code, title }) => [code, h("a", { href: `#/${code}` }, title)]));
    this.live = new LiveStatus(this.can(...WRITING));
    this.main = h("main", { class: "body wide", id: "main", tabindex: "-1" });
    document.querySelector("#operator").append(
      h("a", { class: "skip", href: "#main", onclick: (event) => { event.preventDefault(); this.main.focus(); } }, "跳到内容"),
      h("header", { class: "head" }, h("h1", {}, "通达 · 运营台"), this.live.element, this.can(...DESK) && h("a", { class: "button", href: "/agent" }, "坐席工作台"), this.can(...MANAGING) && h("a", { class: "button", href: "/agent/admin" }, "管理"),
        h("span", { class: "who" }, account.name), h("button", { class: "button", type: "button", onclick: () => this.leave() }, "退出")),
      h("nav", { class: "sections", "aria-label": "运营台" }, h("div", {}, [...this.links.values()])), this.main);
    addEventListener("hashchange", (event) => this.follow(new URL(event.oldURL).hash));
    addEventListener("beforeunload", (event) => { if (this.isChanged()) event.preventDefault(); });
    this.follow();
  }

  can(...roles) { return roles.some((role) => this.account.roles.includes(role)); }

  isChanged() { return Boolean(this.open?.handle?.isChanged?.()); }

  /** Show what the address names; where something is not saved, ask first and put the address back if the answer is no. */
  async follow(shown) {
    const asked = location.hash;
    if (this.isAsking) { history.replaceState(null, "", shown); return; }
    const { code, params } = parsed(asked), page = this.pages.find((one) => one.code === code) ?? this.pages[0];
    if (!page) { this.main.replaceChildren(h("p", { class: "empty" }, "您的角色还没有可用的页面，请联系管理员。")); return; }
    const staysHere = this.open?.page === page && this.open.handle?.update && (await this.open.handle.update(params)) !== false;
    if (!staysHere && this.isChanged()) {
      history.replaceState(null, "", shown);
      this.isAsking = true;
      const isLeaving = await askLeave();
      this.isAsking = false;
      if (!isLeaving) return;
      history.replaceState(null, "", asked);
    }
    this.mark(page);
    if (!staysHere) await this.mount(page, params);
  }

  mark(page) {
    for (const [code, link] of this.links) code === page.code ? link.setAttribute("aria-current", "page") : link.removeAttribute("aria-current");
    const link = this.links.get(page.code);
    link.scrollIntoView({ block: "nearest", inline: "nearest" });
    this.title(page.title);
  }

  title(words) { document.title = `${words} · 运营台 · 通达`; }

  async mount(page, params) {
    this.open?.leaving.abort();
    this.open?.handle?.unmount?.();
    const leaving = new AbortController(), root = h("div", { class: `page page-${page.code}` });
    const open = this.open = { page, leaving, handle: null };
    this.main.replaceChildren(root);
    scrollTo(0, 0);
    const api = { get, post, put, remove, upload, account: this.account, can: (...roles) => this.can(...roles), go: (address) => { location.hash = `#/${address}`; }, title: (words) => this.title(words), signal: leaving.signal, reload: () => this.mount(page, parsed(location.hash).params), refreshStatus: () => this.live.refresh() };
    try {
      const { mount } = await import(page.file);
      if (this.open !== open) return; // somebody has gone on meanwhile
      const handle = await mount(root, api, params);
      if (this.open === open) open.handle = handle; else handle?.unmount?.();
    } catch (error) {
      if (leaving.signal.aborted) return;
      root.replaceChildren(failed(error, () => this.mount(page, params), params.path.length > 0 && page));
      if (!(error instanceof Refusal)) throw error;
    }
  }

  async leave() {
    if (!this.isChanged() || (await askLeave())) { this.open.handle = null; await signOut(); }
  }
}

/** {code, params}: "#/articles/roaming-open?tab=history" */
function parsed(hash) {
  const [path, query = ""] = hash.replace(/^#\/?/, "").split("?");
  const [code, ...rest] = path.split("/").map(decoded);
  return { code, params: { path: rest, query: new URLSearchParams(query) } };
}

/** A part of an address that somebody cut short stays as it is. */
function decoded(part) {
  try { return decodeURIComponent(part); } catch { return part; }
}

const failed = (error, again, page) => h("div", { class: "empty", role: "alert" },
  h("p", {}, error instanceof Refusal ? error.message : "页面没能打开，请刷新后再试；一直这样请联系管理员。"),
  h("button", { class: "button", type: "button", onclick: again }, "重试"), page && [" ", h("a", { class: "button", href: `#/${page.code}` }, `回到“${page.title}”`)]);

const account = await attempt(me);
if (account) new Operator(account);
