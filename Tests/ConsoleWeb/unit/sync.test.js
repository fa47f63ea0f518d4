import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backOffCeilingMilliseconds, Coalescer, maxWaitingOrders, silenceMilliseconds, SyncStateMachine } from '../../../Sources/ConsoleAPI/Web/core/sync.js';

const order = (id, version, updatedAt = '2026-01-01T00:00:00Z') => ({ id, version, updatedAt });
const frame = (value) => JSON.stringify(value);
const kinds = (actions) => actions.map(({ kind }) => kind);

function live(seq = 7) {
  const machine = new SyncStateMachine();
  machine.start(0);
  machine.received(frame({ event: 'HELLO', seq }), 0);
  return machine;
}

test('it connects without a place first, and resumes behind what it has seen', () => {
  const machine = new SyncStateMachine();
  assert.deepEqual(machine.start(0), [{ kind: 'state' }, { kind: 'connect', since: null }]);
  assert.deepEqual(kinds(machine.received(frame({ event: 'HELLO', seq: 7 }), 0)), ['state']);
  assert.deepEqual(machine.received(frame({ event: 'BATCH', seq: 9, payload: [order('a', 2)] }), 1), [{ kind: 'orders', orders: [order('a', 2)] }]);
  machine.closed(1);
  assert.deepEqual(machine.waited(0), [{ kind: 'state' }, { kind: 'connect', since: 9 }]);
});

test('a frame that is not newer changes nothing', () => {
  const machine = live(7);
  machine.received(frame({ event: 'BATCH', seq: 9, payload: [order('a', 2)] }), 1);
  assert.deepEqual(machine.received(frame({ event: 'BATCH', seq: 9, payload: [order('a', 2)] }), 2), []);
  assert.deepEqual(machine.received(frame({ event: 'ORDER_SYNCED', seq: 8, payload: order('a', 1) }), 2), []);
  assert.equal(machine.seq, 9);
});

test('a place that is too old makes it read everything again and go on from the new place', () => {
  const machine = live(7);
  assert.deepEqual(kinds(machine.received(frame({ event: 'RESYNC', seq: 5_000 }), 1)), ['resync']);
  machine.closed(0);
  assert.deepEqual(machine.waited(0)[1], { kind: 'connect', since: 5_000 });
});

test('waits grow to a ceiling, are jittered, and begin anew after a frame', () => {
  const machine = live();
  const waits = [];
  for (let attempt = 0; attempt < 10; attempt += 1) {
    waits.push(machine.closed(1).at(-1).milliseconds);
    machine.waited(0);
  }
  assert.deepEqual(waits.slice(0, 4), [500, 1_000, 2_000, 4_000]);
  assert.equal(waits.at(-1), backOffCeilingMilliseconds);
  machine.received(frame({ event: 'BEAT', seq: 7 }), 1);
  assert.equal(machine.closed(1).at(-1).milliseconds, 500);
  machine.waited(0);
  assert.ok(machine.closed(0).at(-1).milliseconds >= 250);
});

test('silence is death, whatever the network says', () => {
  const machine = live();
  assert.deepEqual(machine.checked(silenceMilliseconds), []);
  assert.deepEqual(machine.checked(silenceMilliseconds + 1), [{ kind: 'close' }]);
});

test('an attempt to connect has its own time, however long the silence before it was', () => {
  const machine = live();
  machine.closed(1);
  machine.waited(1_000_000);
  assert.deepEqual(machine.checked(1_000_000 + silenceMilliseconds), []);
  assert.deepEqual(machine.checked(1_000_001 + silenceMilliseconds), [{ kind: 'close' }]);
});

test('closing twice waits once, and nothing happens once it is off', () => {
  const machine = live();
  assert.equal(machine.closed(1).length, 2);
  assert.deepEqual(machine.closed(1), []);
  machine.stop();
  assert.deepEqual(machine.closed(1), []);
  assert.deepEqual(machine.waited(0), []);
});

test('frames that are no frames are dropped, unknown ones are handed on', () => {
  const machine = live();
  assert.deepEqual(machine.received('{', 1), []);
  assert.deepEqual(machine.received('null', 1), []);
  assert.deepEqual(machine.received(frame({ event: 'WEATHER', payload: 'rain' }), 1), [{ kind: 'notice', event: 'WEATHER', payload: 'rain' }]);
});

test('of an order that changes several times before it is drawn, the newest is drawn', () => {
  const waiting = new Coalescer();
  waiting.add([order('a', 2), order('b', 1)]);
  waiting.add([order('a', 4)]);
  waiting.add([order('a', 3)]);
  assert.deepEqual(waiting.take().orders.map(({ id, version }) => `${id}${version}`).sort(), ['a4', 'b1']);
  assert.equal(waiting.size, 0);
});

test('more changes than are worth patching are forgotten and everything is read again', () => {
  const waiting = new Coalescer();
  waiting.add(Array.from({ length: maxWaitingOrders + 1 }, (_, at) => order(String(at), 1)));
  assert.deepEqual(waiting.take(), { orders: [], overflowed: true });
  assert.equal(waiting.take().overflowed, false);
});
