/**
 * Keys to actions. Single letters and two-letter sequences (“g o”) are ignored in fields and dialogs, and can be turned
 * off (WCAG 2.1.4); chords with Ctrl or ⌘ are not.
 */

export const sequenceMilliseconds = 1_200;

/** @typedef {{ keys: string, action: string, label: string, group: string, chord?: boolean }} Binding */

/** @type {Binding[]} */
export const bindings = [
  { keys: 'Mod+k', action: 'palette', label: 'Command palette', group: 'Everywhere', chord: true },
  { keys: '/', action: 'search', label: 'Search orders', group: 'Everywhere' },
  { keys: '?', action: 'help', label: 'Keyboard help', group: 'Everywhere' },
  { keys: 't', action: 'theme', label: 'Next theme', group: 'Everywhere' },
  { keys: 'p', action: 'pause', label: 'Pause or resume live updates', group: 'Everywhere' },
  { keys: 'g h', action: 'go:/', label: 'Go to overview', group: 'Go to' },
  { keys: 'g o', action: 'go:/orders', label: 'Go to orders', group: 'Go to' },
  { keys: 'g q', action: 'go:/queues', label: 'Go to queues', group: 'Go to' },
  { keys: 'g d', action: 'go:/dead-letters', label: 'Go to dead letters', group: 'Go to' },
  { keys: 'g a', action: 'go:/analytics', label: 'Go to analytics', group: 'Go to' },
  { keys: 'g b', action: 'go:/bulk', label: 'Go to bulk operations', group: 'Go to' },
  { keys: 'g u', action: 'go:/unmapped', label: 'Go to unmapped statuses', group: 'Go to' },
  { keys: 'g s', action: 'go:/settings', label: 'Go to settings', group: 'Go to' },
  { keys: 'j', action: 'next', label: 'Next row', group: 'Rows' },
  { keys: 'k', action: 'previous', label: 'Previous row', group: 'Rows' },
  { keys: 'x', action: 'select', label: 'Select row', group: 'Rows' },
  { keys: 'o', action: 'open', label: 'Open row', group: 'Rows' },
  { keys: 'e', action: 'edit', label: 'Edit order', group: 'Rows' },
  { keys: 'r', action: 'retry', label: 'Retry or refresh', group: 'Rows' },
  { keys: 'n', action: 'new', label: 'Show new rows', group: 'Rows' },
];

/** Keys the grid itself understands; shown in the help only. */
export const gridKeys = /** @type {const} */ ([
  ['↑ ↓', 'Move one row'], ['PgUp PgDn', 'Move one page'], ['Ctrl+Home / End', 'First and last row'], ['Space', 'Select row'],
  ['Shift+↑ ↓', 'Extend the selection'], ['Ctrl+A', 'Select all that match'], ['Enter', 'Open'], ['Esc', 'Close, or clear the selection'],
]);

/**
 * @typedef {object} KeyPress
 * @property {string} key
 * @property {boolean} [ctrlKey]
 * @property {boolean} [metaKey]
 * @property {boolean} [altKey]
 * @property {boolean} [inField]   Focus is where letters are typed.
 * @property {boolean} [inDialog]  A dialog is open.
 */

export class HotkeyMatcher {
  #bindings;
  /** @type {{ key: string, until: number } | null} */
  #started = null;
  lettersEnabled = true;
  /**
   * Keys that replace the built-in ones, by action.
   * @type {Record<string, string>}
   */
  remapped = {};

  /** @param {Binding[]} list */
  constructor(list = bindings) {
    this.#bindings = list;
  }

  /** @param {Binding} binding */
  keysOf(binding) {
    return this.remapped[binding.action] ?? binding.keys;
  }

  /**
   * The action of a key press, or null.
   * @param {KeyPress} press @param {number} now @returns {string | null}
   */
  press(press, now) {
    const started = this.#started && this.#started.until >= now ? this.#started.key : null;
    this.#started = null;
    if (press.ctrlKey || press.metaKey) {
      return this.#bindings.find((binding) => binding.chord && this.keysOf(binding) === `Mod+${press.key.toLowerCase()}`)?.action ?? null;
    }
    if (press.altKey || press.inField || press.inDialog || !this.lettersEnabled || press.key.length !== 1) return null;
    const typed = started ? `${started} ${press.key}` : press.key;
    const found = this.#bindings.find((binding) => this.keysOf(binding) === typed);
    if (found) return found.action;
    if (this.#bindings.some((binding) => this.keysOf(binding).startsWith(`${press.key} `))) {
      this.#started = { key: press.key, until: now + sequenceMilliseconds };
    }
    return null;
  }
}
