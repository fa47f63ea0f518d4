import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Announcer, quietMilliseconds } from '../../../Sources/ConsoleAPI/Web/core/announce.js';
import { fuzzyScore } from '../../../Sources/ConsoleAPI/Web/core/fuzzy.js';
import { bindings, HotkeyMatcher, sequenceMilliseconds } from '../../../Sources/ConsoleAPI/Web/core/hotkeys.js';

test('a letter is an action, and two letters in time are another', () => {
  const keys = new HotkeyMatcher();
  assert.equal(keys.press({ key: 'j' }, 0), 'next');
  assert.equal(keys.press({ key: 'g' }, 10), null);
  assert.equal(keys.press({ key: 'o' }, 20), 'go:/orders');
  assert.equal(keys.press({ key: 'g' }, 100), null);
  assert.equal(keys.press({ key: 'o' }, 101 + sequenceMilliseconds), 'open');
});

test('letters mean nothing in fields, in dialogs, with modifiers, or turned off', () => {
  const keys = new HotkeyMatcher();
  for (const where of [{ inField: true }, { inDialog: true }, { altKey: true }, { ctrlKey: true }]) assert.equal(keys.press({ key: 'j', ...where }, 0), null);
  keys.lettersEnabled = false;
  assert.equal(keys.press({ key: 'j' }, 0), null);
});

test('the palette opens from anywhere, by Ctrl and by ⌘', () => {
  const keys = new HotkeyMatcher();
  keys.lettersEnabled = false;
  assert.equal(keys.press({ key: 'k', ctrlKey: true, inField: true }, 0), 'palette');
  assert.equal(keys.press({ key: 'K', metaKey: true, inDialog: true }, 0), 'palette');
});

test('a remapped key replaces the built-in one', () => {
  const keys = new HotkeyMatcher();
  keys.remapped = { next: 'ArrowRight', theme: 'y' };
  assert.equal(keys.press({ key: 't' }, 0), null);
  assert.equal(keys.press({ key: 'y' }, 0), 'theme');
});

test('no two bindings share their keys', () => {
  assert.equal(new Set(bindings.map(({ keys }) => keys)).size, bindings.length);
});

test('one sentence at most in ten seconds, each order counted once', () => {
  const announcer = new Announcer();
  assert.equal(announcer.next(0), null);
  announcer.add('a', false);
  announcer.add('a', true);
  announcer.add('b', false);
  assert.equal(announcer.next(0), '2 orders updated, 1 failed');
  announcer.add('c', false);
  assert.equal(announcer.next(quietMilliseconds - 1), null);
  assert.equal(announcer.next(quietMilliseconds), '1 order updated');
});

test('typed letters find labels by their order', () => {
  assert.equal(fuzzyScore('xyz', 'Go to orders'), null);
  assert.ok(fuzzyScore('gto', 'Go to orders') !== null);
  assert.ok(Number(fuzzyScore('dead', 'Go to dead letters')) > Number(fuzzyScore('dead', 'Orders that need attention and date')));
});
