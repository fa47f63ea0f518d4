/**
 * Numbers, money, times and durations as people read them. Money is text from the server and stays text: no amount ever
 * becomes a floating-point number.
 */

const groups = new Intl.NumberFormat('en');
const oneDecimal = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

/** @param {number | null | undefined} value */
export function count(value) {
  return value === null || value === undefined ? '–' : groups.format(value);
}

/** @param {number | null | undefined} value */
export function decimal(value) {
  return value === null || value === undefined ? '–' : oneDecimal.format(value);
}

/**
 * “1 order”, “1,284 orders”.
 * @param {number} value
 * @param {string} one
 * @param {string} [many]
 */
export function counted(value, one, many = `${one}s`) {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/**
 * An amount with grouped thousands and at least two decimals; zeros beyond the second decimal are dropped.
 * @param {string | number | null | undefined} amount
 */
export function money(amount) {
  if (amount === null || amount === undefined || amount === '') return '–';
  const match = /^(-?)(\d+)(?:\.(\d*))?$/.exec(String(amount).trim());
  if (!match) return String(amount);
  const [, sign, whole, fraction = ''] = match;
  const decimals = fraction.replace(/0+$/, '').padEnd(2, '0');
  return `${sign}${whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',')}.${decimals}`;
}

/** @param {number | null | undefined} part @param {number} whole */
export function percent(part, whole) {
  if (!whole || part === null || part === undefined) return '0 %';
  const share = (100 * part) / whole;
  return `${share > 0 && share < 1 ? '< 1' : Math.floor(share)} %`;
}

/** @param {number | null | undefined} value */
export function milliseconds(value) {
  if (value === null || value === undefined) return '–';
  if (value < 1000) return `${count(Math.round(value))} ms`;
  return value < 60_000 ? `${decimal(value / 1000)} s` : duration(value / 1000);
}

/**
 * The two largest units: “42 s”, “2 m 10 s”, “3 h 5 m”, “4 d 1 h”.
 * @param {number | null | undefined} seconds
 */
export function duration(seconds) {
  if (seconds === null || seconds === undefined) return '–';
  const whole = Math.max(0, Math.floor(seconds));
  const units = /** @type {const} */ ([['d', 86_400], ['h', 3_600], ['m', 60], ['s', 1]]);
  const first = units.findIndex(([, size]) => whole >= size);
  if (first < 0) return '0 s';
  return units
    .slice(first, first + 2)
    .map(([name, size], at) => [Math.floor((at === 0 ? whole : whole % units[first][1]) / size), name])
    .filter(([value], at) => at === 0 || value !== 0)
    .map(([value, name]) => `${value} ${name}`)
    .join(' ');
}

/**
 * “just now”, “42 s ago”, “3 m ago”: one unit, so that it does not change all the time.
 * @param {string} iso @param {number} now
 */
export function ago(iso, now) {
  const seconds = (now - Date.parse(iso)) / 1000;
  if (Number.isNaN(seconds)) return '–';
  return seconds < 5 ? 'just now' : `${duration(seconds).split(' ').slice(0, 2).join(' ')} ago`;
}

/** @typedef {'local' | 'utc'} TimeZone */

const clock = /** @type {const} */ ({ hour: '2-digit', minute: '2-digit', second: '2-digit' });
const minutes = /** @type {const} */ ({ hour: '2-digit', minute: '2-digit' });
const day = /** @type {const} */ ({ year: 'numeric', month: '2-digit', day: '2-digit' });
const dayAndClock = /** @type {const} */ ({ ...day, ...clock });

/**
 * Made when they are first needed: making one takes a hundred times what using it takes.
 * @type {Record<TimeZone, Map<Intl.DateTimeFormatOptions, Intl.DateTimeFormat>>}
 */
const formats = { local: new Map(), utc: new Map() };

/** @param {TimeZone} zone @param {Intl.DateTimeFormatOptions} options  One of the constants above. */
function dateFormat(zone, options) {
  let format = formats[zone].get(options);
  if (!format) {
    format = new Intl.DateTimeFormat('sv-SE', { ...options, timeZone: zone === 'utc' ? 'UTC' : undefined });
    formats[zone].set(options, format);
  }
  return format;
}

/** @param {string | number | null | undefined} instant @param {TimeZone} zone @param {Intl.DateTimeFormatOptions} options */
function dated(instant, zone, options) {
  if (instant === null || instant === undefined) return '–';
  const date = new Date(instant);
  return Number.isNaN(date.getTime()) ? String(instant) : dateFormat(zone, options).format(date);
}

/** @param {string | number | null | undefined} instant @param {TimeZone} zone */
export function dateTime(instant, zone) {
  return dated(instant, zone, dayAndClock);
}

/** @param {string | number | null | undefined} instant @param {TimeZone} zone */
export function time(instant, zone) {
  return dated(instant, zone, clock);
}

/** @param {string | number | null | undefined} instant @param {TimeZone} zone */
export function hourMinute(instant, zone) {
  return dated(instant, zone, minutes);
}

/** @param {string | number | null | undefined} instant @param {TimeZone} zone */
export function date(instant, zone) {
  return dated(instant, zone, day);
}

/**
 * The time of day for today, the date before it for any other day. Every row of the grid shows one or two, so a time is
 * formatted once.
 * @param {string | null | undefined} iso @param {TimeZone} zone @param {number} now
 */
export function shortTime(iso, zone, now) {
  if (!iso) return '–';
  const text = dateTime(iso, zone);
  return text.startsWith(`${today(zone, now)} `) ? text.slice(11) : text.slice(0, 16);
}

/** @type {Record<TimeZone, { second: number, day: string }>} */
const days = { local: { second: NaN, day: '' }, utc: { second: NaN, day: '' } };

/** @param {TimeZone} zone @param {number} now */
function today(zone, now) {
  const second = Math.floor(now / 1000);
  if (days[zone].second !== second) days[zone] = { second, day: date(now, zone) };
  return days[zone].day;
}

/**
 * A sentence of the server with its instants as people read them.
 * @param {string} sentence @param {TimeZone} zone
 */
export function readable(sentence, zone) {
  return sentence.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)/g, (instant) => dateTime(instant, zone));
}

/**
 * “order_status” → “Order status”.
 * @param {string} name
 */
export function words(name) {
  const spaced = name.replace(/([a-z])([A-Z])/g, '$1 $2').replace(/[_-]+/g, ' ').toLowerCase();
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}
