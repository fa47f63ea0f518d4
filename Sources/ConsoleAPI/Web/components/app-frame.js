import { app } from '../app.js';
import { ApiError } from '../core/api.js';
import { count, time } from '../core/format.js';
import { fill, h, setText } from './dom.js';
import { icon, paths } from './icons.js';
import { menu, menuItem } from './menu.js';
import { errorCard } from './states.js';
import { strip } from './strip.js';
import { toast, toasts } from './toast.js';

/** @typedef {import('../core/preferences.js').Theme} Theme */
/** @typedef {import('../core/sync-client.js').Pace} Pace */
/** @typedef {import('./view.js').View} View */

const overviewMilliseconds = 5_000;
const clockMilliseconds = 1_000;
/** A gap this short is no reason to alarm anybody. */
const patienceMilliseconds = 2_000;

/** @type {{ href: string, label: string, count?: string, tone?: string }[]} */
const places = [
  { href: '/', label: 'Overview' },
  { href: '/orders', label: 'Orders', count: 'attention', tone: 'failed' },
  { href: '/queues', label: 'Queues', count: 'paused', tone: 'pending' },
  { href: '/dead-letters', label: 'Dead letters', count: 'dead', tone: 'failed' },
  { href: '/unmapped', label: 'Unmapped', count: 'unmapped', tone: 'conflict' },
  { href: '/analytics', label: 'Analytics' },
  { href: '/bulk', label: 'Bulk' },
  { href: '/audit', label: 'Audit' },
];

/** @type {Record<string, string>} */
const countTitles = { attention: 'need a person', paused: 'paused', dead: 'given up on', unmapped: 'not mapped' };

/** @type {Record<Theme, [Theme, import('./icons.js').IconName, string]>} */
const themes = { system: ['light', 'system', 'System theme'], light: ['dark', 'sun', 'Light theme'], dark: ['system', 'moon', 'Dark theme'] };

/**
 * What stays while pages change: the top bar, the state of the feed, what is read out.
 */
export class AppFrame extends HTMLElement {
  #nav = strip(h('nav', { class: 'nav', 'aria-label': 'Pages' }));
  #main = h('main', { id: 'main', tabindex: -1 });
  #banner = h('div', { class: 'banner', 'data-tone': 'pending', role: 'status', hidden: true });
  #announcements = h('div', { class: 'visually-hidden', 'aria-live': 'polite' });
  #liveLabel = h('span', { class: 'label' }, 'Connecting');
  #live = h('button', { class: 'live', 'data-tone': 'pending' }, h('span', { class: 'dot' }), this.#liveLabel, icon('down'));
  #theme = h('button', { class: 'icon-button', type: 'button', onclick: () => this.nextTheme() }, icon('system'));
  #lostAt = 0;

  connectedCallback() {
    const { session } = app;
    this.append(
      h('a', { class: 'skip-link', href: '#main', onclick: (/** @type {Event} */ event) => {
        event.preventDefault();
        this.#main.focus();
      } }, 'Skip to the page'),
      h('header', { class: 'topbar' },
        h('a', { class: 'brand', href: '/' }, h('img', { src: '/icon.svg', alt: '', width: 22, height: 22 }), 'Orchestrator'),
        session && session.environment !== 'test' && h('span', { class: 'environment', 'data-kind': session.environment }, session.environment === 'production' ? 'Prod' : 'Dev'),
        this.#nav,
        h('div', { class: 'topbar-end' }, menu(this.#live, () => this.#liveItems()), this.#theme, this.#userMenu())),
      this.#banner, this.#main, this.#announcements, toasts);
    app.say = (sentence) => setText(this.#announcements, sentence);
    app.sync.addEventListener('state', () => this.#showLive());
    app.preferences.addEventListener('change', () => this.#showTheme());
    window.setInterval(() => this.#showLive(), clockMilliseconds);
    window.setInterval(() => {
      if (!document.hidden) void this.#fetchCounts();
    }, overviewMilliseconds);
    this.#drawNav({});
    this.#showTheme();
    this.#showLive();
    void this.#fetchCounts();
  }

  /** @param {View} view */
  show(view) {
    this.#main.className = view.localName === 'orders-view' ? 'full' : '';
    this.#main.replaceChildren(view);
  }

  /**
   * A page could not be fetched.
   * @param {() => void} retry
   */
  showFailure(retry) {
    fill(this.#main, errorCard(new ApiError(0, 'unreachable', 'This page could not be fetched from the server.'), retry));
  }

  /**
   * Marks the page that is shown.
   * @param {string} path
   */
  mark(path) {
    for (const link of this.#nav.querySelectorAll('a')) {
      const target = link.getAttribute('href') ?? '';
      const current = target === '/' ? path === '/' : path === target || path.startsWith(`${target}/`);
      if (current) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
    }
  }

  nextTheme() {
    app.preferences.change({ theme: themes[app.preferences.current.theme][0] });
    app.say(themes[app.preferences.current.theme][2]);
  }

  togglePause() {
    app.sync.setPace(app.sync.pace === 'live' ? 'paused' : 'live');
    app.say(app.sync.pace === 'live' ? 'Live updates resumed' : 'Live updates paused');
  }

  #showTheme() {
    const { theme } = app.preferences.current;
    const [, name, label] = themes[theme];
    this.#theme.querySelector('path')?.setAttribute('d', paths[name]);
    this.#theme.setAttribute('aria-label', `${label}; change`);
    this.#theme.title = `${label} (t)`;
  }

  async #fetchCounts() {
    try {
      const overview = await app.api.get('/api/overview');
      const paused = overview.queues.filter((/** @type {{ state: string }} */ queue) => queue.state === 'paused').length;
      this.#drawNav({ ...overview, paused });
    } catch {
      // The live state says that the server is away; the counts stay as they were.
    }
  }

  /** @param {Record<string, any>} counts */
  #drawNav(counts) {
    if (this.#nav.children.length === 0) {
      this.#nav.append(...places.map(({ href, label, count: name, tone }) => h('a', { href }, label, name && h('span', { class: 'count', 'data-tone': tone, 'data-count': name, hidden: true }))));
      this.mark(window.location.pathname);
    }
    for (const badge of this.#nav.querySelectorAll(/** @type {'span'} */ ('[data-count]'))) {
      const value = counts[badge.dataset.count ?? ''] ?? 0;
      badge.hidden = value === 0;
      setText(badge, count(value));
      badge.title = `${count(value)} ${countTitles[badge.dataset.count ?? '']}`;
    }
  }

  #showLive() {
    const { machine, pace, waiting } = app.sync;
    const lost = machine.state !== 'live';
    if (!lost) this.#lostAt = 0;
    else this.#lostAt ||= Date.now();
    const away = lost && Date.now() - this.#lostAt > patienceMilliseconds;
    const text = away ? 'Reconnecting' : pace === 'paused' ? `Paused${waiting > 0 ? ` · ${count(waiting)} waiting` : ''}` : pace === 'live' ? (lost ? 'Connecting' : 'Live') : `Every ${pace}`;
    setText(this.#liveLabel, text);
    this.#live.dataset.tone = away ? 'failed' : lost || pace === 'paused' ? 'pending' : 'delivered';
    this.#live.setAttribute('aria-label', `Live updates: ${text}`);
    this.#banner.hidden = !away;
    if (away) {
      const asOf = machine.heardAt === null ? 'no live data yet' : `showing data as of ${time(machine.heardAt, app.timeZone)}`;
      const sentence = `Reconnecting… ${asOf}.`;
      if (this.#banner.textContent !== sentence) fill(this.#banner, icon('cycle'), sentence);
    }
  }

  #liveItems() {
    const choices = /** @type {[Pace, string][]} */ ([['live', 'Live'], ['5 s', 'Every 5 seconds'], ['30 s', 'Every 30 seconds'], ['paused', 'Paused']]);
    return [
      h('p', { class: 'menu-title' }, 'Show changes'),
      ...choices.map(([pace, label]) => menuItem([app.sync.pace === pace ? icon('check') : h('span', { class: 'icon' }), label, pace === 'paused' && h('kbd', { class: 'push' }, 'p')], () => app.sync.setPace(pace))),
    ];
  }

  #userMenu() {
    const name = app.session?.user.name ?? '';
    const button = h('button', { class: 'live user', 'aria-label': `Signed in as ${name}` }, h('span', { class: 'avatar', 'aria-hidden': 'true' }, name.slice(0, 2)), h('span', { class: 'label' }, name), icon('down'));
    return menu(button, () => [
      h('p', { class: 'menu-title' }, `${name} · ${app.session?.user.role ?? ''}`),
      h('a', { class: 'menu-item', href: '/settings', 'data-closes': true }, icon('gear'), 'Settings'),
      menuItem([icon('keyboard'), 'Keys', h('kbd', { class: 'push' }, '?')], () => this.dispatchEvent(new CustomEvent('help'))),
      h('hr'),
      menuItem([icon('out'), 'Sign out'], () => void this.#signOut()),
    ]);
  }

  async #signOut() {
    try {
      await app.api.send('DELETE', '/api/session');
      window.location.assign('/login');
    } catch {
      toast('Signing out failed; the server cannot be reached.', { tone: 'failed' });
    }
  }
}

customElements.define('app-frame', AppFrame);
