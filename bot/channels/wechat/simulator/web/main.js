// The phone's page: one user at a time, kept up to date by long polling.

import { act, get, post, Refused } from "./api.js";
import { Composer } from "./composer.js";
import { $, h, toast } from "./dom.js";
import { elementsOf } from "./lines.js";
import { fillTools, showCallbacks, showQuota } from "./side.js";
import { WORDS } from "./words.js";

const CHOSEN = "tongda.simulator.user", AGAIN_MS = 1500;

const page = { openid: null, lines: [], state: "", polling: null };
const composer = new Composer(attempt, () => page.openid);

async function attempt(doing) {
  try {
    await doing();
  } catch (error) {
    toast(error instanceof Refused ? error.message : WORDS.offline);
  }
}

// --- users

async function listUsers() {
  const shown = page.openid, users = await get("users");
  if (shown !== page.openid) return; // somebody was chosen meanwhile, and is listed by that
  const known = users.some(({ openid }) => openid === page.openid);
  $(".users .list").replaceChildren(...users.map(({ openid, is_following: follows }) => h("li", {},
    h("button", { type: "button", "aria-current": openid === page.openid ? "true" : null, onclick: () => choose(openid) },
      h("span", { class: "name" }, openid), h("small", {}, follows ? WORDS.following : WORDS.unfollowed)))));
  if (!known && (page.openid || users.length)) await choose(users[0]?.openid ?? null);
}

async function choose(openid) {
  Object.assign(page, { openid, lines: [], state: "" });
  if (openid) localStorage[CHOSEN] = openid;
  else localStorage.removeItem(CHOSEN);
  $(".log").replaceChildren();
  show({ user: null, menu: [] });
  page.polling?.abort();
  await attempt(listUsers);
}

async function follow(openid) {
  const added = await post("users", openid ? { openid } : {});
  await choose(added.openid);
}

// --- the phone

function show({ user, menu }) {
  const follows = Boolean(user?.is_following);
  $(".title").textContent = user?.is_typing ? WORDS.typing : WORDS.account;
  $(".composer").hidden = !follows;
  if (!follows) $(".extras").hidden = true;
  $(".stranger").hidden = follows || (page.openid !== null && user === null);
  $(".stranger p").textContent = page.openid ? WORDS.left : WORDS.nobody;
  composer.setMenu(menu);
  showQuota(user);
}

function addLines(lines) {
  const log = $(".log"), tap = (id, content) => attempt(() => act(page.openid, "menu_tap", { id, content }));
  for (const line of lines) {
    log.append(...elementsOf(line, page.lines.at(-1), tap));
    page.lines.push(line);
  }
  if (lines.length) log.scrollTo(0, log.scrollHeight);
}

async function poll() {
  for (;;) {
    const openid = page.openid;
    page.polling = new AbortController();
    try {
      if (openid === null) await pause(page.polling.signal);
      else await refresh(openid, page.polling.signal);
    } catch (error) {
      if (error.name === "AbortError") continue;
      if (error instanceof Refused) await attempt(listUsers);
      await new Promise((done) => setTimeout(done, AGAIN_MS));
    }
  }
}

async function refresh(openid, signal) {
  const after = page.lines.at(-1)?.seq ?? 0;
  const found = await get(`users/${encodeURIComponent(openid)}/screen?after=${after}&state=${page.state}`, signal);
  if (openid !== page.openid) return;
  page.state = found.state;
  addLines(found.lines);
  show(found);
  showCallbacks(openid).catch(() => undefined); // only the tester's log: the next change shows it
}

function pause(signal) {
  return new Promise((_, failed) => signal.addEventListener("abort", () => failed(signal.reason)));
}

$(".add").addEventListener("submit", (event) => {
  event.preventDefault();
  const field = event.target.openid;
  attempt(() => follow(field.value.trim()));
  field.value = "";
});
$(".stranger button").addEventListener("click", () => attempt(() => follow(page.openid)));
addEventListener("focus", () => attempt(listUsers)); // others may have added users meanwhile
fillTools(attempt, () => page.openid, listUsers);
if (matchMedia("(max-width: 720px)").matches) $(".tools").open = false;
page.openid = localStorage[CHOSEN] ?? null;
show({ user: null, menu: [] });
await attempt(listUsers);
await poll();
