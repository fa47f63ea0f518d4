import { app } from '../app.js';
import { cancelButton, field, openDialog, setFault, submitButton } from './dialog.js';
import { h } from './dom.js';
import { icon } from './icons.js';
import { menu, menuItem } from './menu.js';
import { errorText } from './states.js';
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

  return menu(h('button', { class: 'button' }, icon('bookmark'), h('span', { class: 'label' }, 'Views')), () => [
    views.length === 0 && h('p', { class: 'menu-title' }, 'No saved views yet'),
    ...views.map((view) => h('div', { class: 'menu-line' },
      h('a', { class: 'menu-item', href: `/${page}?${view.query}`, 'data-closes': true }, view.name, view.shared && h('span', { class: 'meta push' }, view.mine ? 'shared' : view.owner)),
      view.mine && h('button', { class: 'icon-button small', type: 'button', 'data-closes': true, 'aria-label': `Delete view ${view.name}`, onclick: () => void remove(view) }, icon('cross')))),
    h('hr'),
    menuItem([icon('plus'), 'Save this view…'], () => saveDialog(page, query(), load)),
  ]);
}

/** @param {string} page @param {string} query @param {() => Promise<void>} saved */
function saveDialog(page, query, saved) {
  const name = h('input', { class: 'input', type: 'text', maxlength: 80, required: true });
  const shared = h('input', { type: 'checkbox' });
  const dialog = openDialog({
    title: 'Save view',
    body: [
      field('Name', name, { hint: 'Keeps the search, the filters and the sort.' }),
      app.may('operator') && h('label', { class: 'choice' }, shared, 'Show it to everybody'),
    ],
    footer: [cancelButton(), submitButton('Save view')],
    submit: async () => {
      if (!name.value.trim()) return setFault(name, 'Give it a name.');
      try {
        await app.api.post('/api/views', { name: name.value.trim(), page, query, shared: shared.checked });
        dialog.close();
        await saved();
        toast('The view is saved.', { tone: 'delivered' });
      } catch (error) {
        setFault(name, errorText(error));
      }
    },
  });
}
