import { areaPath, linear, linePath } from '../core/scale.js';
import { s } from './dom.js';

const width = 88;
const height = 26;

/**
 * A word-sized line; what it says stands beside it in numbers.
 * @param {number[]} values @param {string} [tone]
 */
export function sparkLine(values, tone) {
  const max = Math.max(1, ...values);
  const x = linear(0, Math.max(1, values.length - 1), 1, width - 1);
  const y = linear(0, max, height - 2, 2);
  const points = values.map((value, at) => ({ x: x(at), y: y(value) }));
  return s('svg', { class: 'spark', viewBox: `0 0 ${width} ${height}`, 'data-tone': tone, 'aria-hidden': 'true' },
    s('path', { class: 'area', d: areaPath(points, points.map((point) => ({ x: point.x, y: height - 1 }))) }),
    s('path', { class: 'line', d: linePath(points) }));
}
