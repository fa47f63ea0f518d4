import { count } from '../core/format.js';
import { cancelButton, field, openDialog, setFault, submitButton } from './dialog.js';
import { h } from './dom.js';
import { errorText } from './states.js';

/** So many rows are not changed by a slip of the finger. */
export const typedConfirmationAbove = 100;

/**
 * @typedef {object} Confirmation
 * @property {string} title
 * @property {import('./dom.js').Children} body
 * @property {string} verb           What the button says, as “Discard 12”.
 * @property {number} rows           Above a hundred, the number must be typed.
 * @property {boolean} [dangerous]
 * @property {boolean} [asksReason]
 * @property {(reason: string) => Promise<void>} confirmed  A failure stays in the dialog.
 */

/** @param {Confirmation} confirmation */
export function confirmDialog({ title, body, verb, rows, dangerous = false, asksReason = false, confirmed }) {
  const needsTyping = rows > typedConfirmationAbove;
  const typed = h('input', { class: 'input', type: 'text', inputmode: 'numeric', autocomplete: 'off' });
  const reason = h('input', { class: 'input', type: 'text', maxlength: 500 });
  const button = submitButton(verb, dangerous ? 'danger' : 'primary');
  const fault = h('p', { class: 'alert', 'data-tone': 'failed', role: 'alert', hidden: true });
  const dialog = openDialog({
    title,
    body: [
      h('div', null, body),
      asksReason && field('Reason', reason, { hint: 'Kept in the audit.' }),
      needsTyping && field(`Type ${count(rows)} to confirm`, typed),
      fault,
    ],
    footer: [cancelButton(), button],
    submit: async () => {
      if (needsTyping && typed.value.replace(/\D/g, '') !== String(rows)) {
        setFault(typed, `Type the number ${count(rows)}.`);
        return typed.focus();
      }
      button.disabled = true;
      fault.hidden = true;
      try {
        await confirmed(reason.value.trim());
        dialog.close();
      } catch (error) {
        fault.textContent = errorText(error);
        fault.hidden = false;
        button.disabled = false;
      }
    },
  });
  return dialog;
}
