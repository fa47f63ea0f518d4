/**
 * Which view shows which place.
 */

/** @typedef {import('./components/view.js').View} View */
/** @typedef {() => Promise<new () => View>} ViewLoader */

/**
 * A view is fetched when its page is first shown.
 * @type {import('./core/router.js').Route<ViewLoader>[]}
 */
export const routes = [
  { pattern: '/', view: async () => (await import('./views/overview.js')).OverviewView },
  { pattern: '/orders', view: async () => (await import('./views/orders.js')).OrdersView },
  { pattern: '/orders/:id', view: async () => (await import('./views/order.js')).OrderView },
  { pattern: '/queues', view: async () => (await import('./views/queues.js')).QueuesView },
  { pattern: '/queues/:name', view: async () => (await import('./views/queue.js')).QueueView },
  { pattern: '/dead-letters', view: async () => (await import('./views/dead-letters.js')).DeadLettersView },
  { pattern: '/dead-letters/:id', view: async () => (await import('./views/dead-letter.js')).DeadLetterView },
  { pattern: '/unmapped', view: async () => (await import('./views/unmapped.js')).UnmappedView },
  { pattern: '/analytics', view: async () => (await import('./views/analytics.js')).AnalyticsView },
  { pattern: '/bulk', view: async () => (await import('./views/bulk.js')).BulkView },
  { pattern: '/audit', view: async () => (await import('./views/audit.js')).AuditView },
  { pattern: '/settings', view: async () => (await import('./views/settings.js')).SettingsView },
];
