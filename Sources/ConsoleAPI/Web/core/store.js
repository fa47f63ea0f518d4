/** @typedef {import('./types.js').Order} Order */

/**
 * The orders this page knows, each in the newest version it has seen. The least recently used are forgotten first.
 */
export class OrderStore {
  /** @type {Map<string, Order>} */
  #orders = new Map();
  #limit;

  /** @param {number} [limit] */
  constructor(limit = 8_000) {
    this.#limit = limit;
  }

  get size() {
    return this.#orders.size;
  }

  /** @param {string} id */
  get(id) {
    return this.#orders.get(id);
  }

  /**
   * Takes an order that is newer than the one known and drops every other.
   * @param {Order} order
   * @returns {boolean} Whether it was taken.
   */
  accept(order) {
    const known = this.#orders.get(order.id);
    if (known && !isNewer(order, known)) {
      this.#touch(known);
      return false;
    }
    this.#touch({ ...known, ...order });
    return true;
  }

  /** @param {Order} order */
  #touch(order) {
    this.#orders.delete(order.id);
    this.#orders.set(order.id, order);
    if (this.#orders.size <= this.#limit) return;
    const [oldest] = this.#orders.keys();
    this.#orders.delete(oldest);
  }
}

/**
 * The version decides. What does not raise it (a booking's progress) still moves `updatedAt`.
 * @param {{ version: number, updatedAt: string }} order @param {{ version: number, updatedAt: string }} known
 */
export function isNewer(order, known) {
  if (order.version !== known.version) return order.version > known.version;
  return Date.parse(order.updatedAt) > Date.parse(known.updatedAt);
}

/**
 * A map that forgets what was used longest ago.
 * @template K
 * @template V
 */
export class LruMap {
  /** @type {Map<K, V>} */
  #entries = new Map();
  #limit;

  /** @param {number} limit */
  constructor(limit) {
    this.#limit = limit;
  }

  get size() {
    return this.#entries.size;
  }

  /** @param {K} key @returns {V | undefined} */
  get(key) {
    const value = this.#entries.get(key);
    if (value === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, value);
    return value;
  }

  /**
   * As `get`, without counting as a use.
   * @param {K} key
   */
  peek(key) {
    return this.#entries.get(key);
  }

  /** @param {K} key @param {V} value */
  set(key, value) {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size <= this.#limit) return;
    const [oldest] = this.#entries.keys();
    this.#entries.delete(oldest);
  }

  clear() {
    this.#entries.clear();
  }
}
