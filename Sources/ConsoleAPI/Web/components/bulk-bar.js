import { app } from '../app.js';
import { filterObject } from '../core/filter.js';
import { count, counted } from '../core/format.js';
import { cancelButton, field, openDialog, submitButton } from './dialog.js';
import { fill, h } from './dom.js';
import { filterText } from './filter-bar.js';
import { icon } from './icons.js';
import { menu, menuItem } from './menu.js';
import { orderStatuses, statusLook } from './status-badge.js';
import { errorText } from './states.js';
import { toast } from './toast.js';

/** @typedef {import('../core/filter.js').OrderFilter} OrderFilter */
/** @typedef {import('../core/selection.js').Selection} Selection */
/** @typedef {import('../core/types.js').BulkOperation} BulkOperation */

/** The server takes so many chosen ids; more are selected by a filter. */
export const mostIds = 1_000;

/** @type {Record<string, { verb: string, past: string }>} */
export const bulkActions = {
  edit: { verb: 'Edit', past: 'edited' },
  hold: { verb: 'Hold', past: 'put on hold' },
  release: { verb: 'Release', past: 'released' },
  requeue: { verb: 'Retry', past: 'retried' },
};

/**
 * What can be done with the selection. Every button says how many orders it means; the server counts again before it
 * does anything.
 *
 * Tells “everything” and “clear” about the selection, “export”.
 */
export class BulkBar extends HTMLElement {
  /** @type {OrderFilter | null} */
  #filter = null;
  /** @type {Selection | null} */
  #selection = null;

  connectedCallback() {
    this.className = 'bulk-bar';
  }

  /** @param {Selection} selection @param {OrderFilter} filter @param {number} total @param {boolean} totalIsExact */
  show(selection, filter, total, totalIsExact) {
    this.#selection = selection;
    this.#filter = filter;
    if (selection.isEmpty) return this.replaceChildren();
    const size = selection.size(total);
    const amount = `${count(size)}${selection.everything ? `${totalIsExact ? '' : '+'} matching` : ''}`;
    fill(this,
      h('b', null, selection.everything ? `All ${amount} selected` : `${count(size)} selected`),
      !selection.everything && total > size && h('button', { class: 'button small', type: 'button', onclick: () => this.#tell('everything') }, `Select all ${count(total)}${totalIsExact ? '' : '+'} matching`),
      app.may('operator') && [
        this.#action('requeue', amount),
        this.#action('hold', amount),
        menu(h('button', { class: 'button small' }, 'More', icon('down')), () => [
          menuItem([`Edit ${amount}…`], () => this.#edit()),
          menuItem([`Release ${amount}…`], () => void this.#start('release')),
        ], { start: true }),
      ],
      h('button', { class: 'button small', type: 'button', onclick: () => this.#tell('export') }, 'Export'),
      h('button', { class: 'button quiet small', type: 'button', onclick: () => this.#tell('clear') }, 'Clear', h('kbd', { 'aria-hidden': 'true' }, 'Esc')));
  }

  /** @param {string} action @param {string} amount */
  #action(action, amount) {
    return h('button', { class: 'button small', type: 'button', onclick: () => void this.#start(action) }, `${bulkActions[action].verb} ${amount}`);
  }

  /** What is selected, as the server takes it. */
  #target() {
    if (!this.#filter || !this.#selection) return {};
    return this.#selection.everything ? filterObject(this.#filter) : { ids: [...this.#selection.ids] };
  }

  #edit() {
    const status = h('select', { class: 'select' }, h('option', { value: '' }, 'Leave as it is'), h('option', { value: 'null' }, 'By its events'),
      orderStatuses.map((value) => h('option', { value }, statusLook(value).label)));
    const note = h('textarea', { class: 'textarea', maxlength: 2000, placeholder: 'Leave as it is' });
    const dialog = openDialog({
      title: 'Edit the selected orders',
      body: [field('Status', status), field('Note', note, { hint: 'Replaces the note of each of them.' })],
      footer: [cancelButton(), submitButton('Continue')],
      submit: () => {
        /** @type {Record<string, any>} */
        const set = {};
        if (status.value) set.status = status.value === 'null' ? null : status.value;
        if (note.value.trim()) set.note = note.value.trim();
        if (Object.keys(set).length === 0) return;
        dialog.close();
        void this.#start('edit', set);
      },
    });
  }

  /**
   * Counts first, on the server; then asks.
   * @param {string} action @param {Record<string, any>} [set]
   */
  async #start(action, set) {
    const filter = this.#target();
    const command = { action, filter, ...(set ? { set } : {}) };
    if ((filter.ids?.length ?? 0) > mostIds) {
      toast(`At most ${count(mostIds)} orders can be chosen by hand. Narrow the filter and select everything that matches.`, { tone: 'failed' });
      return;
    }
    let matched = 0;
    try {
      ({ matched } = await app.api.post('/api/bulk', { ...command, dryRun: true }));
    } catch (error) {
      toast(errorText(error), { tone: 'failed' });
      return;
    }
    if (matched === 0) {
      toast('Nothing matches any more.');
      return;
    }
    const { confirmDialog } = await import('./confirm-dialog.js');
    const { verb } = bulkActions[action];
    const scope = this.#selection?.everything && this.#filter ? filterText(this.#filter) : 'chosen by hand';
    confirmDialog({
      title: `${verb} ${counted(matched, 'order')}?`,
      body: [h('p', null, `The server counted ${counted(matched, 'order')}: ${scope}.`), set && h('p', { class: 'muted' }, Object.entries(set).map(([name, value]) => `${name} → ${value ?? 'by its events'}`).join(', '))],
      verb: `${verb} ${count(matched)}`,
      rows: matched,
      asksReason: true,
      confirmed: async (reason) => {
        const operation = await app.api.post('/api/bulk', { ...command, expectedCount: matched, ...(reason ? { reason } : {}) });
        this.#tell('clear');
        followOperation(operation);
      },
    });
  }

  /** @param {string} name */
  #tell(name) {
    this.dispatchEvent(new CustomEvent(name));
  }
}

customElements.define('bulk-bar', BulkBar);

const pollMilliseconds = 1_000;

/**
 * Says how far an operation is until it has ended.
 * @param {BulkOperation} operation
 */
export function followOperation(operation) {
  const { verb, past } = bulkActions[operation.action];
  const element = toast(`${verb}: ${count(operation.total)} orders.`, { stays: true, link: { href: `/bulk?id=${operation.id}`, text: 'Follow' } });
  const bar = h('progress', { class: 'progress', max: operation.total, 'aria-label': 'Progress' });
  element.children[1]?.append(h('div', null, bar));
  const timer = window.setInterval(async () => {
    /** @type {BulkOperation | null} */
    const now = await app.api.get(`/api/bulk/${operation.id}`).catch(() => null);
    if (!now) return;
    bar.value = now.done + now.failed;
    if (now.state === 'running' && element.isConnected) return;
    window.clearInterval(timer);
    if (now.state === 'running') return;
    element.remove();
    const failed = now.failed > 0 ? `, ${count(now.failed)} failed` : '';
    const how = now.state === 'cancelled' ? ' before it was cancelled' : '';
    toast(`${counted(now.done, 'order')} ${past}${how}${failed}.`, { tone: now.failed > 0 ? 'failed' : 'delivered', link: { href: `/bulk?id=${now.id}`, text: 'Details' } });
  }, pollMilliseconds);
}
