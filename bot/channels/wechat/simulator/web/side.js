// Beside the phone: what the account may still send, how callbacks went, and the tester's tools.

import { act, get, post } from "./api.js";
import { $, ask, h, toast } from "./dom.js";
import { clock } from "./lines.js";
import { OUTCOMES, QUOTA, TOOLS } from "./words.js";

const SHOWN_CALLBACKS = 8;

export function showQuota(user) {
  const open = user && user.is_following ? Object.entries(user.allowances) : [];
  const rows = open.map(([occasion, { remaining, until }]) => {
    const [words, all] = QUOTA[occasion];
    return h("div", { class: `allowance ${occasion}`, "data-remaining": remaining },
      h("span", {}, words), h("strong", {}, QUOTA.count(remaining, all)), h("small", {}, QUOTA.until(untilWords(until))));
  });
  $(".quota").replaceChildren(h("h2", {}, QUOTA.title), ...(rows.length ? rows : [h("p", {}, QUOTA.none)]));
}

function untilWords(until) {
  const at = new Date(until);
  const soon = at - Date.now() < 3600 * 1000;
  return soon ? `${clock(at)}:${String(at.getSeconds()).padStart(2, "0")}` : clock(at);
}

export async function showCallbacks(openid) {
  const books = openid ? await get(`accounting?openid=${encodeURIComponent(openid)}`) : { callbacks: [] };
  const rows = books.callbacks.slice(-SHOWN_CALLBACKS).reverse().map(({ outcome, detail, attempt, copy, duration_ms: ms }) => {
    const took = ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
    return h("li", { class: outcome }, OUTCOMES.line(OUTCOMES[outcome], detail, attempt, copy, took));
  });
  $(".callbacks").replaceChildren(...(rows.length ? rows : [h("li", {}, OUTCOMES.none)]));
}

export function fillTools(attempt, openid, changed) {
  const fault = (kind, more = {}) => () => post("faults", { kind, count: 1, for_s: 3600, ...more });
  const own = (doing) => () => (openid() ? doing() : null);
  const tools = [
    [TOOLS.scan, own(async () => {
      const scene = await ask(TOOLS.askScan, "shop-1");
      return scene ? act(openid(), "scan", { scene }) : null;
    })],
    [TOOLS.unfollow, own(() => act(openid(), "unfollow"))],
    [TOOLS.minute, () => post("clock", { advance_s: 60 })],
    [TOOLS.days, () => post("clock", { advance_s: 48 * 3600 })],
    [TOOLS.expire, fault("expire_tokens")], [TOOLS.duplicate, fault("duplicate")], [TOOLS.drop, fault("drop_reply")],
    [TOOLS.hold, fault("hold", { delay_s: 3 })], [TOOLS.limited, fault("errcode", { api: "custom/send", errcode: 45015 })],
    [TOOLS.reset, () => post("reset")],
  ];
  const press = (doing) => attempt(async () => {
    if (await doing()) toast(TOOLS.done);
    await changed();
  });
  $(".buttons").append(...tools.map(([words, doing]) => h("button", { type: "button", onclick: () => press(doing) }, words)));
}
