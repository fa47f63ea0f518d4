import assert from 'node:assert/strict';
import { test } from 'node:test';
import { filterFromObject, filterObject, filterQuery, isFiltered, matches, parseFilter, toggledSort, withFacet } from '../../../Sources/ConsoleAPI/Web/core/filter.js';
import { sinceChoices, sinceInstant } from '../../../Sources/ConsoleAPI/Web/core/since.js';

const parse = (text) => parseFilter(new URLSearchParams(text));

const order = {
  id: 'a', name: '#100412', shopifyOrderId: '5000', customerName: 'Grace Perlman', trackingNumber: 'TRK9', status: 'SHIPPED', orderStatus: 'FAILED',
  paymentStatus: 'paid', shippingStatus: 'shipped', source: 'shopify', shop: 'x', courier: 'bosta', attention: ['failed'], updatedAt: '2026-01-02T10:00:00Z',
};

test('a filter survives its way through the URL, whatever the order of its parts', () => {
  const text = 'q=grace&orderStatus=FAILED&orderStatus=RETURNED&attention=true&sort=total';
  assert.equal(String(filterQuery(parse(text))), text);
  assert.equal(String(filterQuery(parse('sort=total&attention=true&orderStatus=FAILED,RETURNED&q=grace'))), text);
});

test('nonsense in the URL is left out', () => {
  const filter = parse('sort=drop+table&colour=red&orderStatus=&q=++');
  assert.equal(isFiltered(filter), false);
  assert.equal(String(filterQuery(filter)), '');
});

test('a facet is set, replaced and removed without touching the filter it came from', () => {
  const one = parse('payment=paid');
  const two = withFacet(one, 'orderStatus', ['FAILED']);
  assert.deepEqual(one.facets, { payment: ['paid'] });
  assert.deepEqual(withFacet(two, 'payment', []).facets, { orderStatus: ['FAILED'] });
});

test('bulk commands get the filter as an object and give it back the same', () => {
  const filter = parse('q=grace&orderStatus=FAILED&attention=true&updatedFrom=2026-01-01T00:00:00Z');
  const object = filterObject(filter);
  assert.deepEqual(object, { q: 'grace', orderStatus: ['FAILED'], attention: true, updatedFrom: '2026-01-01T00:00:00Z' });
  assert.equal(String(filterQuery(filterFromObject(object))), String(filterQuery(filter)));
});

test('a row is matched as the server matches it', () => {
  for (const text of ['', 'orderStatus=FAILED,SHIPPED', 'attention=true', 'q=gra+perl', 'q=%23100', 'q=100412', 'updatedFrom=2026-01-02T10:00:00Z', 'ids=a']) assert.ok(matches(parse(text), order), text);
  for (const text of ['orderStatus=SHIPPED', 'attention=false', 'q=race', 'updatedTo=2026-01-02T10:00:00Z', 'ids=b', 'courier=dhl']) assert.ok(!matches(parse(text), order), text);
});

test('a column sorts downwards first and upwards next', () => {
  assert.equal(toggledSort('-updated', 'total'), '-total');
  assert.equal(toggledSort('-total', 'total'), 'total');
  assert.equal(toggledSort('total', 'total'), '-total');
});

test('a span of the address begins so long before now, and an unknown one never', () => {
  const now = Date.parse('2026-01-08T10:00:00Z');
  assert.deepEqual(sinceChoices.map(([name]) => sinceInstant(name, now)), ['2026-01-08T09:00:00.000Z', '2026-01-07T10:00:00.000Z', '2026-01-01T10:00:00.000Z']);
  for (const name of ['', '2h', 'constructor']) assert.equal(sinceInstant(name, now), '');
});
