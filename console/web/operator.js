// The operator's console: the menu, the page that the address names, and the question before leaving what is not saved.

import { h } from "/widget/dom.js";
import { attempt, get, me, post, put, Refusal, remove, signOut, upload } from "./console_api.js";
import { askLeave } from "./operator_dialogs.js";
import { PAGES, WRITERS } from "./operator_pages.js";
import { LiveStatus } from "./operator_status.js";

const DESK = ["agent", "supervisor", "admin"], MANAGING = ["supervisor", "admin"];

class Operator {
  constructor(account) {
    this.account = account;
    this.pages = PAGES.filter(({ roles }) => !roles || this.can(...roles));
    this.links = new Map(this.pages.map(({ code, title }) => [code, h("a", { href: `#/${code}` }, title)]));
    this.live = new LiveStatus(this.can(...WRITERS));
    this.main = h("main", { class: "body wide", id: "main", tabindex: "-1" });
    document.querySelector("#operator").append(
      h("a", { class: "skip", href: "#main", onclick: (event) => { event.preventDefault(); this.main.focus(); } }, "跳到内容"),
      h("header", { class: "head" }, h("h1", {}, "通达 · 运营台"), this.can(...WRITERS) && this.live.element, this.can(...DESK) && h("a", { class: "button", href: "/agent" }, "坐席工作台"), this.can(...MANAGING) && h("a", { class: "button", href: "/agent/admin" }, "管理"),
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
    const turn = this.turn = {}, { open } = this, staysHere = open?.page === page && open.handle?.update && (await this.update(open, params));
    if (turn !== this.turn || open !== this.open) return; // somebody has gone on meanwhile
    if (!staysHere && this.isChanged()) {
      history.replaceState(null, "", shown);
      this.isAsking = true;
      const isLeaving = await this.mayLeave();
      this.isAsking = false;
      if (!isLeaving) return;
      history.replaceState(null, "", asked);
    }
    this.mark(page);
    if (staysHere) this.catchFocus(); else await this.mount(page, params);
  }

  mayLeave() { return askLeave(this.open.handle.isKept?.()); }

  /** Show another address within the open page; false where the page leaves that to a new one. */
  async update(open, params) {
    try { return (await open.handle.update(params)) !== false; } catch (error) {
      if (this.open === open && this.isChanged()) return false; // what was typed meanwhile is asked about
      this.fail(open, error, params);
      return true;
    }
  }

  mark(page) {
    for (const [code, link] of this.links) code === page.code ? link.setAttribute("aria-current", "page") : link.removeAttribute("aria-current");
    const link = this.links.get(page.code);
    link.scrollIntoView({ block: "nearest", inline: "nearest" });
    this.title(page.title);
  }

  title(words) { document.title = `${words} · 运营台 · 通达`; }

  async mount(page, params) {
    const isFirst = !this.open;
    if (!isFirst) this.close(this.open);
    const leaving = new AbortController(), root = h("div", { class: `page page-${page.code}` });
    const open = this.open = { page, leaving, root, handle: null };
    this.main.replaceChildren(root);
    scrollTo(0, 0);
    if (!isFirst) this.catchFocus();
    const whileOpen = (doing) => (...given) => { if (this.open === open) doing(...given); }; // an answer may come when the page is left
    const api = { get, post, put, remove, upload, account: this.account, can: (...roles) => this.can(...roles), signal: leaving.signal, refreshStatus: () => this.live.refresh(),
      go: whileOpen((address) => { location.hash = `#/${address}`; }), title: whileOpen((words) => this.title(words)), reload: whileOpen(() => this.mount(page, parsed(location.hash).params)) };
    try {
      const { mount } = await import(page.file);
      if (this.open !== open) return; // somebody has gone on meanwhile
      const handle = await mount(root, api, params);
      if (this.open === open) open.handle = handle; else handle?.unmount?.();
    } catch (error) { this.fail(open, error, params); }
  }

  close(open) {
    open.leaving.abort();
    open.handle?.unmount?.();
    open.handle = null;
  }

  /** Say that a page could not be shown, with the way to try again; what was left of it is gone. */
  fail(open, error, params) {
    if (this.open !== open) return;
    this.close(open);
    open.root.replaceChildren(failed(error, () => this.mount(open.page, params), params.path.length > 0 && open.page));
    if (!(error instanceof Refusal)) throw error;
  }

  /** What had the focus has gone with the page before: go on from where the new one begins. */
  catchFocus() { if (document.activeElement === document.body) this.main.focus({ preventScroll: true }); }

  async leave() {
    if (!this.isChanged() || (await this.mayLeave())) { this.open.handle = null; await signOut(); }
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
