import { app } from '../app.js';
import { money, shortTime, words } from '../core/format.js';
import { h, setText } from './dom.js';
import { showStatus, statusBadge } from './status-badge.js';

/** @typedef {import('../core/types.js').Order} Order */

/**
 * A column of the orders grid and table. `make` builds what its cells hold, `show` puts an order into it.
 * @typedef {object} Column
 * @property {string} name
 * @property {string} label
 * @property {number} width       Least pixels.
 * @property {number} grow        Share of what is left; 0 keeps the width.
 * @property {string} [sort]      The server's word for it, where it can sort by it.
 * @property {boolean} [numeric]
 * @property {(cell: HTMLElement) => void} [make]
 * @property {(cell: HTMLElement, order: Order) => void} show
 */

/** @param {HTMLElement} cell @param {string | null | undefined} text */
function showText(cell, text) {
  setText(cell, text || '–');
}

/**
 * Text that may be longer than its column: the whole of it is the cell's tooltip.
 * @param {HTMLElement} cell @param {string | null | undefined} text
 */
function showLongText(cell, text) {
  showText(cell, text);
  cell.title = text ?? '';
}

/** @param {HTMLElement} cell */
const makeBadge = (cell) => cell.append(statusBadge(''));

/** @param {(order: Order) => string} value @returns {(cell: HTMLElement, order: Order) => void} */
const showBadge = (value) => (cell, order) => showStatus(/** @type {HTMLElement} */ (cell.firstElementChild), value(order));

/** @type {Record<string, string>} */
const attentionWords = { quarantined: 'Quarantined', anomaly: 'Anomaly', failed: 'Failed', booking: 'Booking', 'dead-letter': 'Dead letter' };

/** @param {string[]} reasons */
export function attentionText(reasons) {
  return reasons.map((reason) => attentionWords[reason] ?? words(reason)).join(', ');
}

/** @param {string | null | undefined} source */
export function channelName(source) {
  return source ? words(source) : '–';
}

/**
 * What people call an order: the shop's name for it, else the source's id.
 * @param {Order} order
 */
export function orderName(order) {
  return order.name || order.shopifyOrderId;
}

/** @type {Column[]} */
const all = [
  {
    name: 'order', label: 'Order', width: 92, grow: 1,
    make: (cell) => cell.append(h('a', { class: 'strong', tabindex: -1 })),
    show: (cell, order) => {
      const link = /** @type {HTMLAnchorElement} */ (cell.firstElementChild);
      setText(link, orderName(order));
      link.setAttribute('href', `/orders/${order.id}`);
    },
  },
  { name: 'external', label: 'External id', width: 128, grow: 1, sort: 'ref', show: (cell, order) => showText(cell, order.shopifyOrderId) },
  { name: 'customer', label: 'Customer', width: 124, grow: 2, show: (cell, order) => showLongText(cell, order.customerName) },
  { name: 'channel', label: 'Channel', width: 84, grow: 0, show: (cell, order) => showText(cell, channelName(order.source)) },
  { name: 'status', label: 'Status', width: 122, grow: 0, make: makeBadge, show: showBadge((order) => order.orderStatus) },
  { name: 'payment', label: 'Payment', width: 112, grow: 0, make: makeBadge, show: showBadge((order) => order.paymentStatus) },
  { name: 'shipping', label: 'Shipping', width: 122, grow: 0, make: makeBadge, show: showBadge((order) => order.shippingStatus) },
  {
    name: 'total', label: 'Total', width: 104, grow: 0, sort: 'total', numeric: true,
    show: (cell, order) => showText(cell, order.totalPrice === null ? null : `${money(order.totalPrice)} ${order.currency ?? ''}`.trim()),
  },
  { name: 'fee', label: 'Shipping fee', width: 96, grow: 0, numeric: true, show: (cell, order) => showText(cell, order.shippingFee === null ? null : money(order.shippingFee)) },
  { name: 'courier', label: 'Courier', width: 104, grow: 1, show: (cell, order) => showLongText(cell, order.courier) },
  { name: 'tracking', label: 'Tracking number', width: 148, grow: 1, show: (cell, order) => showLongText(cell, order.trackingNumber) },
  {
    name: 'attention', label: 'Attention', width: 104, grow: 1,
    make: (cell) => cell.append(h('span', { class: 'flag' })),
    show: (cell, order) => setText(/** @type {HTMLElement} */ (cell.firstElementChild), attentionText(order.attention)),
  },
  { name: 'version', label: 'Version', width: 64, grow: 0, numeric: true, show: (cell, order) => showText(cell, String(order.version)) },
  { name: 'created', label: 'Created', width: 150, grow: 0, sort: 'created', show: (cell, order) => showTime(cell, order.createdAt) },
  { name: 'updated', label: 'Updated', width: 150, grow: 0, sort: 'updated', show: (cell, order) => showTime(cell, order.updatedAt) },
];

/** @param {HTMLElement} cell @param {string} iso */
function showTime(cell, iso) {
  showText(cell, shortTime(iso, app.timeZone, Date.now()));
}

/** What is left of the columns on a narrow screen. */
const narrow = ['order', 'customer', 'status', 'total', 'updated'];

/** @param {boolean} isNarrow */
export function shownColumns(isNarrow) {
  const chosen = app.preferences.current.columns;
  return all.filter((column) => chosen.includes(column.name) && (!isNarrow || narrow.includes(column.name)));
}

/** Every column there is, with its label. */
export function allColumns() {
  return all.map(({ name, label }) => ({ name, label }));
}
