/**
 * Numbers to pixels: ticks, lines, areas and stacks of the charts.
 */

/** @typedef {{ x: number, y: number }} Point */

/**
 * Round values from 0 to at least `max`.
 * @param {number} max @param {number} [wanted]  About how many steps.
 */
export function ticks(max, wanted = 4) {
  if (!(max > 0)) return [0, 1];
  const rough = max / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((size) => size >= rough) ?? 10 * power;
  const values = [];
  for (let at = 0; at < Math.ceil(max / step - 1e-9) + 1; at += 1) values.push(Number((at * step).toPrecision(12)));
  return values;
}

/** @param {number} from @param {number} to @param {number} start @param {number} end @returns {(value: number) => number} */
export function linear(from, to, start, end) {
  const span = to - from || 1;
  return (value) => start + ((value - from) / span) * (end - start);
}

/**
 * A line through points; a gap where a value is missing.
 * @param {(Point | null)[]} points
 */
export function linePath(points) {
  let path = '';
  let pen = 'M';
  for (const point of points) {
    if (!point) {
      pen = 'M';
      continue;
    }
    path += `${pen}${round(point.x)} ${round(point.y)}`;
    pen = 'L';
  }
  return path;
}

/**
 * The area between an upper and a lower line.
 * @param {Point[]} upper @param {Point[]} lower
 */
export function areaPath(upper, lower) {
  if (upper.length === 0) return '';
  const there = upper.map((point) => `${round(point.x)} ${round(point.y)}`);
  const back = [...lower].reverse().map((point) => `${round(point.x)} ${round(point.y)}`);
  return `M${[...there, ...back].join('L')}Z`;
}

/**
 * Each series on top of the one before it.
 * @param {number[][]} series
 * @returns {{ lower: number, upper: number }[][]}
 */
export function stack(series) {
  const sums = new Array(series[0]?.length ?? 0).fill(0);
  return series.map((values) => values.map((value, at) => {
    const lower = sums[at];
    sums[at] += value;
    return { lower, upper: sums[at] };
  }));
}

/** @param {number} value */
function round(value) {
  return Math.round(value * 10) / 10;
}
