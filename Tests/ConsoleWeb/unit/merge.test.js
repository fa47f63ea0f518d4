import assert from 'node:assert/strict';
import { test } from 'node:test';
import { editFromFields, fieldLabel, fieldsOf } from '../../../Sources/ConsoleAPI/Web/core/edit.js';
import { changes, conflicts, mergedEdit, mergeFields } from '../../../Sources/ConsoleAPI/Web/core/merge.js';

const base = { status: 'failed', note: '', courier: 'bosta', fee: '1' };

test('only a field that both sides changed, to different values, is a conflict', () => {
  const merged = mergeFields(base, { status: 'shipped', note: 'mine', courier: 'bosta', fee: '2' }, { status: 'delivered', note: '', courier: 'dhl', fee: '2' });
  assert.deepEqual(merged.map(({ name, outcome }) => [name, outcome]), [['status', 'conflict'], ['note', 'mine'], ['courier', 'theirs'], ['fee', 'agreed']]);
  assert.deepEqual(conflicts(merged).map(({ name }) => name), ['status']);
});

test('the merged edit holds what must differ from the server and nothing else', () => {
  const merged = mergeFields(base, { ...base, status: 'shipped', note: 'mine' }, { ...base, status: 'delivered', courier: 'dhl' });
  assert.deepEqual(mergedEdit(merged, { status: 'mine' }), { status: 'shipped', note: 'mine' });
  assert.deepEqual(mergedEdit(merged, { status: 'theirs' }), { note: 'mine' });
  assert.deepEqual(mergedEdit(merged, {}), { note: 'mine' });
});

test('taking back a change of one’s own leaves the server’s', () => {
  const merged = mergeFields(base, { ...base }, { ...base, status: 'delivered' });
  assert.deepEqual(mergedEdit(merged, {}), {});
  assert.equal(merged[0].outcome, 'theirs');
});

test('a form says what it changes', () => {
  assert.deepEqual(changes(base, { ...base, note: 'x' }), { note: 'x' });
  assert.deepEqual(changes(base, { ...base }), {});
});

const order = {
  operator: { status: null, note: 'called', courier: null, trackingNumber: null, shippingAddress: null, hold: false },
  shippingAddress: { name: 'Grace', city: 'Berlin', country_code: 'DE' },
};

test('an order becomes flat fields, with the address that is in force', () => {
  const fields = fieldsOf(order);
  assert.equal(fields.note, 'called');
  assert.equal(fields.status, '');
  assert.equal(fields['address.city'], 'Berlin');
  assert.equal(fieldLabel('address.city'), 'Address: city');
});

test('an edit hands empty fields back to their source and sends an address whole', () => {
  assert.deepEqual(editFromFields({ note: '', 'address.city': 'Bonn', 'address.name': '' }, order), { note: null, shippingAddress: { city: 'Bonn', country_code: 'DE' } });
  assert.deepEqual(editFromFields({ status: 'SHIPPED' }, order), { status: 'SHIPPED' });
  assert.equal(order.shippingAddress.city, 'Berlin');
});
