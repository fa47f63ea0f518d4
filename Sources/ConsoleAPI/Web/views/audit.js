import { app } from '../app.js';
import { dateTime } from '../core/format.js';
import { href } from '../core/router.js';
import { fill, h } from '../components/dom.js';
import { download } from '../components/download.js';
import { icon } from '../components/icons.js';
import { moreList } from '../components/more-list.js';
import { emptyCard } from '../components/states.js';
import { View } from '../components/view.js';

/** @typedef {import('../core/types.js').AuditEntry} AuditEntry */

const entriesPerPage = 50;
const typingPauseMilliseconds = 250;
const names = /** @type {const} */ (['actor', 'action', 'target']);

/** Who did what. */
export class AuditView extends View {
  #inputs = names.map((name) => h('input', { class: 'input', type: 'search', name, placeholder: { actor: 'Who', action: 'Action, as order.edit', target: 'Target' }[name], 'aria-label': name }));
  #body = h('div', { class: 'panel' });
  #timer = 0;

  get heading() {
    return 'Audit';
  }

  get #query() {
    const query = new URLSearchParams();
    for (const name of [...names, 'from', 'to']) {
      const value = this.place.query.get(name);
      if (value) query.set(name, value);
    }
    return query;
  }

  opened() {
    this.append(
      h('div', { class: 'page-head' }, h('h1', { tabindex: -1 }, 'Audit'),
        h('div', { class: 'actions' }, h('button', { class: 'button', type: 'button', onclick: () => download(href('/api/export/audit', this.#query)) }, icon('download'), 'Export CSV'))),
      h('div', { class: 'toolbar' }, this.#inputs.map((input) => h('div', { class: 'search narrow' }, icon('search'), input))),
      this.#body);
    for (const input of this.#inputs) {
      input.addEventListener('input', () => {
        window.clearTimeout(this.#timer);
        this.#timer = window.setTimeout(() => this.#typed(), typingPauseMilliseconds);
      });
    }
    this.moved(this.place);
  }

  /** @param {import('../core/router.js').Place} place */
  moved(place) {
    super.moved(place);
    for (const input of this.#inputs) if (document.activeElement !== input) input.value = place.query.get(input.name) ?? '';
    const list = h('tbody');
    const more = moreList({
      fetch: (cursor) => {
        const query = this.#query;
        query.set('limit', String(entriesPerPage));
        if (cursor !== null) query.set('cursor', cursor);
        return app.api.get('/api/audit', { query, signal: this.signal });
      },
      draw: (/** @type {AuditEntry} */ entry) => row(entry),
      list,
      empty: () => emptyCard('Nothing here', 'Nobody has done anything that fits.', { icon: 'user' }),
    });
    fill(this.#body, h('div', { class: 'table-wrap' }, h('table', { class: 'table', hidden: true },
      h('caption', { class: 'visually-hidden' }, 'Audit'),
      h('thead', null, h('tr', null, ['Time', 'Who', 'Action', 'Target', 'Before → after', 'Request'].map((label) => h('th', { scope: 'col' }, label)))), list)), more.foot);
    more.reload();
  }

  #typed() {
    const query = new URLSearchParams();
    for (const input of this.#inputs) if (input.value.trim()) query.set(input.name, input.value.trim());
    app.go(href('/audit', query), { replace: true });
  }
}

/** @param {AuditEntry} entry */
function row(entry) {
  const order = /^order:([0-9a-f-]{36})$/.exec(entry.target)?.[1];
  return h('tr', null,
    h('td', { class: 'nowrap' }, dateTime(entry.at, app.timeZone)),
    h('td', { class: 'nowrap' }, entry.actor, entry.role && h('div', { class: 'meta' }, entry.role)),
    h('td', { class: 'nowrap' }, entry.action),
    h('td', null, order ? h('a', { href: `/orders/${order}`, title: order }, `${order.slice(0, 8)}…`) : h('span', { class: 'clip', title: entry.target }, entry.target)),
    h('td', { class: 'wrap' }, difference(entry.before, entry.after), entry.reason && h('div', { class: 'meta' }, `“${entry.reason}”`)),
    h('td', null, h('code', { class: 'muted', title: entry.requestId }, entry.requestId.slice(0, 8))));
}

/** @param {any} before @param {any} after */
function difference(before, after) {
  const show = (/** @type {any} */ value) => (value === null || value === undefined ? '–' : typeof value === 'object' ? JSON.stringify(value) : String(value));
  if (isPlain(before) || isPlain(after)) {
    const keys = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])].filter((key) => show(before?.[key]) !== show(after?.[key]));
    return keys.map((key) => h('div', null, h('span', { class: 'muted' }, `${key}: `), `${show(before?.[key])} → ${show(after?.[key])}`));
  }
  return before === null && after === null ? '–' : `${show(before)} → ${show(after)}`;
}

/** @param {any} value */
function isPlain(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

customElements.define('audit-view', AuditView);
