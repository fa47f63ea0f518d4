import { app } from '../app.js';
import { h, uniqueId } from './dom.js';
import { icon } from './icons.js';

/** @typedef {import('../core/selection.js').Selection} Selection */
/** @typedef {import('./order-columns.js').Column} Column */

/**
 * One element of the grid's ring. It is filled with one order after the other and touches only what differs.
 */
export class GridRow {
  index = -1;
  /** @type {string | null} */
  id = null;
  #columns;
  /** @type {HTMLElement[]} */
  #cells;
  #version = '';
  #selected = false;
  #active = false;
  #flash = 0;

  /** @param {Column[]} columns */
  constructor(columns) {
    this.#columns = columns;
    this.#cells = columns.map((column, at) => {
      const cell = h('div', { class: column.numeric ? 'grid-cell number' : 'grid-cell', role: 'gridcell', 'aria-colindex': at + 2 });
      column.make?.(cell);
      return cell;
    });
    this.element = h('div', { class: 'grid-row', role: 'row', id: uniqueId('row'), 'aria-selected': 'false' },
      h('div', { class: 'grid-cell check', role: 'gridcell', 'aria-colindex': 1, 'aria-label': 'Selected' }, h('span', { class: 'box' }, icon('check'))),
      this.#cells);
  }

  /**
   * @param {number} index @param {string | null} id  null while it is on its way.
   * @param {Selection} selection
   */
  show(index, id, selection) {
    if (index !== this.index) {
      this.index = index;
      this.element.setAttribute('aria-rowindex', String(index + 2));
    }
    this.#select(id !== null && selection.has(id));
    const order = id === null ? undefined : app.orders.get(id);
    const version = order ? `${order.version}/${order.updatedAt}` : 'none';
    if (id === this.id && version === this.#version) return;
    this.id = id;
    this.#version = version;
    if (!order) {
      this.element.setAttribute('aria-busy', 'true');
      return;
    }
    this.element.removeAttribute('aria-busy');
    for (const [at, column] of this.#columns.entries()) column.show(this.#cells[at], order);
  }

  /** @param {boolean} active */
  set active(active) {
    if (active === this.#active) return;
    this.#active = active;
    this.element.classList.toggle('active', active);
  }

  /** @param {boolean} selected */
  #select(selected) {
    if (selected === this.#selected) return;
    this.#selected = selected;
    this.element.setAttribute('aria-selected', String(selected));
  }

  /** Two classes in turn: the same one set again would not start its animation again. */
  flash() {
    this.element.classList.remove(`flash-${this.#flash}`);
    this.#flash = 1 - this.#flash;
    this.element.classList.add(`flash-${this.#flash}`);
  }
}
