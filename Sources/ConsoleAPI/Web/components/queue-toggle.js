import { app } from '../app.js';
import { confirmDialog } from './confirm-dialog.js';
import { h } from './dom.js';
import { icon } from './icons.js';
import { toast, toastError } from './toast.js';

/** @typedef {import('../core/types.js').Queue} Queue */

/**
 * Pause, after a question; resume, without one.
 * @param {Queue} queue @param {() => void} done
 */
export function queueToggle(queue, done) {
  if (!app.may('operator')) return null;
  const paused = queue.state === 'paused';
  const resume = async () => {
    try {
      await app.api.post(`/api/queues/${queue.name}/resume`);
      toast(`${queue.name} runs again.`, { tone: 'delivered' });
      done();
    } catch (error) {
      toastError(error, 'Resume');
    }
  };
  const pause = () => confirmDialog({
    title: `Pause ${queue.name}?`,
    body: h('p', null, 'Nothing of it starts any more; what runs is finished. Jobs pile up until somebody resumes it.'),
    verb: 'Pause', rows: 1, dangerous: true,
    confirmed: async () => {
      await app.api.post(`/api/queues/${queue.name}/pause`);
      toast(`${queue.name} is paused.`);
      done();
    },
  });
  return h('button', { class: 'button small', type: 'button', 'aria-label': `${paused ? 'Resume' : 'Pause'} ${queue.name}`, onclick: paused ? () => void resume() : pause }, icon(paused ? 'play' : 'pause'), paused ? 'Resume' : 'Pause');
}
