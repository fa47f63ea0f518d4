/**
 * What one person likes, kept in this browser.
 */

/** @typedef {'system' | 'light' | 'dark'} Theme */
/** @typedef {'comfortable' | 'default' | 'compact'} Density */

/**
 * @typedef {object} Preferences
 * @property {Theme} theme
 * @property {Density} density
 * @property {import('./format.js').TimeZone} timeZone
 * @property {boolean} letterKeys
 * @property {Record<string, string>} remappedKeys
 * @property {string[]} columns
 * @property {boolean} tableView
 */

/** @type {Record<Density, number>} */
export const rowHeights = { comfortable: 44, default: 36, compact: 28 };

export const columnNames = /** @type {const} */ ([
  'order', 'external', 'customer', 'channel', 'status', 'payment', 'shipping', 'total', 'fee', 'courier', 'tracking', 'attention', 'version', 'created', 'updated',
]);

/** @returns {Preferences} */
export function defaultPreferences() {
  return {
    theme: 'system', density: 'default', timeZone: 'utc', letterKeys: true, remappedKeys: {}, tableView: false,
    columns: ['order', 'external', 'customer', 'channel', 'status', 'payment', 'total', 'fee', 'attention', 'version', 'updated'],
  };
}

/**
 * Reads what an older version of this page or a curious person may have written: whatever is not as it should be is
 * the default.
 * @param {string | null} text @returns {Preferences}
 */
export function parsePreferences(text) {
  const preferences = defaultPreferences();
  /** @type {any} */
  let stored = null;
  try {
    stored = JSON.parse(text ?? '');
  } catch {
    return preferences;
  }
  if (typeof stored !== 'object' || stored === null) return preferences;
  if (['system', 'light', 'dark'].includes(stored.theme)) preferences.theme = stored.theme;
  if (stored.density in rowHeights) preferences.density = stored.density;
  if (['utc', 'local'].includes(stored.timeZone)) preferences.timeZone = stored.timeZone;
  if (typeof stored.letterKeys === 'boolean') preferences.letterKeys = stored.letterKeys;
  if (typeof stored.tableView === 'boolean') preferences.tableView = stored.tableView;
  if (isTextMap(stored.remappedKeys)) preferences.remappedKeys = stored.remappedKeys;
  if (Array.isArray(stored.columns)) {
    const known = columnNames.filter((name) => stored.columns.includes(name));
    if (known.length > 0) preferences.columns = [...known];
  }
  return preferences;
}

/** @param {any} value */
function isTextMap(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every((text) => typeof text === 'string');
}

const storageKey = 'console.preferences';

export class PreferenceStore extends EventTarget {
  #storage;
  /** @type {Preferences} */
  current;

  /** @param {Pick<Storage, 'getItem' | 'setItem'>} storage */
  constructor(storage) {
    super();
    this.#storage = storage;
    this.current = parsePreferences(storage.getItem(storageKey));
  }

  /** @param {Partial<Preferences>} change */
  change(change) {
    this.current = { ...this.current, ...change };
    this.#storage.setItem(storageKey, JSON.stringify(this.current));
    this.dispatchEvent(new CustomEvent('change', { detail: change }));
  }
}
