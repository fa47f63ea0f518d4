/**
 * Three-way merge of an edited form, field by field: what it was when editing began, what the reader wants, what the
 * server has now. Only a field that both sides changed, to different values, needs a decision.
 */

/**
 * @typedef {object} MergedField
 * @property {string} name
 * @property {string} base
 * @property {string} mine
 * @property {string} theirs
 * @property {'same' | 'mine' | 'theirs' | 'agreed' | 'conflict'} outcome
 */

/** @typedef {Record<string, string>} Fields */

/**
 * @param {Fields} base @param {Fields} mine @param {Fields} theirs
 * @returns {MergedField[]} One entry for each field of `base`, in its order.
 */
export function mergeFields(base, mine, theirs) {
  return Object.keys(base).map((name) => {
    const values = { base: base[name], mine: mine[name] ?? base[name], theirs: theirs[name] ?? '' };
    return { name, ...values, outcome: outcome(values.base, values.mine, values.theirs) };
  });
}

/** @param {string} base @param {string} mine @param {string} theirs @returns {MergedField['outcome']} */
function outcome(base, mine, theirs) {
  if (mine === base) return theirs === base ? 'same' : 'theirs';
  if (theirs === base) return 'mine';
  return mine === theirs ? 'agreed' : 'conflict';
}

/** @param {MergedField[]} fields */
export function conflicts(fields) {
  return fields.filter((field) => field.outcome === 'conflict');
}

/**
 * The edit to send on top of the server's version: what must differ from it, and nothing else.
 * @param {MergedField[]} fields
 * @param {Record<string, 'mine' | 'theirs'>} choices  One for each conflict; a missing one is theirs.
 * @returns {Fields}
 */
export function mergedEdit(fields, choices) {
  /** @type {Fields} */
  const edit = {};
  for (const field of fields) {
    const wins = field.outcome === 'mine' || (field.outcome === 'conflict' && choices[field.name] === 'mine');
    if (wins) edit[field.name] = field.mine;
  }
  return edit;
}

/**
 * What the form changes against where it began.
 * @param {Fields} base @param {Fields} mine @returns {Fields}
 */
export function changes(base, mine) {
  return Object.fromEntries(Object.keys(base).filter((name) => mine[name] !== undefined && mine[name] !== base[name]).map((name) => [name, mine[name]]));
}
