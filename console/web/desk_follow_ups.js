// What one has promised a customer to come back to: the list in the left column, the block at the right, and what can be done.

import { h } from "/widget/dom.js";
import { get, post, toast } from "./console_api.js";
import { askFinish, askMove } from "./desk_dialogs.js";
import { dueIn, moment } from "./words.js";

const LOOK_MS = 20_000, SOON_MS = 30 * 60_000;

export class FollowUps {
  constructor(store) {
    Object.assign(this, { store, mine: [], others: [], reminded: new Set() });
    setInterval(() => this.remind(), LOOK_MS);
  }

  async load() {
    Object.assign(this, await get("/api/desk/follow-ups"));
    this.remind();
  }

  all() { return [...this.mine, ...this.others]; }

  late() { return this.mine.filter((one) => Date.parse(one.due) <= Date.now()).length; }

  /** Say once that something is due: half an hour before, so that there is time to call. */
  remind() {
    const due = this.mine.filter((one) => Date.parse(one.due) - Date.now() <= SOON_MS && !this.reminded.has(one.id + one.due));
    for (const one of due) this.reminded.add(one.id + one.due);
    if (due.length) {
      toast(due.length === 1 ? `跟进快到期了：${due[0].task.slice(0, 40)}` : `有${due.length}条跟进快到期了，请到“跟进”里查看。`);
      this.store.ringing("queue");
    }
    this.store.changed("overview"); // what was on time is late now
  }

  /** What a conversation on the screen has left to do that this agent may tick off. */
  of(thread) {
    const known = new Set(this.all().map((one) => one.id));
    return (thread?.follow_ups ?? []).filter((one) => !one.done && known.has(one.id));
  }

  buttons(one) {
    return [h("button", { class: "button", type: "button", onclick: () => this.move(one) }, "改期或转交"),
      h("button", { class: "button primary", type: "button", onclick: () => this.finish(one) }, "完成跟进")];
  }

  async finish(one) {
    const done = await askFinish(one, ({ outcome, telling = "" }) => post(`/api/desk/follow-ups/${one.id}/finish`, { outcome, telling }));
    if (done) toast("这条跟进已完成。");
  }

  async move(one) {
    const owners = await get("/api/desk/follow-ups/owners").catch(() => [{ id: one.owner_id, name: one.owner }]);
    await askMove(one, owners, ({ due, owner }) => post(`/api/desk/follow-ups/${one.id}/move`, { due, ...(owner !== one.owner_id && { owner }) }));
  }
}

/** When something is due, in the colour it deserves. */
export function dueTag(one) {
  const left = Date.parse(one.due) - Date.now();
  return h("span", { class: `due${left <= 0 ? " late" : left <= SOON_MS ? " soon" : ""}`, title: moment(one.due) }, dueIn(one.due));
}

/** The lines a promise adds to the transcript it was made in. */
export function linesOf(thread) {
  return (thread.follow_ups ?? []).filter((one) => one.conversation === thread.id).flatMap((one) => [
    { id: one.id, sender: "note", label: `${one.owner} 待跟进`, text: `${one.task}\n期限 ${moment(one.due)}${one.ticket ? `，工单 ${one.ticket}` : ""}`, created: one.opened },
    one.done && { id: `${one.id} done`, sender: "note", label: `${one.done_by} 完成跟进`, text: one.outcome, created: one.done },
  ].filter(Boolean));
}
