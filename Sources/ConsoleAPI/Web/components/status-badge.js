import { h, setText } from './dom.js';
import { icon, paths } from './icons.js';

/** @typedef {import('./icons.js').IconName} IconName */
/** @typedef {'pending' | 'confirmed' | 'processing' | 'shipped' | 'delivered' | 'cancelled' | 'failed' | 'conflict'} Tone */

/**
 * A status is never told by its colour alone: icon, word and colour go together.
 * @type {Record<string, [Tone, IconName, string]>}
 */
const looks = {
  PENDING: ['pending', 'clock', 'Pending'],
  ON_HOLD: ['pending', 'pause', 'On hold'],
  CONFIRMED: ['confirmed', 'check', 'Confirmed'],
  BOOKED: ['processing', 'parcel', 'Booked'],
  SHIPPED: ['shipped', 'arrow', 'Shipped'],
  DELIVERED: ['delivered', 'check', 'Delivered'],
  RETURNING: ['conflict', 'back', 'Returning'],
  RETURNED: ['cancelled', 'back', 'Returned'],
  CANCELLING: ['cancelled', 'cycle', 'Cancelling'],
  CANCELLED: ['cancelled', 'barred', 'Cancelled'],
  FAILED: ['failed', 'cross', 'Failed'],

  PROCESSED: ['delivered', 'check', 'Processed'],
  DISCARDED: ['cancelled', 'barred', 'Discarded'],
  DUPLICATE: ['cancelled', 'list', 'Duplicate'],
  PARKED: ['pending', 'pause', 'Parked'],
  UNMAPPED: ['conflict', 'warning', 'Unmapped'],

  PAID: ['delivered', 'check', 'Paid'],

  READY: ['confirmed', 'clock', 'Ready'],
  SCHEDULED: ['pending', 'clock', 'Delayed'],
  RUNNING: ['processing', 'cycle', 'Running'],
  BLOCKED: ['pending', 'pause', 'Blocked'],
  DEAD: ['failed', 'cross', 'Dead'],
  DONE: ['delivered', 'check', 'Done'],
  PAUSED: ['pending', 'pause', 'Paused'],
  FINISHED: ['delivered', 'check', 'Finished'],
  COMPLETED: ['delivered', 'check', 'Completed'],

  CLAIMED: ['confirmed', 'clock', 'Claimed'],
  REQUESTED: ['processing', 'cycle', 'Requested'],
  UNKNOWN: ['conflict', 'warning', 'Unknown'],
  CANCEL_REQUESTED: ['cancelled', 'cycle', 'Cancel requested'],
  RETURN_REQUESTED: ['conflict', 'back', 'Return requested'],
  REJECTED: ['failed', 'cross', 'Rejected'],

  FULFILLING: ['processing', 'parcel', 'Fulfilling'],
  IN_TRANSIT: ['shipped', 'arrow', 'In transit'],
  OUT_FOR_DELIVERY: ['shipped', 'arrow', 'Out for delivery'],
  PICKED_UP: ['shipped', 'parcel', 'Picked up'],
  LABEL_CREATED: ['confirmed', 'parcel', 'Label created'],
  LOST: ['failed', 'cross', 'Lost'],
  DAMAGED: ['failed', 'cross', 'Damaged'],
  RETURN_IN_TRANSIT: ['conflict', 'back', 'Return in transit'],
  ATTEMPT_FAILED: ['pending', 'warning', 'Attempt failed'],
  EXCEPTION: ['pending', 'warning', 'Exception'],
};

/** @param {string | null | undefined} status @returns {{ tone: Tone, icon: IconName, label: string }} */
export function statusLook(status) {
  const key = String(status ?? '').toUpperCase();
  const look = looks[key];
  if (look) return { tone: look[0], icon: look[1], label: look[2] };
  const words = key.replace(/_/g, ' ').toLowerCase();
  return { tone: 'cancelled', icon: 'dot', label: words ? words.charAt(0).toUpperCase() + words.slice(1) : '–' };
}

/** The statuses an order can have, in the order of its life. */
export const orderStatuses = /** @type {const} */ ([
  'PENDING', 'CONFIRMED', 'ON_HOLD', 'BOOKED', 'SHIPPED', 'DELIVERED', 'RETURNING', 'RETURNED', 'CANCELLING', 'CANCELLED', 'FAILED',
]);

/** @param {string | null | undefined} status */
export function statusBadge(status) {
  const badge = h('span', { class: 'badge' }, icon('dot'), h('span'));
  showStatus(badge, status);
  return badge;
}

/**
 * Gives a badge another status.
 * @param {HTMLElement} badge @param {string | null | undefined} status
 */
export function showStatus(badge, status) {
  const key = String(status ?? '');
  if (badge.dataset.status === key) return;
  const look = statusLook(status);
  badge.dataset.status = key;
  badge.dataset.tone = look.tone;
  badge.querySelector('path')?.setAttribute('d', paths[look.icon]);
  const label = badge.lastElementChild;
  if (label) setText(label, look.label);
}
