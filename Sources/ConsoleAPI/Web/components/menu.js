import { h, uniqueId } from './dom.js';

/** @typedef {import('./dom.js').Child} Child */

/**
 * A button that opens a panel below it. Esc and a click elsewhere close it; arrows move inside.
 * @param {HTMLButtonElement} button
 * @param {() => Child[]} content  Made anew whenever it opens.
 * @param {{ start?: boolean }} options  Aligned with the start of the button instead of its end.
 */
export function menu(button, content, { start = false } = {}) {
  const panel = h('div', { class: 'menu-panel', id: uniqueId('menu'), hidden: true });
  const host = h('div', { class: start ? 'menu start' : 'menu' }, button, panel);
  button.type = 'button';
  button.setAttribute('aria-expanded', 'false');
  button.setAttribute('aria-controls', panel.id);

  /** @param {boolean} open */
  const show = (open) => {
    if (open) panel.replaceChildren(...content().filter((child) => child).map((child) => (child instanceof Node ? child : String(child))));
    panel.hidden = !open;
    button.setAttribute('aria-expanded', String(open));
    if (open) document.addEventListener('pointerdown', outside, true);
    else document.removeEventListener('pointerdown', outside, true);
  };
  /** @param {Event} event */
  const outside = (event) => {
    if (event.target instanceof Node && !host.contains(event.target)) show(false);
  };

  button.addEventListener('click', () => {
    show(panel.hidden);
    if (!panel.hidden) focusables(panel)[0]?.focus();
  });
  panel.addEventListener('click', (event) => {
    if (event.target instanceof Element && event.target.closest('[data-closes]')) {
      show(false);
      button.focus();
    }
  });
  host.addEventListener('focusout', (event) => {
    if (event.relatedTarget instanceof Node && !host.contains(event.relatedTarget)) show(false);
  });
  host.addEventListener('keydown', (event) => {
    if (panel.hidden) return;
    if (event.key === 'Escape') {
      event.stopPropagation();
      event.preventDefault();
      show(false);
      button.focus();
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      const all = focusables(panel);
      const at = all.indexOf(/** @type {HTMLElement} */ (document.activeElement));
      all[(at + (event.key === 'ArrowDown' ? 1 : all.length - 1)) % all.length]?.focus();
      event.preventDefault();
    }
  });
  return host;
}

/** @param {Element} panel @returns {HTMLElement[]} */
function focusables(panel) {
  return [...panel.querySelectorAll(/** @type {'button'} */ ('button, input, select, a'))].filter((element) => !element.hasAttribute('disabled'));
}

/**
 * A line of a menu that does something and closes it.
 * @param {Child[]} content @param {() => void} action
 */
export function menuItem(content, action) {
  return h('button', { class: 'menu-item', type: 'button', 'data-closes': true, onclick: action }, content);
}

/**
 * A line of a menu that is on or off.
 * @param {string} label @param {boolean} on @param {(on: boolean) => void} change
 */
export function menuCheck(label, on, change) {
  const box = h('input', { type: 'checkbox' });
  box.checked = on;
  box.addEventListener('change', () => change(box.checked));
  return h('label', { class: 'menu-item' }, box, label);
}
