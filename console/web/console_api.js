// Talking to the service as a member of staff: JSON in and out, the CSRF token on every change, errors in words.

let csrf = "";

/** An answer that is not a success; `message` is for the reader, `more` what else the error says. */
export class Refusal extends Error {
  constructor(status, { code, message, ...more }) { super(message); Object.assign(this, { status, code, more }); }
}

export async function me() {
  const found = await call("GET", "/api/staff/me");
  csrf = found.csrf;
  return found;
}

export const get = (path) => call("GET", path);
export const post = (path, body = {}) => call("POST", path, body);
export const put = (path, body = {}) => call("PUT", path, body);
export const remove = (path, body) => call("DELETE", path, body);

/** Send a file as it is; `progress(share)` hears how much of it has left, 0 to 1. Only XMLHttpRequest tells that. */
export function upload(path, file, { progress, headers = {} } = {}) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", path);
    request.responseType = "json";
    for (const [name, value] of Object.entries({ "X-CSRF-Token": csrf, "Content-Type": "application/octet-stream", ...headers })) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => event.lengthComputable && progress?.(event.loaded / event.total);
    request.onload = () => (request.status < 300 ? resolve(request.response ?? {}) : reject(refused(request.status, request.response)));
    request.onerror = () => reject(offline());
    request.send(file);
  });
}

export async function signOut() {
  await post("/api/staff/sign-out").catch(() => {});
  sessionStorage.clear(); // what is half written is nobody else's
  location.href = "/login";
}

async function call(method, path, body) {
  let answer;
  try {
    answer = await fetch(path, {
      method, credentials: "same-origin",
      headers: { ...(method === "GET" ? {} : { "X-CSRF-Token": csrf, "Content-Type": "application/json" }) },
      body: body === undefined || method === "GET" ? undefined : JSON.stringify(body),
    });
  } catch { throw offline(); }
  const found = await answer.json().catch(() => ({}));
  if (!answer.ok) throw refused(answer.status, found);
  return found;
}

const offline = () => new Refusal(0, { code: "network", message: "网络断开了，请稍后再试。" });

function refused(status, found) {
  if (status === 401 && location.pathname !== "/login") location.href = `/login?next=${encodeURIComponent(location.pathname + location.hash)}`;
  return new Refusal(status, found?.error ?? { code: "unknown", message: "操作没有成功，请稍后再试。" });
}

/** Say something in passing. */
export function toast(words) {
  document.querySelector(".toast")?.remove();
  const shown = Object.assign(document.createElement("div"), { className: "toast", textContent: words, role: "status" });
  shown.setAttribute("role", "status");
  document.body.append(shown);
  setTimeout(() => shown.remove(), 4200);
}

/** Run something; say in words why it did not work. */
export async function attempt(doing) {
  try { return await doing(); } catch (error) {
    toast(error instanceof Refusal ? error.message : "页面出错了，请刷新后再试。");
    if (!(error instanceof Refusal)) throw error;
    return undefined;
  }
}
