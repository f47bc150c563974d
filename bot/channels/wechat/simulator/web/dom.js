// Elements: h("button", {class: "x", onclick: f}, "text", child).

export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value != null) element.setAttribute(key, value);
  }
  element.append(...children.filter((child) => child != null));
  return element;
}

export const $ = (selector) => document.querySelector(selector);

export function toast(words) {
  const line = $(".toast");
  line.textContent = words;
  line.hidden = false;
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => { line.hidden = true; }, 3000);
}

// Ask for one text; null when it was not given.
export function ask(words, value = "") {
  const dialog = $(".ask"), input = dialog.querySelector("input");
  dialog.querySelector("span").textContent = words;
  input.value = value;
  dialog.returnValue = "";
  dialog.showModal();
  input.select();
  return new Promise((done) => {
    dialog.addEventListener("close", () => done(dialog.returnValue === "ok" ? input.value.trim() : null), { once: true });
  });
}
