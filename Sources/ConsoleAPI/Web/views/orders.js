import { app } from '../app.js';
import { latest } from '../core/api.js';
import { Announcer } from '../core/announce.js';
import { emptyFilter, filterQuery, isFiltered, matches, parseFilter, sortLabels, toggledSort, withFacet } from '../core/filter.js';
import { count } from '../core/format.js';
import { PagedRows } from '../core/paged-rows.js';
import { href } from '../core/router.js';
import { Selection } from '../core/selection.js';
import { custom, fill, h, setText } from '../components/dom.js';
import { FilterBar } from '../components/filter-bar.js';
import { icon } from '../components/icons.js';
import { menu, menuCheck, menuItem } from '../components/menu.js';
import { openOrderDrawer } from '../components/order-drawer.js';
import { OrderGrid, showRange } from '../components/order-grid.js';
import { allColumns } from '../components/order-columns.js';
import { savedViewsMenu } from '../components/saved-views.js';
import { emptyCard, errorCard, noMatchCard } from '../components/states.js';
import { statusLook, orderStatuses } from '../components/status-badge.js';
import { strip } from '../components/strip.js';
import { toast, toastError } from '../components/toast.js';
import { View } from '../components/view.js';

/** @typedef {import('../core/types.js').Order} Order */
/** @typedef {import('../components/bulk-bar.js').BulkBar} BulkBar */
/** @typedef {import('../components/order-table.js').OrderTable} OrderTable */

const countsMilliseconds = 5_000;
const announceMilliseconds = 2_000;
const detailPauseMilliseconds = 1_500;
/** The server's lists are so much behind its feed at most, when nothing is wrong. */
const listLagMilliseconds = 2_000;
/** Who asks for new orders gets them: the rows are fetched again a few times until they are there. */
const mostTries = 5;
const listPauseMilliseconds = 200;

export class OrdersView extends View {
  #filter = emptyFilter();
  #query = '';
  #selection = new Selection();
  #announcer = new Announcer();
  /**
   * Orders that came into being since the rows were fetched.
   * @type {Set<string>}
   */
  #fresh = new Set();
  /** When the rows were fetched, by the server's clock, in milliseconds. */
  #fetchedAt = 0;
  /** How often the rows are still fetched again for new orders that lists do not have yet. */
  #tries = 0;
  #countsAreStale = true;
  /** @type {any} */
  #counts = null;
  #rows = new PagedRows((request) => this.#fetchPage(request), (orders) => this.#arrived(orders), () => this.#rowsChanged());
  #grid = new OrderGrid(this.#rows, this.#selection);
  /**
   * Fetched by those who asked for it.
   * @type {OrderTable | null}
   */
  #table = null;
  #total = h('span', { class: 'total' });
  #filterBar = custom(FilterBar);
  #tabs = strip(h('nav', { class: 'tabs', 'aria-label': 'Orders by status' }));
  /**
   * Fetched with the first selection.
   * @type {BulkBar | null}
   */
  #bulk = null;
  #foot = h('div', { class: 'grid-foot' });
  #range = h('span', { class: 'range' });
  #sort = h('select', { class: 'select', 'aria-label': 'Sort' }, Object.entries(sortLabels).map(([value, label]) => h('option', { value }, label)));
  #pill = h('button', { class: 'new-pill', type: 'button', hidden: true, onclick: () => this.#showFresh() });
  #note = h('div', { class: 'grid-note', hidden: true });
  #fetchCounts = latest(async (signal) => app.api.get('/api/orders/counts', { query: countsQuery(this.#filter), signal }));

  get heading() {
    return 'Orders';
  }

  opened() {
    this.className = 'orders-page';
    const { preferences, sync } = app;
    this.#grid.append(this.#pill, this.#note);
    this.append(
      h('div', { class: 'page-head' }, h('h1', { tabindex: -1 }, 'Orders', this.#total), h('div', { class: 'actions' }, this.#actions())),
      this.#filterBar,
      h('div', { class: 'orders-bar' }, this.#tabs, h('label', { class: 'sort' }, 'Sort', this.#sort)),
      h('div', { class: 'orders-list' }),
      this.#foot);
    this.#foot.append(this.#range);
    this.#wire();
    const options = { signal: this.signal };
    sync.addEventListener('orders', (event) => this.#patched(/** @type {CustomEvent<Order[]>} */ (event).detail), options);
    sync.addEventListener('resync', () => this.#reload(), options);
    preferences.addEventListener('change', () => this.#configure(), options);
    this.every(countsMilliseconds, () => this.#countsAreStale && void this.#showCounts());
    this.every(announceMilliseconds, () => {
      const sentence = this.#announcer.next(Date.now());
      if (sentence) app.say(sentence);
    });
    this.#configure();
    this.moved(this.place);
    if (!preferences.current.tableView) this.#grid.focusGrid();
    // An order opens at once, because its code is there before somebody asks.
    window.setTimeout(() => void Promise.all([import('../components/order-detail.js'), import('../components/bulk-bar.js')]).catch(() => null), detailPauseMilliseconds);
  }

  closed() {
    this.#rows.stop();
  }

  /** @param {import('../core/router.js').Place} place */
  moved(place) {
    super.moved(place);
    this.#filter = parseFilter(place.query);
    const query = String(filterQuery(this.#filter));
    this.#filterBar.show(this.#filter);
    this.#sort.value = this.#filter.sort;
    this.#grid.sort = this.#filter.sort;
    if (query !== this.#query || !this.#rows.isKnown) {
      this.#query = query;
      this.#fresh.clear();
      this.#selection.clear();
      this.#grid.toTop();
      this.#reload();
    }
  }

  /** @param {string} action */
  hotkey(action) {
    switch (action) {
      case 'search': this.#filterBar.focusSearch(); return true;
      case 'next': this.#grid.move(1); return true;
      case 'previous': this.#grid.move(-1); return true;
      case 'select': this.#grid.toggleActive(); return true;
      case 'open': this.#grid.openActive(); return true;
      case 'edit': this.#openActive('edit'); return true;
      case 'retry': void this.#retryActive(); return true;
      case 'new': this.#showFresh(); return true;
      case 'escape': this.#clearSelection(); return true;
      default: return false;
    }
  }

  #wire() {
    this.#filterBar.addEventListener('filter', (event) => {
      const { filter, replace } = /** @type {CustomEvent} */ (event).detail;
      this.#go(filter, replace);
    });
    this.#sort.addEventListener('change', () => this.#go({ ...this.#filter, sort: this.#sort.value }));
    this.#grid.addEventListener('sort', (event) => this.#go({ ...this.#filter, sort: toggledSort(this.#filter.sort, /** @type {CustomEvent} */ (event).detail) }));
    this.#grid.addEventListener('open', (event) => this.#open(/** @type {CustomEvent<string>} */ (event).detail));
    this.#grid.addEventListener('selection', () => void this.#showSelection());
    this.#grid.addEventListener('range', (event) => showRange(this.#range, /** @type {CustomEvent} */ (event).detail, this.#rows));
  }

  async #newBulkBar() {
    const { BulkBar } = await import('../components/bulk-bar.js');
    if (this.#bulk) return this.#bulk;
    const bulk = custom(BulkBar);
    bulk.addEventListener('everything', () => {
      this.#selection.selectEverything();
      this.#grid.refresh();
      void this.#showSelection();
    });
    bulk.addEventListener('clear', () => this.#clearSelection());
    bulk.addEventListener('export', () => void this.#export());
    this.#foot.prepend(bulk);
    this.#bulk = bulk;
    return bulk;
  }

  async #newTable() {
    const { OrderTable } = await import('../components/order-table.js');
    if (this.#table) return this.#table;
    const table = new OrderTable();
    table.addEventListener('open', (event) => this.#open(/** @type {CustomEvent<string>} */ (event).detail));
    this.#table = table;
    return table;
  }

  #actions() {
    return [
      savedViewsMenu('orders', () => String(filterQuery(this.#filter))),
      menu(h('button', { class: 'button' }, icon('columns'), h('span', { class: 'label' }, 'Columns')), () => allColumns().map(({ name, label }) => menuCheck(label, app.preferences.current.columns.includes(name), (on) => {
        const { columns } = app.preferences.current;
        const chosen = on ? [...columns, name] : columns.filter((other) => other !== name);
        if (chosen.length > 0) app.preferences.change({ columns: allColumns().map((column) => column.name).filter((column) => chosen.includes(column)) });
      }))),
      menu(h('button', { class: 'button' }, icon('rows'), h('span', { class: 'label' }, 'Density')), () => [
        .../** @type {const} */ (['comfortable', 'default', 'compact']).map((density) => menuItem([app.preferences.current.density === density ? icon('check') : h('span', { class: 'icon' }), density.charAt(0).toUpperCase() + density.slice(1)], () => app.preferences.change({ density }))),
        h('hr'),
        menuCheck('Table view, 50 a page', app.preferences.current.tableView, (tableView) => app.preferences.change({ tableView })),
      ]),
      h('button', { class: 'button', type: 'button', onclick: () => void this.#export() }, icon('download'), h('span', { class: 'label' }, 'Export')),
    ];
  }

  #configure() {
    const { tableView } = app.preferences.current;
    this.#foot.toggleAttribute('hidden', tableView);
    if (tableView) {
      this.#showTable().catch((error) => toastError(error, 'The table'));
      return;
    }
    const list = this.querySelector('.orders-list');
    if (list && this.#grid.parentElement !== list) fill(list, this.#grid);
    else this.#grid.configure();
  }

  async #showTable() {
    const table = await this.#newTable();
    const list = this.querySelector('.orders-list');
    if (!list || !app.preferences.current.tableView) return;
    if (table.parentElement === list) return table.configure();
    fill(list, table);
    table.show(this.#query);
  }

  /** @param {import('../core/filter.js').OrderFilter} filter */
  #go(filter, replace = false) {
    app.go(href('/orders', filterQuery(filter)), { replace });
  }

  /** @param {import('../core/paged-rows.js').PageRequest} request */
  #fetchPage({ cursor, offset, limit, signal }) {
    const query = new URLSearchParams(this.#query);
    query.set('limit', String(limit));
    if (cursor !== null) query.set('cursor', cursor);
    else if (offset > 0) query.set('offset', String(offset));
    return app.api.get('/api/orders', { query, signal });
  }

  /** @param {Order[]} orders */
  #arrived(orders) {
    for (const order of orders) app.orders.accept(order);
    if (this.#rows.isKnown) return;
    this.#fetchedAt = Math.max(app.api.serverTime, ...orders.map(({ updatedAt }) => Date.parse(updatedAt)));
    // Lists follow the feed a moment later: what is new and not in them yet stays behind the pill.
    const listed = new Set(orders.map(({ id }) => id));
    for (const id of this.#fresh) {
      const order = app.orders.get(id);
      if (listed.has(id) || !order || Date.parse(order.createdAt) <= this.#fetchedAt - listLagMilliseconds) this.#fresh.delete(id);
    }
    this.#showPill();
    if (this.#fresh.size === 0 || this.#tries === 0) return;
    this.#tries -= 1;
    window.setTimeout(() => this.#reload(), listPauseMilliseconds);
  }

  #reload() {
    this.#countsAreStale = true;
    void this.#showCounts();
    if (app.preferences.current.tableView) return this.#table?.show(this.#query);
    const { first, last } = this.#grid.window;
    this.#rows.reset(first, Math.max(last, 1));
    this.#rowsChanged();
  }

  #rowsChanged() {
    this.#grid.refresh();
    this.#showTotal();
    void this.#showSelection();
    const { failure, isKnown, total } = this.#rows;
    this.#note.hidden = !(failure && !isKnown) && !(isKnown && total === 0);
    if (failure && !isKnown) {
      fill(this.#note, errorCard(failure, () => this.#rows.retry(0, 1)));
    } else if (failure) {
      toastError(failure, 'Some rows could not be fetched');
      this.#rows.failure = null;
    } else if (!this.#note.hidden) {
      const clear = h('button', { class: 'button', type: 'button', onclick: () => this.#go(emptyFilter()) }, 'Clear filters');
      fill(this.#note, isFiltered(this.#filter)
        ? noMatchCard([clear])
        : emptyCard('No orders yet', 'They appear here by themselves as soon as the first webhook has been merged.'));
    }
  }

  /** @param {Order[]} orders */
  #patched(orders) {
    const changed = new Set();
    for (const order of orders) {
      if (app.orders.accept(order)) changed.add(order.id);
      this.#announcer.add(order.id, order.orderStatus === 'FAILED');
      if (this.#rows.isKnown && Date.parse(order.createdAt) > this.#fetchedAt && matches(this.#filter, order)) this.#fresh.add(order.id);
    }
    this.#countsAreStale = true;
    this.#grid.patch(changed);
    if (app.preferences.current.tableView) this.#table?.patch(changed);
    this.#showPill();
  }

  #showPill() {
    this.#pill.hidden = this.#fresh.size === 0;
    if (this.#fresh.size > 0) fill(this.#pill, `${count(this.#fresh.size)} new · show`, h('kbd', { 'aria-hidden': 'true' }, 'n'));
  }

  #showFresh() {
    if (this.#fresh.size === 0) return;
    this.#tries = mostTries;
    this.#grid.toTop();
    this.#reload();
    this.#grid.focusGrid();
  }

  async #showCounts() {
    this.#countsAreStale = false;
    try {
      this.#counts = await this.#fetchCounts();
    } catch {
      return; // The rows say what is wrong; counts are tried again with the next change.
    }
    this.#showTotal();
    this.#showTabs();
  }

  #totalText() {
    const exact = this.#rows.isKnown ? this.#rows.totalIsExact : this.#counts?.totalIsExact ?? true;
    const total = this.#rows.isKnown ? this.#rows.total : this.#counts?.total;
    return total === undefined ? '' : `${count(total)}${exact ? '' : '+'}`;
  }

  #showTotal() {
    setText(this.#total, this.#totalText());
  }

  #showTabs() {
    const { byOrderStatus = {}, attention = 0 } = this.#counts ?? {};
    const chosen = this.#filter.facets.orderStatus ?? [];
    const needsAttention = this.#filter.facets.attention?.[0] === 'true';
    const all = Object.values(byOrderStatus).reduce((sum, value) => sum + value, 0);
    const exact = this.#counts?.totalIsExact ?? true;
    const without = withFacet(withFacet(this.#filter, 'orderStatus', []), 'attention', []);
    /** @param {string} label @param {number} size @param {import('../core/filter.js').OrderFilter} filter @param {boolean} current */
    const tab = (label, size, filter, current) => h('a', { href: href('/orders', filterQuery(filter)), 'aria-current': current ? 'true' : null }, label, h('span', { class: 'count' }, `${count(size)}${exact ? '' : '+'}`));
    const statuses = orderStatuses.filter((status) => byOrderStatus[status] > 0 || chosen.includes(status));
    fill(this.#tabs,
      tab('All', all, without, chosen.length === 0 && !needsAttention),
      (attention > 0 || needsAttention) && tab('Needs attention', attention, withFacet(without, 'attention', ['true']), needsAttention),
      statuses.map((status) => tab(statusLook(status).label, byOrderStatus[status] ?? 0, withFacet(without, 'orderStatus', [status]), chosen.includes(status))));
  }

  async #showSelection() {
    if (this.#bulk === null && this.#selection.isEmpty) return;
    const bulk = this.#bulk ?? await this.#newBulkBar().catch((error) => toastError(error, 'The selection'));
    bulk?.show(this.#selection, this.#filter, this.#rows.total, this.#rows.totalIsExact);
  }

  #clearSelection() {
    this.#selection.clear();
    this.#grid.refresh();
    void this.#showSelection();
  }

  /** @param {string} id @param {'edit'} [then] */
  #open(id, then) {
    const neighbours = { next: () => this.#step(1), previous: () => this.#step(-1), closed: () => this.#grid.focusGrid() };
    openOrderDrawer(id, neighbours, then).catch((error) => toastError(error, 'The order could not be opened'));
  }

  /** @param {number} rows */
  #step(rows) {
    this.#grid.move(rows);
    return this.#grid.activeId ?? null;
  }

  /** @param {'edit'} what */
  #openActive(what) {
    const id = this.#grid.activeId;
    if (id === undefined) return;
    this.#open(id, what);
  }

  async #export() {
    const { exportDialog } = await import('../components/export-dialog.js');
    exportDialog(this.#selection, this.#filter, this.#totalText());
  }

  async #retryActive() {
    const id = this.#grid.activeId;
    if (id === undefined || !app.may('operator')) return;
    try {
      const { requeued, released } = await app.api.post(`/api/orders/${id}/retry`);
      toast(requeued + released > 0 ? `${requeued} jobs and ${released} events will be tried again.` : 'Nothing of this order is stuck.');
    } catch (error) {
      toastError(error, 'Retry');
    }
  }
}

/** @param {import('../core/filter.js').OrderFilter} filter */
function countsQuery(filter) {
  const query = filterQuery(withFacet(filter, 'attention', []));
  query.delete('sort');
  return query;
}

customElements.define('orders-view', OrdersView);
