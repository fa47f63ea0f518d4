import { focusMark, h, uniqueId } from './dom.js';
import { icon } from './icons.js';

/** @typedef {import('./dom.js').Children} Children */

/**
 * @typedef {object} DialogOptions
 * @property {string} title
 * @property {string} [meta]
 * @property {boolean} [wide]
 * @property {Children} body
 * @property {Children} footer
 * @property {() => void} [submit]        Enter in a field, and the primary button.
 * @property {() => boolean} [mayClose]   Asked before Esc or Cancel throws something away.
 * @property {() => void} [closed]
 */

/**
 * A modal dialog: Esc closes it, the focus goes back to where it was.
 * @param {DialogOptions} options
 */
export function openDialog({ title, meta, wide = false, body, footer, submit, mayClose = () => true, closed }) {
  const titleId = uniqueId('dialog-title');
  const form = h('form', { method: 'dialog', novalidate: true },
    h('header', null,
      h('h2', { id: titleId }, title),
      meta && h('span', { class: 'meta' }, meta),
      h('button', { class: 'icon-button', type: 'button', 'aria-label': 'Close', 'data-cancels': true }, icon('cross'))),
    h('div', { class: 'body' }, body),
    h('footer', null, footer));
  const dialog = h('dialog', { class: wide ? 'dialog wide' : 'dialog', 'aria-labelledby': titleId }, form);

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    submit?.();
  });
  form.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    submit?.();
  });
  dialog.addEventListener('click', (event) => {
    if (event.target instanceof Element && event.target.closest('[data-cancels]') && mayClose()) dialog.close();
  });
  dialog.addEventListener('cancel', (event) => {
    if (event.target === dialog && !mayClose()) event.preventDefault();
  });
  dialog.addEventListener('close', () => {
    dialog.remove();
    // The browser gives the focus back, unless the page was drawn anew meanwhile.
    refocus();
    closed?.();
  });
  const refocus = focusMark(document.body);
  document.body.append(dialog);
  dialog.showModal();
  focusFirst(form);
  return dialog;
}

/**
 * The first field, else the first thing in the footer: never the cross.
 * @param {Element} form
 */
function focusFirst(form) {
  const first = form.querySelector(/** @type {'input'} */ ('.body input:not([disabled]), .body select, .body textarea, footer .primary, footer button'));
  first?.focus();
  if (first instanceof HTMLInputElement && first.type === 'text') first.select();
}

/** @param {string} [text] */
export function cancelButton(text = 'Cancel') {
  return h('button', { class: 'button', type: 'button', 'data-cancels': true }, text);
}

/** @param {string} text @param {'primary' | 'danger'} [kind] */
export function submitButton(text, kind = 'primary') {
  return h('button', { class: `button ${kind}`, type: 'submit' }, text);
}

/**
 * A label above its control, with a hint or a fault tied to it.
 * @param {string} label @param {HTMLElement} control @param {{ hint?: string }} options
 */
export function field(label, control, { hint } = {}) {
  control.id ||= uniqueId('field');
  const hintElement = hint ? h('span', { class: 'hint', id: `${control.id}-hint` }, hint) : null;
  if (hintElement) control.setAttribute('aria-describedby', hintElement.id);
  return h('div', { class: 'field' }, h('label', { for: control.id }, label), control, hintElement);
}

/** @param {HTMLElement} control @param {string} message  Empty removes it. */
export function setFault(control, message) {
  const id = `${control.id}-fault`;
  document.getElementById(id)?.remove();
  control.removeAttribute('aria-invalid');
  control.removeAttribute('aria-errormessage');
  if (!message) return;
  control.setAttribute('aria-invalid', 'true');
  control.setAttribute('aria-errormessage', id);
  control.after(h('span', { class: 'fault', id, role: 'alert' }, message));
}
