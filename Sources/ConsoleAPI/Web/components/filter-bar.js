import { app } from '../app.js';
import { facetLabels, withFacet } from '../core/filter.js';
import { dateTime, words } from '../core/format.js';
import { cancelButton, openDialog, submitButton } from './dialog.js';
import { fill, h } from './dom.js';
import { icon } from './icons.js';
import { menu, menuItem } from './menu.js';
import { orderStatuses, statusLook } from './status-badge.js';
import { toastError } from './toast.js';

/** @typedef {import('../core/filter.js').OrderFilter} OrderFilter */

/**
 * Facets with values that are known beforehand.
 * @type {Record<string, readonly string[]>}
 */
const fixedValues = {
  orderStatus: orderStatuses,
  payment: ['pending', 'paid', 'cancelled'],
  shipping: ['pending', 'fulfilling', 'shipped', 'delivered'],
};
/**
 * Facets whose values the server knows, under these names.
 * @type {Record<string, string>}
 */
const fetchedValues = { source: 'sources', shop: 'shops', courier: 'couriers' };
const typingPauseMilliseconds = 250;

/** @param {string} facet @param {string} value */
export function facetValueLabel(facet, value) {
  if (facet === 'orderStatus') return statusLook(value).label;
  if (facet === 'updatedFrom' || facet === 'updatedTo') return dateTime(value, app.timeZone).slice(0, 16);
  if (facet === 'attention') return value === 'true' ? 'yes' : 'no';
  return facet === 'shop' || facet === 'courier' ? value : words(value);
}

/**
 * A filter in words.
 * @param {OrderFilter} filter
 */
export function filterText(filter) {
  const parts = filter.q ? [`“${filter.q}”`] : [];
  for (const [facet, values] of Object.entries(filter.facets)) {
    const shown = facet === 'ids' ? `${values.length} by hand` : values.map((value) => facetValueLabel(facet, value)).join(', ');
    parts.push(facet === 'attention' && values[0] === 'true' ? 'needs attention' : `${facetLabels[facet]}: ${shown}`);
  }
  return parts.length > 0 ? parts.join(' · ') : 'all orders';
}

/**
 * Search field, a chip for each facet, and a menu to add one.
 *
 * Tells “filter” with the new filter; its `replace` says that the reader is still typing.
 */
export class FilterBar extends HTMLElement {
  /** @type {OrderFilter | null} */
  #filter = null;
  #input = h('input', { class: 'input', type: 'search', placeholder: 'Search number, external id, customer, tracking…', 'aria-label': 'Search orders', autocomplete: 'off', spellcheck: 'false' });
  #chips = h('div', { class: 'chips' });
  #timer = 0;
  /** @type {Promise<Record<string, string[]>> | null} */
  #facets = null;

  connectedCallback() {
    this.className = 'toolbar';
    const add = menu(h('button', { class: 'button quiet small' }, icon('plus'), 'Filter'), () => this.#facetItems(), { start: true });
    this.append(h('div', { class: 'search' }, icon('search'), this.#input, h('kbd', { 'aria-hidden': 'true' }, '/')), this.#chips, add);
    this.#input.addEventListener('input', () => {
      window.clearTimeout(this.#timer);
      this.#timer = window.setTimeout(() => this.#typed(true), typingPauseMilliseconds);
    });
    this.#input.addEventListener('keydown', (event) => {
      if (event.key === 'Enter') this.#typed(false);
      else if (event.key === 'Escape' && this.#input.value) this.#input.value = '';
      else return;
      event.preventDefault();
      if (event.key === 'Escape') this.#typed(false);
    });
  }

  /** @param {OrderFilter} filter */
  show(filter) {
    this.#filter = filter;
    if (document.activeElement !== this.#input) this.#input.value = filter.q;
    fill(this.#chips, Object.entries(filter.facets).map(([facet, values]) => this.#chip(facet, values)));
  }

  focusSearch() {
    this.#input.focus();
    this.#input.select();
  }

  /** @param {boolean} replace */
  #typed(replace) {
    window.clearTimeout(this.#timer);
    if (!this.#filter) return;
    this.#tell({ ...this.#filter, q: this.#input.value.trim() }, replace);
  }

  /** @param {string} facet @param {string[]} values */
  #chip(facet, values) {
    const text = facet === 'ids' ? `${values.length}` : values.map((value) => facetValueLabel(facet, value)).join(', ');
    const label = facetLabels[facet];
    return h('span', { class: 'chip' }, facet === 'attention' ? label : [`${label}: `, h('b', null, text)],
      h('button', { type: 'button', 'aria-label': `Remove filter ${label}`, onclick: () => this.#set(facet, []) }, icon('cross')));
  }

  /** @param {string} facet @param {string[]} values */
  #set(facet, values) {
    if (this.#filter) this.#tell(withFacet(this.#filter, facet, values), false);
  }

  #facetItems() {
    const choices = ['orderStatus', 'payment', 'shipping', 'source', 'shop', 'courier'];
    return [
      ...choices.map((facet) => menuItem([facetLabels[facet]], () => void this.#choose(facet))),
      menuItem([facetLabels.attention], () => this.#set('attention', ['true'])),
      menuItem(['Updated between…'], () => void this.#chooseTimes().catch((error) => toastError(error, 'The times'))),
    ];
  }

  /** @param {string} facet */
  async #choose(facet) {
    const values = fixedValues[facet] ?? (await this.#fetched())[fetchedValues[facet]] ?? [];
    const chosen = this.#filter?.facets[facet] ?? [];
    const boxes = values.map((value) => {
      const box = h('input', { type: 'checkbox', value });
      box.checked = chosen.includes(value);
      return box;
    });
    const dialog = openDialog({
      title: facetLabels[facet],
      meta: 'any of these',
      body: values.length === 0 ? h('p', { class: 'muted' }, 'There are none yet.')
        : h('fieldset', null, h('legend', { class: 'visually-hidden' }, facetLabels[facet]), boxes.map((box) => h('label', { class: 'choice' }, box, facetValueLabel(facet, box.value)))),
      footer: [cancelButton(), submitButton('Apply')],
      submit: () => {
        dialog.close();
        this.#set(facet, boxes.filter((box) => box.checked).map((box) => box.value));
      },
    });
  }

  #fetched() {
    this.#facets ??= app.api.get('/api/orders/facets').catch(() => {
      this.#facets = null;
      return {};
    });
    return this.#facets;
  }

  async #chooseTimes() {
    const { openTimesDialog } = await import('./times-dialog.js');
    const { updatedFrom: [from] = [], updatedTo: [to] = [] } = this.#filter?.facets ?? {};
    openTimesDialog('Updated between', { from, to }, (from, to) => {
      if (!this.#filter) return;
      const filter = withFacet(this.#filter, 'updatedFrom', from ? [from] : []);
      this.#tell(withFacet(filter, 'updatedTo', to ? [to] : []), false);
    });
  }

  /** @param {OrderFilter} filter @param {boolean} replace */
  #tell(filter, replace) {
    this.dispatchEvent(new CustomEvent('filter', { detail: { filter, replace } }));
  }
}

customElements.define('filter-bar', FilterBar);
