import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ago, count, counted, dateTime, duration, milliseconds, money, percent, readable, shortTime, words } from '../../../Sources/ConsoleAPI/Web/core/format.js';

test('money stays the text it was, with grouped thousands and two decimals at least', () => {
  assert.equal(money('150.0000'), '150.00');
  assert.equal(money('1234567.5'), '1,234,567.50');
  assert.equal(money('0.1234'), '0.1234');
  assert.equal(money('-12'), '-12.00');
  assert.equal(money('9007199254740993.07'), '9,007,199,254,740,993.07');
  assert.equal(money(null), '–');
  assert.equal(money('much'), 'much');
});

test('a duration has its two largest units', () => {
  assert.equal(duration(0), '0 s');
  assert.equal(duration(42.9), '42 s');
  assert.equal(duration(130), '2 m 10 s');
  assert.equal(duration(3600), '1 h');
  assert.equal(duration(90_061), '1 d 1 h');
  assert.equal(duration(null), '–');
});

test('an age has one unit and does not flicker at its beginning', () => {
  const now = Date.parse('2026-01-02T10:00:00Z');
  assert.equal(ago('2026-01-02T09:59:58Z', now), 'just now');
  assert.equal(ago('2026-01-02T09:57:50Z', now), '2 m ago');
  assert.equal(ago('nothing', now), '–');
});

test('times are shown in the zone that is asked for, the date only where it is another day', () => {
  const now = Date.parse('2026-01-02T10:00:00Z');
  assert.equal(dateTime('2026-01-02T09:08:07Z', 'utc'), '2026-01-02 09:08:07');
  assert.equal(shortTime('2026-01-02T09:08:07Z', 'utc', now), '09:08:07');
  assert.equal(shortTime('2026-01-01T09:08:07Z', 'utc', now), '2026-01-01 09:08');
  assert.equal(dateTime('never', 'utc'), 'never');
});

test('instants within a sentence are shown as times are', () => {
  assert.equal(readable('edited at 2026-01-02T09:08:07.123456Z, seen 2026-01-02T10:08:07+01:00', 'utc'), 'edited at 2026-01-02 09:08:07, seen 2026-01-02 09:08:07');
  assert.equal(readable('total 49.69', 'utc'), 'total 49.69');
});

test('counts, shares and milliseconds read well at their edges', () => {
  assert.equal(count(1284), '1,284');
  assert.equal(counted(1, 'order'), '1 order');
  assert.equal(counted(2, 'entry', 'entries'), '2 entries');
  assert.equal(percent(1, 1000), '< 1 %');
  assert.equal(percent(999, 1000), '99 %');
  assert.equal(percent(5, 0), '0 %');
  assert.equal(milliseconds(410), '410 ms');
  assert.equal(milliseconds(1500), '1.5 s');
  assert.equal(words('shippingFee_total'), 'Shipping fee total');
});
