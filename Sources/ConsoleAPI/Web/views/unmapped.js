import { app } from '../app.js';
import { counted, count, dateTime, words } from '../core/format.js';
import { cancelButton, field, openDialog, submitButton } from '../components/dialog.js';
import { fill, h } from '../components/dom.js';
import { panel } from '../components/order-panels.js';
import { payloadText } from '../components/payload.js';
import { emptyCard, errorText } from '../components/states.js';
import { toast } from '../components/toast.js';
import { View } from '../components/view.js';

/** @typedef {{ kind: 'status' | 'topic', provider: string, status: string, detail: string | null, count: number, orders: number, firstAt: string, lastAt: string, sampleBody: string }} Group */
/** @typedef {{ provider: string, status: string, detail: string, normalised: string, mappedBy: string, mappedAt: string }} Mapping */

const meanings = ['label_created', 'pickup_scheduled', 'picked_up', 'in_transit', 'out_for_delivery', 'available_for_pickup', 'attempt_failed', 'exception', 'on_hold', 'delivered', 'return_in_transit', 'returned', 'lost', 'damaged', 'cancelled'];

/** The inbox of words that nobody has mapped yet. */
export class UnmappedView extends View {
  #inbox = h('div', { class: 'stack' });
  #mappings = h('div');

  get heading() {
    return 'Unmapped statuses';
  }

  opened() {
    this.append(h('div', { class: 'page-head' }, h('h1', { tabindex: -1 }, 'Unmapped statuses')),
      h('div', { class: 'stack' }, this.#inbox, this.#mappings));
    this.#refresh();
  }

  #refresh() {
    void this.load(this.#inbox, (signal) => app.api.get('/api/unmapped', { signal }), (answer) => this.#drawInbox(answer));
    void this.load(this.#mappings, (signal) => app.api.get('/api/unmapped/mappings', { signal }), (mappings) => this.#drawMappings(mappings));
  }

  /** @param {{ data: Group[], isComplete: boolean }} answer */
  #drawInbox({ data, isComplete }) {
    if (data.length === 0) return fill(this.#inbox, h('div', { class: 'panel' }, emptyCard('Every word is known', 'When a courier says something new, it waits here until somebody says what it means.', { icon: 'check', tone: 'delivered' })));
    fill(this.#inbox, !isComplete && h('p', { class: 'meta' }, 'Many events wait; the newest 2,000 are shown.'), data.map((group) => this.#group(group)));
  }

  /** @param {Group} group */
  #group(group) {
    const what = group.kind === 'status' ? `${group.provider} says “${group.status}”${group.detail ? ` (${group.detail})` : ''}` : `${group.provider} sent the topic “${group.status}”`;
    return h('section', { class: 'panel', 'aria-label': what },
      h('header', null, h('h2', null, what), h('div', { class: 'actions' }, group.kind === 'status' && app.may('operator') && h('button', { class: 'button small primary', type: 'button', onclick: () => this.#map(group, what) }, 'Say what it means…'))),
      h('div', { class: 'body' },
        h('p', { class: 'meta' }, `${counted(group.count, 'event')} of ${counted(group.orders, 'order')} · first ${dateTime(group.firstAt, app.timeZone)} · last ${dateTime(group.lastAt, app.timeZone)}`),
        h('details', null, h('summary', null, 'An example, exact'), payloadText(group.sampleBody, 'Example'))));
  }

  /** @param {Group} group @param {string} what */
  #map(group, what) {
    const meaning = h('select', { class: 'select' }, meanings.map((value) => h('option', { value }, words(value))));
    const fault = h('div', { role: 'alert' });
    const button = submitButton('Map it');
    const dialog = openDialog({
      title: 'What does it mean?',
      body: [h('p', null, `${what}.`), field('It means', meaning, { hint: `The ${counted(group.orders, 'order')} it touches are folded anew.` }), fault],
      footer: [cancelButton(), button],
      submit: async () => {
        button.disabled = true;
        try {
          const mapping = { provider: group.provider, status: group.status, ...(group.detail ? { detail: group.detail } : {}), normalised: meaning.value };
          const { events, orders } = await app.api.post('/api/unmapped/mappings', mapping);
          dialog.close();
          toast(`Mapped. ${counted(events, 'event')} had the word; ${counted(orders, 'order')} folded anew.`, { tone: 'delivered' });
          this.#refresh();
        } catch (error) {
          button.disabled = false;
          fill(fault, h('p', { class: 'alert', 'data-tone': 'failed' }, errorText(error)));
        }
      },
    });
  }

  /** @param {Mapping[]} mappings */
  #drawMappings(mappings) {
    const body = mappings.length === 0 ? emptyCard('No words of your own yet', 'The statuses of the known couriers are built in.')
      : h('div', { class: 'table-wrap' }, h('table', { class: 'table' },
        h('caption', { class: 'visually-hidden' }, 'Mapped words'),
        h('thead', null, h('tr', null, ['Courier', 'Word', 'Detail', 'Means', 'By', 'When'].map((label) => h('th', { scope: 'col' }, label)))),
        h('tbody', null, mappings.map((mapping) => h('tr', null, [mapping.provider, mapping.status, mapping.detail || '–', words(mapping.normalised), mapping.mappedBy, dateTime(mapping.mappedAt, app.timeZone)].map((text) => h('td', null, text)))))));
    fill(this.#mappings, panel('Mapped by people', body, h('span', { class: 'meta' }, count(mappings.length))));
  }
}

customElements.define('unmapped-view', UnmappedView);
