// Short tones for what an agent should hear while looking elsewhere; made here, no files. A browser allows them after a click.

import { h } from "/widget/dom.js";

const OFF = "tongda.desk.silent";
const TONES = { message: [880], given: [660, 880], queue: [520] };

export class Sound {
  constructor() {
    this.isOff = read();
    this.button = h("button", { class: "button", type: "button", onclick: () => this.toggle() });
    this.label();
    for (const touch of ["pointerdown", "keydown"]) document.addEventListener(touch, () => this.wake());
  }

  /** A browser lets a page sound once somebody has used it, and may silence it again while it sleeps. */
  wake() {
    this.context ??= new AudioContext();
    if (this.context.state === "suspended") this.context.resume();
  }

  toggle() { this.isOff = !this.isOff; try { localStorage.setItem(OFF, String(this.isOff)); } catch { /* private mode */ } this.label(); if (!this.isOff) this.play("message"); }

  label() { this.button.textContent = this.isOff ? "声音：关" : "声音：开"; this.button.setAttribute("aria-pressed", String(!this.isOff)); }

  play(what) {
    if (this.isOff || !this.context || this.context.state !== "running") return;
    TONES[what].forEach((frequency, index) => {
      const start = this.context.currentTime + index * 0.14, tone = this.context.createOscillator(), volume = this.context.createGain();
      tone.frequency.value = frequency;
      volume.gain.setValueAtTime(0.12, start);
      volume.gain.exponentialRampToValueAtTime(0.001, start + 0.13);
      tone.connect(volume).connect(this.context.destination);
      tone.start(start);
      tone.stop(start + 0.14);
    });
  }
}

function read() { try { return localStorage.getItem(OFF) === "true"; } catch { return false; } }
