/**
 * What stands where content is not: on its way, empty, failed.
 */

import { ApiError } from '../core/api.js';
import { h } from './dom.js';
import { icon } from './icons.js';

export function skeleton(lines = 6) {
  return h('div', { class: 'skeleton', 'aria-hidden': 'true' }, Array.from({ length: lines }, () => h('i')));
}

/**
 * @param {string} title @param {string} [detail]
 * @param {{ icon?: import('./icons.js').IconName, tone?: string, buttons?: Node[] }} options
 */
export function emptyCard(title, detail = '', { icon: name = 'inbox', tone, buttons = [] } = {}) {
  return h('div', { class: 'note-card' },
    h('span', { class: 'mark', 'data-tone': tone }, icon(name)),
    h('h2', null, title),
    detail && h('p', null, detail),
    buttons.length > 0 && h('div', { class: 'buttons' }, buttons));
}

/** @param {unknown} error @param {() => void} [retry] */
export function errorCard(error, retry) {
  return h('div', { class: 'note-card', role: 'alert' },
    h('span', { class: 'mark', 'data-tone': 'failed' }, icon('warning')),
    h('h2', null, errorText(error)),
    error instanceof ApiError && error.requestId && h('p', { class: 'meta' }, 'Request ', h('code', null, error.requestId)),
    retry && h('div', { class: 'buttons' }, h('button', { class: 'button', type: 'button', onclick: retry }, icon('cycle'), 'Try again')));
}

/** @param {unknown} error */
export function errorText(error) {
  if (error instanceof ApiError) return error.message;
  return 'Something in this page went wrong. Reloading it may help.';
}

/** @param {HTMLElement[]} [buttons] */
export function noMatchCard(buttons = []) {
  return emptyCard('No orders match', 'Nothing fits every part of this filter.', { icon: 'search', buttons });
}
