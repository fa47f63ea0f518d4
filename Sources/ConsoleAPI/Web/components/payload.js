import { h } from './dom.js';
import { icon } from './icons.js';
import { toast } from './toast.js';

/**
 * Text as it is, to be read, selected and copied.
 * @param {string} text @param {string} label
 */
export function payloadText(text, label) {
  return h('pre', { class: 'payload', tabindex: 0, role: 'region', 'aria-label': label }, text);
}

/**
 * Copies text; on plain HTTP, where the clipboard is closed to pages, it selects it instead.
 * @param {() => HTMLElement | null} source
 */
export function copyButton(source) {
  return h('button', { class: 'button quiet small', type: 'button', onclick: async () => {
    const element = source();
    if (!element) return;
    try {
      await navigator.clipboard.writeText(element.textContent ?? '');
      toast('Copied.');
    } catch {
      window.getSelection()?.selectAllChildren(element);
      toast('The text is selected; copy it with your keyboard.');
    }
  } }, icon('list'), 'Copy');
}
