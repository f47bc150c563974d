// Somebody else saved first: both versions side by side, and what comes of them is the operator's to say.

import { h } from "/widget/dom.js";
import { isList, merge } from "./operator_content.js";
import { compared, comparedLists } from "./operator_diff.js";
import { FIELDS, fieldText, when } from "./operator_words.js";

/**
 * Resolves with the content to save on top of theirs, "theirs" to take theirs as it is, or null to go on editing.
 * `base` is what my edit was made from.
 */
export function askConflict({ base, mine, theirs, who, at }) {
  const { merged, mine: onlyMine, theirs: onlyTheirs, both } = merge(base, mine, theirs), result = { ...merged };
  return new Promise((resolve) => {
    let answer = null;
    const done = (value) => { answer = value; dialog.close(); };
    const dialog = h("dialog", { class: "editor conflict", "aria-label": "这篇文章刚被别人改过" },
      h("h2", {}, "这篇文章刚被别人改过"),
      h("p", {}, `您编辑的时候，${who}在${when(at)}保存了一个新版本。您写的内容都还在，下面选好以后再保存。`),
      both.length > 0 && h("h3", {}, `两个人都改了的（${both.length}处，请选择）`), both.map((name) => choice(name, base, mine, theirs, merged, (value) => { result[name] = value; })),
      ...(onlyMine.length ? [h("h3", {}, "只有您改了的（会保留您的）"), ...onlyMine.map((name) => side(name, base, mine))] : []),
      ...(onlyTheirs.length ? [h("h3", {}, `只有${who}改了的（会保留${who}的）`), ...onlyTheirs.map((name) => side(name, base, theirs))] : []),
      h("div", { class: "actions" }, h("button", { class: "button", type: "button", onclick: () => done(null) }, "先不保存，继续编辑"), h("button", { class: "button", type: "button", onclick: () => done("theirs") }, `放弃我的，用${who}的`),
        h("button", { class: "button primary", type: "button", onclick: () => done(result) }, "按上面的选择保存")));
    dialog.addEventListener("close", () => { dialog.remove(); resolve(answer); });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** A field that both changed: mine, theirs, and for lists both together. */
function choice(name, base, mine, theirs, merged, chosen) {
  const options = [...(isList(name) ? [["两边合在一起", merged[name]]] : []), ["用我的", mine[name]], ["用对方的", theirs[name]]];
  return h("fieldset", { class: "conflict-field" }, h("legend", {}, FIELDS[name]), h("div", { class: "sides" }, options.map(([title, value], index) =>
    h("label", { class: "side" }, h("span", { class: "radio" }, h("input", { type: "radio", name: `conflict-${name}`, checked: index === 0, onchange: () => chosen(value) }), title), shown(name, base[name], value)))));
}

const side = (name, base, now) => h("section", { class: "conflict-field" }, h("h4", {}, FIELDS[name]), h("div", { class: "side" }, shown(name, base[name], now[name])));

/** What a version did to a field: of a list only what was added and taken out, for it may be long. */
const shown = (name, before, now) => (isList(name) ? comparedLists(before, now) : h("p", { class: "diff-text" }, compared(fieldText(name, before), fieldText(name, now))));
