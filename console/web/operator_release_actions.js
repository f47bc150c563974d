// What can be done with a release, as buttons: ask for publication, publish, canary, discard, roll back.

import { h } from "/widget/dom.js";
import { confirm, edit, field } from "./admin_form.js";
import { toast } from "./console_api.js";
import { brought } from "./operator_release_words.js";

const PUBLISHING = ["reviewer", "admin"];

/** The buttons of a candidate; `done()` hears that something changed. */
export function candidateButtons(api, release, limits, done) {
  const path = `/api/knowledge/releases/${release.id}`, isReady = release.state === "ready" && !release.canary;
  const button = (title, doing, kind = "") => h("button", { class: `button ${kind}`, type: "button", onclick: async () => { if ((await doing()) !== null) { api.refreshStatus(); done(); } } }, title);
  if (release.state === "live" || release.state === "superseded") return [];
  return [
    isReady && api.can(...PUBLISHING) && (release.gate?.is_blocked ? button("强制发布", () => publish(api, path, release), "danger") : button("发布", () => publish(api, path, release), "primary")),
    isReady && api.can(...PUBLISHING) && button("先给一部分客户（灰度）", () => canary(api, path, release, limits)),
    isReady && !api.can(...PUBLISHING) && (release.requested_by ? h("span", { class: "hint" }, `${release.requested_by_name}已请审核发布`) : button("请审核发布", () => request(api, path), "primary")),
    !release.canary && button("放弃这一版", () => discard(api, path, release)),
  ].filter(Boolean);
}

const note = (name, title, options = {}) => field(title, h("textarea", { name, rows: 3, maxlength: 500, ...options }));

/** A release that the gate blocks goes live only with a reason, which stays in the history. */
const overriding = ({ gate }) => (gate?.is_blocked ? [h("p", { class: "refused" }, "测试没通过，发布后有些问题会答得比现在差。确实要发布，请写明原因，会记入历史。"), note("reason", "强制发布的原因", { required: true })] : []);
const reasonOf = (form) => form.elements.reason?.value.trim() || undefined;

async function publish(api, path, release) {
  const isBlocked = release.gate?.is_blocked;
  const done = await edit(`发布第${release.number}版`, [h("p", {}, `${release.changes}篇文章的改动${brought(release)}，马上对所有客户生效，随时可以一键退回。`), ...overriding(release)], isBlocked ? "仍然发布" : "发布", (form) => api.post(`${path}/publish`, { reason: reasonOf(form) }), isBlocked ? "danger" : "primary");
  if (done) toast(`第${release.number}版已发布`);
  return done;
}

async function canary(api, path, release, limits) {
  const number = (name, title, value, max) => field(title, h("input", { type: "number", name, required: true, min: 1, max, value }));
  const done = await edit(`灰度第${release.number}版`, [
    h("p", {}, "只让一部分会话用新版，同一位客户的一次会话里不会变来变去。"), number("percent", "多少会话用新版（%）", limits?.canary_percent ?? 10, 99), number("minutes", "持续多久（分钟）", limits?.canary_minutes ?? 60, 43200),
    field("到时间以后", h("select", { name: "then" }, h("option", { value: "back" }, "退回，等我再决定"), h("option", { value: "full" }, "自动全部发布"))), ...overriding(release)],
  "开始灰度", (form) => api.post(`${path}/canary`, { percent: Number(form.elements.percent.value), minutes: Number(form.elements.minutes.value), then: form.elements.then.value, reason: reasonOf(form) }));
  if (done) toast("灰度已开始");
  return done;
}

async function request(api, path) {
  const done = await edit("请审核发布", note("note", "说明（选填）", { maxlength: 200, placeholder: "改了什么，为什么" }), "提交", (form) => api.post(`${path}/request`, { note: form.elements.note.value.trim() }));
  if (done) toast("已提交，审核在发布页能看到");
  return done;
}

const discard = (api, path, release) => confirm(`放弃第${release.number}版`, "只是不发布这一版，里面的草稿都还在。", "放弃", () => api.remove(path));

/** End a canary one way or the other. */
export function canaryButtons(api, canary, done) {
  const end = (to, title, words, kind) => h("button", { class: `button ${kind}`, type: "button", onclick: async () => { if (await confirm(title, words, title, () => api.post(`/api/knowledge/releases/${canary.release}/canary/end`, { to }))) { api.refreshStatus(); done(); } } }, title);
  return api.can(...PUBLISHING) ? [end("full", "全部发布", "新版马上对所有客户生效。", "primary"), end("back", "退回", "所有客户马上回到线上版本，这一版还可以再发布。", "")] : [];
}

/** Go back to an earlier release, or on again to a later one that was live, with one press and one confirmation. */
export function rollbackButton(api, release, title, done, verb = "退回") {
  return api.can(...PUBLISHING) && h("button", { class: "button danger", type: "button", onclick: async () => {
    const isDone = await confirm(`${verb}第${release.number}版`, `客户马上得到第${release.number}版的答案，草稿都还在。`, verb, () => api.post("/api/knowledge/rollback", { to: release.id }));
    if (!isDone) return;
    toast(`已${verb}第${release.number}版`);
    api.refreshStatus();
    done();
  } }, title);
}
