import { app } from '../app.js';
import { cancelButton, field, openDialog, setFault, submitButton } from './dialog.js';
import { h } from './dom.js';
import { errorText } from './states.js';
import { toast } from './toast.js';

/**
 * Asks under which name a filter is kept.
 * @param {string} page @param {string} query @param {() => Promise<void>} saved  Called when it is.
 */
export function saveViewDialog(page, query, saved) {
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
