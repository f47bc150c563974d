// Releases in words.

import { h } from "/widget/dom.js";
import { count } from "./operator_words.js";

export const VERDICTS = { worse: ["变差", "bad"], ambiguous: ["变得不确定", "warn"], unmet: ["仍未答对", "warn"], better: ["变好", "ok"], changed: ["答案有变化", ""], same: ["不变", ""] };
export const KINDS = { held_out: "测试问法", published: "相似问法", own: "自建测试题", real: "客户真实问题", stranger: "业务外问题" };
export const CHANGES = { new: ["新增", "ok"], changed: ["修改", "warn"], deleted: ["撤下", "bad"] };
const STATES = { drafted: ["等待测试", ""], testing: ["测试中", ""], ready: ["可以发布", "ok"], live: ["线上", "ok"], superseded: ["已替换", ""], failed: ["没有做成", "bad"] };
const STEPS = { waiting: "排队等待", building: "建立索引", asking: "测试问题" };

/** What the gate allows, and what is proposed for a canary: [title, hint]. */
export const SHARES = ["worse_share", "ambiguous_share"];
export const LIMITS = {
  worse_share: ["变差的问题最多占（%）", "所有测试问题里，新版答得比线上差的比例"], ambiguous_share: ["变得不确定的最多占（%）", "原来直接回答、新版只能给出几个选择"],
  article_worse: ["没改的文章最多变差（个问题）", "改了一篇，却让别的文章答错"], taken: ["被别的文章占用的问法最多（个）", "改了的文章里，写进了别的文章已有的问法"], own_worse: ["自建测试题最多变差（个）", "一般是0：自己写的题不能变差"], strangers_answered: ["业务外问题最多新答（个）", "本来答不上、也不该答的，新版却答了"],
};
export const CANARY = { canary_percent: ["默认给多少会话（%）", "开始灰度时可以再改"], canary_minutes: ["默认持续多久（分钟）", ""] };

/** What a release says of itself; the first one is what was shipped. */
export const noteOf = ({ note }) => (note === "shipped" ? "随系统提供" : note);

/** What a release brings beside articles. */
export const brought = ({ with_catalogue: hasCatalogue, with_model: hasModel }) => [hasCatalogue && "，换用新的套餐目录", hasModel && "，换用新训练的检索模型"].filter(Boolean).join("");

/** Whether a release was once live: only such a one can be gone back to. */
export const wasLive = ({ state, published }) => state === "superseded" && Boolean(published);

export function stateTag(release) {
  const [words, kind] = release.canary && release.state === "ready" ? ["灰度中", "warn"] : release.state === "ready" && release.gate?.is_blocked ? ["测试没通过", "bad"] : release.state === "superseded" && !release.published ? ["没有发布", ""] : STATES[release.state];
  return h("span", { class: `tag ${kind}` }, words);
}

/** How far building and asking have come. */
export function progress({ progress: at, state }) {
  const step = at?.step ?? (state === "drafted" ? "waiting" : "building"), words = `${STEPS[step]}${at?.total ? ` ${count(at.done)}/${count(at.total)}` : ""}……`;
  return h("div", { class: "progress" }, h("span", { role: "status" }, words), h("progress", { "aria-label": words, ...(at?.total ? { value: at.done, max: at.total } : {}) }));
}

/** What the gate counted, as tags that lead to its findings. */
export function counts({ id, gate }) {
  if (!gate) return [];
  const asked = Object.values(gate.asked).reduce((sum, number) => sum + number, 0);
  return [h("p", {}, `问了${count(asked)}个问题（${Object.entries(gate.asked).filter(([, number]) => number).map(([kind, number]) => `${KINDS[kind] ?? kind}${count(number)}`).join("、")}），用时${gate.seconds.toFixed(1)}秒。`),
    h("p", { class: "verdicts" }, Object.entries(VERDICTS).filter(([code]) => code !== "same").map(([code, [words, kind]]) => h("a", { class: `tag ${gate.counts[code] ? kind : ""}`, href: `#/releases/${id}?verdict=${code}` }, `${words} ${count(gate.counts[code] ?? 0)}`)), h("span", { class: "tag" }, `不变 ${count(gate.counts.same ?? 0)}`))];
}

export const breaches = ({ gate }) => gate?.breaches.length > 0 && h("div", { class: "refused", role: "status" }, h("strong", {}, "测试没通过："), h("ul", {}, gate.breaches.map(({ message }) => h("li", {}, message))));
