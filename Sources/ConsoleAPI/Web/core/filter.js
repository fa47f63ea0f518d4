/**
 * What the orders grid shows. The URL is its only home, and its query is the API's: what a link shows, a script can ask.
 */

/** @typedef {import('./types.js').Order} Order */

/**
 * @typedef {object} OrderFilter
 * @property {string} q
 * @property {Record<string, string[]>} facets  Values per facet; a facet without values is absent.
 * @property {string} sort
 */

/**
 * A facet is a query key of which any of several values may match.
 * @type {Record<string, string>}
 */
export const facetLabels = {
  orderStatus: 'Status',
  status: 'Public status',
  payment: 'Payment',
  shipping: 'Shipping',
  source: 'Channel',
  shop: 'Shop',
  courier: 'Courier',
  attention: 'Needs attention',
  updatedFrom: 'Updated from',
  updatedTo: 'Updated until',
  ids: 'Chosen orders',
};

/** Facets that have one value at most. */
const single = new Set(['attention', 'updatedFrom', 'updatedTo']);

export const defaultSort = '-updated';

/** @type {Record<string, string>} */
export const sortLabels = {
  '-updated': 'Updated, newest first', updated: 'Updated, oldest first', '-created': 'Created, newest first', created: 'Created, oldest first',
  '-total': 'Total, highest first', total: 'Total, lowest first', ref: 'External id, A to Z', '-ref': 'External id, Z to A',
};

/** @returns {OrderFilter} */
export function emptyFilter() {
  return { q: '', facets: {}, sort: defaultSort };
}

/** @param {URLSearchParams} query @returns {OrderFilter} */
export function parseFilter(query) {
  const filter = emptyFilter();
  filter.q = (query.get('q') ?? '').trim();
  const sort = query.get('sort') ?? '';
  filter.sort = sort in sortLabels ? sort : defaultSort;
  for (const name of Object.keys(facetLabels)) {
    const values = [...new Set(query.getAll(name).flatMap((value) => value.split(',')).map((value) => value.trim()).filter(Boolean))];
    if (values.length > 0) filter.facets[name] = single.has(name) ? values.slice(-1) : values;
  }
  return filter;
}

/**
 * The same filter always gives the same text, so that it can be compared and kept as a key.
 * @param {OrderFilter} filter
 */
export function filterQuery(filter) {
  const query = new URLSearchParams();
  if (filter.q) query.set('q', filter.q);
  for (const name of Object.keys(facetLabels)) {
    for (const value of filter.facets[name] ?? []) query.append(name, value);
  }
  if (filter.sort !== defaultSort) query.set('sort', filter.sort);
  return query;
}

/**
 * The filter as the object that bulk commands take.
 * @param {OrderFilter} filter @returns {Record<string, any>}
 */
export function filterObject(filter) {
  /** @type {Record<string, any>} */
  const object = { ...filter.facets };
  for (const name of single) if (object[name]) object[name] = name === 'attention' ? object[name][0] === 'true' : object[name][0];
  if (filter.q) object.q = filter.q;
  return object;
}

/**
 * The filter that a bulk command kept, as a filter again.
 * @param {Record<string, any>} object @returns {OrderFilter}
 */
export function filterFromObject(object) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(object)) {
    for (const one of Array.isArray(value) ? value : [value]) query.append(name, String(one));
  }
  return parseFilter(query);
}

/**
 * A filter with other values of one facet; none removes it.
 * @param {OrderFilter} filter @param {string} name @param {string[]} values
 */
export function withFacet(filter, name, values) {
  const changed = { ...filter.facets };
  if (values.length > 0) changed[name] = values;
  else delete changed[name];
  return { ...filter, facets: changed };
}

/** @param {OrderFilter} filter */
export function isFiltered(filter) {
  return filter.q !== '' || Object.keys(filter.facets).length > 0;
}

/** @param {string} sort @returns {{ column: string, descending: boolean }} */
export function sortParts(sort) {
  return sort.startsWith('-') ? { column: sort.slice(1), descending: true } : { column: sort, descending: false };
}

/**
 * The sort after a click on a column: newest or largest first, then the other way.
 * @param {string} sort @param {string} column
 */
export function toggledSort(sort, column) {
  return sort === `-${column}` ? column : `-${column}`;
}

/** @type {Record<string, (order: Order) => string | null>} */
const facetValues = {
  orderStatus: (order) => order.orderStatus,
  status: (order) => order.status,
  payment: (order) => order.paymentStatus,
  shipping: (order) => order.shippingStatus,
  source: (order) => order.source,
  shop: (order) => order.shop,
  courier: (order) => order.courier,
  ids: (order) => order.id,
};

/**
 * Whether a filter shows an order, as far as a row can tell: error texts are searched by the server only.
 * @param {OrderFilter} filter @param {Order} order
 */
export function matches(filter, order) {
  const { facets } = filter;
  for (const [name, value] of Object.entries(facetValues)) {
    if (facets[name] && !facets[name].includes(value(order) ?? '')) return false;
  }
  if (facets.attention && (facets.attention[0] === 'true') !== order.attention.length > 0) return false;
  if (facets.updatedFrom && Date.parse(order.updatedAt) < Date.parse(facets.updatedFrom[0])) return false;
  if (facets.updatedTo && Date.parse(order.updatedAt) >= Date.parse(facets.updatedTo[0])) return false;
  const texts = [order.name, order.shopifyOrderId, order.customerName, order.trackingNumber].map((text) => (text ?? '').toLowerCase());
  const words = texts.flatMap((text) => [text, ...text.split(/[^\p{L}\p{N}]+/u)]);
  return filter.q.toLowerCase().split(/\s+/).filter(Boolean).every((typed) => words.some((word) => word.startsWith(typed)));
}
