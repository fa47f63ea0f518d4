/**
 * What a screen reader hears of live changes: one sentence at most every ten seconds, never one for each row.
 */

export const quietMilliseconds = 10_000;

export class Announcer {
  /** @type {Set<string>} */
  #updated = new Set();
  /** @type {Set<string>} */
  #failed = new Set();
  #spokenAt = -Infinity;

  /** @param {string} id @param {boolean} failed */
  add(id, failed) {
    this.#updated.add(id);
    if (failed) this.#failed.add(id);
    else this.#failed.delete(id);
  }

  /**
   * The next sentence, when there is something to say and enough quiet before it.
   * @param {number} now @returns {string | null}
   */
  next(now) {
    if (this.#updated.size === 0 || now - this.#spokenAt < quietMilliseconds) return null;
    const failed = this.#failed.size > 0 ? `, ${this.#failed.size} failed` : '';
    const sentence = `${this.#updated.size} ${this.#updated.size === 1 ? 'order' : 'orders'} updated${failed}`;
    this.#updated.clear();
    this.#failed.clear();
    this.#spokenAt = now;
    return sentence;
  }
}
