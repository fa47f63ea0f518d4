import { app } from '../app.js';
import { count, counted, dateTime } from '../core/format.js';
import { href } from '../core/router.js';
import { sinceChoices, sinceInstant } from '../core/since.js';
import { discardDialog, requeueDialog } from '../components/dead-letter-actions.js';
import { fill, h } from '../components/dom.js';
import { icon } from '../components/icons.js';
import { moreList } from '../components/more-list.js';
import { orderName } from '../components/order-columns.js';
import { emptyCard } from '../components/states.js';
import { View } from '../components/view.js';

/** @typedef {import('../core/types.js').Job} Job */
/** @typedef {{ queue: string, cause: string, count: number, firstAt: string, lastAt: string, sampleError: string | null }} Group */

const typingPauseMilliseconds = 250;
const entriesPerPage = 50;
const queueNames = ['internal-booking-events', 'courier-commands', 'shopify-admin-notifications', 'storefront-processing'];

/** What was given up on: grouped by its cause, or one by one. */
export class DeadLettersView extends View {
  #total = h('span', { class: 'total' });
  #segments = h('div', { class: 'segments', role: 'group', 'aria-label': 'View' });
  #queue = h('select', { class: 'select', 'aria-label': 'Queue' }, h('option', { value: '' }, 'Every queue'), queueNames.map((name) => h('option', { value: name }, name)));
  #since = h('select', { class: 'select', 'aria-label': 'Given up' }, h('option', { value: '' }, 'Any time'), sinceChoices.map(([name, label]) => h('option', { value: name }, label)));
  #search = h('input', { class: 'input', type: 'search', placeholder: 'Search error, input, order…', 'aria-label': 'Search dead letters' });
  #body = h('div', { class: 'panel' });
  /**
   * Groups that are open, by queue and cause.
   * @type {Set<string>}
   */
  #open = new Set();
  #timer = 0;
  /** Where the span of the address began when this was read: what is shown, counted and changed is of one instant. */
  #start = '';

  get heading() {
    return 'Dead letters';
  }

  get #filter() {
    const { query } = this.place;
    return { queue: query.get('queue') ?? '', q: query.get('q') ?? '', since: this.#start };
  }

  get #isList() {
    return this.place.query.get('view') === 'list';
  }

  opened() {
    this.append(
      h('div', { class: 'page-head' }, h('h1', { tabindex: -1 }, 'Dead letters', this.#total)),
      h('div', { class: 'toolbar' }, this.#segments, this.#queue, this.#since, h('div', { class: 'search' }, icon('search'), this.#search)), this.#body);
    this.#queue.addEventListener('change', () => this.#go({ queue: this.#queue.value }));
    this.#since.addEventListener('change', () => this.#go({ since: this.#since.value }));
    this.#search.addEventListener('input', () => {
      window.clearTimeout(this.#timer);
      this.#timer = window.setTimeout(() => this.#go({ q: this.#search.value.trim() }, true), typingPauseMilliseconds);
    });
    this.moved(this.place);
  }

  /** @param {import('../core/router.js').Place} place */
  moved(place) {
    super.moved(place);
    const { queue, q } = this.#filter;
    this.#queue.value = queue;
    const since = place.query.get('since') ?? '';
    this.#since.value = sinceChoices.some(([name]) => name === since) ? since : '';
    if (document.activeElement !== this.#search) this.#search.value = q;
    const segment = (/** @type {string} */ label, /** @type {boolean} */ list) => h('button', { type: 'button', 'aria-pressed': String(this.#isList === list), onclick: () => this.#go({ view: list ? 'list' : '' }) }, label);
    fill(this.#segments, segment('Grouped', false), segment('List', true));
    this.forget(this.#body);
    this.#refresh();
  }

  /** @param {string} action */
  hotkey(action) {
    if (action === 'search') this.#search.focus();
    else if (action === 'retry') this.#refresh();
    else return false;
    return true;
  }

  /** @param {Record<string, string>} change */
  #go(change, replace = false) {
    const query = new URLSearchParams(this.place.query);
    for (const [name, value] of Object.entries(change)) {
      if (value) query.set(name, value);
      else query.delete(name);
    }
    app.go(href('/dead-letters', query), { replace });
  }

  #refresh() {
    this.#start = sinceInstant(this.#since.value, Date.now());
    if (this.#isList) this.#showList();
    else void this.load(this.#body, (signal) => app.api.get('/api/dead-letters/groups', { query: this.#filter, signal }), (groups) => this.#drawGroups(groups));
  }

  /** @param {Group[]} groups */
  #drawGroups(groups) {
    const all = groups.reduce((sum, group) => sum + group.count, 0);
    fill(this.#total, all > 0 ? counted(all, 'entry', 'entries') : '');
    if (groups.length === 0) return fill(this.#body, this.#empty());
    fill(this.#body, groups.map((group) => this.#group(group)));
  }

  #empty() {
    const { queue, q, since } = this.#filter;
    return queue || q || since ? emptyCard('Nothing fits', 'No dead letter fits this search.', { icon: 'search' })
      : emptyCard('No dead letters', 'Every call to a courier or the shop has succeeded or is still being tried.', { icon: 'check', tone: 'delivered' });
  }

  /** @param {Group} group */
  #group(group) {
    const key = `${group.queue} ${group.cause}`;
    const entries = h('div', { class: 'group-entries', hidden: true });
    const meant = Object.fromEntries(Object.entries({ ...this.#filter, queue: group.queue, cause: group.cause }).filter(([, value]) => value));
    const done = () => this.#refresh();
    const toggle = h('button', { class: 'icon-button small', type: 'button', 'aria-label': `Entries of ${group.cause}`, onclick: () => show(entries.hidden) }, icon('right'));
    const show = (/** @type {boolean} */ open) => {
      entries.hidden = !open;
      toggle.setAttribute('aria-expanded', String(open));
      if (open) this.#open.add(key);
      else this.#open.delete(key);
      if (open && entries.children.length === 0) fill(entries, ...this.#entries(meant));
    };
    show(this.#open.has(key));
    return h('section', { class: 'group', 'aria-label': group.cause },
      h('div', { class: 'group-head' }, toggle,
        h('div', null, h('div', { class: 'cause' }, group.cause),
          h('div', { class: 'meta' }, `${counted(group.count, 'entry', 'entries')} · ${group.queue} · first ${dateTime(group.firstAt, app.timeZone)} · last ${dateTime(group.lastAt, app.timeZone)}`)),
        app.may('operator') && h('div', { class: 'actions' },
          h('button', { class: 'button small', type: 'button', onclick: () => void requeueDialog(meant, done) }, `Requeue ${count(group.count)}`),
          h('button', { class: 'button small', type: 'button', onclick: () => void discardDialog(meant, done) }, 'Discard…'))),
      entries);
  }

  #showList() {
    fill(this.#total);
    fill(this.#body, ...this.#entries(this.#filter));
  }

  /** @param {Record<string, string>} query */
  #entries(query) {
    const list = h('tbody');
    const more = moreList({
      fetch: (cursor) => this.#fetchEntries(query, cursor),
      draw: (/** @type {Job} */ job) => this.#entry(job),
      list,
      empty: () => this.#empty(),
    });
    more.reload();
    return [h('div', { class: 'table-wrap' }, h('table', { class: 'table', hidden: true },
      h('caption', { class: 'visually-hidden' }, 'Dead letters'),
      h('thead', null, h('tr', null, ['Job', 'Order', 'Attempts', 'Given up', 'Error', ''].map((label) => h('th', { scope: 'col' }, label || h('span', { class: 'visually-hidden' }, 'Actions'))))), list)), more.foot];
  }

  /**
   * A page of dead letters, and whose they are.
   * @param {Record<string, string>} query @param {string | null} cursor
   */
  async #fetchEntries(query, cursor) {
    /** @type {{ data: Job[], nextCursor: string | null }} */
    const page = await app.api.get('/api/dead-letters', { query: { ...query, cursor, limit: entriesPerPage }, signal: this.signal });
    const ids = new Set(page.data.map(({ orderId }) => orderId).filter((id) => !app.orders.get(id)));
    if (ids.size === 0) return page;
    const orders = new URLSearchParams({ limit: String(entriesPerPage) });
    for (const id of ids) orders.append('ids', id);
    // Without the names the ids say it too.
    const named = await app.api.get('/api/orders', { query: orders, signal: this.signal }).catch(() => ({ data: [] }));
    for (const order of named.data) app.orders.accept(order);
    return page;
  }

  /** @param {Job} job */
  #entry(job) {
    const order = app.orders.get(job.orderId);
    return h('tr', null,
      h('td', null, h('a', { href: `/dead-letters/${job.id}` }, job.key)),
      h('td', null, h('a', { href: `/orders/${job.orderId}` }, order ? orderName(order) : `${job.orderId.slice(0, 8)}…`), order?.customerName && h('div', { class: 'meta' }, order.customerName)),
      h('td', { class: 'nowrap' }, `${job.attempt}${job.maxAttempts === null ? '' : ` of ${job.maxAttempts}`}`),
      h('td', { class: 'nowrap' }, dateTime(job.finishedAt ?? job.runAt ?? job.createdAt, app.timeZone)),
      h('td', { class: 'wrap' }, job.lastError ?? '–'),
      h('td', null, app.may('operator') && h('div', { class: 'actions' }, h('button', { class: 'button small', type: 'button', onclick: () => void requeueDialog({ ids: [job.id] }, () => this.#refresh()) }, 'Requeue'))));
  }
}

customElements.define('dead-letters-view', DeadLettersView);
