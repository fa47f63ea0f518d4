/**
 * The rows of a long list, fetched page by page as the view comes near them.
 *
 * Page n + 1 is asked for by the cursor that page n ended with, so scrolling never skips or repeats a row. Only a jump
 * of the scroll bar, to a page whose neighbour is not here, asks by position.
 */

import { isAbort } from './api.js';
import { LruMap } from './store.js';

/** @typedef {import('./types.js').Order} Order */
/** @typedef {import('./types.js').OrderPage} OrderPage */
/** @typedef {{ ids: string[], nextCursor: string | null }} Page */
/** @typedef {{ cursor: string | null, offset: number, limit: number, signal: AbortSignal }} PageRequest */

export const pageSize = 200;
export const pagesKept = 30;
/** As many as a large screen shows. */
const rowsWhileUnknown = 60;

export class PagedRows {
  total = 0;
  /** False while there are at least so many: counting stopped early. */
  totalIsExact = true;
  /** False until the first page is here. */
  isKnown = false;

  /** Rows to draw: so many at the least while nobody knows how many there are. */
  get shown() {
    return this.isKnown || this.failure ? this.total : Math.max(this.total, rowsWhileUnknown);
  }

  /**
   * What the last request failed with, until one succeeds.
   * @type {unknown}
   */
  failure = null;
  /** @type {LruMap<number, Page>} */
  #pages = new LruMap(pagesKept);
  /** @type {Map<number, AbortController>} */
  #underWay = new Map();
  #load;
  #arrived;
  #changed;

  /**
   * @param {(request: PageRequest) => Promise<OrderPage>} load
   * @param {(orders: Order[]) => void} arrived  Called with the orders of each page before it is shown.
   * @param {() => void} changed
   */
  constructor(load, arrived, changed) {
    this.#load = load;
    this.#arrived = arrived;
    this.#changed = changed;
  }

  /**
   * Forgets everything and fetches again what is on the screen.
   * @param {number} first @param {number} last
   */
  reset(first, last) {
    this.stop();
    this.#pages.clear();
    this.isKnown = false;
    this.failure = null;
    this.want(first, last);
  }

  /**
   * Fetches again what failed.
   * @param {number} first @param {number} last
   */
  retry(first, last) {
    this.failure = null;
    this.want(first, last);
    this.#changed();
  }

  stop() {
    for (const abort of this.#underWay.values()) abort.abort();
    this.#underWay.clear();
  }

  /**
   * The id of a row, or undefined while it is not here.
   * @param {number} index
   */
  idAt(index) {
    return this.#pages.peek(Math.floor(index / pageSize))?.ids[index % pageSize];
  }

  /**
   * Where an id stands among the pages that are here; −1 when it does not.
   * @param {string} id @param {number} first @param {number} last
   */
  indexOf(id, first, last) {
    for (let index = first; index < last; index += 1) if (this.idAt(index) === id) return index;
    return -1;
  }

  /**
   * Says which rows are looked at; fetches what is missing and cancels what nobody waits for any more.
   * @param {number} first @param {number} last
   */
  want(first, last) {
    const wanted = pagesFor(first, last, this.isKnown ? this.total : pageSize);
    for (const [page, abort] of this.#underWay) {
      if (wanted.includes(page)) continue;
      abort.abort();
      this.#underWay.delete(page);
    }
    if (this.failure) return;
    for (const page of wanted) {
      if (this.#pages.get(page) === undefined && !this.#underWay.has(page)) void this.#fetch(page);
    }
  }

  /** @param {number} page */
  async #fetch(page) {
    const abort = new AbortController();
    this.#underWay.set(page, abort);
    try {
      const cursor = page === 0 ? null : this.#pages.peek(page - 1)?.nextCursor ?? null;
      const answer = await this.#load({ cursor, offset: cursor === null ? page * pageSize : 0, limit: pageSize, signal: abort.signal });
      if (abort.signal.aborted) return;
      this.#arrived(answer.data);
      this.#pages.set(page, { ids: answer.data.map((order) => order.id), nextCursor: answer.nextCursor });
      Object.assign(this, totalAfter(page, answer, this));
      this.isKnown = true;
      this.failure = null;
    } catch (error) {
      if (isAbort(error) || abort.signal.aborted) return;
      this.failure = error;
    } finally {
      if (this.#underWay.get(page) === abort) this.#underWay.delete(page);
    }
    this.#changed();
  }
}

/**
 * The server counts with the first page only, and may stop early. Where its count is behind its rows, the rows are right.
 * @param {number} page @param {OrderPage} answer @param {{ total: number, totalIsExact: boolean }} known
 */
export function totalAfter(page, answer, known) {
  const seen = page * pageSize + answer.data.length;
  const total = answer.total ?? known.total;
  const totalIsExact = answer.total === null ? known.totalIsExact : answer.totalIsExact;
  if (answer.nextCursor === null) return { total: answer.data.length > 0 || page === 0 ? seen : Math.min(total, seen), totalIsExact: true };
  return { total: Math.max(total, seen + (totalIsExact ? 1 : pageSize)), totalIsExact };
}

/**
 * The pages of some rows, and the next one when its edge is near: what is looked at first.
 * @param {number} first @param {number} last @param {number} total
 */
export function pagesFor(first, last, total) {
  const near = pageSize / 4;
  const end = Math.max(0, Math.ceil(total / pageSize) - 1);
  const from = Math.min(end, Math.floor(Math.max(0, first) / pageSize));
  const to = Math.min(end, Math.floor(Math.max(0, last - 1) / pageSize));
  const pages = [];
  for (let page = from; page <= to; page += 1) pages.push(page);
  const after = Math.min(end, Math.floor((last + near) / pageSize));
  const before = Math.max(0, Math.floor((first - near) / pageSize));
  return [...new Set([...pages, after, Math.min(before, end)])];
}
