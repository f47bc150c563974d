// 套餐目录: the list of what is sold, one offering, or the articles that no longer agree with it; what the address names.

import { CatalogueList } from "./operator_catalogue_list.js";
import { Notices } from "./operator_notices.js";
import { OfferingEditor } from "./operator_offering.js";

export async function mount(root, api, params) {
  const page = new CataloguePage(root, api);
  await page.show(params);
  return { update: (next) => page.show(next), isChanged: () => Boolean(page.editor?.isChanged) };
}

class CataloguePage {
  constructor(root, api) {
    Object.assign(this, { root, api, list: new CatalogueList(api), notices: new Notices(api) });
  }

  /** Show what an address names; false where something written is in the way. */
  async show(params) {
    if (this.editor?.isChanged) return false;
    const turn = this.turn = {}, { element, editor, draw } = await this.ask(params);
    if (turn !== this.turn || this.api.signal.aborted) return true; // somebody has gone on meanwhile
    if (this.editor?.isChanged) return false; // or has begun to write
    this.editor = editor;
    draw?.();
    if (this.root.firstElementChild !== element) this.root.replaceChildren(element);
    return true;
  }

  /** Ask for what is to be shown, and show nothing of it yet. */
  async ask({ path: [id], query }) {
    if (id === "notices") return { element: this.notices.element, draw: await this.notices.ask(query) };
    if (!id) return { element: this.list.element, draw: await this.list.ask(query) };
    const editor = new OfferingEditor(this.api, id === "new" ? null : id);
    await editor.load(); // before it is shown: what is typed must not be filled over
    return { element: editor.element, editor };
  }
}
