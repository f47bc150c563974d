// The lines of a transcript, whoever said them, with the private notes between them.

import { h, linked } from "/widget/dom.js";
import { keep } from "./arrange.js";
import { linesOf } from "./desk_follow_ups.js";
import { moment } from "./words.js";

const SENDERS = { bot: "机器人", agent: "客服", system: "系统", customer: "客户" };

export class Lines {
  constructor({ olderWanted, sendAgain }) { Object.assign(this, { olderWanted, sendAgain, kept: new Map() }); }

  /** Return the elements of a transcript, in order; `older` is what was said in earlier conversations, once it was asked for. */
  of(thread, older) {
    const lines = [...(older ?? []), ...thread.messages, ...thread.notes.map((note) => ({ ...note, sender: "note" })), ...linesOf(thread)];
    lines.sort((a, b) => Date.parse(a.created) - Date.parse(b.created) || (a.seq ?? Infinity) - (b.seq ?? Infinity));
    const more = older ? [] : [keep(this.kept, "older", h("button", { class: "button quiet older", type: "button", onclick: () => this.olderWanted() }, "查看最近30天的历史会话"))];
    return [...more, ...lines.map((line) => keep(this.kept, line.id ?? line.client_id, this.line(line)))];
  }

  line(line) {
    const who = line.label ?? (line.sender === "note" ? `${line.author}${line.is_whisper ? " 悄悄提示" : " 的备注"}` : line.sender === "agent" ? line.author ?? SENDERS.agent : SENDERS[line.sender]);
    return h("div", { class: `bubble ${line.sender}${line.seq || line.sender === "note" ? "" : " sending"}${line.isFailed ? " failed" : ""}` },
      line.sender !== "system" && h("small", {}, `${who} ${moment(line.created)}`), linked(line.text || "（卡片）"),
      line.picture && h("a", { href: line.picture, target: "_blank", rel: "noopener noreferrer" }, "查看图片"),
      line.buttons?.length > 0 && h("div", { class: "choices" }, `选项：${line.buttons.join(" / ")}`),
      line.isFailed && h("button", { class: "button quiet", type: "button", onclick: () => this.sendAgain(line) }, "没有发出去，点这里重发"));
  }
}
