import { app } from '../app.js';
import { h } from './dom.js';
import { icon } from './icons.js';
import { menu, menuItem } from './menu.js';
import { toast, toastError } from './toast.js';

/** @typedef {import('../core/types.js').SavedView} SavedView */

/**
 * Filters that people keep under a name, for themselves or for everybody.
 * @param {string} page  Which page they belong to.
 * @param {() => string} query  The filter of now.
 */
export function savedViewsMenu(page, query) {
  /** @type {SavedView[]} */
  let views = [];
  const load = async () => {
    /** @type {SavedView[]} */
    const all = await app.api.get('/api/views').catch(() => []);
    views = all.filter((view) => view.page === page);
  };
  void load();

  /** @param {SavedView} view */
  const remove = async (view) => {
    try {
      await app.api.send('DELETE', `/api/views/${view.id}`);
      await load();
      toast(`The view “${view.name}” is deleted.`);
    } catch (error) {
      toastError(error, 'Delete view');
    }
  };

  const save = async () => (await import('./save-view-dialog.js')).saveViewDialog(page, query(), load);

  return menu(h('button', { class: 'button' }, icon('bookmark'), h('span', { class: 'label' }, 'Views')), () => [
    views.length === 0 && h('p', { class: 'menu-title' }, 'No saved views yet'),
    ...views.map((view) => h('div', { class: 'menu-line' },
      h('a', { class: 'menu-item', href: `/${page}?${view.query}`, 'data-closes': true }, view.name, view.shared && h('span', { class: 'meta push' }, view.mine ? 'shared' : view.owner)),
      view.mine && h('button', { class: 'icon-button small', type: 'button', 'data-closes': true, 'aria-label': `Delete view ${view.name}`, onclick: () => void remove(view) }, icon('cross')))),
    h('hr'),
    menuItem([icon('plus'), 'Save this view…'], () => void save()),
  ]);
}
