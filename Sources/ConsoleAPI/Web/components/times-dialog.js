import { cancelButton, field, openDialog, setFault, submitButton } from './dialog.js';
import { h } from './dom.js';

/**
 * Asks for a span of time.
 * @param {string} title @param {{ from?: string | null, to?: string | null, mustBeWhole?: boolean }} now  Instants as they are; both ends are needed when
 *   the span must be whole.
 * @param {(from: string, to: string) => void} chosen  Instants, or empty for an end that is open.
 */
export function openTimesDialog(title, { from: first, to: last, mustBeWhole = false }, chosen) {
  const from = h('input', { class: 'input', type: 'datetime-local', value: local(first) });
  const to = h('input', { class: 'input', type: 'datetime-local', value: local(last) });
  const dialog = openDialog({
    title,
    body: h('div', { class: 'pair' }, field('From', from, { hint: 'Your own time zone.' }), field('Until', to)),
    footer: [cancelButton(), submitButton('Apply')],
    submit: () => {
      setFault(from, mustBeWhole && !from.value ? 'Say when it begins.' : '');
      setFault(to, mustBeWhole && !to.value ? 'Say when it ends.' : from.value && to.value && from.value >= to.value ? 'It must end after it begins.' : '');
      const wrong = dialog.querySelector(/** @type {'input'} */ ('[aria-invalid]'));
      if (wrong) return wrong.focus();
      dialog.close();
      chosen(instant(from.value), instant(to.value));
    },
  });
}

/** @param {string} value */
function instant(value) {
  return value ? new Date(value).toISOString() : '';
}

/**
 * As the field has it: local time, to the minute.
 * @param {string | null | undefined} iso
 */
function local(iso) {
  const date = new Date(iso ?? '');
  return Number.isNaN(date.getTime()) ? '' : new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
