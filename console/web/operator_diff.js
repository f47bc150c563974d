// Two texts compared character by character, as <del> and <ins>.

import { h } from "/widget/dom.js";

const MOST_CELLS = 4e6, LEAST_SHARED = 0.25; // beyond either the two are shown whole: nobody reads such a difference by the character

/** Return the pieces of before and after in one line of reading. */
export function compared(before, after) {
  const start = common(before, after), end = common(before.slice(start), after.slice(start), -1);
  const gone = [...before.slice(start, before.length - end)], come = [...after.slice(start, after.length - end)];
  return [before.slice(0, start), ...middle(gone, come), end ? after.slice(after.length - end) : ""];
}

/** How many characters two texts share at their beginning, or (step -1) at their end. */
function common(one, other, step = 1) {
  let length = 0;
  const at = (text) => text.at(step > 0 ? length : -1 - length);
  while (length < Math.min(one.length, other.length) && at(one) === at(other)) length += 1;
  return length;
}

function middle(gone, come) {
  if (gone.length * come.length > MOST_CELLS) return [mark("del", gone.join("")), mark("ins", come.join(""))];
  const width = come.length + 1, longest = new Uint16Array((gone.length + 1) * width); // of the common subsequence of what follows
  for (let i = gone.length - 1; i >= 0; i -= 1)
    for (let j = come.length - 1; j >= 0; j -= 1)
      longest[i * width + j] = gone[i] === come[j] ? longest[(i + 1) * width + j + 1] + 1 : Math.max(longest[(i + 1) * width + j], longest[i * width + j + 1]);
  const pieces = [];
  const add = (kind, character) => (pieces.at(-1)?.kind === kind ? (pieces.at(-1).text += character) : pieces.push({ kind, text: character }));
  for (let i = 0, j = 0; i < gone.length || j < come.length;) {
    if (i < gone.length && j < come.length && gone[i] === come[j]) { add("", gone[i]); i += 1; j += 1; }
    else if (i < gone.length && (j === come.length || longest[(i + 1) * width + j] >= longest[i * width + j + 1])) add("del", gone[i++]);
    else add("ins", come[j++]);
  }
  const shared = pieces.filter(({ kind }) => !kind).reduce((sum, { text }) => sum + text.length, 0);
  if (shared < LEAST_SHARED * Math.min(gone.length, come.length)) return [mark("del", gone.join("")), mark("ins", come.join(""))];
  return pieces.map(({ kind, text }) => (kind ? mark(kind, text) : text));
}

const mark = (kind, text) => (text ? h(kind, {}, text) : "");

/** Two lists compared: what was taken out, what was added. */
export function comparedLists(before, after) {
  const line = (kind, text) => h("li", {}, h(kind, {}, text));
  return h("ul", { class: "diff-list" }, before.filter((item) => !after.includes(item)).map((item) => line("del", item)), after.filter((item) => !before.includes(item)).map((item) => line("ins", item)));
}
