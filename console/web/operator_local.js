// What is being written, kept on this computer until the service has it: for each account and article.

const KEY = "tongda.draft", KEPT_DAYS = 14;

export class LocalCopy {
  constructor(accountId, articleId) { this.key = `${KEY}.${accountId}.${articleId}`; }

  /** {content, base, version, at} or null; `base` is what the edit was made from. */
  read() {
    try { return JSON.parse(localStorage.getItem(this.key)); } catch { return null; }
  }

  /** Say whether it could be kept: a full or forbidden storage keeps nothing. */
  write(copy) {
    try { localStorage.setItem(this.key, JSON.stringify({ ...copy, at: new Date().toISOString() })); return true; } catch { return false; }
  }

  remove() { try { localStorage.removeItem(this.key); } catch { /* nothing was kept either */ } }
}

/** Forget copies that nobody came back for. */
export function forgetOld() {
  try {
    const oldest = Date.now() - KEPT_DAYS * 86400e3;
    for (const key of Object.keys(localStorage).filter((name) => name.startsWith(`${KEY}.`)))
      if (new Date(JSON.parse(localStorage.getItem(key)).at) < oldest) localStorage.removeItem(key);
  } catch { /* no storage, nothing old */ }
}
