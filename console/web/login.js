// Signing in; a one-time password is changed before anything else.

import { me, post } from "./console_api.js";

const signIn = document.querySelector("#sign-in"), change = document.querySelector("#change");
let oneTime = "";

/** Return the place that was asked for before signing in; only a path of this site is one. */
function wanted() {
  const next = new URLSearchParams(location.search).get("next") ?? "";
  if (!/^\/(?!\/)/.test(next)) return "";
  const asked = new URL(next, location.origin); // as the browser itself reads it: `/\t/elsewhere` is another site
  asked.hash ||= location.hash; // what the service cannot see, a redirect leaves in the address
  return asked.origin === location.origin ? asked.href : ""; // whole: `/.//elsewhere` has the path `//elsewhere`
}

function goOn(account) { location.href = wanted() || account.home; }

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
    change.elements.login.value = account.login;
    change.elements.new.focus();
  });
});

change.addEventListener("submit", (event) => {
  event.preventDefault();
  submit(change, async (values) => {
    if (values.new !== values.again) throw new Error("两次输入的新密码不一样。");
    await me(); // fetches the CSRF token
    goOn(await post("/api/staff/password", { old: oneTime, new: values.new }));
  });
});
