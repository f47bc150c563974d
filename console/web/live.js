// The desk's websocket: comes back by itself, and says when it was away, so that the page reads everything again.

const FIRST_WAIT_MS = 500, LONGEST_WAIT_MS = 8000, SIGNED_OUT = 4401;

export class Live {
  constructor(path, { said, connected, lost }) {
    Object.assign(this, { path, said, connected, lost, failures: 0 });
    addEventListener("online", () => this.wake());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.wake());
  }

  connect() {
    clearTimeout(this.timer);
    const socket = new WebSocket(location.origin.replace(/^http/, "ws") + this.path);
    this.socket = socket;
    socket.onmessage = (event) => {
      const message = JSON.parse(event.data);
      if (message.type === "hello") { this.failures = 0; this.connected(); } else this.said(message);
    };
    socket.onclose = (event) => this.socket === socket && this.again(event.code);
  }

  again(code) {
    this.socket = null;
    this.lost();
    if (code === SIGNED_OUT) { location.href = `/login?next=${encodeURIComponent(location.pathname)}`; return; }
    const wait = Math.min(FIRST_WAIT_MS * 2 ** this.failures++, LONGEST_WAIT_MS);
    this.timer = setTimeout(() => this.connect(), wait * (0.75 + Math.random() / 2));
  }

  /** Tell the service something; while it is away nothing is said, and everything is read again afterwards. */
  say(message) { if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message)); }

  wake() { if (!this.socket) this.connect(); }
}
