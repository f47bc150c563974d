// The administrator's page: tabs, each filled when it is first opened; a supervisor reads staff and the audit log.

import { h } from "/widget/dom.js";
import { attempt, me, signOut } from "./console_api.js";
import { AuditTab } from "./admin_audit.js";
import { CannedTab } from "./admin_canned.js";
import { HoursTab } from "./admin_operating.js";
import { RatingTab } from "./admin_rating.js";
import { StaffTab } from "./admin_staff.js";
import { nameButton } from "./password.js";

const TABS = [["staff", "人员", StaffTab, true], ["canned", "常用语", CannedTab], ["hours", "服务时间", HoursTab], ["rating", "评价", RatingTab], ["audit", "审计日志", AuditTab, true]];

class Admin {
  constructor(account) {
    const isAdmin = account.roles.includes("admin");
    this.tabs = TABS.filter(([, , , isForReaders]) => isAdmin || isForReaders).map(([code, title, Tab]) => {
      const tab = new Tab(account);
      const button = h("button", { role: "tab", type: "button", id: `tab-${code}`, "aria-controls": `panel-${code}`, onclick: () => { location.hash = code; } }, title);
      const panel = h("section", { role: "tabpanel", id: `panel-${code}`, "aria-labelledby": button.id, class: "panel", hidden: true }, tab.element);
      return { code, title, tab, button, panel };
    });
    const bar = h("nav", { class: "sections", "aria-label": "管理" }, h("div", { role: "tablist", onkeydown: (event) => this.key(event) }, this.tabs.map(({ button }) => button)));
    document.querySelector("#admin").append(
      h("header", { class: "head" }, h("h1", {}, "通达 · 管理"), h("a", { class: "button", href: "/agent" }, "坐席工作台"), isAdmin && h("a", { class: "button", href: "/operator" }, "运营台"), nameButton(account),
        h("button", { class: "button", type: "button", onclick: () => signOut() }, "退出")),
      bar, h("main", { class: "body" }, this.tabs.map(({ panel }) => panel)));
    addEventListener("hashchange", () => this.show());
    addEventListener("beforeunload", (event) => { if (this.tabs.some(({ tab }) => tab.isChanged)) event.preventDefault(); });
    this.show();
  }

  /** Show what the address names; half-made changes in other tabs stay as they are. */
  show() {
    const now = this.tabs.find(({ code }) => code === location.hash.slice(1)) ?? this.tabs[0];
    for (const { button, panel } of this.tabs) {
      const isNow = button === now.button;
      button.setAttribute("aria-selected", String(isNow));
      button.tabIndex = isNow ? 0 : -1;
      panel.hidden = !isNow;
    }
    now.button.scrollIntoView({ block: "nearest", inline: "nearest" });
    document.title = `${now.title} · 管理 · 通达`;
    if (!now.tab.isChanged) attempt(() => now.tab.load());
  }

  key(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key], at = this.tabs.findIndex(({ button }) => button === document.activeElement);
    if (!step || at < 0) return;
    const next = this.tabs[(at + step + this.tabs.length) % this.tabs.length];
    event.preventDefault();
    next.button.focus();
    location.hash = next.code;
  }
}

const account = await attempt(me);
if (account) new Admin(account);
