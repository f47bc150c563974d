// Changing one's own password: every session ends, this browser gets another, so the page is loaded again.

import { h } from "/widget/dom.js";
import { post, Refusal } from "./console_api.js";
import { edit } from "./dialogs.js";

/** The signed-in person's name; pressed, it asks for a new password. */
export function nameButton(account) {
  return h("button", { class: "button quiet me", type: "button", title: "修改密码", onclick: changePassword }, account.name);
}

async function changePassword() {
  const fields = [field("原密码", "old", "current-password"), field("新密码（至少10位）", "new", "new-password"), field("再输一遍新密码", "again", "new-password")];
  const done = await edit("修改密码", fields, "修改", (_, { old, new: wanted, again }) => {
    if (wanted !== again) throw new Refusal(0, { code: "password.differ", message: "两次输入的新密码不一样。" });
    return post("/api/staff/password", { old, new: wanted });
  });
  if (done) location.reload();
}

const field = (title, name, autocomplete) => h("label", { class: "field" }, h("span", {}, title), h("input", { name, type: "password", autocomplete, required: true, maxlength: 200, minlength: name === "old" ? undefined : 10 }));
