import { app } from '../app.js';
import { count, dateTime, hourMinute } from '../core/format.js';
import { areaPath, linear, linePath, stack, ticks } from '../core/scale.js';
import { fill, h, s, setText } from './dom.js';

/** @typedef {{ label: string, tone: string, values: (number | null)[], dash?: number }} Series */

/**
 * @typedef {object} TimeChart
 * @property {string} title
 * @property {string[]} times        One for each value.
 * @property {Series[]} series
 * @property {boolean} [stacked]     Areas on top of each other instead of lines.
 * @property {(value: number | null) => string} [show]
 * @property {number} [height]
 * @property {number} [width]   In units of its text; wide charts need more, so that letters keep their size.
 */

/** No chart is drawn wider than the page, so that its letters keep their size; nor less wide than this, in pixels. */
const leastWidth = 380;
const pageMargins = 64;
const margin = { top: 8, right: 12, bottom: 22, left: 52 };

/**
 * A chart over time, or the same numbers as a table.
 * @param {TimeChart} chart @param {boolean} asTable
 */
export function timeChart(chart, asTable) {
  return asTable ? timeTable(chart) : timeFigure(chart);
}

/** @param {TimeChart} chart */
function timeFigure({ title, times, series, stacked = false, show = count, height = 220, width: wanted = 640 }) {
  const width = Math.min(wanted, Math.max(leastWidth, window.innerWidth - pageMargins));
  const plain = series.map(({ values }) => values.map((value) => value ?? 0));
  const stacks = stacked ? stack(plain) : null;
  const max = Math.max(0, ...(stacks ? stacks.flatMap((layer) => layer.map(({ upper }) => upper)) : plain.flat()));
  const steps = ticks(max);
  const x = linear(0, Math.max(1, times.length - 1), margin.left, width - margin.right);
  const y = linear(0, steps[steps.length - 1], height - margin.bottom, margin.top);
  const svg = s('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': summary(title, times, series, show) });
  for (const step of steps) {
    svg.append(s('line', { class: 'grid-line', x1: margin.left, x2: width - margin.right, y1: y(step), y2: y(step) }),
      s('text', { class: 'axis', x: margin.left - 8, y: y(step) + 4, 'text-anchor': 'end' }, show(step)));
  }
  for (const at of timeTicks(times.length)) {
    svg.append(s('text', { class: 'axis', x: x(at), y: height - 6, 'text-anchor': at === 0 ? 'start' : at === times.length - 1 ? 'end' : 'middle' }, timeLabel(times, at)));
  }
  for (const [number, { values, tone, dash = number }] of series.entries()) {
    if (stacks) {
      const layer = stacks[number];
      const upper = layer.map((value, at) => ({ x: x(at), y: y(value.upper) }));
      svg.append(s('path', { class: `area dash-${dash}`, 'data-tone': tone, d: areaPath(upper, layer.map((value, at) => ({ x: x(at), y: y(value.lower) }))) }));
    } else {
      svg.append(s('path', { class: `line dash-${dash}`, 'data-tone': tone, d: linePath(values.map((value, at) => (value === null ? null : { x: x(at), y: y(value) }))) }));
    }
  }
  const readout = h('div', { class: 'readout', 'aria-hidden': 'true' });
  const cross = s('line', { class: 'cross', y1: margin.top, y2: height - margin.bottom, visibility: 'hidden' });
  svg.append(cross);
  svg.addEventListener('pointermove', (event) => {
    const box = svg.getBoundingClientRect();
    const position = ((/** @type {PointerEvent} */ (event).clientX - box.left) / box.width) * width;
    const at = Math.max(0, Math.min(times.length - 1, Math.round(linear(margin.left, width - margin.right, 0, times.length - 1)(position))));
    if (times.length === 0) return;
    cross.setAttribute('x1', String(x(at)));
    cross.setAttribute('x2', String(x(at)));
    cross.setAttribute('visibility', 'visible');
    setText(readout, `${dateTime(times[at], app.timeZone).slice(0, 16)}: ${series.map(({ label, values }) => `${label} ${show(values[at])}`).join(', ')}`);
  });
  svg.addEventListener('pointerleave', () => {
    cross.setAttribute('visibility', 'hidden');
    setText(readout, '');
  });
  return h('figure', { class: 'chart' }, svg, readout, legend(series));
}

/** @param {Series[]} series */
function legend(series) {
  return h('figcaption', { class: 'legend' }, series.map(({ label, tone, dash }, number) => h('span', { class: 'key', 'data-tone': tone },
    s('svg', { viewBox: '0 0 22 8', 'aria-hidden': 'true' }, s('path', { class: `line dash-${dash ?? number}`, d: 'M1 4H21' })), label)));
}

/** @param {string} title @param {string[]} times @param {Series[]} series @param {(value: number | null) => string} show */
function summary(title, times, series, show) {
  const parts = series.map(({ label, values }) => {
    const known = values.filter((value) => value !== null);
    return `${label}: last ${show(known[known.length - 1] ?? null)}, highest ${show(known.length > 0 ? Math.max(...known.map(Number)) : null)}`;
  });
  return `${title}, ${times.length} points. ${parts.join('. ')}.`;
}

/** @param {TimeChart} chart */
function timeTable({ title, times, series, show = count }) {
  return h('div', { class: 'table-wrap numbers', tabindex: 0, role: 'region', 'aria-label': `${title}, as a table` }, h('table', { class: 'table' },
    h('caption', { class: 'visually-hidden' }, title),
    h('thead', null, h('tr', null, h('th', { scope: 'col' }, 'Time'), series.map(({ label }) => h('th', { scope: 'col', class: 'number' }, label)))),
    h('tbody', null, times.map((time, at) => h('tr', null, h('td', { class: 'nowrap' }, dateTime(time, app.timeZone).slice(0, 16)), series.map(({ values }) => h('td', { class: 'number' }, show(values[at]))))))));
}

/**
 * About five places along the axis.
 * @param {number} length
 */
function timeTicks(length) {
  if (length <= 1) return length === 1 ? [0] : [];
  const steps = Math.min(5, length - 1);
  return Array.from({ length: steps + 1 }, (_, at) => Math.round((at * (length - 1)) / steps));
}

/**
 * The date where the chart spans days, the time of day otherwise.
 * @param {string[]} times @param {number} at
 */
function timeLabel(times, at) {
  const span = Date.parse(times[times.length - 1]) - Date.parse(times[0]);
  return span > 2 * 86_400_000 ? dateTime(times[at], app.timeZone).slice(5, 10) : hourMinute(times[at], app.timeZone);
}

/**
 * Puts a chart where another one was, so that the page does not jump.
 * @param {Element} target @param {TimeChart} chart @param {boolean} asTable
 */
export function showTimeChart(target, chart, asTable) {
  fill(target, chart.times.length === 0 ? h('p', { class: 'empty muted' }, 'Nothing was measured in this time.') : timeChart(chart, asTable));
}
