import { app } from '../app.js';
import { ago, count, milliseconds, percent } from '../core/format.js';
import { href } from '../core/router.js';
import { ended } from '../core/scale.js';
import { barList } from '../components/bar-list.js';
import { fill, h } from '../components/dom.js';
import { download } from '../components/download.js';
import { heatMap } from '../components/heat-map.js';
import { icon } from '../components/icons.js';
import { panel } from '../components/order-panels.js';
import { statusLook } from '../components/status-badge.js';
import { showTimeChart } from '../components/time-chart.js';
import { openTimesDialog } from '../components/times-dialog.js';
import { View } from '../components/view.js';

/** @typedef {import('../core/types.js').Bucket} Bucket */
/** @typedef {{ from: string, to: string, bucketSeconds: number, series: Bucket[], totals: Record<string, number>, latency: Record<string, number | null>, statusMix: { orderStatus: string, count: number }[], topErrors: { kind: string, cause: string, queue: string | null, count: number, lastAt: string }[], heat: import('../components/heat-map.js').HeatCell[] }} Analytics */

const ranges = /** @type {const} */ ([['1h', '1 hour', 3_600], ['24h', '24 hours', 86_400], ['7d', '7 days', 604_800], ['30d', '30 days', 2_592_000]]);
const refreshMilliseconds = 15_000;

/** What happened over time, as charts or as the numbers behind them. */
export class AnalyticsView extends View {
  #segments = h('div', { class: 'segments', role: 'group', 'aria-label': 'Range' });
  #tableToggle = h('button', { class: 'button', type: 'button', 'aria-pressed': 'false', 'aria-keyshortcuts': 'Alt+T', onclick: () => this.#toggleTable() }, icon('columns'), 'Table view');
  #compare = h('button', { class: 'button', type: 'button', onclick: () => this.#go({ compare: this.#compares ? '' : '1' }) }, 'Compare');
  #body = h('div');
  #asTable = false;
  /** @type {Analytics | null} */
  #answer = null;
  /**
   * Of the same length of time before, when it is compared.
   * @type {Analytics | null}
   */
  #before = null;

  get heading() {
    return 'Analytics';
  }

  /** What is looked at, in milliseconds: up to now, or between two instants of the address. */
  get #span() {
    const { query } = this.place;
    const from = Date.parse(query.get('from') ?? ''), to = Date.parse(query.get('to') ?? '');
    if (from < to) return { name: 'custom', label: 'time', length: to - from, to };
    const [name, label, seconds] = ranges.find(([name]) => name === query.get('range')) ?? ranges[1];
    return { name, label, length: seconds * 1_000, to: Date.now() };
  }

  get #compares() {
    return this.place.query.get('compare') === '1';
  }

  opened() {
    this.append(
      h('div', { class: 'page-head' }, h('h1', { tabindex: -1 }, 'Analytics'),
        h('div', { class: 'actions' }, this.#segments, this.#compare, this.#tableToggle, h('button', { class: 'button', type: 'button', onclick: () => this.#csv() }, icon('download'), 'CSV'))),
      this.#body);
    document.addEventListener('keydown', (event) => {
      if (event.altKey && event.code === 'KeyT') {
        event.preventDefault();
        this.#toggleTable();
      }
    }, { signal: this.signal });
    this.every(refreshMilliseconds, () => void this.#refresh());
    this.moved(this.place);
  }

  /** @param {import('../core/router.js').Place} place */
  moved(place) {
    super.moved(place);
    const chosen = this.#span;
    const segment = (/** @type {string} */ name, /** @type {string} */ label, /** @type {() => void} */ choose) => h('button', { type: 'button', 'aria-pressed': String(name === chosen.name), onclick: choose }, label);
    fill(this.#segments, ranges.map(([name, label]) => segment(name, label, () => this.#go({ range: name, from: '', to: '' }))), segment('custom', 'Custom…', () => this.#choose()));
    this.#compare.setAttribute('aria-pressed', String(this.#compares));
    this.#compare.title = `With the ${chosen.label} before`;
    this.forget(this.#body);
    void this.#refresh();
  }

  #choose() {
    const { length, to } = this.#span;
    openTimesDialog('Between', { from: new Date(to - length).toISOString(), to: new Date(to).toISOString(), mustBeWhole: true },
      (from, to) => this.#go({ range: '', from, to }));
  }

  /** @param {Record<string, string>} change */
  #go(change) {
    const query = new URLSearchParams(this.place.query);
    for (const [name, value] of Object.entries(change)) {
      if (value) query.set(name, value);
      else query.delete(name);
    }
    app.go(href('/analytics', query));
  }

  #refresh() {
    const { length, to: end } = this.#span;
    const span = (/** @type {number} */ to, /** @type {AbortSignal} */ signal) => /** @type {Promise<Analytics>} */ (
      app.api.get('/api/analytics', { query: { from: new Date(to - length).toISOString(), to: new Date(to).toISOString() }, signal }));
    return this.load(this.#body, (signal) => Promise.all([span(end, signal), this.#compares ? span(end - length, signal) : null]), ([answer, before]) => {
      this.#answer = answer;
      this.#before = before;
      this.#draw(answer);
    });
  }

  #toggleTable() {
    this.#asTable = !this.#asTable;
    this.#tableToggle.setAttribute('aria-pressed', String(this.#asTable));
    if (this.#answer) this.#draw(this.#answer);
  }

  /** @param {Analytics} answer */
  #draw(answer) {
    const { series: buckets, bucketSeconds, to, statusMix, topErrors, heat } = answer;
    const series = ended(buckets, bucketSeconds, to);
    const times = series.map(({ at }) => at);
    const column = (/** @type {keyof Bucket} */ name) => series.map((bucket) => /** @type {number | null} */ (bucket[name]));
    const chart = (/** @type {import('../components/time-chart.js').TimeChart} */ shown) => {
      const body = h('div', { class: 'body' });
      showTimeChart(body, shown, this.#asTable);
      return panel(shown.title, body);
    };
    /** @type {[string, (of: Analytics) => string][]} */
    const figures = [
      ['Received', (of) => count(of.totals.received)], ['Changed something', (of) => count(of.totals.processed)],
      ['Superseded', (of) => percent(of.totals.discarded, of.totals.received)], ['Sent again', (of) => count(of.totals.duplicates)],
      ['Failed', (of) => count(of.totals.failed)], ['Received to visible, p95', (of) => milliseconds(of.latency.p95Ms)],
    ];
    const before = this.#before;
    fill(this.#body,
      h('div', { class: 'kpis' }, figures.map(([name, show]) => h('div', { class: 'kpi' }, h('span', { class: 'name' }, name), h('span', { class: 'value' }, show(answer)), before && h('span', { class: 'before meta' }, `before: ${show(before)}`)))),
      h('div', { class: 'columns charts' },
        chart({ title: 'Events by what became of them', times, stacked: true, series: [
          { label: 'processed', tone: 'delivered', values: column('processed') }, { label: 'discarded', tone: 'cancelled', values: column('discarded') },
          { label: 'parked', tone: 'pending', values: column('parked') }, { label: 'failed', tone: 'failed', values: column('failed') },
        ] }),
        chart({ title: 'Received to visible', times, show: milliseconds, series: [
          { label: 'p50', tone: 'delivered', values: column('p50Ms') }, { label: 'p95', tone: 'confirmed', values: column('p95Ms') }, { label: 'p99', tone: 'processing', values: column('p99Ms') },
        ] }),
        chart({ title: 'Duplicates and edits', times, series: [
          { label: 'suppressed duplicates', tone: 'processing', values: column('duplicates') }, { label: 'edits by people', tone: 'conflict', values: column('edits') }, { label: 'unmapped', tone: 'pending', values: column('unmapped') },
        ] }),
        panel('Orders by status', h('div', { class: 'body' }, barList(statusMix.filter(({ count: value }) => value > 0).map(({ orderStatus, count: value }) => ({ label: statusLook(orderStatus).label, tone: statusLook(orderStatus).tone, value, href: `/orders?orderStatus=${orderStatus}` })), 'No orders yet'))),
        panel('Top errors', h('div', { class: 'body' }, barList(topErrors.map((error) => ({ label: error.cause, value: error.count, tone: 'failed', detail: ago(error.lastAt, Date.now()), href: error.kind === 'dead-letter' ? `/dead-letters${error.queue ? `?queue=${error.queue}` : ''}` : '/orders?attention=true' })), 'No errors in this time'))),
        panel('When events come', h('div', { class: 'body' }, heatMap(heat, this.#asTable)))));
  }

  /** The numbers of the series as a file, made here: they are all on the page. */
  #csv() {
    if (!this.#answer) return;
    const names = /** @type {(keyof Bucket)[]} */ (['at', 'received', 'processed', 'discarded', 'parked', 'unmapped', 'failed', 'duplicates', 'edits', 'p50Ms', 'p95Ms', 'p99Ms']);
    const lines = [names.join(','), ...this.#answer.series.map((bucket) => names.map((name) => bucket[name] ?? '').join(','))];
    download(`data:text/csv;charset=utf-8,${encodeURIComponent(lines.join('\r\n'))}`, `analytics-${this.#span.name}.csv`);
  }
}

customElements.define('analytics-view', AnalyticsView);
