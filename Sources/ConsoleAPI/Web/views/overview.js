import { app } from '../app.js';
import { ago, count, dateTime, milliseconds, words } from '../core/format.js';
import { ended } from '../core/scale.js';
import { fill, h } from '../components/dom.js';
import { icon } from '../components/icons.js';
import { panel } from '../components/order-panels.js';
import { sparkLine } from '../components/spark-line.js';
import { emptyCard } from '../components/states.js';
import { timeChart } from '../components/time-chart.js';
import { View } from '../components/view.js';

/** @typedef {import('../core/types.js').Bucket} Bucket */
/** @typedef {import('../core/types.js').AuditEntry} AuditEntry */
/** @typedef {{ kind: string, title: string, count: number, since: string | null, href: string }} Attention */

const refreshMilliseconds = 5_000;

/** @type {Record<string, [string, import('../components/icons.js').IconName]>} */
const looks = {
  'dead-letters': ['failed', 'cross'], orders: ['failed', 'warning'], unmapped: ['conflict', 'inbox'], 'queue-paused': ['pending', 'pause'], 'queue-late': ['pending', 'clock'], backlog: ['pending', 'clock'],
};

/** The first page: how it goes, and what needs a person. */
export class OverviewView extends View {
  #body = h('div');

  get heading() {
    return 'Overview';
  }

  opened() {
    this.append(h('div', { class: 'page-head' }, h('h1', { tabindex: -1 }, 'Overview')), this.#body);
    void this.#refresh();
    this.every(refreshMilliseconds, () => void this.#refresh());
  }

  /** @param {string} action */
  hotkey(action) {
    if (action !== 'retry') return false;
    void this.#refresh();
    return true;
  }

  #refresh() {
    return this.load(this.#body, (signal) => app.api.get('/api/overview', { signal }), (overview) => this.#draw(overview));
  }

  /** @param {any} overview */
  #draw(overview) {
    /** @type {Bucket[]} */
    const series = ended(overview.series, 60, overview.at);
    const values = (/** @type {(bucket: Bucket) => number | null} */ pick) => series.map((bucket) => pick(bucket) ?? 0);
    fill(this.#body,
      h('div', { class: 'kpis' },
        kpi('Orders changed a minute', count(overview.ordersPerMinute), '/orders', spark(values((bucket) => bucket.processed))),
        kpi('Received to visible, p95', milliseconds(overview.latency.p95Ms), '/analytics', spark(values((bucket) => bucket.p95Ms))),
        kpi('Events waiting', count(overview.backlog), '/analytics', null, overview.backlog > 1_000 ? 'pending' : undefined),
        kpi('Dead letters', [count(overview.dead), trend(overview.deadLastHour)], '/dead-letters', null, overview.dead > 0 ? 'failed' : undefined),
        kpi('Orders to look at', count(overview.attention), '/orders?attention=true', null, overview.attention > 0 ? 'failed' : undefined),
        kpi('Orders', count(overview.orders), '/orders')),
      h('div', { class: 'columns charts' },
        h('div', { class: 'stack' }, attentionPanel(overview.needsAttention), activityPanel(overview.activity)),
        panel('Events, last 60 minutes', h('div', { class: 'body' }, timeChart({
          title: 'Events of the last 60 minutes',
          times: series.map(({ at }) => at),
          series: [
            { label: 'received', tone: 'confirmed', values: values((bucket) => bucket.received) },
            { label: 'processed', tone: 'delivered', values: values((bucket) => bucket.processed) },
            { label: 'failed', tone: 'failed', values: values((bucket) => bucket.failed) },
          ],
        }, false)))));
  }
}

/**
 * A line where there is anything to draw.
 * @param {number[]} values
 */
function spark(values) {
  return values.some((value) => value > 0) ? sparkLine(values) : null;
}

/**
 * How many of a number came within the last hour.
 * @param {number} value
 */
function trend(value) {
  return value > 0 && h('small', { title: 'within the last hour' }, ` ▲${count(value)}`, h('span', { class: 'visually-hidden' }, ' within the last hour'));
}

/** @param {string} name @param {import('../components/dom.js').Children} value @param {string} href @param {Node | null} [spark] @param {string} [tone] */
function kpi(name, value, href, spark = null, tone) {
  return h('a', { class: 'kpi', href }, h('span', { class: 'name' }, name), h('span', { class: 'value', 'data-tone': tone }, value), spark);
}

/** @param {Attention[]} items */
function attentionPanel(items) {
  if (items.length === 0) return panel('Needs attention', emptyCard('Nothing needs you', 'No dead letters, no late queue, no order that is stuck.', { icon: 'check', tone: 'delivered' }));
  return panel('Needs attention', h('ul', { class: 'attention' }, items.map((item) => {
    const [tone, name] = looks[item.kind] ?? ['pending', 'info'];
    return h('li', null, h('a', { href: item.href, 'data-tone': tone }, icon(name),
      h('span', { class: 'more' }, item.title.replace(/\d{4,}/g, (digits) => count(Number(digits))), item.since && h('span', { class: 'meta' }, `since ${dateTime(item.since, app.timeZone)} (${ago(item.since, Date.now())})`)),
      h('span', { class: 'chevron' }, icon('right'))));
  })));
}

/** @param {AuditEntry[]} entries */
function activityPanel(entries) {
  const body = entries.length === 0 ? emptyCard('Nobody has done anything yet', 'Edits, requeues and pauses appear here.', { icon: 'user' })
    : h('ul', { class: 'attention' }, entries.map((entry) => h('li', null, h('div', { class: 'item' }, icon('user'),
      h('span', { class: 'more' }, h('span', { class: 'truncate' }, h('b', null, entry.actor), ` ${words(entry.action.replace('.', ' ')).toLowerCase()} `, h('span', { class: 'muted' }, entry.target)), h('span', { class: 'meta' }, ago(entry.at, Date.now())))))));
  return panel('Recent activity', body, h('a', { href: '/audit' }, 'All'));
}

customElements.define('overview-view', OverviewView);
