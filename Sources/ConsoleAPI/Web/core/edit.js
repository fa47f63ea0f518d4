/**
 * What operators may set on an order, as the flat text fields of a form; and back as the edit that the API takes.
 */

/** @typedef {import('./types.js').OrderDetail} OrderDetail */
/** @typedef {import('./merge.js').Fields} Fields */

const addressPrefix = 'address.';

/** @type {{ name: string, label: string }[]} */
export const formFields = [
  { name: 'status', label: 'Status' },
  { name: 'note', label: 'Note' },
  { name: 'courier', label: 'Courier' },
  { name: 'trackingNumber', label: 'Tracking number' },
  { name: 'address.name', label: 'Name' },
  { name: 'address.phone', label: 'Phone' },
  { name: 'address.address1', label: 'Address' },
  { name: 'address.address2', label: 'Address line 2' },
  { name: 'address.zip', label: 'Postcode' },
  { name: 'address.city', label: 'City' },
  { name: 'address.province', label: 'Province' },
  { name: 'address.country', label: 'Country' },
];

/** @param {string} name */
export function fieldLabel(name) {
  const label = formFields.find((field) => field.name === name)?.label ?? name;
  return name.startsWith(addressPrefix) && label !== 'Address' ? `Address: ${label.toLowerCase()}` : label;
}

/** @param {OrderDetail} order @returns {Fields} */
export function fieldsOf(order) {
  const { operator } = order;
  const address = operator.shippingAddress ?? order.shippingAddress ?? {};
  const top = /** @type {Record<string, string | null>} */ ({ status: operator.status, note: operator.note, courier: operator.courier, trackingNumber: operator.trackingNumber });
  return Object.fromEntries(formFields.map(({ name }) => {
    const value = name.startsWith(addressPrefix) ? address[name.slice(addressPrefix.length)] : top[name];
    return [name, value === null || value === undefined ? '' : String(value)];
  }));
}

/**
 * Empty text hands a field back to its source. An address is sent whole: what the form does not show stays in it.
 * @param {Fields} changed @param {OrderDetail} order  Whose address the changes go on top of.
 * @returns {Record<string, any>}
 */
export function editFromFields(changed, order) {
  /** @type {Record<string, any>} */
  const set = {};
  /** @type {Record<string, any> | null} */
  let address = null;
  for (const [name, value] of Object.entries(changed)) {
    if (!name.startsWith(addressPrefix)) {
      set[name] = value === '' ? null : value;
      continue;
    }
    address ??= { ...(order.operator.shippingAddress ?? order.shippingAddress ?? {}) };
    if (value === '') delete address[name.slice(addressPrefix.length)];
    else address[name.slice(addressPrefix.length)] = value;
  }
  if (address) set.shippingAddress = address;
  return set;
}

/**
 * Asks for an edit of the order as it is known; the server refuses it with 409 when somebody else was faster.
 * @param {import('./api.js').Api} api @param {OrderDetail} order @param {Record<string, any>} set @param {string} reason  Kept in the audit; may be empty.
 * @returns {Promise<OrderDetail>}
 */
export function patchOrder(api, order, set, reason) {
  return api.send('PATCH', `/api/orders/${order.id}`, { headers: { 'If-Match': `"${order.version}"` }, body: { set, ...(reason ? { reason } : {}) } });
}
