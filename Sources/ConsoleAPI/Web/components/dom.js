/**
 * Elements from code: text is always set as text, never parsed as HTML.
 */

/** @typedef {Node | string | number | null | undefined | false} Child */
/** @typedef {Child | Child[]} Children */

/**
 * Properties are attributes, except: `on…` adds a listener, `class` may be a list, true sets an empty attribute, and
 * null, undefined or false sets none.
 * @typedef {Record<string, any>} Properties
 */

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag @param {Properties | null} [properties] @param {...Children} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function h(tag, properties, ...children) {
  const element = document.createElement(tag);
  decorate(element, properties, children);
  return element;
}

/**
 * An element of our own.
 * @template {HTMLElement} E
 * @param {new () => E} type @param {Properties | null} [properties] @param {...Children} children
 * @returns {E}
 */
export function custom(type, properties, ...children) {
  const element = new type();
  decorate(element, properties, children);
  return element;
}

/** @param {string} tag @param {Properties | null} [properties] @param {...Children} children @returns {SVGElement} */
export function s(tag, properties, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  decorate(element, properties, children);
  return element;
}

/** @param {Element} element @param {Properties | null | undefined} properties @param {Children[]} children */
function decorate(element, properties, children) {
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name === 'value' && 'value' in element) /** @type {any} */ (element).value = value;
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  append(element, children);
}

/** @param {Element} element @param {Children[]} children */
function append(element, children) {
  for (const child of children.flat()) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : String(child));
  }
}

/**
 * Puts children in the place of what an element holds. What had the focus has it again, when it is there again.
 * @param {Element} element @param {...Children} children
 */
export function fill(element, ...children) {
  const refocus = focusMark(element);
  element.replaceChildren();
  append(element, children);
  refocus();
}

/**
 * Remembers what has the focus by what it is called, because pages are drawn anew while somebody is on one of their buttons. The function that
 * comes back moves a focus that was lost to what is called the same, else to what stands in its place.
 * @param {Element} root @returns {() => void}
 */
export function focusMark(root) {
  const active = document.activeElement;
  if (!active || active === root || !root.contains(active)) return () => {};
  const alike = () => [...root.querySelectorAll(/** @type {'button'} */ (active.localName))];
  const before = alike();
  const place = before.findIndex((one) => one === active);
  const name = nameOf(active);
  const same = before.filter((one) => nameOf(one) === name).findIndex((one) => one === active);
  return () => {
    if (document.activeElement && document.activeElement !== document.body) return;
    const after = alike();
    const target = after.filter((one) => nameOf(one) === name)[same] ?? (after.length === before.length ? after[place] : undefined);
    target?.focus({ preventScroll: true });
  };
}

/** @param {Element} element */
function nameOf(element) {
  return element.getAttribute('href') ?? element.getAttribute('aria-label') ?? element.textContent;
}

/**
 * Sets text only where it differs: a write that changes nothing still costs a layout.
 * @param {Node} node @param {string} text
 */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

let lastId = 0;

/**
 * An id that no other element has.
 * @param {string} prefix
 */
export function uniqueId(prefix) {
  lastId += 1;
  return `${prefix}-${lastId}`;
}
