/**
 * The live feed: one socket that resumes where it was. The machine decides, the client acts.
 */

import { isNewer } from './store.js';

/** @typedef {import('./types.js').Order} Order */

export const backOffFloorMilliseconds = 500;
export const backOffCeilingMilliseconds = 30_000;
/** The server says something every 5 s; after so much silence the socket is dead, whatever the network stack believes. */
export const silenceMilliseconds = 20_000;
/** More waiting orders than this are not worth patching one by one. */
export const maxWaitingOrders = 5_000;

/** @typedef {'connecting' | 'live' | 'waiting' | 'off'} FeedState */

/**
 * @typedef {{ kind: 'connect', since: number | null } | { kind: 'close' } | { kind: 'wait', milliseconds: number }
 *   | { kind: 'orders', orders: Order[] } | { kind: 'resync' } | { kind: 'notice', event: string, payload: any }
 *   | { kind: 'state' }} FeedAction
 */

export class SyncStateMachine {
  /** @type {FeedState} */
  state = 'off';
  /**
   * The place in the feed up to which everything was seen.
   * @type {number | null}
   */
  seq = null;
  /**
   * When the server was heard last.
   * @type {number | null}
   */
  heardAt = null;
  #failures = 0;
  /** Since when silence counts: the last frame, or the beginning of the attempt to connect. */
  #quietSince = 0;

  /** @param {number} now @returns {FeedAction[]} */
  start(now) {
    return this.state === 'off' ? this.#connect(now) : [];
  }

  /** @param {number} now @returns {FeedAction[]} */
  #connect(now) {
    this.state = 'connecting';
    this.#quietSince = now;
    return [{ kind: 'state' }, { kind: 'connect', since: this.seq }];
  }

  /** @returns {FeedAction[]} */
  stop() {
    this.state = 'off';
    return [{ kind: 'close' }, { kind: 'state' }];
  }

  /** @param {string} text @param {number} now @returns {FeedAction[]} */
  received(text, now) {
    /** @type {any} */
    let frame;
    try {
      frame = JSON.parse(text);
    } catch {
      return [];
    }
    this.heardAt = now;
    this.#quietSince = now;
    this.#failures = 0;
    const actions = /** @type {FeedAction[]} */ ([]);
    if (this.state !== 'live') {
      this.state = 'live';
      actions.push({ kind: 'state' });
    }
    actions.push(...this.#understand(frame));
    return actions;
  }

  /** @param {any} frame @returns {FeedAction[]} */
  #understand(frame) {
    switch (frame?.event) {
      case 'ORDER_SYNCED':
        return this.#isNew(frame.seq) ? [{ kind: 'orders', orders: [frame.payload] }] : [];
      case 'BATCH':
        return this.#isNew(frame.seq) ? [{ kind: 'orders', orders: frame.payload ?? [] }] : [];
      case 'RESYNC':
        this.seq = typeof frame.seq === 'number' ? frame.seq : null;
        return [{ kind: 'resync' }];
      case 'HELLO':
      case 'BEAT':
        if (typeof frame.seq === 'number') this.seq = Math.max(frame.seq, this.seq ?? 0);
        return [];
      default:
        return typeof frame?.event === 'string' ? [{ kind: 'notice', event: frame.event, payload: frame.payload }] : [];
    }
  }

  /** @param {unknown} seq */
  #isNew(seq) {
    if (typeof seq !== 'number' || (this.seq !== null && seq <= this.seq)) return false;
    this.seq = seq;
    return true;
  }

  /**
   * The socket has ended, for whatever reason.
   * @param {number} random  From 0 to 1. @returns {FeedAction[]}
   */
  closed(random) {
    if (this.state === 'off' || this.state === 'waiting') return [];
    this.state = 'waiting';
    const ceiling = Math.min(backOffCeilingMilliseconds, backOffFloorMilliseconds * 2 ** this.#failures);
    this.#failures = Math.min(this.#failures + 1, 16);
    return [{ kind: 'state' }, { kind: 'wait', milliseconds: Math.round(Math.max(backOffFloorMilliseconds / 2, random * ceiling)) }];
  }

  /**
   * The wait is over, or the network came back.
   * @param {number} now @returns {FeedAction[]}
   */
  waited(now) {
    return this.state === 'waiting' ? this.#connect(now) : [];
  }

  /**
   * Whether the socket has been silent for so long that it must be dead.
   * @param {number} now @returns {FeedAction[]}
   */
  checked(now) {
    const silent = now - this.#quietSince > silenceMilliseconds;
    return (this.state === 'live' || this.state === 'connecting') && silent ? [{ kind: 'close' }] : [];
  }
}

/** Changes that wait to be drawn: of one order only the newest. */
export class Coalescer {
  /** @type {Map<string, Order>} */
  #waiting = new Map();
  /** More came than is worth patching: everything should be fetched again. */
  overflowed = false;

  get size() {
    return this.#waiting.size;
  }

  /** @param {Order[]} orders */
  add(orders) {
    for (const order of orders) {
      const waiting = this.#waiting.get(order.id);
      if (!waiting || isNewer(order, waiting)) this.#waiting.set(order.id, order);
    }
    if (this.#waiting.size <= maxWaitingOrders) return;
    this.#waiting.clear();
    this.overflowed = true;
  }

  /** @returns {{ orders: Order[], overflowed: boolean }} */
  take() {
    const taken = { orders: [...this.#waiting.values()], overflowed: this.overflowed };
    this.#waiting.clear();
    this.overflowed = false;
    return taken;
  }
}
