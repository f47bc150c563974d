// Signing in; a one-time password is changed before anything else.

import { me, post } from "./console_api.js";

const signIn = document.querySelector("#sign-in"), change = document.querySelector("#change");
let oneTime = "";

/** Only a path of this site is a place to go back to. */
function goOn(account) {
  const next = new URLSearchParams(location.search).get("next") ?? "";
  location.href = /^\/(?![/\\])/.test(next) ? next : account.home;
}

function refuse(form, words) {
  const shown = form.querySelector(".refused");
  shown.textContent = words;
  shown.hidden = !words;
}

async function submit(form, doing) {
  const button = form.querySelector("button");
  refuse(form, "");
  button.disabled = true;
  try { await doing(Object.fromEntries(new FormData(form))); } catch (error) { refuse(form, error.message); } finally { button.disabled = false; }
}

signIn.addEventListener("submit", (event) => {
  event.preventDefault();
  submit(signIn, async ({ login, password }) => {
    const account = await post("/api/staff/sign-in", { login, password });
    if (!account.must_change_password) return goOn(account);
    oneTime = password;
    signIn.hidden = true;
    change.hidden = false;
    change.querySelector("input").focus();
  });
});

change.addEventListener("submit", (event) => {
  event.preventDefault();
  submit(change, async (values) => {
    if (values.new !== values.again) throw new Error("两次输入的新密码不一样。");
    await me();
    goOn(await post("/api/staff/password", { old: oneTime, new: values.new }));
  });
});
