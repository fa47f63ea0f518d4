import { app } from '../app.js';
import { isAbort, latest } from '../core/api.js';
import { fuzzyScore } from '../core/fuzzy.js';
import { bindings } from '../core/hotkeys.js';
import { fill, h } from './dom.js';
import { icon } from './icons.js';
import { orderName } from './order-columns.js';
import { statusLook } from './status-badge.js';

/** @typedef {{ label: string, side: string, icon: import('./icons.js').IconName, run: () => void }} Command */
/** @typedef {import('../core/types.js').OrderPage} OrderPage */

const mostOrders = 6;
const typingPauseMilliseconds = 150;

/**
 * Everything by its name: pages, what can be switched, and orders found on the server.
 * @param {{ theme: () => void, pause: () => void, help: () => void }} actions @param {string} typed  What it begins with.
 */
export function openPalette(actions, typed) {
  if (document.querySelector('dialog[open]:not(.drawer)')) return;
  /** @type {Command[]} */
  const fixed = [
    ...bindings.filter(({ action }) => action.startsWith('go:')).map(({ action, label, keys }) => /** @type {Command} */ ({ label, side: keys, icon: 'arrow', run: () => app.go(action.slice(3)) })),
    { label: 'Go to audit', side: '', icon: 'arrow', run: () => app.go('/audit') },
    { label: 'Orders that need attention', side: '', icon: 'warning', run: () => app.go('/orders?attention=true') },
    { label: 'Requeue dead letters', side: '', icon: 'cycle', run: () => app.go('/dead-letters') },
    { label: 'Toggle theme', side: 't', icon: 'sun', run: actions.theme },
    { label: 'Pause or resume live updates', side: 'p', icon: 'pause', run: actions.pause },
    { label: 'Keyboard help', side: '?', icon: 'keyboard', run: actions.help },
  ];
  /** @type {Command[]} */
  let shown = [];
  /** @type {Command[]} */
  let orders = [];
  let chosen = 0;
  let timer = 0;
  const input = h('input', { type: 'text', role: 'combobox', 'aria-expanded': 'true', 'aria-controls': 'palette-results', 'aria-autocomplete': 'list', 'aria-label': 'Command or order', placeholder: 'Page, action, order number, customer…', autocomplete: 'off', spellcheck: 'false' });
  const results = h('div', { class: 'results', id: 'palette-results', role: 'listbox', 'aria-label': 'Results' });
  const dialog = h('dialog', { class: 'palette', 'aria-label': 'Command palette' }, h('div', { class: 'query' }, icon('search'), input), results);

  const draw = () => {
    const typed = input.value.trim();
    const scored = fixed.map((command) => ({ command, score: fuzzyScore(typed, command.label) })).filter(({ score }) => score !== null);
    if (typed) scored.sort((left, right) => Number(right.score) - Number(left.score));
    const commands = scored.slice(0, typed ? 6 : fixed.length).map(({ command }) => command);
    // Who types a customer's name and Enter must not run a command whose letters happen to be those.
    const isNamed = (/** @type {Command} */ { label }) => ` ${label.toLowerCase()}`.includes(` ${typed.toLowerCase()}`);
    /** @type {Command} */
    const searchAll = { label: `Search orders for “${typed}”`, side: '', icon: 'search', run: () => app.go(`/orders?${new URLSearchParams({ q: typed })}`) };
    shown = typed ? [...commands.filter(isNamed), ...orders, searchAll, ...commands.filter((command) => !isNamed(command))] : commands;
    chosen = Math.min(chosen, Math.max(0, shown.length - 1));
    fill(results, shown.map((command, at) => h('div', { role: 'option', id: `palette-${at}`, 'aria-selected': String(at === chosen), onclick: () => run(command) }, icon(command.icon), h('span', { class: 'truncate' }, command.label), h('span', { class: 'side' }, command.side))));
    input.setAttribute('aria-activedescendant', `palette-${chosen}`);
    results.children[chosen]?.scrollIntoView({ block: 'nearest' });
  };
  const find = latest(async (signal, /** @type {string} */ q) => /** @type {Promise<OrderPage>} */ (app.api.get('/api/orders', { query: { q, limit: mostOrders }, signal })));
  const search = async () => {
    const q = input.value.trim();
    try {
      const page = q.length < 2 ? null : await find(q);
      orders = (page?.data ?? []).map((order) => ({ label: `${orderName(order)} ${order.customerName ?? ''}`, side: statusLook(order.orderStatus).label, icon: 'parcel', run: () => app.go(`/orders/${order.id}`) }));
      draw();
    } catch (error) {
      if (isAbort(error)) return;
      orders = [];
      draw();
    }
  };
  /** @param {Command} command */
  const run = (command) => {
    dialog.close();
    command.run();
  };

  const changed = () => {
    chosen = 0;
    orders = [];
    draw();
    window.clearTimeout(timer);
    timer = window.setTimeout(() => void search(), typingPauseMilliseconds);
  };
  input.addEventListener('input', changed);
  input.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowDown') chosen = (chosen + 1) % shown.length;
    else if (event.key === 'ArrowUp') chosen = (chosen + shown.length - 1) % shown.length;
    else if (event.key === 'Enter' && shown[chosen]) return run(shown[chosen]);
    else return;
    event.preventDefault();
    draw();
  });
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close();
  });
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  input.value = typed;
  changed();
  input.focus();
}
