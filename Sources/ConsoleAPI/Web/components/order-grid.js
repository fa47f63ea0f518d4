import { app } from '../app.js';
import { count } from '../core/format.js';
import { rowHeights } from '../core/preferences.js';
import { sortParts } from '../core/filter.js';
import { Viewport } from '../core/viewport.js';
import { h, setText } from './dom.js';
import { GridRow } from './grid-row.js';
import { icon } from './icons.js';
import { shownColumns } from './order-columns.js';

/** @typedef {import('../core/paged-rows.js').PagedRows} PagedRows */
/** @typedef {import('../core/selection.js').Selection} Selection */
/** @typedef {import('./order-columns.js').Column} Column */

/** Rows drawn beyond each edge of what is visible. */
const overscan = 6;
const narrowPixels = 900;
const checkWidth = 40;
/** More changes a second than this, and rows no longer flash. */
const flashesPerSecond = 50;

/**
 * The virtual grid of orders: one tab stop, rows of one height, the document's order always that of the screen.
 *
 * Tells: “open” (an id), “sort” (a column's name), “selection”, “range” (the rows that are entirely on the screen now).
 */
export class OrderGrid extends HTMLElement {
  /** @type {PagedRows} */
  #rows;
  /** @type {Selection} */
  #selection;
  #viewport = new Viewport();
  /** @type {Column[]} */
  #columns = [];
  #head = h('div', { class: 'grid-head', role: 'rowgroup' });
  #list = h('div', { class: 'grid-rows', role: 'presentation' });
  #body = h('div', { class: 'grid-body', role: 'rowgroup' }, this.#list);
  #scroll = h('div', { class: 'grid-scroll', role: 'grid', tabindex: 0, 'aria-label': 'Orders', 'aria-multiselectable': 'true' }, this.#head, this.#body);
  /**
   * Drawn rows, in the order of the screen.
   * @type {GridRow[]}
   */
  #drawn = [];
  #active = 0;
  #anchor = 0;
  #isNarrow = false;
  #frameRequested = false;
  #sort = '';
  #flashes = { second: 0, count: 0, before: 0 };
  #resize = new ResizeObserver(() => this.#resized());

  /** @param {PagedRows} rows @param {Selection} selection */
  constructor(rows, selection) {
    super();
    this.#rows = rows;
    this.#selection = selection;
    this.#scroll.addEventListener('scroll', () => this.#requestFrame(), { passive: true });
    this.#scroll.addEventListener('keydown', (event) => this.#key(event));
    this.#list.addEventListener('click', (event) => this.#click(event));
    this.#list.addEventListener('dblclick', (event) => this.#doubleClick(event));
    this.#head.addEventListener('click', (event) => this.#headClick(event));
  }

  connectedCallback() {
    this.append(this.#scroll);
    this.configure();
    this.#resize.observe(this.#scroll);
  }

  disconnectedCallback() {
    this.#resize.disconnect();
  }

  /** The row that keys act on, when it is loaded. */
  get activeId() {
    return this.#rows.idAt(this.#active);
  }

  get activeIndex() {
    return this.#active;
  }

  /** @param {string} sort */
  set sort(sort) {
    this.#sort = sort;
    this.#showSort();
  }

  focusGrid() {
    this.#scroll.focus({ preventScroll: true });
  }

  /** Reads columns and density again and draws everything anew. */
  configure() {
    this.#viewport.rowHeight = rowHeights[app.preferences.current.density];
    this.#columns = shownColumns(this.#isNarrow);
    const widths = this.#columns.map((column) => (column.grow ? `minmax(${column.width}px, ${column.grow}fr)` : `${column.width}px`));
    this.#scroll.style.setProperty('--columns', [`${checkWidth}px`, ...widths].join(' '));
    this.#scroll.style.setProperty('--grid-width', `${this.#columns.reduce((sum, column) => sum + column.width, checkWidth + 12)}px`);
    this.#scroll.setAttribute('aria-colcount', String(this.#columns.length + 1));
    this.#drawHead();
    this.#drawn = [];
    this.#list.replaceChildren();
    this.refresh();
  }

  /** Goes back to the first row, as after another filter. */
  toTop() {
    this.#active = 0;
    this.#anchor = 0;
    this.#scroll.scrollTop = 0;
  }

  /** Draws again after rows came, went or were selected. */
  refresh() {
    this.#viewport.total = this.#rows.shown;
    this.#active = Math.max(0, Math.min(this.#active, this.#rows.total - 1));
    this.#scroll.setAttribute('aria-rowcount', String(this.#rows.isKnown && this.#rows.totalIsExact ? this.#rows.total + 1 : -1));
    this.#body.style.height = `${this.#viewport.spacerHeight}px`;
    this.#draw();
  }

  /**
   * Shows newer versions of some orders where they stand; nothing moves.
   * @param {Set<string>} ids
   */
  patch(ids) {
    const calm = this.#mayFlash(ids.size);
    for (const row of this.#drawn) {
      if (row.id === null || !ids.has(row.id)) continue;
      row.show(row.index, row.id, this.#selection);
      if (calm) row.flash();
    }
  }

  /** The rows on the screen and a little more. */
  get window() {
    return this.#viewport.window(this.#scroll.scrollTop, overscan);
  }

  /** @param {number} rows */
  move(rows, extend = false) {
    this.moveTo(this.#active + rows, extend);
  }

  /** @param {number} index */
  moveTo(index, extend = false) {
    if (this.#rows.total === 0) return;
    this.#active = Math.max(0, Math.min(index, this.#rows.total - 1));
    if (extend) this.#selectRange(this.#anchor, this.#active);
    else this.#anchor = this.#active;
    const top = this.#viewport.reveal(this.#active, this.#scroll.scrollTop);
    if (top !== this.#scroll.scrollTop) this.#scroll.scrollTop = top;
    this.#draw();
  }

  toggleActive() {
    const id = this.activeId;
    if (id !== undefined) this.#toggle(id);
  }

  openActive() {
    const id = this.activeId;
    if (id !== undefined) this.#tell('open', id);
  }

  #resized() {
    this.#viewport.height = Math.max(0, this.#scroll.clientHeight - this.#head.offsetHeight);
    const isNarrow = this.#scroll.clientWidth < narrowPixels && window.innerWidth < narrowPixels;
    if (isNarrow !== this.#isNarrow) {
      this.#isNarrow = isNarrow;
      this.configure();
    } else {
      this.refresh();
    }
  }

  #drawHead() {
    const check = h('div', { class: 'grid-cell check', role: 'columnheader', 'aria-colindex': 1 },
      h('button', { class: 'column-check', type: 'button', tabindex: -1, 'aria-label': 'Select all that match', 'data-everything': true },
        h('span', { class: 'box' }, icon('check'))));
    const cells = this.#columns.map((column, at) => h('div', { class: column.numeric ? 'grid-cell number' : 'grid-cell', role: 'columnheader', 'aria-colindex': at + 2, 'data-sort': column.sort },
      column.sort ? h('button', { class: 'column-sort', type: 'button', tabindex: -1 }, column.label, icon('down')) : column.label));
    this.#head.replaceChildren(h('div', { class: 'grid-row', role: 'row', 'aria-rowindex': 1 }, check, cells));
    this.#showSort();
  }

  #showSort() {
    const { column, descending } = sortParts(this.#sort);
    for (const cell of this.#head.querySelectorAll('[data-sort]')) {
      if (cell.getAttribute('data-sort') === column) cell.setAttribute('aria-sort', descending ? 'descending' : 'ascending');
      else cell.removeAttribute('aria-sort');
    }
  }

  #requestFrame() {
    if (this.#frameRequested) return;
    this.#frameRequested = true;
    window.requestAnimationFrame(() => {
      this.#frameRequested = false;
      this.#draw();
    });
  }

  #draw() {
    if (!this.isConnected || this.#viewport.height === 0) return;
    // Read before anything is written: afterwards the answer costs a layout.
    const { scrollTop } = this.#scroll;
    const { first, last, top } = this.#viewport.window(scrollTop, overscan);
    this.#rotate(first, last - first);
    this.#list.style.transform = `translateY(${top}px)`;
    for (const [at, row] of this.#drawn.entries()) {
      const index = first + at;
      row.show(index, this.#rows.idAt(index) ?? null, this.#selection);
      row.active = index === this.#active;
    }
    const active = this.#drawn[this.#active - first];
    if (active) this.#scroll.setAttribute('aria-activedescendant', active.element.id);
    else this.#scroll.removeAttribute('aria-activedescendant');
    this.#head.querySelector('.box')?.classList.toggle('on', this.#selection.everything);
    this.#rows.want(first, last);
    this.#tell('range', this.#viewport.visible(scrollTop));
  }

  /**
   * Makes as many rows as are needed and turns the ring so that a row that stays on the screen keeps its element: the
   * element that leaves at one end is put in at the other, so the document's order is the screen's.
   * @param {number} first @param {number} size
   */
  #rotate(first, size) {
    while (this.#drawn.length > size) this.#drawn.pop()?.element.remove();
    while (this.#drawn.length < size) {
      const row = new GridRow(this.#columns);
      this.#drawn.push(row);
      this.#list.append(row.element);
    }
    const shift = size === 0 || this.#drawn[0].index < 0 ? 0 : first - this.#drawn[0].index;
    if (shift === 0 || Math.abs(shift) >= size) return;
    if (shift > 0) {
      const leaving = this.#drawn.splice(0, shift);
      this.#list.append(...leaving.map((row) => row.element));
      this.#drawn.push(...leaving);
    } else {
      const leaving = this.#drawn.splice(size + shift);
      this.#list.prepend(...leaving.map((row) => row.element));
      this.#drawn.unshift(...leaving);
    }
  }

  /** @param {number} changes */
  #mayFlash(changes) {
    const second = Math.floor(performance.now() / 1000);
    const { second: last, count: counted } = this.#flashes;
    if (second !== last) this.#flashes = { second, count: 0, before: second === last + 1 ? counted : 0 };
    this.#flashes.count += changes;
    return Math.max(this.#flashes.count, this.#flashes.before) <= flashesPerSecond;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const command = event.ctrlKey || event.metaKey;
    if (event.altKey) return;
    switch (event.key) {
      case 'ArrowDown': this.move(1, event.shiftKey); break;
      case 'ArrowUp': this.move(-1, event.shiftKey); break;
      case 'PageDown': this.move(this.#viewport.rowsPerPage, event.shiftKey); break;
      case 'PageUp': this.move(-this.#viewport.rowsPerPage, event.shiftKey); break;
      case 'Home': this.moveTo(0, event.shiftKey); break;
      case 'End': this.moveTo(this.#rows.total - 1, event.shiftKey); break;
      case ' ': this.toggleActive(); break;
      case 'Enter': this.openActive(); break;
      case 'a':
        if (!command) return;
        this.#selection.selectEverything();
        this.#selected();
        break;
      default: return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {Event} event */
  #rowOf(event) {
    const element = event.target instanceof Element ? event.target.closest('.grid-row') : null;
    return this.#drawn.find((row) => row.element === element);
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const row = this.#rowOf(event);
    if (!row || row.id === null || !(event.target instanceof Element)) return;
    const isCheck = event.target.closest('.check') !== null;
    const isLink = event.target.closest('a') !== null;
    if (isLink && (event.ctrlKey || event.metaKey || event.shiftKey)) return;
    this.#active = row.index;
    if (event.shiftKey) this.#selectRange(this.#anchor, row.index);
    else {
      this.#anchor = row.index;
      if (isCheck || event.ctrlKey || event.metaKey) this.#toggle(row.id);
    }
    if (isLink) {
      event.preventDefault();
      this.#tell('open', row.id);
    }
    this.#draw();
  }

  /** @param {MouseEvent} event */
  #doubleClick(event) {
    const row = this.#rowOf(event);
    if (!row || row.id === null || (event.target instanceof Element && event.target.closest('.check, a'))) return;
    window.getSelection()?.removeAllRanges();
    this.#tell('open', row.id);
  }

  /** @param {MouseEvent} event */
  #headClick(event) {
    if (!(event.target instanceof Element)) return;
    if (event.target.closest('[data-everything]')) {
      if (this.#selection.everything) this.#selection.clear();
      else this.#selection.selectEverything();
      this.#selected();
    }
    const column = event.target.closest('.column-sort')?.parentElement?.dataset.sort;
    if (column) this.#tell('sort', column);
  }

  /** @param {string} id */
  #toggle(id) {
    this.#selection.toggle(id);
    this.#selected();
  }

  /** @param {number} from @param {number} to */
  #selectRange(from, to) {
    const ids = [];
    for (let index = Math.min(from, to); index <= Math.max(from, to); index += 1) {
      const id = this.#rows.idAt(index);
      if (id !== undefined) ids.push(id);
    }
    const missing = Math.abs(to - from) + 1 - ids.length;
    if (missing > 0) app.say(`${count(missing)} rows between are not loaded and not selected`);
    this.#selection.add(ids);
    this.#selected();
  }

  #selected() {
    this.#draw();
    this.#tell('selection');
  }

  /** @param {string} name @param {unknown} [detail] */
  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

customElements.define('order-grid', OrderGrid);

/**
 * “rows 1–23 of 41”, for those whose screen reader does not read it off the grid.
 * @param {HTMLElement} element @param {{ first: number, last: number }} visible @param {PagedRows} rows
 */
export function showRange(element, { first, last }, rows) {
  const total = `${count(rows.total)}${rows.totalIsExact ? '' : '+'}`;
  setText(element, rows.total === 0 ? (rows.isKnown ? 'no rows' : '') : `rows ${count(first + 1)}–${count(last)} of ${total}`);
}
