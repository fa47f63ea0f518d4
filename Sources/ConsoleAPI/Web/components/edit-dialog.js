import { app } from '../app.js';
import { ApiError } from '../core/api.js';
import { editFromFields, fieldsOf, formFields, patchOrder } from '../core/edit.js';
import { changes } from '../core/merge.js';
import { openConflictDialog } from './conflict-dialog.js';
import { cancelButton, field, openDialog, setFault, submitButton } from './dialog.js';
import { h } from './dom.js';
import { icon } from './icons.js';
import { orderName } from './order-columns.js';
import { errorText } from './states.js';
import { orderStatuses, statusLook } from './status-badge.js';
import { toast } from './toast.js';

/** @typedef {import('../core/types.js').OrderDetail} OrderDetail */
/** @typedef {import('../core/types.js').Order} Order */
/** @typedef {import('../core/merge.js').Fields} Fields */

/**
 * Edits what operators may set. While it is open it watches the feed: a change by somebody else is said at once, not at
 * the end.
 * @param {OrderDetail} order
 * @param {(order: OrderDetail) => void} saved
 * @param {Fields} [typed]  What was typed before, when a conflict sent the reader back.
 */
export function openEditDialog(order, saved, typed) {
  const base = fieldsOf(order);
  const controls = makeControls({ ...base, ...typed });
  const reason = h('input', { class: 'input', type: 'text', maxlength: 500 });
  const warning = h('div', { role: 'alert' });
  const save = submitButton('Save');
  const watch = new AbortController();
  const mine = () => Object.fromEntries(Object.entries(controls).map(([name, control]) => [name, control.value.trim()]));

  /** @param {OrderDetail} current @param {import('../core/types.js').Change[]} since */
  const resolve = (current, since) => {
    const values = mine();
    watch.abort();
    dialog.close();
    openConflictDialog({ base: order, mine: values, current, changes: since, saved, back: (fields) => openEditDialog(current, saved, fields) });
  };

  const submit = async () => {
    for (const control of Object.values(controls)) setFault(control, '');
    const edit = changes(base, mine());
    if (Object.keys(edit).length === 0) return dialog.close();
    save.disabled = true;
    try {
      const answer = await patchOrder(app.api, order, editFromFields(edit, order), reason.value.trim());
      watch.abort();
      dialog.close();
      saved(answer);
      toast(answer.version > order.version ? `${orderName(order)} is saved as version ${answer.version}.` : 'The edit is stored; it shows as soon as it is merged.', { tone: 'delivered' });
    } catch (error) {
      save.disabled = false;
      if (error instanceof ApiError && error.status === 409 && error.body?.current) return resolve(error.body.current, error.body.changes ?? []);
      const control = error instanceof ApiError ? controls[error.field] : undefined;
      if (control) setFault(control, errorText(error));
      else warning.replaceChildren(h('p', { class: 'alert', 'data-tone': 'failed' }, icon('warning'), errorText(error)));
    }
  };

  const dialog = openDialog({
    title: `Edit ${orderName(order)}`,
    meta: `version ${order.version}`,
    body: [warning, layout(controls), field('Reason', reason, { hint: 'Kept in the audit.' })],
    footer: [h('span', { class: 'meta start' }, 'Ctrl or ⌘ + Enter saves'), cancelButton(), save],
    submit: () => void submit(),
    mayClose: () => Object.keys(changes(base, mine())).length === 0 || window.confirm('Throw your changes away?'),
    closed: () => watch.abort(),
  });

  app.sync.addEventListener('orders', (event) => {
    const changed = /** @type {CustomEvent<Order[]>} */ (event).detail.find(({ id }) => id === order.id);
    if (!changed || changed.version <= order.version) return;
    const review = h('button', { class: 'button small', type: 'button', onclick: async () => {
      try {
        const current = await app.api.get(`/api/orders/${order.id}`);
        resolve(current, current.lastChange ? [current.lastChange] : []);
      } catch (error) {
        toast(errorText(error), { tone: 'failed' });
      }
    } }, 'Review');
    warning.replaceChildren(h('div', { class: 'alert', 'data-tone': 'conflict' }, icon('conflict'), h('span', null, `Changed to version ${changed.version} while you edit.`), review));
  }, { signal: watch.signal });
}

/** @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Control */

/** @param {Fields} values @returns {Record<string, Control>} */
function makeControls(values) {
  /** @type {Record<string, Control>} */
  const controls = {};
  for (const { name } of formFields) {
    if (name === 'status') {
      controls[name] = h('select', { class: 'select' }, h('option', { value: '' }, 'By its events'), orderStatuses.map((status) => h('option', { value: status }, statusLook(status).label)));
    } else if (name === 'note') controls[name] = h('textarea', { class: 'textarea', maxlength: 2000 });
    else controls[name] = h('input', { class: 'input', type: 'text', maxlength: 200, autocomplete: 'off' });
    controls[name].value = values[name] ?? '';
  }
  return controls;
}

/** @param {Record<string, Control>} controls */
function layout(controls) {
  const labelled = Object.fromEntries(formFields.map(({ name, label }) => [name, field(label, controls[name])]));
  const { status, note, courier, trackingNumber, ...address } = labelled;
  return h('div', { class: 'stack' }, status, note, h('div', { class: 'pair' }, courier, trackingNumber),
    h('fieldset', { class: 'stack' }, h('legend', { class: 'label' }, 'Shipping address'), h('div', { class: 'pair' }, Object.values(address))));
}
