import { app } from '../app.js';
import { count, counted } from '../core/format.js';
import { confirmDialog } from './confirm-dialog.js';
import { cancelButton, field, openDialog, setFault, submitButton } from './dialog.js';
import { h } from './dom.js';
import { errorText } from './states.js';
import { toast, toastError } from './toast.js';

/** @typedef {Record<string, any>} DeadLetterFilter */
/** @typedef {{ matched: number, changed: number, sample: import('../core/types.js').Job[] }} DeadLetterResult */

const longestSpreadSeconds = 86_400;

/**
 * Counts on the server what a filter means.
 * @param {'requeue' | 'discard'} action @param {DeadLetterFilter} filter @returns {Promise<DeadLetterResult | null>}
 */
async function dryRun(action, filter) {
  try {
    /** @type {DeadLetterResult} */
    const result = await app.api.post(`/api/dead-letters/${action}`, { filter, dryRun: true });
    if (result.matched > 0) return result;
    toast('They are gone already.');
  } catch (error) {
    toastError(error);
  }
  return null;
}

/** @param {DeadLetterResult} result */
function sample({ matched, sample: jobs }) {
  return [
    h('p', null, `The server counted ${counted(matched, 'dead letter')}.`),
    h('ul', { class: 'meta' }, jobs.slice(0, 5).map((job) => h('li', { class: 'truncate' }, `${job.key} · ${job.shop} · ${job.lastError ?? ''}`)), matched > 5 && h('li', null, `and ${count(matched - 5)} more`)),
  ];
}

/**
 * Asks how, then gives dead letters fresh attempts.
 * @param {DeadLetterFilter} filter @param {() => void} done
 */
export async function requeueDialog(filter, done) {
  const result = await dryRun('requeue', filter);
  if (!result) return;
  const spread = h('input', { class: 'input', type: 'number', min: 0, max: longestSpreadSeconds, value: '0' });
  const warning = h('div', { role: 'alert' });
  const button = submitButton(`Requeue ${count(result.matched)}`);
  const dialog = openDialog({
    title: `Requeue ${counted(result.matched, 'dead letter')}?`,
    body: [
      h('div', { class: 'stack' }, sample(result), h('p', { class: 'muted' }, 'Each gets fresh attempts with the input it had. What was done already is not done twice: its key is the same.')),
      field('Spread over seconds', spread, { hint: '0 starts all of them at once; 60 lets them come due evenly within a minute.' }),
      warning,
    ],
    footer: [cancelButton(), button],
    submit: async () => {
      const seconds = Number(spread.value);
      setFault(spread, '');
      if (!Number.isInteger(seconds) || seconds < 0 || seconds > longestSpreadSeconds) return setFault(spread, `A whole number from 0 to ${count(longestSpreadSeconds)}.`);
      button.disabled = true;
      try {
        /** @type {DeadLetterResult} */
        const { changed } = await app.api.post('/api/dead-letters/requeue', { filter, expectedCount: result.matched, ...(seconds > 0 ? { spreadSeconds: seconds } : {}) });
        dialog.close();
        toast(`${counted(changed, 'dead letter')} requeued.`, { tone: 'delivered' });
        done();
      } catch (error) {
        button.disabled = false;
        warning.replaceChildren(h('p', { class: 'alert', 'data-tone': 'failed' }, errorText(error)));
      }
    },
  });
}

/**
 * Ends dead letters for good.
 * @param {DeadLetterFilter} filter @param {() => void} done
 */
export async function discardDialog(filter, done) {
  const result = await dryRun('discard', filter);
  if (!result) return;
  confirmDialog({
    title: `Discard ${counted(result.matched, 'dead letter')}?`,
    body: [...sample(result), h('p', { class: 'muted' }, 'They are not tried again. Later jobs of their orders go on without them.')],
    verb: `Discard ${count(result.matched)}`,
    rows: result.matched,
    dangerous: true,
    asksReason: true,
    confirmed: async (reason) => {
      /** @type {DeadLetterResult} */
      const { changed } = await app.api.post('/api/dead-letters/discard', { filter, expectedCount: result.matched, ...(reason ? { reason } : {}) });
      toast(`${counted(changed, 'dead letter')} discarded.`);
      done();
    },
  });
}
