import { app } from '../app.js';
import { dateTime, readable, words } from '../core/format.js';
import { fill, h } from './dom.js';
import { icon } from './icons.js';
import { panel } from './order-panels.js';
import { errorCard, skeleton } from './states.js';

/** @typedef {{ eventId: string, topic: string, source: string, occurredAt: string | null, reason: string }} Setter */
/** @typedef {{ field: string, value: string | null, setBy: Setter | null, lost: { eventId: string, topic: string, why: string }[] }} ExplainedField */
/** @typedef {{ fields: ExplainedField[], booking: { isBooked: boolean, bookable: boolean, reasons: string[] } }} Explanation */

/**
 * Why every field is what it is; asked for when somebody wants to know.
 * @param {string} id
 */
export function explainPanel(id) {
  const body = h('div');
  const button = h('button', { class: 'button small', type: 'button', onclick: () => void show() }, icon('info'), 'Explain');
  const show = async () => {
    button.disabled = true;
    fill(body, skeleton(4));
    try {
      draw(body, await app.api.get(`/api/orders/${id}/explain`));
      button.hidden = true;
    } catch (error) {
      button.disabled = false;
      fill(body, errorCard(error, () => void show()));
    }
  };
  return panel('Why it is what it is', body, button);
}

/** @param {Element} body @param {Explanation} explanation */
function draw(body, { fields, booking }) {
  const verdict = booking.isBooked ? 'It is booked.' : booking.bookable ? 'It may be booked.' : `It is not booked: ${booking.reasons.join('; ')}.`;
  fill(body, h('ul', { class: 'explain' },
    h('li', null, h('span', { class: 'field-name' }, 'Booking'), ' ', verdict),
    fields.map((field) => h('li', null,
      h('div', null, h('span', { class: 'field-name' }, words(field.field)), ' ', h('span', null, field.value ?? '–')),
      field.setBy && h('div', { class: 'meta' }, `set by ${field.setBy.topic} (${field.setBy.source})${field.setBy.occurredAt ? `, ${dateTime(field.setBy.occurredAt, app.timeZone)}` : ''}: ${readable(field.setBy.reason, app.timeZone)}`),
      field.lost.length > 0 && h('ul', { class: 'lost' }, field.lost.map((event) => h('li', null, readable(`${event.topic}: ${event.why}`, app.timeZone))))))));
}
