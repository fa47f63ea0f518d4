/**
 * Which rows of a long list are on the screen. Browsers cap the height of an element, so beyond a limit the scroll bar
 * is scaled: one pixel of it then stands for several pixels of rows.
 */

export const maxSpacerPixels = 15_000_000;

export class Viewport {
  rowHeight = 36;
  total = 0;
  /** Pixels of rows that are visible at once. */
  height = 0;

  get contentHeight() {
    return this.total * this.rowHeight;
  }

  get spacerHeight() {
    return Math.min(this.contentHeight, maxSpacerPixels);
  }

  /** Pixels of rows per pixel of scroll bar. */
  get #scale() {
    const scrollable = this.spacerHeight - this.height;
    return scrollable > 0 ? Math.max(1, (this.contentHeight - this.height) / scrollable) : 1;
  }

  get rowsPerPage() {
    return Math.max(1, Math.floor(this.height / this.rowHeight));
  }

  /**
   * @param {number} scrollTop
   * @param {number} overscan  Rows to draw beyond each edge.
   * @returns {{ first: number, last: number, top: number }} Rows first…last − 1, drawn `top` pixels below the spacer's start.
   */
  window(scrollTop, overscan) {
    const position = Math.max(0, Math.min(scrollTop * this.#scale, this.contentHeight - this.height));
    const first = Math.max(0, Math.floor(position / this.rowHeight) - overscan);
    const visible = Math.ceil(this.height / this.rowHeight) + 1;
    const last = Math.min(this.total, Math.floor(position / this.rowHeight) + visible + overscan);
    return { first, last, top: scrollTop - (position - first * this.rowHeight) };
  }

  /**
   * Rows that are entirely on the screen.
   * @param {number} scrollTop
   */
  visible(scrollTop) {
    const position = Math.max(0, Math.min(scrollTop * this.#scale, this.contentHeight - this.height));
    const first = Math.min(Math.max(0, this.total - 1), Math.ceil(position / this.rowHeight));
    const last = Math.min(this.total, Math.max(first + 1, Math.floor((position + this.height) / this.rowHeight)));
    return { first, last };
  }

  /**
   * The scroll position that shows a row, changed as little as can be.
   * @param {number} row @param {number} scrollTop
   */
  reveal(row, scrollTop) {
    const position = scrollTop * this.#scale;
    const top = row * this.rowHeight;
    if (top < position) return top / this.#scale;
    if (top + this.rowHeight > position + this.height) return (top + this.rowHeight - this.height) / this.#scale;
    return scrollTop;
  }
}
