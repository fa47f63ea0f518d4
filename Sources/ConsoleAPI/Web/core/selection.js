/**
 * Which rows are selected: some by id, or everything that matches a filter. “Everything” is never a list of ids: the
 * server finds the rows again when it acts.
 */
export class Selection {
  /** @type {Set<string>} */
  ids = new Set();
  /** Everything that matches, loaded or not. */
  everything = false;

  get isEmpty() {
    return !this.everything && this.ids.size === 0;
  }

  /** @param {string} id */
  has(id) {
    return this.everything || this.ids.has(id);
  }

  /** @param {number} total  How many match the filter. */
  size(total) {
    return this.everything ? total : this.ids.size;
  }

  clear() {
    this.ids.clear();
    this.everything = false;
  }

  selectEverything() {
    this.ids.clear();
    this.everything = true;
  }

  /**
   * Picking a single row out of “everything” begins a selection by id again.
   * @param {string} id
   */
  toggle(id) {
    if (this.everything) {
      this.everything = false;
      this.ids.add(id);
    } else if (!this.ids.delete(id)) {
      this.ids.add(id);
    }
  }

  /** @param {Iterable<string>} ids */
  add(ids) {
    this.everything = false;
    for (const id of ids) this.ids.add(id);
  }
}
