import { isAbort } from '../core/api.js';
import { fill, h } from './dom.js';
import { icon } from './icons.js';
import { errorCard, skeleton } from './states.js';

/**
 * A list that comes a page at a time, with a button for the next.
 * @template T
 * @param {object} options
 * @param {(cursor: string | null) => Promise<{ data: T[], nextCursor: string | null }>} options.fetch
 * @param {(item: T) => Node} options.draw
 * @param {Element} options.list   Where items go.
 * @param {() => Node} options.empty
 */
export function moreList({ fetch, draw, list, empty }) {
  const foot = h('div');
  /** @type {string | null} */
  let next = null;
  const load = async (/** @type {boolean} */ more) => {
    if (!more && list.children.length === 0) fill(foot, skeleton());
    try {
      const page = await fetch(more ? next : null);
      if (!more) list.replaceChildren();
      list.append(...page.data.map(draw));
      next = page.nextCursor;
      fill(foot, list.children.length === 0 && empty(),
        next !== null && h('div', { class: 'table-foot' }, h('button', { class: 'button small', type: 'button', onclick: () => void load(true) }, 'More', icon('down'))));
      list.closest('table')?.toggleAttribute('hidden', list.children.length === 0);
    } catch (error) {
      if (!isAbort(error)) fill(foot, errorCard(error, () => void load(more)));
    }
  };
  return { foot, reload: () => void load(false) };
}
