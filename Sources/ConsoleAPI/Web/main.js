/**
 * Starts the console: asks who is signed in, draws the frame, and shows the view of every place.
 */

import { app } from './app.js';
import { ApiError } from './core/api.js';
import { Router } from './core/router.js';
import { AppFrame } from './components/app-frame.js';
import { custom, fill } from './components/dom.js';
import { closeDrawer, drawerHotkey } from './components/order-drawer.js';
import { errorCard } from './components/states.js';
import { toastError } from './components/toast.js';
import { routes } from './routes.js';

/** @typedef {import('./components/view.js').View} View */
/** @typedef {import('./routes.js').ViewLoader} ViewLoader */

const root = /** @type {HTMLElement} */ (document.getElementById('root'));
const palettePauseMilliseconds = 1_000;

/** @type {ViewLoader} */
const notFound = async () => (await import('./views/not-found.js')).NotFoundView;

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
  const place = placeInFeed();
  try {
    app.session = await app.api.get('/api/session');
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return signIn();
    return fill(root, errorCard(error, () => window.location.reload()));
  }
  open(await place);
}

/**
 * The place in the feed of now.
 * @returns {Promise<number | null>}
 */
async function placeInFeed() {
  const changes = await app.api.get('/api/changes', { query: { limit: 1 } }).catch(() => null);
  return changes?.next ?? null;
}

/** Shows the sign-in page at whatever address; after it, that address is shown. */
async function signIn() {
  const { LoginView } = await import('./views/login.js');
  fill(root, custom(LoginView, { 'onsigned-in': async () => open(await placeInFeed()) }));
}

/**
 * Shows the console.
 * @param {number | null} place  In the feed, from before anything that is shown was fetched: no change falls between a list and the feed.
 */
function open(place) {
  if (window.location.pathname === '/login') window.history.replaceState(null, '', '/');
  const frame = custom(AppFrame);
  /** @type {View | null} */
  let view = null;
  let path = '';

  let arrivals = 0;

  const router = new Router(routes, async (place, load) => {
    closeDrawer();
    arrivals += 1;
    const arrival = arrivals;
    const Type = await (load ?? notFound)().catch(() => null);
    if (arrival !== arrivals) return;
    if (Type === null) return frame.showFailure(() => window.location.reload());
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
  app.sync.start(place);
  fill(root, frame);
  router.start();
  frame.addEventListener('help', openHelp);
  // Who opens the palette types at once: its code is there before.
  window.setTimeout(() => void import('./components/command-palette.js').catch(() => null), palettePauseMilliseconds);
  document.addEventListener('keydown', (event) => press(event, frame, () => view));
}

async function openHelp() {
  (await import('./components/help-dialog.js')).openHelp();
}

/**
 * What is typed before the palette is there is meant for it: no letter of it is a key of the page.
 * @param {AppFrame} frame
 */
async function openPalette(frame) {
  let typed = '';
  const listen = (/** @type {KeyboardEvent} */ event) => {
    if (event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) typed += event.key;
    event.preventDefault();
    event.stopPropagation();
  };
  document.addEventListener('keydown', listen, true);
  try {
    const palette = await import('./components/command-palette.js');
    palette.openPalette({ theme: () => frame.nextTheme(), pause: () => frame.togglePause(), help: openHelp }, typed);
  } catch (error) {
    toastError(error, 'The palette');
  } finally {
    document.removeEventListener('keydown', listen, true);
  }
}

/** @param {KeyboardEvent} event @param {AppFrame} frame @param {() => View | null} view */
function press(event, frame, view) {
  if (event.defaultPrevented || event.isComposing) return;
  const { target } = event;
  const inField = target instanceof Element && target.closest('input:not([type=checkbox], [type=radio]), select, textarea, [contenteditable]') !== null;
  const inDialog = document.querySelector('dialog[open]:not(.drawer)') !== null;
  const { key, ctrlKey, metaKey, altKey } = event;
  if (key === 'Escape' && !inField && !document.querySelector('dialog[open]')) view()?.hotkey('escape');
  const action = app.hotkeys.press({ key, ctrlKey, metaKey, altKey, inField, inDialog }, Date.now());
  if (action === null) return;
  event.preventDefault();
  if (drawerHotkey(action)) return;
  if (action.startsWith('go:')) return app.go(action.slice(3));
  switch (action) {
    case 'palette': return void openPalette(frame);
    case 'help': return void openHelp();
    case 'theme': return frame.nextTheme();
    case 'pause': return frame.togglePause();
  }
  if (!view()?.hotkey(action) && action === 'search') app.go('/orders');
}

void start();
