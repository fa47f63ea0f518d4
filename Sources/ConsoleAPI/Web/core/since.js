/** Spans of time up to now, as addresses name them. */
export const sinceChoices = /** @type {const} */ ([['1h', 'Last hour', 3_600], ['24h', 'Last day', 86_400], ['7d', 'Last week', 604_800]]);

/**
 * When a span began; empty for a word that names none.
 * @param {string} name @param {number} now
 */
export function sinceInstant(name, now) {
  const choice = sinceChoices.find(([known]) => known === name);
  return choice ? new Date(now - choice[2] * 1_000).toISOString() : '';
}
