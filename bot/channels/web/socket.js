// A Socket.IO client small enough to read: protocol 5 over Engine.IO 4, WebSocket first, long polling where a proxy
// allows nothing else. Source: https://socket.io/docs/v4/engine-io-protocol/ and .../socket-io-protocol/

const OPEN = "0", CLOSE = "1", PING = "2", PONG = "3", MESSAGE = "4";
const CONNECT = "0", DISCONNECT = "1", EVENT = "2", ACK = "3", CONNECT_ERROR = "4";
const RECORD_SEPARATOR = "\x1e"; // between packets of one polling payload
const FIRST_WAIT_MS = 500, LONGEST_WAIT_MS = 8000, CONNECT_TIMEOUT_MS = 8000, ACK_TIMEOUT_MS = 10000;

export class Socket {
  /** @param {string} base origin of the service, without a trailing slash */
  constructor(base) {
    this.base = base;
    this.handlers = {};
    this.acks = new Map();
    this.nextAck = 0;
    this.isConnected = false;
    this.failures = 0;
    this.isClosed = false;
    this.transport = null;
    // A phone that wakes up or finds its network again should not sit out the wait.
    addEventListener("online", () => this.wake());
    addEventListener("offline", () => this.drop());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.wake());
  }

  on(event, handler) { this.handlers[event] = handler; return this; }

  fire(event, ...values) { this.handlers[event]?.(...values); }

  connect() {
    clearTimeout(this.timer);
    if (this.isClosed || this.transport) return;
    const Transport = this.failures >= 2 && this.failures % 2 === 0 ? Polling : WebSocketTransport;
    const transport = new Transport(this.base, {
      packet: (packet) => this.transport === transport && this.receive(packet),
      ended: () => this.transport === transport && this.lost(),
    });
    this.transport = transport;
    this.timer = setTimeout(() => this.drop(), CONNECT_TIMEOUT_MS);
  }

  wake() {
    if (!this.transport) { this.failures = Math.min(this.failures, 1); this.connect(); }
  }

  drop() {
    if (!this.transport) return;
    this.transport.close();
    this.lost();
  }

  lost() {
    clearTimeout(this.timer);
    clearTimeout(this.heartbeat);
    this.transport = null;
    const was = this.isConnected;
    this.isConnected = false;
    for (const [, ack] of this.acks) ack.reject(new Error("disconnected"));
    this.acks.clear();
    if (was) this.fire("disconnect");
    if (this.isClosed) return;
    const wait = Math.min(FIRST_WAIT_MS * 2 ** this.failures, LONGEST_WAIT_MS);
    this.failures += 1;
    this.timer = setTimeout(() => this.connect(), wait * (0.75 + Math.random() / 2));
  }

  receive(packet) {
    const body = packet.slice(1);
    if (packet[0] === OPEN) {
      const { pingInterval, pingTimeout } = JSON.parse(body);
      this.silence = pingInterval + pingTimeout;
      this.beat();
      this.transport.send(MESSAGE + CONNECT);
    } else if (packet[0] === PING) {
      this.beat();
      this.transport.send(PONG);
    } else if (packet[0] === CLOSE) {
      this.drop();
    } else if (packet[0] === MESSAGE) {
      this.receiveMessage(body);
    }
  }

  receiveMessage(body) {
    if (body[0] === CONNECT) {
      clearTimeout(this.timer);
      this.isConnected = true;
      this.failures = 0;
      this.fire("connect");
    } else if (body[0] === DISCONNECT || body[0] === CONNECT_ERROR) {
      this.drop();
    } else if (body[0] === EVENT || body[0] === ACK) {
      const [, id, json] = /^(\d*)([\s\S]*)$/.exec(body.slice(1));
      const values = JSON.parse(json);
      if (body[0] === EVENT) return this.fire(values[0], ...values.slice(1));
      this.acks.get(Number(id))?.resolve(values[0]);
      this.acks.delete(Number(id));
    }
  }

  beat() {
    clearTimeout(this.heartbeat);
    this.heartbeat = setTimeout(() => this.drop(), this.silence);
  }

  /** Emit an event; the promise resolves with what the server acknowledges, or rejects when the connection goes. */
  emit(event, data) {
    return new Promise((resolve, reject) => {
      if (!this.isConnected) return reject(new Error("disconnected"));
      const id = this.nextAck++;
      const timer = setTimeout(() => { this.acks.delete(id); reject(new Error("timeout")); }, ACK_TIMEOUT_MS);
      const settle = (done) => (value) => { clearTimeout(timer); done(value); };
      this.acks.set(id, { resolve: settle(resolve), reject: settle(reject) });
      this.transport.send(MESSAGE + EVENT + id + JSON.stringify([event, data]));
    });
  }
}

class WebSocketTransport {
  constructor(base, { packet, ended }) {
    this.socket = new WebSocket(base.replace(/^http/, "ws") + "/socket.io/?EIO=4&transport=websocket");
    this.socket.onmessage = (event) => packet(event.data);
    this.socket.onclose = ended;
    this.socket.onerror = () => {}; // a close always follows
  }

  send(packet) { if (this.socket.readyState === WebSocket.OPEN) this.socket.send(packet); }

  close() { this.socket.onclose = null; this.socket.close(); }
}

class Polling {
  constructor(base, { packet, ended }) {
    Object.assign(this, { base, packet, ended, isOpen: true, queue: [], sid: "" });
    this.poll();
  }

  url() {
    return `${this.base}/socket.io/?EIO=4&transport=polling${this.sid && `&sid=${this.sid}`}&t=${Date.now().toString(36)}`;
  }

  async poll() {
    try {
      while (this.isOpen) {
        const answer = await fetch(this.url());
        if (!answer.ok) throw new Error(String(answer.status));
        for (const packet of (await answer.text()).split(RECORD_SEPARATOR)) {
          if (packet[0] === OPEN) this.sid = JSON.parse(packet.slice(1)).sid;
          this.packet(packet);
        }
      }
    } catch { this.end(); }
  }

  async send(packet) {
    this.queue.push(packet);
    if (this.isSending) return;
    this.isSending = true;
    try {
      while (this.queue.length) {
        const body = this.queue.splice(0).join(RECORD_SEPARATOR);
        const answer = await fetch(this.url(), { method: "POST", body, headers: { "Content-Type": "text/plain;charset=UTF-8" } });
        if (!answer.ok) throw new Error(String(answer.status));
      }
    } catch { this.end(); } finally { this.isSending = false; }
  }

  end() { if (this.isOpen) { this.isOpen = false; this.ended(); } }

  close() { this.isOpen = false; }
}
