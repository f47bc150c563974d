// Questions the operator console asks.

import { edit } from "./admin_form.js";
import { h } from "/widget/dom.js";

/** Ask before leaving what is not saved, and is kept on this computer or not; true is to go. */
export async function askLeave(isKept) {
  const left = await edit("有修改还没保存", h("p", {}, isKept ? "离开后可以在这台电脑上找回没保存的内容，但还没有存到系统里，同事看不到。" : "离开后，没保存的修改会丢失。"), "不保存，离开", async () => true, "danger");
  return left === true;
}
