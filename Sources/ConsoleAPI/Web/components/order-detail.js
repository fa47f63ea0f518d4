import { app } from '../app.js';
import { isAbort, latest } from '../core/api.js';
import { patchOrder } from '../core/edit.js';
import { isNewer } from '../core/store.js';
import { ago, counted, dateTime, money } from '../core/format.js';
import { confirmDialog } from './confirm-dialog.js';
import { fill, h } from './dom.js';
import { openEditDialog } from './edit-dialog.js';
import { icon } from './icons.js';
import { menu, menuItem } from './menu.js';
import { attentionText, channelName, orderName } from './order-columns.js';
import { bookingsPanel, bookingVerdict, factsPanel, jobsPanel, registersPanel, shipmentsPanel } from './order-panels.js';
import { explainPanel } from './explain-panel.js';
import { errorCard, skeleton } from './states.js';
import { statusBadge } from './status-badge.js';
import { timelinePanel } from './timeline.js';
import { toast, toastError } from './toast.js';

/** @typedef {import('../core/types.js').OrderDetail} OrderDetail */
/** @typedef {import('../core/types.js').Order} Order */

const refreshPauseMilliseconds = 1_000;

/**
 * Everything about one order: as a page of its own, or in the drawer over the grid.
 */
export class OrderDetailElement extends HTMLElement {
  /**
   * Set in the drawer: how to get to its neighbours and out.
   * @type {{ step: (down: boolean) => void, close: () => void } | null}
   */
  placement = null;
  /** @type {OrderDetail | null} */
  #order = null;
  #id = '';
  #editWhenLoaded = false;
  #head = h('div');
  #panels = h('div');
  /** @type {{ refresh: () => void } | null} */
  #timeline = null;
  #refreshTimer = 0;
  #lifetime = new AbortController();
  #fetch = latest(async (signal, /** @type {string} */ id) => /** @type {Promise<OrderDetail>} */ (app.api.get(`/api/orders/${encodeURIComponent(id)}`, { signal })));

  connectedCallback() {
    this.#lifetime = new AbortController();
    this.append(this.#head, this.#panels);
    app.sync.addEventListener('orders', (event) => this.#patched(/** @type {CustomEvent<Order[]>} */ (event).detail), { signal: this.#lifetime.signal });
    app.sync.addEventListener('resync', () => void this.#refresh(), { signal: this.#lifetime.signal });
  }

  disconnectedCallback() {
    this.#lifetime.abort();
    window.clearTimeout(this.#refreshTimer);
  }

  /** @param {string} id @param {'edit'} [then] */
  async show(id, then) {
    this.#id = id;
    this.#order = null;
    this.#editWhenLoaded = then === 'edit';
    const known = app.orders.get(id);
    if (known) this.#drawHead(known);
    else fill(this.#head);
    this.setAttribute('aria-busy', 'true');
    fill(this.#panels, skeleton(10));
    try {
      const order = await this.#fetch(id);
      this.removeAttribute('aria-busy');
      this.#take(order);
      this.#drawPanels(order);
      if (this.#editWhenLoaded) this.#edit();
    } catch (error) {
      if (isAbort(error)) return;
      this.removeAttribute('aria-busy');
      fill(this.#panels, errorCard(error, () => void this.show(id, then)));
    }
  }

  /** @param {string} action */
  hotkey(action) {
    switch (action) {
      case 'edit': this.#edit(); return true;
      case 'retry': void this.#retry(); return true;
      default: return false;
    }
  }

  /** @param {OrderDetail} order */
  #take(order) {
    this.#order = order;
    app.orders.accept(order);
    this.#drawHead(order);
    this.dispatchEvent(new CustomEvent('order', { detail: order }));
  }

  /** @param {Order[]} orders */
  #patched(orders) {
    const newer = orders.find((order) => order.id === this.#id);
    if (!newer || (this.#order && !isNewer(newer, this.#order))) return;
    this.#drawHead(newer);
    window.clearTimeout(this.#refreshTimer);
    this.#refreshTimer = window.setTimeout(() => void this.#refresh(), refreshPauseMilliseconds);
  }

  async #refresh() {
    if (!this.#order) return;
    try {
      const order = await this.#fetch(this.#id);
      this.#take(order);
      this.#drawFacts(order);
      this.#timeline?.refresh();
    } catch (error) {
      if (!isAbort(error)) toastError(error, 'The order could not be read again');
    }
  }

  /** @param {Order | OrderDetail} order */
  #drawHead(order) {
    const inDrawer = this.placement !== null;
    const title = h(inDrawer ? 'h2' : 'h1', { tabindex: -1 }, orderName(order));
    const step = (/** @type {boolean} */ down) => h('button', { class: 'icon-button', type: 'button', 'aria-label': down ? 'Next order' : 'Previous order', title: down ? 'Next (j)' : 'Previous (k)', onclick: () => this.placement?.step(down) }, icon(down ? 'right' : 'left'));
    fill(this.#head,
      h('div', { class: 'order-head' },
        title, statusBadge(order.orderStatus), h('span', { class: 'meta' }, `version ${order.version}`),
        h('div', { class: 'actions' },
          app.may('operator') && h('button', { class: 'button', type: 'button', 'aria-keyshortcuts': 'e', onclick: () => this.#edit() }, icon('edit'), 'Edit'),
          app.may('operator') && h('button', { class: 'button', type: 'button', 'aria-keyshortcuts': 'r', onclick: () => void this.#retry() }, icon('cycle'), 'Retry'),
          menu(h('button', { class: 'icon-button', 'aria-label': 'More' }, icon('more')), () => this.#moreItems(order)),
          inDrawer && [step(false), step(true), h('button', { class: 'icon-button', type: 'button', 'aria-label': 'Close', title: 'Close (Esc)', onclick: () => this.placement?.close() }, icon('cross'))])),
      h('div', { class: 'order-summary' },
        summary('Customer', order.customerName), summary('Total', order.totalPrice === null ? null : `${money(order.totalPrice)} ${order.currency ?? ''}`),
        summary('Shipping fee', order.shippingFee === null ? null : money(order.shippingFee)), summary('Payment', h('span', null, statusBadge(order.paymentStatus))),
        summary('Channel', `${channelName(order.source)} · ${order.shop}`), summary('External id', h('span', { class: 'mono' }, order.shopifyOrderId)),
        summary('Updated', `${dateTime(order.updatedAt, app.timeZone)} (${ago(order.updatedAt, Date.now())})`)),
      'bookings' in order && h('p', { class: 'verdict' }, icon('arrow'), bookingVerdict(order)),
      order.attention.length > 0 && h('p', { class: 'alert', 'data-tone': 'failed' }, icon('warning'), `Needs a person: ${attentionText(order.attention).toLowerCase()}${order.flags.length > 0 ? ` (${order.flags.map((flag) => flag.replace(/_/g, ' ')).join(', ')})` : ''}.`),
      'waitingEvents' in order && order.waitingEvents > 0 && h('p', { class: 'alert', 'data-tone': 'pending' }, icon('clock'), `${counted(order.waitingEvents, 'event')} of this order ${order.waitingEvents === 1 ? 'waits' : 'wait'} to be merged.`));
  }

  /** @param {Order} order */
  #moreItems(order) {
    const hold = this.#order?.operator.hold ?? false;
    return [
      this.placement && h('a', { class: 'menu-item', href: `/orders/${order.id}`, 'data-closes': true }, icon('arrow'), 'Open as a page'),
      h('a', { class: 'menu-item', href: `/audit?target=order:${order.id}`, 'data-closes': true }, icon('list'), 'What people did'),
      app.may('operator') && this.#order && menuItem([icon(hold ? 'play' : 'pause'), hold ? 'Release the hold' : 'Put on hold'], () => this.#setHold(!hold)),
    ];
  }

  /** @param {OrderDetail} order */
  #drawPanels(order) {
    const facts = h('div', { class: 'stack' });
    const timeline = timelinePanel(order.id, this.#lifetime.signal);
    this.#timeline = timeline;
    this.#facts = facts;
    fill(this.#panels, h('div', { class: 'order-columns' }, h('div', { class: 'stack' }, timeline.element, explainPanel(order.id)), facts));
    this.#drawFacts(order);
  }

  /** @type {HTMLElement | null} */
  #facts = null;

  /** @param {OrderDetail} order */
  #drawFacts(order) {
    if (this.#facts) fill(this.#facts, factsPanel(order), shipmentsPanel(order), bookingsPanel(order), jobsPanel(order), registersPanel(order));
  }

  #edit() {
    if (!app.may('operator')) return;
    if (!this.#order) {
      this.#editWhenLoaded = true;
      return;
    }
    openEditDialog(this.#order, (order) => {
      this.#take(order);
      this.#drawFacts(order);
      this.#timeline?.refresh();
    });
  }

  async #retry() {
    if (!app.may('operator') || !this.#id) return;
    try {
      const { requeued, released } = await app.api.post(`/api/orders/${this.#id}/retry`);
      toast(requeued + released > 0 ? `${counted(requeued, 'job')} and ${counted(released, 'event')} will be tried again.` : 'Nothing of this order is stuck.');
      void this.#refresh();
    } catch (error) {
      toastError(error, 'Retry');
    }
  }

  /** @param {boolean} hold */
  #setHold(hold) {
    const order = this.#order;
    if (!order) return;
    confirmDialog({
      title: hold ? `Hold ${orderName(order)}?` : `Release ${orderName(order)}?`,
      body: h('p', null, hold ? 'No courier is asked to fetch it while it is on hold.' : 'It is booked as soon as nothing else stands in the way.'),
      verb: hold ? 'Put on hold' : 'Release', rows: 1, asksReason: true,
      confirmed: async (reason) => {
        const changed = await patchOrder(app.api, order, { hold }, reason);
        this.#take(changed);
        this.#drawFacts(changed);
      },
    });
  }
}

/** @param {string} name @param {import('./dom.js').Child} value */
function summary(name, value) {
  return h('div', null, h('span', { class: 'name' }, name), value === null || value === undefined ? '–' : value instanceof Node ? value : h('span', null, String(value)));
}

customElements.define('order-detail', OrderDetailElement);
