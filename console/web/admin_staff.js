// 人员: everybody with an account; an administrator adds and changes, a supervisor reads.

import { h } from "/widget/dom.js";
import { boxes, confirm, edit, field, refuse, showPassword, ticked } from "./admin_form.js";
import { get, post, put, toast } from "./console_api.js";
import { ROLES, SKILLS } from "./words.js";

const AT_DESK = ["agent", "supervisor", "admin"];
const words = (codes, names) => codes.map((code) => names[code] ?? code).join("、");

export class StaffTab {
  constructor(account) {
    this.account = account;
    this.isAdmin = account.roles.includes("admin");
    this.members = [];
    this.search = h("input", { class: "input search", type: "search", placeholder: "搜索姓名或登录名", "aria-label": "搜索姓名或登录名", oninput: () => this.render() });
    this.all = h("input", { type: "checkbox", onchange: () => this.render() });
    this.rows = h("tbody");
    this.empty = h("p", { class: "empty", hidden: true }, "没有符合条件的人员。");
    this.element = h("div", {},
      h("div", { class: "tools" }, this.search, h("label", { class: "check" }, this.all, " 显示已停用"), this.isAdmin && h("button", { class: "button primary", type: "button", onclick: () => this.add() }, "添加人员")),
      h("table", { class: "cards" }, h("thead", {}, h("tr", {}, ["姓名", "登录名", "角色", "技能组", "同时接待", "状态"].map((title) => h("th", { scope: "col" }, title)), this.isAdmin && h("th", { scope: "col" }, h("span", { class: "hidden" }, "操作")))), this.rows),
      this.empty);
  }

  async load() {
    this.members = await get("/api/admin/staff");
    this.render();
  }

  render() {
    const wanted = this.search.value.trim().toLowerCase();
    const shown = this.members.filter((member) => (this.all.checked || member.is_active) && (member.name.toLowerCase().includes(wanted) || member.login.includes(wanted)));
    this.rows.replaceChildren(...shown.map((member) => this.row(member)));
    this.empty.hidden = shown.length > 0;
  }

  row(member) {
    const isMe = member.id === this.account.id;
    const cell = (title, ...content) => h("td", { "data-title": title }, h("div", {}, content));
    return h("tr", { class: member.is_active ? "" : "off" },
      cell("姓名", h("strong", {}, member.name), isMe && h("span", { class: "hint" }, "（我）")), cell("登录名", member.login), cell("角色", words(member.roles, ROLES)),
      cell("技能组", words(member.skills, SKILLS) || "—"), cell("同时接待", `${member.capacity}人`), cell("状态", h("span", { class: `tag ${member.is_active ? "ok" : ""}` }, member.is_active ? "在用" : "已停用")),
      this.isAdmin && h("td", { class: "row-actions" }, this.actions(member, isMe)));
  }

  actions(member, isMe) {
    const button = (title, doing, kind = "") => h("button", { class: `button ${kind}`, type: "button", "aria-label": `${title}：${member.name}`, onclick: doing }, title);
    return [button("编辑", () => this.change(member)), !isMe && member.is_active && button("重置密码", () => this.reset(member)),
      !isMe && (member.is_active ? button("停用", () => this.letGo(member), "danger") : button("启用", () => this.takeBack(member)))];
  }

  async add() {
    const made = await edit("添加人员", [
      field("登录名", h("input", { name: "login", required: true, minlength: 2, maxlength: 64, pattern: "\\S+", title: "2至64个字符，中间不能有空格", autocomplete: "off", autocapitalize: "none" }), "用来登录，添加后不能修改"),
      ...this.fields({ name: "", roles: ["agent"], skills: [], capacity: 5 })], "添加", (form) => post("/api/admin/staff", { login: form.elements.login.value, ...read(form) }));
    if (!made) return;
    await this.load();
    showPassword(made.member.name, made.member.login, made.password);
  }

  async change(member) {
    const isMe = member.id === this.account.id;
    const changed = await edit(`编辑：${member.name}`, this.fields(member, isMe), "保存", (form) => put(`/api/admin/staff/${member.id}`, differing(read(form), member)));
    if (!changed) return;
    toast("已保存");
    await this.load();
  }

  fields(member, isMe = false) {
    return [field("姓名", h("input", { name: "name", required: true, maxlength: 40, value: member.name, autocomplete: "off" }), "客户在对话里会看到"),
      boxes("角色", "roles", ROLES, member.roles, { locked: isMe ? ["admin"] : [], hint: isMe ? "不能取消自己的管理员角色；修改后您需要重新登录" : member.id && "修改角色后，对方需要重新登录" }),
      boxes("技能组", "skills", SKILLS, member.skills, { hint: "客服只会分到这些技能组的客户" }),
      field("最多同时接待", h("input", { name: "capacity", type: "number", required: true, min: 1, max: 50, step: 1, value: member.capacity }))];
  }

  async reset(member) {
    const given = await confirm("重置密码", `${member.name}会被退出登录，原来的密码不能再用。确定重置吗？`, "重置", () => post(`/api/admin/staff/${member.id}/reset`));
    if (given) showPassword(member.name, member.login, given.password);
  }

  async letGo(member) {
    const done = await confirm("停用账号", `${member.name}会马上退出登录，正在接待的客户会回到队列由其他客服接待。确定停用吗？`, "停用", () => put(`/api/admin/staff/${member.id}`, { is_active: false }));
    if (done) { toast(`已停用${member.name}`); await this.load(); }
  }

  async takeBack(member) {
    const done = await confirm("启用账号", `${member.name}可以用原来的密码重新登录。确定启用吗？`, "启用", () => put(`/api/admin/staff/${member.id}`, { is_active: true }));
    if (done) { toast(`已启用${member.name}`); await this.load(); }
  }
}

function read(form) {
  const roles = ticked(form, "roles"), skills = ticked(form, "skills");
  if (!roles.length) refuse("请至少选择一个角色。");
  if (roles.includes("agent") && !skills.length) refuse("客服至少要选一个技能组，否则分不到客户。");
  return { name: form.elements.name.value.trim() || refuse("请填写姓名。"), roles, skills: roles.some((role) => AT_DESK.includes(role)) ? skills : [], capacity: form.elements.capacity.valueAsNumber };
}

/** Only what was changed here: what somebody else changes meanwhile stays. */
function differing(values, member) {
  const key = (value) => JSON.stringify(Array.isArray(value) ? [...value].sort() : value);
  return Object.fromEntries(Object.entries(values).filter(([name, value]) => key(value) !== key(member[name])));
}
