/**
 * The parts of an order that are lists of facts.
 */

import { app } from '../app.js';
import { counted, dateTime, duration, money, readable } from '../core/format.js';
import { payloadText } from './payload.js';
import { h } from './dom.js';
import { statusBadge } from './status-badge.js';

/** @typedef {import('../core/types.js').OrderDetail} OrderDetail */
/** @typedef {import('./dom.js').Children} Children */

/** @param {string} title @param {Children} body @param {Children} [aside] */
export function panel(title, body, aside) {
  return h('section', { class: 'panel', 'aria-label': title }, h('header', null, h('h2', null, title), h('div', { class: 'actions' }, aside)), body);
}

/** @param {[string, import('./dom.js').Child][]} pairs */
export function facts(pairs) {
  return h('dl', { class: 'facts' }, pairs.filter(([, value]) => value !== null && value !== undefined && value !== '').flatMap(([name, value]) => [h('dt', null, name), h('dd', null, value)]));
}

/** @param {Record<string, any> | null} address */
export function addressText(address) {
  if (!address) return null;
  const name = address.name ?? [address.first_name, address.last_name].filter(Boolean).join(' ');
  return [name, address.company, address.address1, address.address2, [address.zip, address.city].filter(Boolean).join(' '), address.province, address.country ?? address.country_code, address.phone].filter(Boolean).join(', ');
}

/**
 * Whether a courier fetches the order, and if not, why: in a sentence.
 * @param {OrderDetail} order
 */
export function bookingVerdict({ bookable, bookings, notBookable, shipments }) {
  const [latest] = bookings;
  const courier = latest?.courier ?? 'a courier';
  switch (latest?.state) {
    case 'booked': return `Booked with ${courier}${latest.trackingNumber ? ` as ${latest.trackingNumber}` : ''}.`;
    case 'claimed': case 'requested': return 'Booking: a courier is being asked.';
    case 'unknown': return 'Booking: the courier did not answer; it is being asked what became of the request.';
    case 'rejected': return `Not booked, the courier refused${latest.reason ? `: ${latest.reason}` : ''}. It needs a person.`;
    case 'parked': return `Not booked, every attempt failed${latest.reason ? `: ${latest.reason}` : ''}. It needs a person.`;
    case 'cancel_requested': return latest.givenUp ? `The booking with ${courier} could not be cancelled: every attempt failed. It needs a person.` : `The booking with ${courier} is being cancelled.`;
    case 'return_requested': return latest.givenUp ? `${courier} was asked in vain to bring the parcel back: every attempt failed. It needs a person.` : `${courier} is asked to bring the parcel back.`;
  }
  if (bookable) return 'To be booked as soon as it has been quiet for a moment.';
  if (shipments.length > 0 && notBookable.length === 0) return 'Nothing to book: it has a parcel.';
  return notBookable.length > 0 ? `Not booked – ${notBookable.join('; ')}.` : 'Not booked.';
}

/** @param {OrderDetail} order */
export function factsPanel(order) {
  const { operator } = order;
  return panel('Order', h('div', { class: 'body' }, facts([
    ['Address', addressText(order.shippingAddress)],
    ['Customer', [order.customer?.email, order.customer?.phone].filter(Boolean).join(', ') || null],
    ['Note', operator.note],
    ['Set by operators', [operator.status && `status ${operator.status}`, operator.courier && `courier ${operator.courier}`, operator.trackingNumber && `tracking ${operator.trackingNumber}`, operator.shippingAddress && 'address', operator.hold && 'hold'].filter(Boolean).join(', ') || null],
    ['Last change', order.lastChange && `${readable(order.lastChange.reason, app.timeZone)} – ${order.lastChange.actor}, ${dateTime(order.lastChange.at, app.timeZone)}`],
    ['Created', dateTime(order.createdAt, app.timeZone)],
  ])));
}

/** @param {OrderDetail} order */
export function shipmentsPanel(order) {
  if (order.shipments.length === 0) return null;
  return panel('Shipments', h('div', { class: 'table-wrap' }, h('table', { class: 'table' },
    h('thead', null, h('tr', null, ['Courier', 'Tracking number', 'Status'].map((name) => h('th', { scope: 'col' }, name)))),
    h('tbody', null, order.shipments.map((shipment) => h('tr', null,
      h('td', null, shipment.courier), h('td', { class: 'mono' }, shipment.trackingNumber),
      h('td', null, statusBadge(shipment.status), shipment.cashCollected && h('div', { class: 'meta' }, 'cash collected'), shipment.deliveredAt && h('div', { class: 'meta' }, dateTime(shipment.deliveredAt, app.timeZone)))))))));
}

/** @param {OrderDetail} order */
export function bookingsPanel(order) {
  if (order.bookings.length === 0) return null;
  return panel('Bookings', h('div', { class: 'table-wrap' }, h('table', { class: 'table' },
    h('thead', null, h('tr', null, ['Attempt', 'State', 'Courier', 'Fee'].map((name) => h('th', { scope: 'col', class: name === 'Fee' ? 'number' : null }, name)))),
    h('tbody', null, order.bookings.map((booking) => h('tr', null,
      h('td', null, booking.attempt),
      h('td', null, statusBadge(booking.state), booking.givenUp && h('div', { class: 'meta danger-text' }, 'given up'), booking.reason && h('div', { class: 'meta' }, booking.reason)),
      h('td', null, booking.courier ?? '–', booking.trackingNumber && h('div', { class: 'meta mono' }, booking.trackingNumber)),
      h('td', { class: 'number' }, money(booking.fee))))))));
}

/** @param {OrderDetail} order */
export function jobsPanel(order) {
  if (order.jobs.length === 0) return null;
  return panel('Calls to couriers and the shop', h('div', { class: 'table-wrap' }, h('table', { class: 'table' },
    h('thead', null, h('tr', null, ['What', 'State', 'Attempt'].map((name) => h('th', { scope: 'col', class: name === 'Attempt' ? 'number' : null }, name)))),
    h('tbody', null, order.jobs.map((job) => h('tr', null,
      h('td', null, job.key, h('div', { class: 'meta' }, job.queue), job.lastError && h('div', { class: 'meta danger-text' }, job.lastError)),
      h('td', null, job.state === 'dead' ? h('a', { href: `/dead-letters/${job.id}` }, statusBadge(job.state)) : statusBadge(job.state), nextTry(job)),
      h('td', { class: 'number nowrap' }, `${job.attempt}${job.maxAttempts === null ? '' : ` / ${job.maxAttempts}`}`)))))), h('span', { class: 'meta' }, counted(order.jobs.length, 'job')));
}

/** @param {import('../core/types.js').Job} job */
function nextTry({ state, runAt }) {
  const seconds = (Date.parse(runAt ?? '') - Date.now()) / 1000;
  return state === 'scheduled' && seconds > 0 && h('div', { class: 'meta nowrap' }, `next in ${duration(seconds)}`);
}

/** @param {OrderDetail} order */
export function registersPanel(order) {
  return panel('Registers', h('div', { class: 'body' },
    h('p', { class: 'meta' }, 'State hash ', h('code', null, order.stateHash.slice(0, 16)), '…'),
    order.registers === null
      ? h('p', null, 'They cannot be read. The next merge of the order folds them anew from its events; Explain has it done at once.')
      : h('details', null, h('summary', null, 'Show all registers'), payloadText(JSON.stringify(order.registers, null, 2), 'Registers'))));
}
