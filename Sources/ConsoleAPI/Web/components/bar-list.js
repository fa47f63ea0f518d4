import { count } from '../core/format.js';
import { h, s } from './dom.js';
import { emptyCard } from './states.js';

/** @typedef {{ label: string, value: number, tone?: string, href?: string, detail?: string }} Bar */

/**
 * Named amounts, the largest first; the number stands beside each bar.
 * @param {Bar[]} bars @param {string} nothing
 */
export function barList(bars, nothing) {
  if (bars.length === 0) return emptyCard(nothing, '', { icon: 'check' });
  const max = Math.max(1, ...bars.map(({ value }) => value));
  return h('ul', { class: 'bar-list' }, bars.map(({ label, value, tone, href, detail }) => h('li', { 'data-tone': tone },
    href ? h('a', { class: 'name', href, title: label }, label) : h('span', { class: 'name', title: label }, label),
    h('span', { class: 'number' }, count(value), detail && h('span', { class: 'meta' }, ` ${detail}`)),
    s('svg', { class: 'bar', viewBox: '0 0 100 6', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
      s('rect', { width: 100, height: 6, rx: 1 }), s('rect', { class: 'fill', width: (100 * value) / max, height: 6, rx: 1 })))));
}
