/**
 * Runs the sync machine on a browser's socket, timers and frames.
 */

import { Coalescer, SyncStateMachine } from './sync.js';

/** @typedef {import('./sync.js').FeedAction} FeedAction */
/** @typedef {import('./types.js').Order} Order */
/** @typedef {'live' | '5 s' | '30 s' | 'paused'} Pace */

const silenceCheckMilliseconds = 5_000;

/** @type {Record<Pace, number>} */
const paceMilliseconds = { live: 0, '5 s': 5_000, '30 s': 30_000, paused: Infinity };

/**
 * Events: “state” when the connection or the pace changes; “orders” with the changes of a frame; “resync” when what is
 * shown must be fetched again; “notice” for everything else the server says.
 */
export class SyncClient extends EventTarget {
  machine = new SyncStateMachine();
  /** @type {Pace} */
  pace = 'live';
  #path;
  /** @type {WebSocket | null} */
  #socket = null;
  #coalescer = new Coalescer();
  #retryTimer = 0;
  #frameRequested = false;
  #drawnAt = 0;

  /** @param {string} path */
  constructor(path) {
    super();
    this.#path = path;
  }

  get waiting() {
    return this.#coalescer.size;
  }

  /**
   * @param {number | null} seq  The place in the feed before anything was fetched that is shown: what changes after it is told.
   */
  start(seq) {
    this.machine.seq = seq;
    this.#act(this.machine.start(Date.now()));
    window.setInterval(() => this.#act(this.machine.checked(Date.now())), silenceCheckMilliseconds);
    window.addEventListener('online', () => this.#act(this.machine.waited(Date.now())));
    document.addEventListener('visibilitychange', () => {
      if (document.hidden) return;
      this.#act(this.machine.waited(Date.now()));
      this.#requestFrame();
    });
  }

  stop() {
    this.#act(this.machine.stop());
  }

  /** @param {Pace} pace */
  setPace(pace) {
    this.pace = pace;
    this.#tell('state');
    this.#requestFrame();
  }

  /** @param {FeedAction[]} actions */
  #act(actions) {
    for (const action of actions) {
      switch (action.kind) {
        case 'connect': this.#connect(action.since); break;
        case 'close': this.#drop(); break;
        case 'wait':
          window.clearTimeout(this.#retryTimer);
          this.#retryTimer = window.setTimeout(() => this.#act(this.machine.waited(Date.now())), action.milliseconds);
          break;
        case 'orders':
          this.#coalescer.add(action.orders);
          this.#requestFrame();
          break;
        case 'resync': this.#tell('resync'); break;
        case 'notice': this.#tell('notice', action); break;
        case 'state': this.#tell('state'); break;
      }
    }
  }

  /** @param {number | null} since */
  #connect(since) {
    const address = new URL(this.#path, window.location.href);
    address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
    address.searchParams.set('batch', '100');
    if (since !== null) address.searchParams.set('since', String(since));
    const socket = new WebSocket(address);
    this.#socket = socket;
    socket.onmessage = (event) => {
      if (socket === this.#socket) this.#act(this.machine.received(String(event.data), Date.now()));
    };
    socket.onclose = () => {
      if (socket === this.#socket) this.#lost();
    };
  }

  #drop() {
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
    if (socket) this.#act(this.machine.closed(Math.random()));
  }

  #lost() {
    this.#socket = null;
    this.#act(this.machine.closed(Math.random()));
  }

  /** Changes are drawn once per frame, and not at all in a hidden tab: the cursor goes on, the drawing waits. */
  #requestFrame() {
    if (this.#frameRequested || document.hidden || this.pace === 'paused') return;
    if (this.#coalescer.size === 0 && !this.#coalescer.overflowed) return;
    this.#frameRequested = true;
    const wait = this.#drawnAt + paceMilliseconds[this.pace] - performance.now();
    if (wait > 0) window.setTimeout(() => this.#draw(), wait);
    else window.requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    this.#frameRequested = false;
    if (this.pace === 'paused') return;
    this.#drawnAt = performance.now();
    const { orders, overflowed } = this.#coalescer.take();
    if (overflowed) this.#tell('resync');
    if (orders.length > 0) this.#tell('orders', orders);
  }

  /** @param {string} name @param {unknown} [detail] */
  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
