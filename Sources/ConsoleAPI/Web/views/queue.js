import { app } from '../app.js';
import { count, dateTime, duration, milliseconds } from '../core/format.js';
import { href } from '../core/router.js';
import { fill, h } from '../components/dom.js';
import { moreList } from '../components/more-list.js';
import { queueToggle } from '../components/queue-toggle.js';
import { emptyCard } from '../components/states.js';
import { statusBadge } from '../components/status-badge.js';
import { strip } from '../components/strip.js';
import { timeChart } from '../components/time-chart.js';
import { View } from '../components/view.js';

/** @typedef {import('../core/types.js').Queue} Queue */
/** @typedef {import('../core/types.js').Job} Job */

const refreshMilliseconds = 2_000;
const jobsPerPage = 50;
const states = /** @type {const} */ ([['ready', 'Waiting'], ['running', 'Active'], ['scheduled', 'Delayed'], ['blocked', 'Blocked'], ['dead', 'Dead'], ['done', 'Completed'], ['cancelled', 'Cancelled'], ['discarded', 'Discarded']]);

/** One queue and its jobs. */
export class QueueView extends View {
  #head = h('div');
  #tabs = strip(h('nav', { class: 'tabs', 'aria-label': 'Jobs by state' }));
  #jobs = h('div', { class: 'panel' });

  get heading() {
    return this.place.parameters.name;
  }

  get #state() {
    return this.place.query.get('state') ?? 'ready';
  }

  opened() {
    this.append(this.#head, this.#tabs, this.#jobs);
    void this.#refresh();
    this.every(refreshMilliseconds, () => void this.#refresh());
    this.#showJobs();
  }

  /** @param {import('../core/router.js').Place} place */
  moved(place) {
    super.moved(place);
    this.#showJobs();
  }

  #refresh() {
    return this.load(this.#head, (signal) => app.api.get(`/api/queues/${this.place.parameters.name}`, { signal }), (queue) => this.#drawHead(queue));
  }

  /** @param {Queue} queue */
  #drawHead(queue) {
    fill(this.#head,
      h('div', { class: 'page-head' }, h('h1', { tabindex: -1 }, queue.name), statusBadge(queue.state), h('div', { class: 'actions' }, queueToggle(queue, () => void this.#refresh()))),
      h('div', { class: 'kpis' }, [queue.blocked > 0 ? ['Ready / blocked', `${count(queue.ready)} / ${count(queue.blocked)}`] : ['Ready', count(queue.ready)], ['Oldest', queue.oldestDueMs === null ? '–' : duration(queue.oldestDueMs / 1000)], ['Scheduled', count(queue.scheduled)], ['Running', count(queue.running)], ['Done in the last minute', count(queue.finishedLastMinute)], ['Start to end, p95', milliseconds(queue.p95Ms)]]
        .map(([name, value]) => h('div', { class: 'kpi' }, h('span', { class: 'name' }, name), h('span', { class: 'value' }, value)))),
      h('section', { class: 'panel spaced', 'aria-label': 'Last 60 minutes' }, h('div', { class: 'body' }, timeChart({
        title: 'Jobs ended in the last 60 minutes', times: queue.history.map(({ at }) => at), height: 130, width: 1240,
        series: [{ label: 'done', tone: 'delivered', values: queue.history.map(({ done }) => done) }, { label: 'cancelled or discarded', tone: 'failed', values: queue.history.map(({ failed }) => failed) }],
      }, false))));
  }

  #showJobs() {
    const { name } = this.place.parameters;
    const state = this.#state;
    fill(this.#tabs, states.map(([value, label]) => h('a', { href: href(`/queues/${name}`, new URLSearchParams({ state: value })), 'aria-current': value === state ? 'true' : null }, label)));
    const list = h('tbody');
    const jobs = moreList({
      fetch: (cursor) => app.api.get(`/api/queues/${name}/jobs`, { query: { state, cursor, limit: jobsPerPage }, signal: this.signal }),
      draw: (/** @type {Job} */ job) => jobRow(job),
      list,
      empty: () => emptyCard('No jobs here', 'None is in this state at the moment.', { icon: 'check' }),
    });
    fill(this.#jobs, h('div', { class: 'table-wrap' }, h('table', { class: 'table', hidden: true },
      h('caption', { class: 'visually-hidden' }, 'Jobs'),
      h('thead', null, h('tr', null, ['Job', 'Order', 'State', 'Attempt', 'When', 'Last error'].map((label) => h('th', { scope: 'col' }, label)))), list)), jobs.foot);
    jobs.reload();
  }
}

/** @param {Job} job */
function jobRow(job) {
  return h('tr', null,
    h('td', null, job.state === 'dead' ? h('a', { href: `/dead-letters/${job.id}` }, job.key) : job.key, h('div', { class: 'meta mono' }, job.id)),
    h('td', null, h('a', { href: `/orders/${job.orderId}` }, `${job.orderId.slice(0, 8)}…`), h('div', { class: 'meta' }, job.shop)),
    h('td', null, statusBadge(job.state)),
    h('td', { class: 'nowrap' }, `${job.attempt}${job.maxAttempts === null ? '' : ` of ${job.maxAttempts}`}`),
    h('td', { class: 'nowrap' }, dateTime(job.finishedAt ?? job.runAt ?? job.createdAt, app.timeZone)),
    h('td', { class: 'wrap' }, job.lastError ?? '–'));
}

customElements.define('queue-view', QueueView);
