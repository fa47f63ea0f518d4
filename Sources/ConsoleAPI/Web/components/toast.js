import { h } from './dom.js';
import { icon } from './icons.js';
import { errorText } from './states.js';

/** @typedef {import('./status-badge.js').Tone} Tone */

const shownMilliseconds = 8_000;
const mostAtOnce = 4;

/** Role status: read out, never taking the focus. */
export const toasts = h('div', { class: 'toasts', role: 'status' });

/**
 * @param {string} message
 * @param {{ tone?: Tone, link?: { href: string, text: string }, stays?: boolean }} options  What failed stays until it is closed.
 */
export function toast(message, { tone = 'confirmed', link, stays = tone === 'failed' } = {}) {
  const element = h('div', { class: 'toast', 'data-tone': tone },
    icon(tone === 'failed' ? 'warning' : tone === 'delivered' ? 'check' : 'info'),
    h('div', null, message, link && [' ', h('a', { href: link.href }, link.text)]),
    h('button', { class: 'icon-button small', type: 'button', 'aria-label': 'Close message', onclick: () => element.remove() }, icon('cross')));
  toasts.append(element);
  while (toasts.children.length > mostAtOnce) toasts.firstElementChild?.remove();
  if (!stays) window.setTimeout(() => element.remove(), shownMilliseconds);
  return element;
}

/** @param {unknown} error @param {string} [what] */
export function toastError(error, what) {
  toast(what ? `${what}: ${errorText(error)}` : errorText(error), { tone: 'failed' });
}
