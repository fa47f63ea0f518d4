import { filterQuery } from '../core/filter.js';
import { count } from '../core/format.js';
import { cancelButton, field, openDialog, submitButton } from './dialog.js';
import { h } from './dom.js';
import { download } from './download.js';
import { filterText } from './filter-bar.js';

/** @typedef {import('../core/filter.js').OrderFilter} OrderFilter */
/** @typedef {import('../core/selection.js').Selection} Selection */

/**
 * The columns of a file, in the server's words.
 * @type {Record<string, string>}
 */
const fileColumns = {
  id: 'Id', shopifyOrderId: 'External id', name: 'Order', source: 'Channel', shop: 'Shop', status: 'Public status', orderStatus: 'Status',
  paymentStatus: 'Payment', shippingStatus: 'Shipping', customerName: 'Customer', totalPrice: 'Total', shippingFee: 'Shipping fee', currency: 'Currency',
  courier: 'Courier', trackingNumber: 'Tracking number', attention: 'Attention', version: 'Version', createdAt: 'Created', updatedAt: 'Updated',
  businessUpdatedAt: 'Changed in the shop', deliveryAt: 'Delivered', cancelledAt: 'Cancelled',
};

/** Filters longer than this do not fit into an address. */
const mostIdsInAddress = 200;

/**
 * A file of exactly what is chosen; the server streams it, the browser saves it.
 * @param {Selection} selection @param {OrderFilter} filter @param {string} total  How many match, in words.
 */
export function exportDialog(selection, filter, total) {
  const scopes = /** @type {[string, string][]} */ ([['matching', `${total} matching: ${filterText(filter)}`]]);
  if (!selection.isEmpty && !selection.everything) scopes.unshift(['selected', `${count(selection.ids.size)} selected`]);
  if (filterText(filter) !== 'all orders') scopes.push(['all', 'All orders']);
  const radios = scopes.map(([value, label], at) => {
    const input = h('input', { type: 'radio', name: 'scope', value });
    input.checked = at === 0;
    if (value === 'selected' && selection.ids.size > mostIdsInAddress) input.disabled = true;
    return { input, label: h('label', { class: 'choice' }, input, label) };
  });
  const format = h('select', { class: 'select' }, h('option', { value: 'csv' }, 'CSV (UTF-8, no cell starts a formula)'), h('option', { value: 'xlsx' }, 'Excel (.xlsx)'));
  const boxes = Object.entries(fileColumns).map(([value, label]) => {
    const box = h('input', { type: 'checkbox', value });
    box.checked = true;
    return { box, label: h('label', { class: 'choice' }, box, label) };
  });
  const dialog = openDialog({
    title: 'Export orders',
    wide: true,
    body: [
      h('fieldset', { class: 'field' }, h('legend', { class: 'label' }, 'Which orders'), radios.map(({ label }) => label)),
      field('Format', format),
      h('fieldset', { class: 'field' }, h('legend', { class: 'label' }, 'Columns'), h('div', { class: 'check-columns' }, boxes.map(({ label }) => label))),
    ],
    footer: [cancelButton(), submitButton('Start download')],
    submit: () => {
      const scope = radios.find(({ input }) => input.checked)?.input.value ?? 'matching';
      const query = exportQuery(scope, selection, filter);
      query.set('format', format.value);
      const columns = boxes.filter(({ box }) => box.checked).map(({ box }) => box.value);
      if (columns.length === 0) return;
      if (columns.length < boxes.length) for (const column of columns) query.append('columns', column);
      dialog.close();
      download(`/api/export/orders?${query}`);
    },
  });
}

/** @param {string} scope @param {Selection} selection @param {OrderFilter} filter */
function exportQuery(scope, selection, filter) {
  if (scope === 'all') return new URLSearchParams();
  if (scope === 'matching') return filterQuery(filter);
  const query = new URLSearchParams();
  for (const id of selection.ids) query.append('ids', id);
  return query;
}
