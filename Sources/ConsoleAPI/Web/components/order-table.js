import { app } from '../app.js';
import { count } from '../core/format.js';
import { isAbort, latest } from '../core/api.js';
import { fill, h } from './dom.js';
import { icon } from './icons.js';
import { shownColumns } from './order-columns.js';
import { errorCard, noMatchCard, skeleton } from './states.js';

/** @typedef {import('../core/types.js').OrderPage} OrderPage */

const tablePageSize = 50;

/**
 * Orders as a plain table, a page at a time: for screen readers that do not read virtual rows, and for paper.
 *
 * Tells “open” with an id.
 */
export class OrderTable extends HTMLElement {
  #query = '';
  /**
   * The cursors of the pages up to this one; the first page has none.
   * @type {(string | null)[]}
   */
  #cursors = [null];
  /** @type {OrderPage | null} */
  #page = null;
  /** @type {number | null} */
  #total = null;
  /** @type {Map<string, HTMLTableRowElement>} */
  #rows = new Map();
  #fetch = latest(async (signal, /** @type {URLSearchParams} */ query) => /** @type {Promise<OrderPage>} */ (app.api.get('/api/orders', { query, signal })));

  connectedCallback() {
    this.className = 'panel order-table';
  }

  /**
   * Shows the first page of a query.
   * @param {string} query
   */
  show(query) {
    this.#query = query;
    this.#cursors = [null];
    void this.#load();
  }

  /** Columns or the time zone changed. */
  configure() {
    if (this.#page) this.#draw(this.#page);
  }

  /** @param {Set<string>} ids */
  patch(ids) {
    for (const id of ids) {
      const row = this.#rows.get(id);
      if (row) this.#fill(row, id);
    }
  }

  async #load() {
    if (!this.#page) fill(this, skeleton(10));
    this.setAttribute('aria-busy', 'true');
    const query = new URLSearchParams(this.#query);
    query.set('limit', String(tablePageSize));
    const cursor = this.#cursors[this.#cursors.length - 1];
    if (cursor) query.set('cursor', cursor);
    try {
      this.#page = await this.#fetch(query);
      for (const order of this.#page.data) app.orders.accept(order);
      if (this.#page.total !== null) this.#total = this.#page.total;
      this.#draw(this.#page);
    } catch (error) {
      if (isAbort(error)) return;
      fill(this, errorCard(error, () => void this.#load()));
    }
    this.removeAttribute('aria-busy');
  }

  /** @param {OrderPage} page */
  #draw(page) {
    this.#rows.clear();
    if (page.data.length === 0) return fill(this, noMatchCard());
    const columns = shownColumns(false);
    const body = h('tbody');
    for (const { id } of page.data) {
      const row = h('tr', null, columns.map((column) => {
        const cell = h('td', { class: column.numeric ? 'number nowrap' : 'nowrap' });
        column.make?.(cell);
        return cell;
      }));
      row.querySelector('a')?.removeAttribute('tabindex');
      this.#rows.set(id, row);
      this.#fill(row, id);
      body.append(row);
    }
    const first = (this.#cursors.length - 1) * tablePageSize;
    const step = (/** @type {boolean} */ enabled, /** @type {() => void} */ action, /** @type {'left' | 'right'} */ name, /** @type {string} */ text) => {
      const button = h('button', { class: 'button small', type: 'button', onclick: action }, name === 'left' && icon(name), text, name === 'right' && icon(name));
      button.disabled = !enabled;
      return button;
    };
    fill(this,
      h('div', { class: 'table-wrap', tabindex: 0, role: 'region', 'aria-label': 'Orders' }, h('table', { class: 'table' },
        h('caption', { class: 'visually-hidden' }, 'Orders'),
        h('thead', null, h('tr', null, columns.map((column) => h('th', { scope: 'col', class: column.numeric ? 'number' : null }, column.label)))),
        body)),
      h('div', { class: 'table-foot' },
        `rows ${count(first + 1)}–${count(first + page.data.length)}${this.#total === null ? '' : ` of ${count(this.#total)}${page.totalIsExact ? '' : '+'}`}`,
        h('span', { class: 'push' }),
        step(this.#cursors.length > 1, () => this.#turn(null), 'left', 'Previous'),
        step(page.nextCursor !== null, () => this.#turn(page.nextCursor), 'right', 'Next')));
  }

  /** @param {string | null} cursor  null goes back. */
  #turn(cursor) {
    if (cursor === null) this.#cursors.pop();
    else this.#cursors.push(cursor);
    void this.#load();
  }

  /** @param {HTMLTableRowElement} row @param {string} id */
  #fill(row, id) {
    const order = app.orders.get(id);
    if (!order) return;
    for (const [at, column] of shownColumns(false).entries()) column.show(row.cells[at], order);
  }
}

customElements.define('order-table', OrderTable);
