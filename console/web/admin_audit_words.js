// The lines of the audit log as sentences.

import { KINDS as KNOWLEDGE_KINDS, limits, sentence as knowledgeSentence } from "./admin_audit_knowledge.js";
import { DAYS } from "./admin_operating.js";
import { PRESENCES, ROLES, SKILLS } from "./words.js";

export const KINDS = {
  "number.revealed": "查看完整号码", "conversation.taken_over": "接管会话", "presence.set": "修改他人状态", "staff.added": "添加人员", "staff.changed": "修改人员", "password.reset": "重置密码", "password.changed": "修改密码",
  "canned.saved": "保存常用语", "canned.removed": "删除常用语", "operating.changed": "修改设置", "login.succeeded": "登录成功", "login.failed": "登录失败", "login.locked": "登录锁定", ...KNOWLEDGE_KINDS,
};
const SETTINGS = { hours: "服务时间", special_days: "节假日和调休", queue_limit: "排队上限", rating: "评价设置", releases: "发布测试的上限和灰度" };
const RATING = { is_on: "请客户评价", once_a_day: "每天最多请一次", low_reasons: "低分原因", high_reasons: "高分原因" };
const MEMBER = { name: "姓名", roles: "角色", skills: "技能组", capacity: "最多同时接待", is_active: "账号" };

/** {words, details}: "周敏 查看了完整号码", and what more is known. */
export function sentence(entry) {
  const who = entry.who_name ?? (entry.who ? "已不存在的账号" : "有人"), whom = entry.subject_name ?? entry.subject, detail = entry.detail ?? {};
  const said = (words, ...details) => ({ words: `${who} ${words}`, details: details.filter(Boolean) });
  const conversation = `会话 ${entry.subject.slice(-8)}`, address = detail.address && `来自 ${detail.address}`;
  switch (entry.what) {
    case "number.revealed": return said("查看了完整号码", conversation);
    case "conversation.taken_over": return said("接管了会话", conversation);
    case "presence.set": return said(`把${whom}的状态改成了“${PRESENCES[detail.presence] ?? detail.presence}”`);
    case "staff.added": return said(`添加了人员${whom}（登录名 ${detail.login}）`, ...member(detail));
    case "staff.changed": return said(changing(whom, detail), ...Object.entries(detail).filter(([name]) => name !== "is_active").map(([name, [was, now]]) => `${MEMBER[name] ?? name}：${value(name, was)} → ${value(name, now)}`));
    case "password.reset": return said(`重置了${whom}的密码`);
    case "password.changed": return said("修改了自己的密码");
    case "canned.saved": return said(`${detail.is_new ? "添加" : "修改"}了常用语“${detail.title}”（/${detail.shortcut}）`, detail.text);
    case "canned.removed": return said(`删除了常用语“${detail.title ?? ""}”（/${detail.shortcut ?? ""}）`, detail.text);
    case "operating.changed": return said(`修改了${SETTINGS[entry.subject] ?? entry.subject}`, ...setting(entry.subject, detail));
    case "login.succeeded": return said("登录了", address);
    case "login.failed": return { words: `用账号“${entry.subject}”登录失败`, details: [address].filter(Boolean) };
    case "login.locked": return { words: `账号“${entry.subject}”输错次数太多，登录被暂时锁定`, details: [address].filter(Boolean) };
    default: return knowledgeSentence({ ...entry, detail }, said) ?? said(`做了操作 ${entry.what}`, entry.subject);
  }
}

function changing(whom, detail) {
  if (!detail.is_active) return `修改了${whom}的资料`;
  const done = detail.is_active[1] ? `启用了${whom}的账号` : `停用了${whom}的账号`;
  return Object.keys(detail).length > 1 ? `${done}，并修改了资料` : done;
}

const member = (detail) => ["roles", "skills", "capacity"].filter((name) => detail[name] !== undefined).map((name) => `${MEMBER[name]}：${value(name, detail[name])}`);

function value(name, found) {
  if (name === "capacity") return `${found}人`;
  if (name === "roles" || name === "skills") return found.map((code) => ({ ...ROLES, ...SKILLS })[code] ?? code).join("、") || "无";
  return String(found);
}

function setting(name, { before, after }) {
  if (name === "queue_limit") return [`${before}人 → ${after}人`];
  if (name === "hours") return DAYS.flatMap((title, day) => (hours(before[day]) === hours(after[day]) ? [] : [`${title}：${hours(before[day])} → ${hours(after[day])}`]));
  if (name === "special_days") return [["删除", without(before, after)], ["添加", without(after, before)]].flatMap(([done, lines]) => lines.map((line) => `${done}：${line}`));
  if (name === "rating") return Object.entries(RATING).flatMap(([key, title]) => (shown(before[key]) === shown(after[key]) ? [] : [`${title}：${shown(before[key])} → ${shown(after[key])}`]));
  return name === "releases" ? limits({ before, after }) : [];
}

const without = (lines, others) => lines.filter((line) => !others.includes(line));
const hours = (spans) => spans.map(([start, end]) => `${start}–${end}`).join("、") || "休息";
const shown = (found) => (Array.isArray(found) ? found.join("、") || "无" : found ? "是" : "否");
