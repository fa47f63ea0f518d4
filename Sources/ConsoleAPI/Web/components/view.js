import { isAbort } from '../core/api.js';
import { errorCard, skeleton } from './states.js';
import { fill } from './dom.js';

/** @typedef {import('../core/router.js').Place} Place */

let isPressed = false;
const options = { capture: true, passive: true };
window.addEventListener('pointerdown', () => { isPressed = true; }, options);
for (const end of ['pointerup', 'pointercancel', 'blur']) window.addEventListener(end, () => { isPressed = false; }, options);

/**
 * Returns when no button of the pointer is held: what is drawn anew between press and release loses its click.
 * @returns {Promise<void>}
 */
export async function released() {
  while (isPressed) await new Promise((done) => { window.requestAnimationFrame(done); });
}

/**
 * What fills `main`. A view lives from its first place to the next view; what it listens to and fetches ends with it.
 */
export class View extends HTMLElement {
  /** @type {Place} */
  place = { path: '/', parameters: {}, query: new URLSearchParams() };
  #lifetime = new AbortController();
  /** @type {Set<Element>} */
  #drawn = new Set();

  /** Ends when the view does. */
  get signal() {
    return this.#lifetime.signal;
  }

  /** What the browser's tab says. */
  get heading() {
    return '';
  }

  connectedCallback() {
    this.#lifetime = new AbortController();
    this.opened();
  }

  disconnectedCallback() {
    this.#lifetime.abort();
    this.closed();
  }

  opened() {}

  closed() {}

  /**
   * The query changed while this view is shown.
   * @param {Place} place
   */
  moved(place) {
    this.place = place;
  }

  /**
   * A key was pressed that is nobody else's.
   * @param {string} action @returns {boolean} Whether it meant something here.
   */
  hotkey(action) {
    return action === '';
  }

  /**
   * Fetches and draws into a part of the view: a skeleton first, the answer, or what went wrong with a way to try again.
   * Drawn once, it stays while it is fetched again, and a failure then leaves it as it is.
   * @template T
   * @param {Element} target
   * @param {(signal: AbortSignal) => Promise<T>} work
   * @param {(answer: T) => void} draw
   */
  async load(target, work, draw) {
    if (!this.#drawn.has(target)) {
      target.setAttribute('aria-busy', 'true');
      fill(target, skeleton());
    }
    try {
      const answer = await work(this.signal);
      await released();
      if (this.signal.aborted) return;
      target.removeAttribute('aria-busy');
      draw(answer);
      this.#drawn.add(target);
    } catch (error) {
      if (isAbort(error) || this.signal.aborted) return;
      target.removeAttribute('aria-busy');
      if (this.#drawn.has(target)) return;
      fill(target, errorCard(error, () => void this.load(target, work, draw)));
    }
  }

  /**
   * Draws everything anew the next time.
   * @param {Element} target
   */
  forget(target) {
    this.#drawn.delete(target);
  }

  /**
   * Calls again and again while the view is shown and the tab is looked at.
   * @param {number} milliseconds @param {() => void} work
   */
  every(milliseconds, work) {
    const timer = window.setInterval(() => {
      if (!document.hidden) work();
    }, milliseconds);
    this.signal.addEventListener('abort', () => window.clearInterval(timer));
  }
}
