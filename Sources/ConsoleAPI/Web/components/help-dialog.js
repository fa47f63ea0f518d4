import { app } from '../app.js';
import { bindings, gridKeys } from '../core/hotkeys.js';
import { cancelButton, openDialog } from './dialog.js';
import { h } from './dom.js';

/** Every key there is. */
export function openHelp() {
  if (document.querySelector('dialog[open]:not(.drawer)')) return;
  const groups = [...new Set(bindings.map(({ group }) => group))];
  const letters = app.preferences.current.letterKeys ? null : h('p', { class: 'muted' }, 'Single letters are turned off in the settings.');
  openDialog({
    title: 'Keys',
    wide: true,
    body: [letters, h('div', { class: 'keys' },
      groups.map((group) => section(group, bindings.filter((binding) => binding.group === group).map((binding) => [app.hotkeys.keysOf(binding), binding.label]))),
      section('In the orders grid', gridKeys))],
    footer: cancelButton('Close'),
  });
}

/** @param {string} title @param {readonly (readonly string[])[]} lines */
function section(title, lines) {
  return h('section', null, h('h3', null, title), h('ul', null, lines.map(([keys, label]) => h('li', null, h('span', null, label), h('span', { class: 'nowrap' }, keys.split(' ').map((key) => [h('kbd', null, key.replace('Mod+k', 'Ctrl/⌘ K')), ' ']).flat())))));
}
