import { app } from '../app.js';
import { h } from './dom.js';
import { toast } from './toast.js';

/**
 * Lets the browser fetch and save a file while the page stays.
 * @param {string} address @param {string} [name]  Where the server does not give one.
 */
export function download(address, name) {
  const link = h('a', { href: address, download: name ?? true });
  document.body.append(link);
  link.click();
  link.remove();
  app.say('The download has started');
  toast('The download has started; your browser shows how far it is.');
}
