/**
 * Paths to views. Matching is pure; `Router` binds it to a window's history.
 */

/**
 * @template T
 * @typedef {{ pattern: string, view: T }} Route
 */

/**
 * @typedef {object} Place
 * @property {string} path
 * @property {Record<string, string>} parameters  Decoded parts of the path that the pattern names with “:name”.
 * @property {URLSearchParams} query
 */

/**
 * @template T
 * @param {Route<T>[]} routes
 * @param {string} path
 * @returns {{ view: T, parameters: Record<string, string> } | null}
 */
export function match(routes, path) {
  const parts = split(path);
  for (const { pattern, view } of routes) {
    const parameters = matchParts(split(pattern), parts);
    if (parameters) return { view, parameters };
  }
  return null;
}

/** @param {string} path */
function split(path) {
  return path.split('/').filter(Boolean);
}

/** @param {string[]} pattern @param {string[]} parts */
function matchParts(pattern, parts) {
  if (pattern.length !== parts.length) return null;
  /** @type {Record<string, string>} */
  const parameters = {};
  for (const [at, expected] of pattern.entries()) {
    if (!expected.startsWith(':')) {
      if (expected !== parts[at]) return null;
      continue;
    }
    try {
      parameters[expected.slice(1)] = decodeURIComponent(parts[at]);
    } catch {
      return null;
    }
  }
  return parameters;
}

/** @param {string} path @param {URLSearchParams} [query] */
export function href(path, query) {
  const text = query ? String(query) : '';
  return text ? `${path}?${text}` : path;
}

/** @template T */
export class Router {
  /** @type {Route<T>[]} */
  #routes;
  /** @type {(place: Place, view: T | null) => void} */
  #show;
  /**
   * Asked before the place changes; false keeps the reader where they are.
   * @type {Set<() => boolean>}
   */
  guards = new Set();

  /** @param {Route<T>[]} routes @param {(place: Place, view: T | null) => void} show */
  constructor(routes, show) {
    this.#routes = routes;
    this.#show = show;
  }

  start() {
    window.addEventListener('popstate', () => this.#arrive());
    document.addEventListener('click', (event) => this.#follow(event));
    this.#arrive();
  }

  /** @returns {Place} */
  get place() {
    const { pathname, search } = window.location;
    return { path: pathname, parameters: match(this.#routes, pathname)?.parameters ?? {}, query: new URLSearchParams(search) };
  }

  /** @param {string} target @param {{ replace?: boolean }} options */
  go(target, { replace = false } = {}) {
    if (target === window.location.pathname + window.location.search) return this.#arrive();
    if (![...this.guards].every((mayLeave) => mayLeave())) return;
    window.history[replace ? 'replaceState' : 'pushState'](null, '', target);
    this.#arrive();
  }

  #arrive() {
    const place = this.place;
    this.#show(place, match(this.#routes, place.path)?.view ?? null);
  }

  /**
   * Takes a plain click on one of our own links; everything else is the browser's.
   * @param {MouseEvent} event
   */
  #follow(event) {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
    if (!(link instanceof HTMLAnchorElement) || link.target || link.hasAttribute('download')) return;
    if (link.origin !== window.location.origin || link.getAttribute('href')?.startsWith('#')) return;
    if (!match(this.#routes, link.pathname)) return;
    event.preventDefault();
    this.go(link.pathname + link.search);
  }
}
