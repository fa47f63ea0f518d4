/**
 * What every view needs: one of each, made once.
 */

import { Api } from './core/api.js';
import { HotkeyMatcher } from './core/hotkeys.js';
import { PreferenceStore } from './core/preferences.js';
import { OrderStore } from './core/store.js';
import { SyncClient } from './core/sync-client.js';

/** @typedef {import('./core/types.js').Session} Session */
/** @typedef {import('./core/types.js').Role} Role */

const ranks = /** @type {const} */ ({ viewer: 0, operator: 1, admin: 2 });

class App {
  api = new Api(window.fetch.bind(window));
  orders = new OrderStore();
  sync = new SyncClient('/sync');
  preferences = new PreferenceStore(window.localStorage);
  hotkeys = new HotkeyMatcher();
  /** @type {Session | null} */
  session = null;
  /**
   * Goes to a place of the console. Set by main.js.
   * @type {(target: string, options?: { replace?: boolean }) => void}
   */
  go = () => {};
  /**
   * Says something to those who listen instead of looking. Set by the frame.
   * @type {(sentence: string) => void}
   */
  say = () => {};

  get timeZone() {
    return this.preferences.current.timeZone;
  }

  /**
   * Whether the signed-in person may do what a role allows; the server asks again.
   * @param {Role} role
   */
  may(role) {
    return this.session !== null && ranks[this.session.user.role] >= ranks[role];
  }
}

export const app = new App();
