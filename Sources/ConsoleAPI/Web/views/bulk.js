import { app } from '../app.js';
import { filterFromObject, filterQuery } from '../core/filter.js';
import { count, dateTime, percent } from '../core/format.js';
import { href } from '../core/router.js';
import { bulkActions } from '../components/bulk-bar.js';
import { fill, focusMark, h } from '../components/dom.js';
import { filterText } from '../components/filter-bar.js';
import { moreList } from '../components/more-list.js';
import { cancelButton, openDialog } from '../components/dialog.js';
import { emptyCard } from '../components/states.js';
import { statusBadge } from '../components/status-badge.js';
import { toast, toastError } from '../components/toast.js';
import { released, View } from '../components/view.js';

/** @typedef {import('../core/types.js').BulkOperation} BulkOperation */
/** @typedef {{ orderId: string, shopifyOrderId: string, reason: string, at: string }} Failure */

const refreshMilliseconds = 1_000;
const operationsPerPage = 50;

/** Operations on many orders: how far they are, what they could not change. */
export class BulkView extends View {
  #list = h('tbody');
  /** @type {Map<string, { operation: BulkOperation, row: HTMLTableRowElement }>} */
  #shown = new Map();
  #more = moreList({
    fetch: (cursor) => app.api.get('/api/bulk', { query: { cursor, limit: operationsPerPage }, signal: this.signal }),
    draw: (/** @type {BulkOperation} */ operation) => this.#draw(operation),
    list: this.#list,
    empty: () => emptyCard('No bulk operations yet', 'Select orders in the grid, or everything that matches a filter, and choose what to do.', { icon: 'list', buttons: [h('a', { class: 'button', href: '/orders' }, 'Go to orders')] }),
  });

  get heading() {
    return 'Bulk operations';
  }

  opened() {
    this.append(h('div', { class: 'page-head' }, h('h1', { tabindex: -1 }, 'Bulk operations')),
      h('div', { class: 'panel' }, h('div', { class: 'table-wrap' }, h('table', { class: 'table', hidden: true },
        h('caption', { class: 'visually-hidden' }, 'Bulk operations'),
        h('thead', null, h('tr', null, ['Operation', 'Orders', 'By', 'Started', 'State', 'Progress', ''].map((label) => h('th', { scope: 'col' }, label || h('span', { class: 'visually-hidden' }, 'Actions'))))), this.#list)), this.#more.foot));
    this.#more.reload();
    this.every(refreshMilliseconds, () => void this.#refreshRunning());
  }

  async #refreshRunning() {
    for (const { operation } of [...this.#shown.values()].filter(({ operation: { state } }) => state === 'running')) {
      try {
        const now = await app.api.get(`/api/bulk/${operation.id}`, { signal: this.signal });
        await released();
        this.#update(now);
      } catch {
        return; // It is asked again within a second.
      }
    }
  }

  /** @param {BulkOperation} operation */
  #update(operation) {
    const shown = this.#shown.get(operation.id);
    if (!shown) return;
    const refocus = focusMark(this.#list);
    shown.row.replaceWith(this.#draw(operation));
    refocus();
  }

  /** @param {BulkOperation} operation */
  #draw(operation) {
    const { action, set, filter, total, done, failed, state } = operation;
    const ended = done + failed;
    const bar = h('progress', { class: 'progress', max: Math.max(1, total), 'aria-label': `Progress of ${bulkActions[action]?.verb ?? action}` });
    bar.value = ended;
    const meant = filterFromObject(filter);
    const row = h('tr', { class: operation.id === this.place.query.get('id') ? 'marked' : null },
      h('td', null, h('b', null, bulkActions[action]?.verb ?? action), set && h('div', { class: 'meta' }, Object.entries(set).map(([name, value]) => `${name} → ${value ?? 'by its events'}`).join(', ')), operation.reason && h('div', { class: 'meta' }, operation.reason)),
      h('td', { class: 'wrap' }, h('a', { href: href('/orders', filterQuery(meant)) }, filterText(meant))),
      h('td', null, operation.by),
      h('td', { class: 'nowrap' }, dateTime(operation.createdAt, app.timeZone)),
      h('td', null, statusBadge(state)),
      h('td', { class: 'nowrap' }, bar, ` ${percent(ended, total)}`, h('div', { class: 'meta' }, `${count(ended)} of ${count(total)}`, failed > 0 && [' · ', h('button', { class: 'link-button', type: 'button', onclick: () => this.#showFailures(operation) }, `${count(failed)} failed`)])),
      h('td', null, state === 'running' && app.may('operator') && h('div', { class: 'actions' }, h('button', { class: 'button small', type: 'button', onclick: () => void this.#cancel(operation) }, 'Cancel'))));
    this.#shown.set(operation.id, { operation, row });
    return row;
  }

  /** @param {BulkOperation} operation */
  async #cancel(operation) {
    try {
      this.#update(await app.api.post(`/api/bulk/${operation.id}/cancel`));
      toast('Cancelled. What is done stays done.');
    } catch (error) {
      toastError(error, 'Cancel');
    }
  }

  /** @param {BulkOperation} operation */
  #showFailures(operation) {
    const list = h('ul', { class: 'attention' });
    const more = moreList({
      fetch: (cursor) => app.api.get(`/api/bulk/${operation.id}/failures`, { query: { cursor, limit: operationsPerPage }, signal: this.signal }),
      draw: (/** @type {Failure} */ failure) => h('li', null, h('a', { href: `/orders/${failure.orderId}`, 'data-cancels': true }, h('span', { class: 'more' }, failure.shopifyOrderId, h('span', { class: 'meta' }, failure.reason)))),
      list,
      empty: () => emptyCard('No failures', ''),
    });
    more.reload();
    const body = h('div');
    fill(body, list, more.foot);
    openDialog({ title: 'What could not be changed', meta: `${count(operation.failed)} of ${count(operation.total)}`, body, footer: cancelButton('Close') });
  }
}

customElements.define('bulk-view', BulkView);
