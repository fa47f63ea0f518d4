import { app } from '../app.js';
import { dateTime } from '../core/format.js';
import { confirmDialog } from './confirm-dialog.js';
import { cancelButton, field, openDialog, setFault, submitButton } from './dialog.js';
import { fill, h } from './dom.js';
import { icon } from './icons.js';
import { panel } from './order-panels.js';
import { payloadText } from './payload.js';
import { errorText } from './states.js';
import { toast, toastError } from './toast.js';

/** @typedef {import('./view.js').View} View */
/** @typedef {{ name: string, role: string, disabled: boolean, createdAt: string, lastSignInAt: string | null }} User */
/** @typedef {{ id: string, name: string, role: string, createdBy: string, expiresAt: string | null, lastUsedAt: string | null }} Token */

const roles = ['viewer', 'operator', 'admin'];

/**
 * Who may come in: people with passwords, machines with tokens. For admins.
 * @param {View} view
 */
export function accessPanels(view) {
  const users = h('div');
  const tokens = h('div');
  const showUsers = () => view.load(users, (signal) => app.api.get('/api/users', { signal }), (/** @type {User[]} */ list) => drawUsers(users, list, showUsers));
  const showTokens = () => view.load(tokens, (signal) => app.api.get('/api/tokens', { signal }), (/** @type {Token[]} */ list) => drawTokens(tokens, list, showTokens));
  void showUsers();
  void showTokens();
  return [
    panel('Users', users, h('button', { class: 'button small', type: 'button', onclick: () => addUser(showUsers) }, icon('plus'), 'Add user')),
    panel('API tokens', tokens, h('button', { class: 'button small', type: 'button', onclick: () => addToken(showTokens) }, icon('plus'), 'Make token')),
  ];
}

/** @param {string} selected */
function roleSelect(selected) {
  const select = h('select', { class: 'select' }, roles.map((role) => h('option', { value: role }, role)));
  select.value = selected;
  return select;
}

/** @param {string} caption @param {string[]} head @param {Node[]} rows */
function table(caption, head, rows) {
  return h('div', { class: 'table-wrap' }, h('table', { class: 'table' }, h('caption', { class: 'visually-hidden' }, caption),
    h('thead', null, h('tr', null, head.map((label) => h('th', { scope: 'col' }, label || h('span', { class: 'visually-hidden' }, 'Actions'))))), h('tbody', null, rows)));
}

/** @param {Element} target @param {User[]} users @param {() => Promise<void>} refresh */
function drawUsers(target, users, refresh) {
  const change = async (/** @type {User} */ user, /** @type {Record<string, any>} */ body) => {
    try {
      await app.api.send('PATCH', `/api/users/${encodeURIComponent(user.name)}`, { body });
      toast(`${user.name} is changed; their sessions have ended.`, { tone: 'delivered' });
    } catch (error) {
      toastError(error);
    }
    await refresh();
  };
  fill(target, table('Users', ['Name', 'Role', 'Last sign-in', ''], users.map((user) => {
    const role = roleSelect(user.role);
    role.setAttribute('aria-label', `Role of ${user.name}`);
    role.addEventListener('change', () => void change(user, { role: role.value }));
    return h('tr', null, h('td', null, user.name, user.disabled && h('div', { class: 'meta danger-text' }, 'disabled')), h('td', null, role), h('td', { class: 'nowrap' }, dateTime(user.lastSignInAt, app.timeZone)),
      h('td', null, h('div', { class: 'actions' }, h('button', { class: 'button small', type: 'button', onclick: () => void change(user, { disabled: !user.disabled }) }, user.disabled ? 'Enable' : 'Disable'))));
  })));
}

/** @param {() => Promise<void>} refresh */
function addUser(refresh) {
  const name = h('input', { class: 'input', type: 'text', maxlength: 64, autocomplete: 'off' });
  const password = h('input', { class: 'input', type: 'password', autocomplete: 'new-password' });
  const role = roleSelect('operator');
  const dialog = openDialog({
    title: 'Add user',
    body: [field('Name', name), field('Role', role, { hint: 'Viewers look, operators change orders and queues, admins also manage users.' }), field('Password', password, { hint: 'At least 10 characters.' })],
    footer: [cancelButton(), submitButton('Add user')],
    submit: async () => {
      try {
        await app.api.post('/api/users', { name: name.value.trim(), role: role.value, password: password.value });
        dialog.close();
        await refresh();
      } catch (error) {
        setFault(name, errorText(error));
      }
    },
  });
}

/** @param {Element} target @param {Token[]} tokens @param {() => Promise<void>} refresh */
function drawTokens(target, tokens, refresh) {
  if (tokens.length === 0) return fill(target, h('p', { class: 'body-text muted' }, 'No machine has a token.'));
  fill(target, table('API tokens', ['Name', 'Role', 'Expires', 'Last used', ''], tokens.map((token) => h('tr', null,
    h('td', null, token.name, h('div', { class: 'meta' }, `by ${token.createdBy}`)), h('td', null, token.role), h('td', { class: 'nowrap' }, token.expiresAt ? dateTime(token.expiresAt, app.timeZone) : 'never'), h('td', { class: 'nowrap' }, dateTime(token.lastUsedAt, app.timeZone)),
    h('td', null, h('div', { class: 'actions' }, h('button', { class: 'button small', type: 'button', onclick: () => confirmDialog({
      title: `Revoke ${token.name}?`, body: h('p', null, 'What uses it is refused from now on.'), verb: 'Revoke', rows: 1, dangerous: true,
      confirmed: async () => {
        await app.api.send('DELETE', `/api/tokens/${token.id}`);
        await refresh();
      },
    }) }, 'Revoke')))))));
}

/** @param {() => Promise<void>} refresh */
function addToken(refresh) {
  const name = h('input', { class: 'input', type: 'text', maxlength: 64 });
  const role = roleSelect('viewer');
  const days = h('input', { class: 'input', type: 'number', min: 1, max: 3650, placeholder: 'never' });
  const dialog = openDialog({
    title: 'Make token',
    body: [field('Name', name, { hint: 'What uses it.' }), field('Role', role), field('Expires after days', days)],
    footer: [cancelButton(), submitButton('Make token')],
    submit: async () => {
      try {
        const { secret } = await app.api.post('/api/tokens', { name: name.value.trim(), role: role.value, ...(days.value ? { expiresInDays: Number(days.value) } : {}) });
        dialog.close();
        openDialog({ title: 'The token', body: [h('p', null, 'It is shown this once. Send it as “Authorization: Bearer …”.'), payloadText(secret, 'Token')], footer: cancelButton('Close') });
        await refresh();
      } catch (error) {
        setFault(name, errorText(error));
      }
    },
  });
}
