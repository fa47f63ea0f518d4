import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PagedRows, pageSize, pagesFor, totalAfter } from '../../../Sources/ConsoleAPI/Web/core/paged-rows.js';
import { Selection } from '../../../Sources/ConsoleAPI/Web/core/selection.js';
import { isNewer, LruMap, OrderStore } from '../../../Sources/ConsoleAPI/Web/core/store.js';
import { maxSpacerPixels, Viewport } from '../../../Sources/ConsoleAPI/Web/core/viewport.js';

const order = (id, version = 1, updatedAt = '2026-01-01T00:00:00Z') => ({ id, version, updatedAt });

/** A server of `total` rows that answers when it is told to. */
function server(total) {
  const asked = [];
  const load = (request) => new Promise((resolve, reject) => {
    const first = request.cursor === null ? request.offset : Number(request.cursor);
    const data = Array.from({ length: Math.max(0, Math.min(request.limit, total - first)) }, (_, at) => order(`o${first + at}`));
    const next = first + data.length;
    asked.push({ ...request, answer: () => resolve({ data, nextCursor: next < total ? String(next) : null, total: request.cursor === null ? total : null, totalIsExact: true }), fail: reject });
    request.signal.addEventListener('abort', () => reject(new DOMException('cancelled', 'AbortError')));
  });
  return { asked, load };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test('the next page is asked for by the cursor of the one before', async () => {
  const { asked, load } = server(1_000);
  const rows = new PagedRows(load, () => {}, () => {});
  rows.reset(0, 30);
  asked[0].answer();
  await settled();
  assert.equal(rows.total, 1_000);
  assert.equal(rows.idAt(199), 'o199');
  rows.want(170, 210);
  assert.deepEqual([asked[1].cursor, asked[1].offset], ['200', 0]);
  asked[1].answer();
  await settled();
  assert.equal(rows.idAt(205), 'o205');
});

test('a jump asks by position, and leaving cancels what was asked', async () => {
  const { asked, load } = server(100_000);
  const rows = new PagedRows(load, () => {}, () => {});
  rows.reset(0, 30);
  asked[0].answer();
  await settled();
  rows.want(50_100, 50_130);
  assert.deepEqual([asked[1].cursor, asked[1].offset], [null, 50_000]);
  rows.want(0, 30);
  assert.ok(asked[1].signal.aborted);
  await settled();
  assert.equal(rows.failure, null);
});

test('a failure is kept, is not repeated by scrolling, and is tried again on demand', async () => {
  const { asked, load } = server(10);
  const rows = new PagedRows(load, () => {}, () => {});
  rows.reset(0, 10);
  asked[0].fail(new Error('away'));
  await settled();
  assert.ok(rows.failure);
  rows.want(0, 10);
  assert.equal(asked.length, 1);
  rows.retry(0, 10);
  asked[1].answer();
  await settled();
  assert.equal(rows.failure, null);
  assert.equal(rows.idAt(9), 'o9');
  assert.equal(rows.idAt(10), undefined);
});

test('the total follows the rows where they know better than the count', () => {
  const page = (rows, nextCursor, total, totalIsExact = true) => ({ data: new Array(rows).fill({}), nextCursor, total, totalIsExact });
  assert.deepEqual(totalAfter(0, page(41, null, 50), { total: 0, totalIsExact: true }), { total: 41, totalIsExact: true });
  assert.deepEqual(totalAfter(0, page(0, null, 0), { total: 9, totalIsExact: true }), { total: 0, totalIsExact: true });
  assert.deepEqual(totalAfter(0, page(120, null, 100, false), { total: 9, totalIsExact: true }), { total: 120, totalIsExact: true });
  assert.deepEqual(totalAfter(49, page(200, 'x', null), { total: 10_000, totalIsExact: false }), { total: 10_200, totalIsExact: false });
  assert.deepEqual(totalAfter(1, page(10, null, null), { total: 10_000, totalIsExact: false }), { total: 210, totalIsExact: true });
});

test('pages near the edge of the view are fetched early, never beyond the end', () => {
  assert.deepEqual(pagesFor(0, 30, 100_000), [0]);
  assert.deepEqual(pagesFor(140, 170, 100_000), [0, 1]);
  assert.deepEqual(pagesFor(pageSize * 3 + 5, pageSize * 3 + 30, 100_000).sort(), [2, 3]);
  assert.deepEqual(pagesFor(999_999, 999_999, 500), [2]);
});

test('an order is taken when it is newer and dropped when it is not', () => {
  const store = new OrderStore(2);
  assert.ok(store.accept(order('a', 2)));
  assert.ok(!store.accept(order('a', 1, '2027-01-01T00:00:00Z')));
  assert.ok(!store.accept(order('a', 2)));
  assert.ok(store.accept(order('a', 2, '2026-01-01T00:00:01Z')));
  store.accept(order('b'));
  store.get('a');
  store.accept(order('c'));
  assert.equal(store.get('a'), undefined);
  assert.equal(store.size, 2);
  assert.ok(isNewer(order('a', 3), order('a', 2, '2027-01-01T00:00:00Z')));
});

test('a map forgets what was used longest ago', () => {
  const map = new LruMap(2);
  map.set('a', 1);
  map.set('b', 2);
  map.get('a');
  map.set('c', 3);
  assert.deepEqual([map.peek('a'), map.peek('b'), map.peek('c')], [1, undefined, 3]);
});

test('a selection is ids or everything, never both', () => {
  const selection = new Selection();
  assert.ok(selection.isEmpty);
  selection.toggle('a');
  selection.add(['b', 'c']);
  assert.equal(selection.size(100), 3);
  selection.selectEverything();
  assert.ok(selection.has('z'));
  assert.equal(selection.size(100), 100);
  selection.toggle('z');
  assert.deepEqual([...selection.ids], ['z']);
  selection.clear();
  assert.ok(selection.isEmpty);
});

test('a viewport draws what is visible and a little more', () => {
  const viewport = Object.assign(new Viewport(), { rowHeight: 36, total: 100_000, height: 720 });
  assert.deepEqual(viewport.window(0, 6), { first: 0, last: 27, top: 0 });
  const { first, last, top } = viewport.window(36_000, 6);
  assert.deepEqual([first, last, top], [994, 1027, 35_784]);
  assert.deepEqual(viewport.visible(36_000), { first: 1000, last: 1020 });
});

test('the last row of a list longer than a browser can draw is reached', () => {
  const viewport = Object.assign(new Viewport(), { rowHeight: 36, total: 1_000_000, height: 720 });
  assert.equal(viewport.spacerHeight, maxSpacerPixels);
  const { last } = viewport.window(maxSpacerPixels - 720, 6);
  assert.equal(last, 1_000_000);
  const top = viewport.reveal(999_999, 0);
  assert.ok(Math.abs(top - (maxSpacerPixels - 720)) < 1);
});

test('revealing a row moves as little as can be', () => {
  const viewport = Object.assign(new Viewport(), { rowHeight: 36, total: 100, height: 360 });
  assert.equal(viewport.reveal(5, 0), 0);
  assert.equal(viewport.reveal(10, 0), 36);
  assert.equal(viewport.reveal(2, 360), 72);
});
