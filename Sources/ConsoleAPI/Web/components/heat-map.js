import { count } from '../core/format.js';
import { h, s } from './dom.js';

/** @typedef {{ weekday: number, hour: number, received: number }} HeatCell */

const days = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const cell = { width: 24, height: 20, gap: 2, left: 36, top: 4 };

/**
 * How much comes in at which hour of which weekday.
 * @param {HeatCell[]} cells @param {boolean} asTable
 */
export function heatMap(cells, asTable) {
  const amounts = days.map((_, day) => Array.from({ length: 24 }, (__, hour) => cells.find((one) => one.weekday === day + 1 && one.hour === hour)?.received ?? 0));
  const max = Math.max(1, ...amounts.flat());
  if (asTable) return heatTable(amounts);
  const width = cell.left + 24 * (cell.width + cell.gap);
  const height = cell.top + 7 * (cell.height + cell.gap) + 20;
  const busiest = amounts.flatMap((hours, day) => hours.map((value, hour) => ({ value, day, hour }))).sort((left, right) => right.value - left.value)[0];
  const svg = s('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': `Events by weekday and hour, UTC. Busiest: ${days[busiest.day]} ${busiest.hour}:00 with ${count(busiest.value)}.` });
  for (const [day, hours] of amounts.entries()) {
    const y = cell.top + day * (cell.height + cell.gap);
    svg.append(s('text', { class: 'axis', x: 0, y: y + 14 }, days[day]));
    for (const [hour, value] of hours.entries()) {
      svg.append(s('rect', { class: 'cell', x: cell.left + hour * (cell.width + cell.gap), y, width: cell.width, height: cell.height, rx: 3, 'fill-opacity': value === 0 ? 0.06 : (0.15 + (0.85 * value) / max).toFixed(2) },
        s('title', null, `${days[day]} ${hour}:00: ${count(value)}`)));
    }
  }
  for (const hour of [0, 6, 12, 18, 23]) {
    svg.append(s('text', { class: 'axis', x: cell.left + hour * (cell.width + cell.gap) + cell.width / 2, y: height - 6, 'text-anchor': 'middle' }, String(hour).padStart(2, '0')));
  }
  return h('figure', { class: 'chart' }, svg, h('figcaption', null, 'Weekday and hour, UTC; darker is more.'));
}

/** @param {number[][]} amounts */
function heatTable(amounts) {
  return h('div', { class: 'table-wrap', tabindex: 0, role: 'region', 'aria-label': 'Events by weekday and hour' }, h('table', { class: 'table' },
    h('caption', { class: 'visually-hidden' }, 'Events by weekday and hour, UTC'),
    h('thead', null, h('tr', null, h('th', { scope: 'col' }, 'Hour'), days.map((day) => h('th', { scope: 'col', class: 'number' }, day)))),
    h('tbody', null, Array.from({ length: 24 }, (_, hour) => h('tr', null, h('th', { scope: 'row' }, String(hour).padStart(2, '0')), amounts.map((hours) => h('td', { class: 'number' }, count(hours[hour]))))))));
}
