/**
 * Starts the console: asks who is signed in, draws the frame, and shows the view of every place.
 */

import { app } from './app.js';
import { ApiError } from './core/api.js';
import { Router } from './core/router.js';
import { AppFrame } from './components/app-frame.js';
import { openPalette } from './components/command-palette.js';
import { custom, fill } from './components/dom.js';
import { openHelp } from './components/help-dialog.js';
import { closeDrawer, drawerHotkey } from './components/order-drawer.js';
import { errorCard } from './components/states.js';
import { AnalyticsView } from './views/analytics.js';
import { AuditView } from './views/audit.js';
import { BulkView } from './views/bulk.js';
import { DeadLetterView } from './views/dead-letter.js';
import { DeadLettersView } from './views/dead-letters.js';
import { LoginView } from './views/login.js';
import { NotFoundView } from './views/not-found.js';
import { OrderView } from './views/order.js';
import { OrdersView } from './views/orders.js';
import { OverviewView } from './views/overview.js';
import { QueueView } from './views/queue.js';
import { QueuesView } from './views/queues.js';
import { SettingsView } from './views/settings.js';
import { UnmappedView } from './views/unmapped.js';

/** @typedef {import('./components/view.js').View} View */
/** @typedef {new () => View} ViewType */

/** @type {import('./core/router.js').Route<ViewType>[]} */
const routes = [
  { pattern: '/', view: OverviewView },
  { pattern: '/orders', view: OrdersView },
  { pattern: '/orders/:id', view: OrderView },
  { pattern: '/queues', view: QueuesView },
  { pattern: '/queues/:name', view: QueueView },
  { pattern: '/dead-letters', view: DeadLettersView },
  { pattern: '/dead-letters/:id', view: DeadLetterView },
  { pattern: '/unmapped', view: UnmappedView },
  { pattern: '/analytics', view: AnalyticsView },
  { pattern: '/bulk', view: BulkView },
  { pattern: '/audit', view: AuditView },
  { pattern: '/settings', view: SettingsView },
];

function applyPreferences() {
  const { theme, density, letterKeys, remappedKeys } = app.preferences.current;
  const { dataset } = document.documentElement;
  if (theme === 'system') delete dataset.theme;
  else dataset.theme = theme;
  dataset.density = density;
  app.hotkeys.lettersEnabled = letterKeys;
  app.hotkeys.remapped = remappedKeys;
}

async function start() {
  applyPreferences();
  app.preferences.addEventListener('change', applyPreferences);
  try {
    app.session = await app.api.get('/api/session');
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return signIn();
    return fill(document.body, errorCard(error, () => window.location.reload()));
  }
  open();
}

/** Shows the sign-in page at whatever address; after it, that address is shown. */
function signIn() {
  fill(document.body, custom(LoginView, { 'onsigned-in': open }));
}

function open() {
  if (window.location.pathname === '/login') window.history.replaceState(null, '', '/');
  const frame = custom(AppFrame);
  /** @type {View | null} */
  let view = null;
  let path = '';

  const router = new Router(routes, (place, type) => {
    const Type = type ?? NotFoundView;
    closeDrawer();
    if (view instanceof Type && place.path === path) {
      view.moved(place);
    } else {
      const isFirst = view === null;
      view = new Type();
      view.place = place;
      path = place.path;
      frame.show(view);
      frame.mark(path);
      window.scrollTo(0, 0);
      if (!isFirst && !view.contains(document.activeElement)) view.querySelector('h1')?.focus();
    }
    document.title = `${view.heading} · Orders Orchestrator`;
  });

  app.go = (target, options) => router.go(target, options);
  app.api.onSignedOut = () => window.location.reload();
  app.sync.start();
  fill(document.body, frame);
  router.start();
  frame.addEventListener('help', () => openHelp());
  document.addEventListener('keydown', (event) => press(event, frame, () => view));
}

/** @param {KeyboardEvent} event @param {AppFrame} frame @param {() => View | null} view */
function press(event, frame, view) {
  if (event.defaultPrevented || event.isComposing) return;
  const { target } = event;
  const inField = target instanceof Element && target.closest('input:not([type=checkbox], [type=radio]), select, textarea, [contenteditable]') !== null;
  const inDialog = document.querySelector('dialog[open]:not(.drawer)') !== null;
  const { key, ctrlKey, metaKey, altKey } = event;
  const action = app.hotkeys.press({ key, ctrlKey, metaKey, altKey, inField, inDialog }, Date.now());
  if (action === null) return;
  event.preventDefault();
  if (drawerHotkey(action)) return;
  if (action.startsWith('go:')) return app.go(action.slice(3));
  switch (action) {
    case 'palette': return openPalette({ theme: () => frame.nextTheme(), pause: () => frame.togglePause(), help: () => openHelp() });
    case 'help': return openHelp();
    case 'theme': return frame.nextTheme();
    case 'pause': return frame.togglePause();
  }
  if (!view()?.hotkey(action) && action === 'search') app.go('/orders');
}

void start();
