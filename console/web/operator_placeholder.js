// "{{data-boost-10.price}}": what an answer says of an offering, chosen instead of typed.

import { edit, field, refuse } from "./admin_form.js";
import { h } from "/widget/dom.js";
import { CELLS } from "./operator_import_words.js";
import { offerings, Picker } from "./operator_picker.js";

const PARTS = ["price", "name", "data", "voice", "sms", "bandwidth", "validity", "effective", "overage", "subscribe", "cancel", "contract", "tariff_no"];

/** A button that puts a placeholder where the cursor is; `target()` is the text area, `took(offering)` hears what it is about. */
export function inserting(api, target, took) {
  return h("button", { class: "button", type: "button", onclick: async () => {
    const picker = new Picker({ label: "套餐", placeholder: "输入套餐名称查找", most: 1, ...offerings(api) }), area = target(), { selectionStart: start, selectionEnd: end } = area;
    const part = h("select", { name: "part" }, PARTS.map((code) => h("option", { value: code }, CELLS[code][0].replace(/（.*）/, ""))));
    const chosen = await edit("插入套餐内容", [h("p", { class: "hint" }, "答案里会跟着套餐目录走，目录改了不用改文章。"), h("div", { class: "field" }, h("span", {}, "套餐"), picker.element), field("哪一项", part)], "插入", async () => picker.chosen[0] ?? refuse("请先选一个套餐。"));
    if (!chosen) return;
    area.focus();
    area.setRangeText(`{{${chosen.id}.${part.value}}}`, start, end, "end");
    area.dispatchEvent(new InputEvent("input", { bubbles: true }));
    took(chosen);
  } }, "＋ 插入套餐内容");
}
