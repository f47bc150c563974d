// The tester's interface of the simulator.

import { WORDS } from "./words.js";

export class Refused extends Error {}

export async function get(path, signal) {
  return read(await fetch(`/simulator/${path}`, { signal }));
}

export async function post(path, body = {}) {
  return read(await fetch(`/simulator/${path}`, { method: "POST", body: JSON.stringify(body) }));
}

async function read(answer) {
  const found = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(WORDS.failed(found.error ?? answer.status));
  return found;
}

export const act = (openid, name, body) => post(`users/${encodeURIComponent(openid)}/${name}`, body);
