// The socket of a thread page, which only reads: greeted with the page's cursor, acknowledged, opened anew when it is lost.
const ACKNOWLEDGE = 200; // milliseconds after which what came is acknowledged
const REFUSED = [4400, 4500]; // closed with a code in between it would be refused again

export class ThreadSocket {
  // `page` has a cursor, takes messages and shows how the connection stands.
  constructor(path, page) {
    this.address = location.origin.replace(/^http/, "ws") + path;
    this.page = page;
    this.attempt = 0;
  }

  open() {
    const socket = new WebSocket(this.address);
    this.socket = socket;
    this.forget(); // what came by the old one needs no answer any more
    socket.onopen = () => this.send({ type: "hello", cursor: this.page.cursor });
    socket.onmessage = ({ data }) => { this.attempt = 0; this.page.take(JSON.parse(data)); };
    socket.onclose = ({ code }) => { if (this.socket === socket) this.lost(code); };
  }

  lost(code) {
    const refused = code >= REFUSED[0] && code < REFUSED[1];
    this.page.show(refused || this.attempt > 3 ? "stale" : "reconnecting");
    if (refused) return;
    this.retry = setTimeout(() => this.open(), Math.min(500 * 2 ** this.attempt++, 10000) * (0.75 + Math.random() / 2));
  }

  // For good, or until it is opened again.
  close() {
    const old = this.socket;
    this.socket = null;
    clearTimeout(this.retry);
    this.forget();
    old?.close();
  }

  acknowledge(seq) {
    this.newest = seq;
    this.acknowledging ??= setTimeout(() => { this.forget(); this.send({ type: "ack", seq: this.newest }); }, ACKNOWLEDGE);
  }

  forget() {
    clearTimeout(this.acknowledging);
    this.acknowledging = null;
  }

  send(message) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }
}
