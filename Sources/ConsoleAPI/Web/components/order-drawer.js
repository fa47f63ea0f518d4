import { h, custom } from './dom.js';

/** @typedef {import('./order-detail.js').OrderDetailElement} OrderDetailElement */

/**
 * @typedef {object} DrawerNeighbours
 * @property {() => string | null} next      The order below the one that is shown.
 * @property {() => string | null} previous
 * @property {() => void} closed
 */

/**
 * The drawer that is open, to which keys go first.
 * @type {{ element: HTMLDialogElement, detail: OrderDetailElement, step: (down: boolean) => void } | null}
 */
let drawer = null;

/**
 * Opens an order over the list, which stays where it is.
 * @param {string} id @param {DrawerNeighbours} neighbours @param {'edit'} [then]
 */
export async function openOrderDrawer(id, neighbours, then) {
  const { OrderDetailElement } = await import('./order-detail.js');
  if (drawer) return drawer.detail.show(id);
  const detail = custom(OrderDetailElement);
  const element = h('dialog', { class: 'drawer', 'aria-label': 'Order' }, detail);
  const step = (/** @type {boolean} */ down) => {
    const next = down ? neighbours.next() : neighbours.previous();
    if (next !== null) void detail.show(next);
  };
  detail.placement = { step, close: () => element.close() };
  element.addEventListener('click', (event) => {
    if (event.target === element) element.close();
    if (event.target instanceof Element && event.target.closest('a[href^="/"]') && !event.defaultPrevented) element.close();
  });
  element.addEventListener('close', () => {
    drawer = null;
    element.remove();
    neighbours.closed();
  });
  drawer = { element, detail, step };
  document.body.append(element);
  element.showModal();
  return detail.show(id, then);
}

/**
 * A key while the drawer is open.
 * @param {string} action @returns {boolean} Whether it was the drawer's.
 */
export function drawerHotkey(action) {
  if (!drawer) return false;
  if (action === 'next' || action === 'previous') drawer.step(action === 'next');
  else if (!drawer.detail.hotkey(action)) return action !== 'palette';
  return true;
}

/** Another page is shown: what lies over the old one goes. */
export function closeDrawer() {
  drawer?.element.close();
}
