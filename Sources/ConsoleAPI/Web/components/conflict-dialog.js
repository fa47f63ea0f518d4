import { app } from '../app.js';
import { ApiError } from '../core/api.js';
import { editFromFields, fieldLabel, fieldsOf, patchOrder } from '../core/edit.js';
import { ago, counted } from '../core/format.js';
import { conflicts, mergedEdit, mergeFields } from '../core/merge.js';
import { cancelButton, openDialog, submitButton } from './dialog.js';
import { h } from './dom.js';
import { icon } from './icons.js';
import { orderName } from './order-columns.js';
import { errorText } from './states.js';
import { statusLook } from './status-badge.js';
import { toast } from './toast.js';

/** @typedef {import('../core/types.js').OrderDetail} OrderDetail */
/** @typedef {import('../core/merge.js').Fields} Fields */
/** @typedef {import('../core/merge.js').MergedField} MergedField */

/**
 * @typedef {object} Conflicted
 * @property {OrderDetail} base      The order as it was when editing began.
 * @property {Fields} mine
 * @property {OrderDetail} current   The order as the server has it now.
 * @property {import('../core/types.js').Change[]} changes  What happened in between, newest first.
 * @property {(order: OrderDetail) => void} saved
 * @property {(fields: Fields) => void} back  Goes back to editing, on top of the current version.
 */

/**
 * Lets a person decide where both sides changed the same field; everything else is merged already.
 * @param {Conflicted} conflicted
 */
export function openConflictDialog({ base, mine, current, changes, saved, back }) {
  const fields = mergeFields(fieldsOf(base), mine, fieldsOf(current));
  const open = conflicts(fields);
  /** @type {Record<string, 'mine' | 'theirs'>} */
  const choices = Object.fromEntries(open.map(({ name }) => [name, 'mine']));
  const shown = fields.filter(({ outcome }) => outcome !== 'same');
  const warning = h('div', { role: 'alert' });
  const save = submitButton('Save merged');

  const submit = async () => {
    const edit = mergedEdit(fields, choices);
    if (Object.keys(edit).length === 0) {
      dialog.close();
      saved(current);
      return void toast('The server’s version is kept.');
    }
    save.disabled = true;
    try {
      const order = await patchOrder(app.api, current, editFromFields(edit, current), '');
      dialog.close();
      saved(order);
      toast(`${orderName(order)} is merged and saved as version ${order.version}.`, { tone: 'delivered' });
    } catch (error) {
      save.disabled = false;
      if (error instanceof ApiError && error.status === 409 && error.body?.current) {
        dialog.close();
        return openConflictDialog({ base, mine, current: error.body.current, changes: error.body.changes ?? [], saved, back });
      }
      warning.replaceChildren(h('p', { class: 'alert', 'data-tone': 'failed' }, icon('warning'), errorText(error)));
    }
  };

  const who = changes[0] ? ` by ${changes[0].actor}, ${ago(changes[0].at, Date.now())}` : '';
  const decisions = open.length === 0 ? 'Nothing needs a decision.' : `${counted(open.length, 'field')} ${open.length === 1 ? 'needs' : 'need'} a decision.`;
  const dialog = openDialog({
    title: `Resolve conflict · ${orderName(current)}`,
    wide: true,
    body: [
      h('p', { class: 'alert', 'data-tone': 'conflict', role: 'status' }, icon('conflict'), `Changed on the server while you edited${who}: version ${base.version} → ${current.version}. ${decisions}`),
      warning,
      table(shown, choices),
    ],
    footer: [
      h('button', { class: 'button quiet start', type: 'button', onclick: () => {
        dialog.close();
        back({ ...fieldsOf(current), ...mergedEdit(fields, choices) });
      } }, 'Back to editing'),
      cancelButton('Discard mine'), save,
    ],
    submit: () => void submit(),
  });
  app.say(`Conflict. ${decisions}`);
}

/** @param {MergedField[]} fields @param {Record<string, 'mine' | 'theirs'>} choices */
function table(fields, choices) {
  return h('table', { class: 'merge' },
    h('thead', null, h('tr', null, ['Field', 'Was', 'Yours', 'Server'].map((name) => h('th', { scope: 'col' }, name)))),
    h('tbody', null, fields.map((field) => row(field, choices))));
}

/** @param {MergedField} field @param {Record<string, 'mine' | 'theirs'>} choices */
function row(field, choices) {
  const label = fieldLabel(field.name);
  const show = (/** @type {string} */ value) => (value === '' ? h('span', { class: 'muted' }, field.name === 'status' ? 'By its events' : 'empty') : field.name === 'status' ? statusLook(value).label : value);
  const head = h('th', { scope: 'row' }, label);
  const was = h('td', { class: 'old' }, show(field.base));
  if (field.outcome !== 'conflict') {
    const note = field.outcome === 'theirs' ? 'kept' : field.outcome === 'agreed' ? 'the same on both sides' : 'kept';
    const wins = (/** @type {'mine' | 'theirs'} */ side) => field.outcome === side || field.outcome === 'agreed';
    return h('tr', null, head, was,
      h('td', null, show(field.mine), wins('mine') && h('div', { class: 'outcome' }, note)),
      h('td', null, show(field.theirs), field.outcome === 'theirs' && h('div', { class: 'outcome' }, note)));
  }
  const pick = (/** @type {'mine' | 'theirs'} */ side) => {
    const input = h('input', { type: 'radio', name: `pick-${field.name}`, value: side, 'aria-label': `${label}: ${side === 'mine' ? 'yours' : 'server'}`, onchange: () => { choices[field.name] = side; } });
    input.checked = choices[field.name] === side;
    return h('label', { class: 'pick' }, input, h('span', null, show(field[side])));
  };
  return h('tr', { class: 'needs' }, head, was, h('td', null, pick('mine')), h('td', null, pick('theirs')));
}
