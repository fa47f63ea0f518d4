import { app } from '../app.js';
import { counted, count, dateTime, readable } from '../core/format.js';
import { isAbort } from '../core/api.js';
import { fill, h } from './dom.js';
import { icon } from './icons.js';
import { panel } from './order-panels.js';
import { copyButton, payloadText } from './payload.js';
import { emptyCard, errorCard, errorText, skeleton } from './states.js';
import { statusLook } from './status-badge.js';

/** @typedef {import('../core/types.js').OrderEvent} OrderEvent */

const eventsPerPage = 30;
const filters = /** @type {const} */ ([['all', 'All'], ['failed', 'Failed only'], ['operator', 'By people']]);

/**
 * The events of an order, newest first, a page at a time.
 * @param {string} id @param {AbortSignal} signal
 */
export function timelinePanel(id, signal) {
  const list = h('ol', { class: 'timeline' });
  const foot = h('div');
  let only = 'all';
  /** @type {string | null} */
  let next = null;

  /**
   * What is shown of each event, by its id: it stays as it is, with its payload open, while others come.
   * @type {Map<string, { text: string, element: HTMLElement }>}
   */
  let shown = new Map();

  /** @param {boolean} more  The page after those that are shown. */
  const load = async (more) => {
    if (!more && list.children.length === 0) fill(foot, skeleton(6));
    const chosen = only;
    try {
      const query = { limit: eventsPerPage, only, cursor: more ? next : null };
      /** @type {{ data: OrderEvent[], nextCursor: string | null }} */
      const page = await app.api.get(`/api/orders/${id}/events`, { query, signal });
      if (chosen !== only) return;
      const items = new Map(page.data.map((event) => {
        const text = JSON.stringify(event);
        const known = shown.get(event.eventId);
        return [event.eventId, known?.text === text ? known : { text, element: item(event, id) }];
      }));
      const joins = page.data.some(({ eventId }) => shown.has(eventId));
      // Read anew, the newest page joins those before it: whoever is among the older ones stays there.
      if (more) shown = new Map([...shown, ...items]);
      else if (joins) shown = new Map([...items, ...[...shown].filter(([eventId]) => !items.has(eventId))]);
      else shown = items;
      if (more || !joins) next = page.nextCursor;
      place(list, [...shown.values()].map(({ element }) => element));
      fill(foot,
        list.children.length === 0 && emptyCard('No events', only === 'all' ? 'Nothing has been stored for this order yet.' : 'None of its events fits this choice.', { icon: 'clock' }),
        next !== null && h('div', { class: 'table-foot' }, h('button', { class: 'button small', type: 'button', onclick: () => void load(true) }, 'Older', icon('down'))));
    } catch (error) {
      if (!isAbort(error)) fill(foot, errorCard(error, () => void load(more)));
    }
  };

  const segments = h('div', { class: 'segments', role: 'group', 'aria-label': 'Which events' }, filters.map(([value, label]) => h('button', {
    type: 'button', 'aria-pressed': String(value === only), onclick: (/** @type {Event} */ event) => {
      only = value;
      for (const button of segments.children) button.setAttribute('aria-pressed', String(button === event.currentTarget));
      shown = new Map();
      list.replaceChildren();
      void load(false);
    },
  }, label)));
  void load(false);
  return { element: panel('Timeline', [list, foot], segments), refresh: () => void load(false) };
}

/**
 * Puts elements in this order and moves none that stands in its place: a move would take the focus off it.
 * @param {Element} list @param {HTMLElement[]} elements
 */
function place(list, elements) {
  for (const child of [...list.children]) if (!elements.includes(/** @type {HTMLElement} */ (child))) child.remove();
  for (const [at, element] of elements.entries()) if (list.children[at] !== element) list.insertBefore(element, list.children[at] ?? null);
}

/** @param {OrderEvent} event @param {string} orderId */
function item(event, orderId) {
  const look = statusLook(event.status ?? 'READY');
  const edit = event.actor !== null;
  return h('li', null,
    h('span', { class: 'mark', 'data-tone': look.tone, title: look.label }, icon(edit ? 'user' : look.icon)),
    h('div', null,
      h('div', { class: 'line' },
        h('span', { class: 'what' }, edit ? `Edit by ${event.actor}` : event.topic),
        h('span', { class: 'meta' }, event.status ? look.label.toLowerCase() : 'waits to be merged'),
        event.version !== null && h('span', { class: 'meta' }, `v${event.version}`),
        h('time', { class: 'meta push', datetime: event.receivedAt }, dateTime(event.receivedAt, app.timeZone))),
      (event.reason || event.waitingError) && h('p', { class: 'reason' }, readable(event.reason ?? event.waitingError ?? '', app.timeZone)),
      event.flags.length > 0 && h('p', { class: 'reason danger-text' }, event.flags.map((flag) => flag.replace(/_/g, ' ')).join(', ')),
      h('p', { class: 'meta' }, [`${event.source}`, event.deliveryId, event.duplicates > 0 ? `came ${counted(event.duplicates, 'more time')}` : null].filter(Boolean).join(' · ')),
      rawBody(event, orderId)));
}

/** @param {OrderEvent} event @param {string} orderId */
function rawBody(event, orderId) {
  const content = h('div');
  let isAsked = false;
  const details = h('details', null, h('summary', null, `Raw payload (${count(event.bodyBytes)} bytes)`), content);
  details.addEventListener('toggle', async () => {
    if (!details.open || isAsked) return;
    isAsked = true;
    try {
      const text = await app.api.get(`/api/events/${event.eventId}/body`, { query: { subject: orderId }, asText: true });
      const payload = payloadText(text, 'Raw payload');
      fill(content, copyButton(() => payload), payload);
    } catch (error) {
      isAsked = false;
      fill(content, h('p', { class: 'danger-text' }, errorText(error)));
    }
  });
  return details;
}
