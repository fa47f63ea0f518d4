import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const root = normalize(join(dirname(fileURLToPath(import.meta.url)), '../../../Sources/ConsoleAPI/Web'));
const read = (name) => readFileSync(join(root, name), 'utf8');
const files = readdirSync(root, { recursive: true }).map(String).filter((name) => /\.(js|css|html)$/.test(name));
const scripts = files.filter((name) => name.endsWith('.js'));

/** What a module imports itself. */
function imports(name) {
  return [...read(name).matchAll(/^(?:import|export) [^'\n]*'(\.[^']+)'/gm)].map(([, target]) => normalize(join(dirname(name), target)));
}

/** Everything a module imports before it runs, itself included. */
function closure(name, found = new Set()) {
  if (found.has(name)) return found;
  found.add(name);
  for (const target of imports(name)) closure(target, found);
  return found;
}

/** As the console serves it: the lines of comments are blank, and nothing is indented. */
function served(text) {
  return text.replace(/^[ \t]*(?:\/\*[\s\S]*?\*\/|\/\/.*)$/gm, (comment) => comment.replace(/[^\n]/g, '')).replace(/^[ \t]+/gm, '');
}

test('no line of a text looks like a comment, because those are not served', () => {
  for (const name of scripts) {
    for (const [text] of read(name).matchAll(/`(?:[^`\\]|\\.)*`/g)) assert.ok(!text.includes('\n'), `${name} has a template of several lines`);
  }
});

test('the page preloads exactly what its first modules import, so that nothing waits for the depth of the tree', () => {
  const preloaded = [...read('index.html').matchAll(/rel="modulepreload" href="\/([^"]+)"/g)].map(([, name]) => name);
  const first = ['start.js', 'main.js'];
  assert.deepEqual(preloaded.sort(), [...closure('start.js', closure('main.js'))].filter((name) => !first.includes(name)).sort());
  assert.ok(closure('start.js').size <= 3, 'what begins the first view waits for hardly anything');
});

test('no module imports itself by way of others', () => {
  for (const name of scripts) {
    for (const target of imports(name)) assert.ok(!closure(target).has(name), `${name} and ${target} import each other`);
  }
});

test('no page needs more than its budget of compressed code and styles before it can be used', () => {
  const compressed = (names) => [...names].reduce((sum, name) => sum + gzipSync(served(read(name)), { level: 9 }).length, 0);
  const styles = files.filter((name) => name.endsWith('.css'));
  const views = scripts.filter((name) => name.startsWith('views/'));
  const largest = Math.max(...views.map((view) => compressed(closure(view, closure('main.js')))));
  assert.ok(largest + compressed(styles) < 50_000, `${largest + compressed(styles)} bytes`);
});

test('base names are unique, so that a log or a stack names one file', () => {
  const names = files.map((name) => name.split('/').at(-1));
  assert.equal(new Set(names).size, names.length);
});

test('nothing is parsed as HTML, styled by markup, evaluated or fetched from elsewhere', () => {
  for (const name of files) {
    const text = read(name);
    assert.doesNotMatch(text, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function/, name);
    assert.doesNotMatch(text, /setAttribute\('style'|\sstyle="|\son[a-z]+="/, name);
    assert.doesNotMatch(text.replace('http://www.w3.org/2000/svg', ''), /https?:\/\//, name);
  }
});
