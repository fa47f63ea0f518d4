import { app } from '../app.js';
import { bindings } from '../core/hotkeys.js';
import { field, setFault } from '../components/dialog.js';
import { fill, h } from '../components/dom.js';
import { icon } from '../components/icons.js';
import { panel } from '../components/order-panels.js';
import { errorText } from '../components/states.js';
import { toast, toastError } from '../components/toast.js';
import { accessPanels } from '../components/access-panels.js';
import { View } from '../components/view.js';

const shortestPassword = 10;

/** What one person likes, their password, and for admins who may come in. */
export class SettingsView extends View {
  #looks = h('div', { class: 'body tight' });
  #keys = h('div', { class: 'body tight' });

  get heading() {
    return 'Settings';
  }

  opened() {
    this.append(h('div', { class: 'page-head' }, h('h1', { tabindex: -1 }, 'Settings')),
      h('div', { class: 'settings' }, panel('Appearance', this.#looks), panel('Keys', this.#keys), app.session?.user.kind === 'user' && passwordPanel(), app.may('admin') && accessPanels(this)));
    app.preferences.addEventListener('change', () => this.#draw(), { signal: this.signal });
    this.#draw();
  }

  #draw() {
    const { theme, density, timeZone, tableView, letterKeys } = app.preferences.current;
    const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.setting : undefined;
    fill(this.#looks,
      setting('Theme', 'System follows the device.', segments('theme', theme, [['system', 'System'], ['light', 'Light'], ['dark', 'Dark']], (value) => app.preferences.change({ theme: /** @type {any} */ (value) }))),
      setting('Density', 'How high rows are.', segments('density', density, [['comfortable', 'Comfortable'], ['default', 'Default'], ['compact', 'Compact']], (value) => app.preferences.change({ density: /** @type {any} */ (value) }))),
      setting('Time zone', 'How times are shown.', segments('timeZone', timeZone, [['utc', 'UTC'], ['local', 'Local']], (value) => app.preferences.change({ timeZone: /** @type {any} */ (value) }))),
      setting('Orders as a plain table', '50 a page instead of one long grid; better with some screen readers.', toggle('tableView', 'Orders as a plain table', tableView, (on) => app.preferences.change({ tableView: on }))));
    fill(this.#keys, setting('Single-letter keys', 'Off leaves Ctrl/⌘ K and the keys of the grid.', toggle('letterKeys', 'Single-letter keys', letterKeys, (on) => app.preferences.change({ letterKeys: on }))),
      bindings.filter(({ chord }) => !chord).map((binding) => setting(binding.label, null, keyInput(binding))));
    if (focused) this.querySelector(/** @type {'button'} */ (`[data-setting="${CSS.escape(focused)}"]`))?.focus();
  }
}

/** @param {string} label @param {string | null} hint @param {Node} control */
function setting(label, hint, control) {
  return h('div', { class: 'setting padded-x' }, h('div', null, h('div', null, label), hint && h('div', { class: 'meta' }, hint)), control);
}

/** @param {string} name @param {string} current @param {[string, string][]} choices @param {(value: string) => void} choose */
function segments(name, current, choices, choose) {
  return h('div', { class: 'segments', role: 'group', 'aria-label': name }, choices.map(([value, label]) => h('button', { type: 'button', 'data-setting': `${name}-${value}`, 'aria-pressed': String(value === current), onclick: () => choose(value) }, label)));
}

/** @param {string} name @param {string} label @param {boolean} on @param {(on: boolean) => void} change */
function toggle(name, label, on, change) {
  const box = h('input', { type: 'checkbox', 'data-setting': name, 'aria-label': label, onchange: () => change(box.checked) });
  box.checked = on;
  return box;
}

/** @param {import('../core/hotkeys.js').Binding} binding */
function keyInput(binding) {
  const input = h('input', { class: 'input key', type: 'text', maxlength: 3, 'aria-label': `Key for ${binding.label}`, value: app.hotkeys.keysOf(binding), 'data-setting': `key-${binding.action}` });
  input.addEventListener('change', () => {
    const keys = input.value.trim();
    const taken = bindings.find((other) => other !== binding && app.hotkeys.keysOf(other) === keys);
    if (!/^\S( \S)?$/.test(keys) || taken) {
      toast(taken ? `“${keys}” is the key for: ${taken.label}.` : 'One key, or two with a space between.', { tone: 'failed' });
      input.value = app.hotkeys.keysOf(binding);
      return;
    }
    const remappedKeys = { ...app.preferences.current.remappedKeys, [binding.action]: keys };
    if (keys === binding.keys) delete remappedKeys[binding.action];
    app.preferences.change({ remappedKeys });
  });
  return input;
}

function passwordPanel() {
  const current = h('input', { class: 'input', type: 'password', autocomplete: 'current-password' });
  const fresh = h('input', { class: 'input', type: 'password', autocomplete: 'new-password' });
  const form = h('form', { class: 'stack', novalidate: true }, h('div', { class: 'pair' }, field('Current password', current), field('New password', fresh, { hint: `At least ${shortestPassword} characters. Your other sessions end.` })),
    h('div', null, h('button', { class: 'button', type: 'submit' }, 'Change password')));
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    setFault(current, '');
    setFault(fresh, fresh.value.length < shortestPassword ? `At least ${shortestPassword} characters.` : '');
    if (fresh.value.length < shortestPassword) return;
    try {
      await app.api.send('PUT', '/api/session/password', { body: { current: current.value, new: fresh.value } });
      form.reset();
      toast('The password is changed.', { tone: 'delivered' });
    } catch (error) {
      setFault(current, errorText(error));
    }
  });
  const everywhere = h('button', { class: 'button small', type: 'button', onclick: async () => {
    try {
      await app.api.send('DELETE', '/api/session', { query: { everywhere: true } });
      window.location.assign('/login');
    } catch (error) {
      toastError(error, 'Signing out failed');
    }
  } }, icon('out'), 'Sign out everywhere');
  return panel('Password', h('div', { class: 'body' }, form), everywhere);
}

customElements.define('settings-view', SettingsView);
