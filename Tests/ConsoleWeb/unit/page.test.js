import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Api, ApiError, isAbort, latest, target } from '../../../Sources/ConsoleAPI/Web/core/api.js';
import { defaultPreferences, parsePreferences, PreferenceStore } from '../../../Sources/ConsoleAPI/Web/core/preferences.js';
import { href, match } from '../../../Sources/ConsoleAPI/Web/core/router.js';
import { areaPath, linePath, stack, ticks } from '../../../Sources/ConsoleAPI/Web/core/scale.js';

const routes = [{ pattern: '/', view: 'overview' }, { pattern: '/orders', view: 'orders' }, { pattern: '/orders/:id', view: 'order' }];

test('a path finds its view and its parts', () => {
  assert.equal(match(routes, '/')?.view, 'overview');
  assert.deepEqual(match(routes, '/orders/a%20b/'), { view: 'order', parameters: { id: 'a b' } });
  assert.equal(match(routes, '/orders/1/2'), null);
  assert.equal(match(routes, '/orders/%E0%A4%A'), null);
  assert.equal(href('/orders', new URLSearchParams({ q: 'a b' })), '/orders?q=a+b');
  assert.equal(href('/orders', new URLSearchParams()), '/orders');
});

const answering = (status, text, headers = {}) => async () => new Response(text, { status, headers });

test('a refusal has the sentence, the code and the request id of the server', async () => {
  const api = new Api(answering(400, JSON.stringify({ error: 'Not a date.', code: 'invalid_input', requestId: 'r1', field: 'from' })));
  await assert.rejects(api.get('/api/orders'), (error) => {
    assert.ok(error instanceof ApiError);
    assert.deepEqual([error.status, error.code, error.message, error.requestId, error.field, error.isTransient], [400, 'invalid_input', 'Not a date.', 'r1', 'from', false]);
    return true;
  });
});

test('an answer that is no JSON is an error that still says something', async () => {
  const api = new Api(answering(502, '<html>', { 'X-Request-Id': 'r2' }));
  await assert.rejects(api.get('/x'), (error) => error.status === 502 && error.requestId === 'r2' && error.isTransient);
});

test('a server that is away is said to be away', async () => {
  const api = new Api(async () => { throw new TypeError('failed to fetch'); });
  await assert.rejects(api.get('/x'), (error) => error.status === 0 && error.code === 'unreachable');
});

test('an ended session is told once, every request carries our header, a body its type', async () => {
  let told = 0;
  let sent;
  const api = new Api(async (_, options) => {
    sent = options;
    return new Response('{}', { status: 401 });
  });
  api.onSignedOut = () => { told += 1; };
  await assert.rejects(api.post('/x', { a: 1 }));
  assert.equal(told, 1);
  assert.deepEqual(sent.headers, { Accept: 'application/json', 'X-Requested-With': 'console', 'Content-Type': 'application/json' });
  await assert.rejects(api.post('/x'));
  assert.equal(sent.body, undefined);
});

test('of several calls the latest one counts, the others are cancelled', async () => {
  const run = latest((signal, value) => new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(new DOMException('x', 'AbortError')));
    if (value === 2) resolve(value);
  }));
  const first = run(1);
  assert.equal(await run(2), 2);
  await assert.rejects(first, isAbort);
});

test('query values that say nothing are left out', () => {
  assert.equal(target('/x', { a: 'b c', b: '', c: null, d: false, e: 0 }), '/x?a=b+c&e=0');
  assert.equal(target('/x', new URLSearchParams('a=1&a=2')), '/x?a=1&a=2');
});

test('preferences survive whatever is found in the storage', () => {
  for (const text of [null, '', '{', '[]', 'null', '"x"', '{"theme":"pink","density":7,"columns":["drop"],"remappedKeys":{"a":1}}']) assert.deepEqual(parsePreferences(text), defaultPreferences(), String(text));
  assert.equal(parsePreferences('{"theme":"dark"}').theme, 'dark');
  assert.deepEqual(parsePreferences('{"columns":["updated","order","x"]}').columns, ['order', 'updated']);
});

test('a changed preference is kept and told', () => {
  const kept = new Map();
  const store = new PreferenceStore({ getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => void kept.set(key, value) });
  let told = 0;
  store.addEventListener('change', () => { told += 1; });
  store.change({ theme: 'dark' });
  assert.equal(told, 1);
  assert.equal(parsePreferences([...kept.values()][0]).theme, 'dark');
});

test('ticks are round and reach the largest value', () => {
  assert.deepEqual(ticks(287), [0, 100, 200, 300]);
  assert.deepEqual(ticks(0), [0, 1]);
  assert.ok(ticks(1).at(-1) >= 1);
  assert.ok(ticks(1_234_567).at(-1) >= 1_234_567);
});

test('lines have gaps, areas close, stacks add up', () => {
  assert.equal(linePath([{ x: 0, y: 1 }, null, { x: 2, y: 3 }, { x: 4, y: 5 }]), 'M0 1M2 3L4 5');
  assert.equal(areaPath([{ x: 0, y: 0 }, { x: 1, y: 0 }], [{ x: 0, y: 1 }, { x: 1, y: 1 }]), 'M0 0L1 0L1 1L0 1Z');
  assert.deepEqual(stack([[1, 2], [3, 4]]), [[{ lower: 0, upper: 1 }, { lower: 0, upper: 2 }], [{ lower: 1, upper: 4 }, { lower: 2, upper: 6 }]]);
});
