import { app } from '../app.js';
import { count, duration, milliseconds } from '../core/format.js';
import { fill, h } from '../components/dom.js';
import { icon } from '../components/icons.js';
import { queueToggle } from '../components/queue-toggle.js';
import { sparkLine } from '../components/spark-line.js';
import { statusBadge } from '../components/status-badge.js';
import { View } from '../components/view.js';

/** @typedef {import('../core/types.js').Queue} Queue */

const refreshMilliseconds = 2_000;

/** Every queue: what waits, how late it is, how fast it goes. */
export class QueuesView extends View {
  #body = h('div', { class: 'panel' });

  get heading() {
    return 'Queues';
  }

  opened() {
    this.append(h('div', { class: 'page-head' }, h('h1', { tabindex: -1 }, 'Queues')), this.#body);
    void this.#refresh();
    this.every(refreshMilliseconds, () => void this.#refresh());
  }

  #refresh() {
    return this.load(this.#body, (signal) => app.api.get('/api/queues', { signal }), (queues) => this.#draw(queues));
  }

  /** @param {Queue[]} queues */
  #draw(queues) {
    fill(this.#body, h('div', { class: 'table-wrap' }, h('table', { class: 'table' },
      h('caption', { class: 'visually-hidden' }, 'Queues'),
      h('thead', null, h('tr', null,
        ['Queue', 'State'].map((name) => h('th', { scope: 'col' }, name)),
        ['Ready', 'Oldest', 'Scheduled', 'Running', 'Done / min', 'p95', 'Dead'].map((name) => h('th', { scope: 'col', class: 'number' }, name)),
        h('th', { scope: 'col' }, 'Last 60 min'), h('th', { scope: 'col' }, h('span', { class: 'visually-hidden' }, 'Actions')))),
      h('tbody', null, queues.map((queue) => this.#row(queue))))));
  }

  /** @param {Queue} queue */
  #row(queue) {
    return h('tr', null,
      h('td', null, h('a', { href: `/queues/${queue.name}` }, h('b', null, queue.name))),
      h('td', null, statusBadge(queue.state), queue.state === 'paused' && h('div', { class: 'meta' }, `by ${queue.pausedBy ?? '?'}, ${duration((queue.pausedForMs ?? 0) / 1000)}`)),
      h('td', { class: 'number' }, count(queue.ready)),
      h('td', { class: 'number nowrap' }, queue.oldestDueMs === null ? '–' : duration(queue.oldestDueMs / 1000)),
      h('td', { class: 'number' }, count(queue.scheduled)),
      h('td', { class: 'number' }, count(queue.running), queue.beyondLease > 0 && h('div', { class: 'meta danger-text' }, `${count(queue.beyondLease)} beyond lease`)),
      h('td', { class: 'number' }, count(queue.finishedLastMinute)),
      h('td', { class: 'number nowrap' }, milliseconds(queue.p95Ms)),
      h('td', { class: 'number' }, queue.dead > 0 ? h('a', { class: 'danger-text', href: `/dead-letters?queue=${queue.name}` }, count(queue.dead)) : '0', queue.blocked > 0 && h('div', { class: 'meta' }, `${count(queue.blocked)} blocked`)),
      h('td', null, sparkLine(queue.history.map(({ done, failed }) => done + failed))),
      h('td', null, h('div', { class: 'actions' }, queueToggle(queue, () => void this.#refresh()), h('a', { class: 'icon-button small', href: `/queues/${queue.name}`, 'aria-label': `Jobs of ${queue.name}` }, icon('right')))));
  }
}

customElements.define('queues-view', QueuesView);
