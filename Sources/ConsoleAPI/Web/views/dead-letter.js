import { app } from '../app.js';
import { dateTime } from '../core/format.js';
import { discardDialog, requeueDialog } from '../components/dead-letter-actions.js';
import { fill, h } from '../components/dom.js';
import { icon } from '../components/icons.js';
import { facts, panel } from '../components/order-panels.js';
import { copyButton, payloadText } from '../components/payload.js';
import { statusBadge } from '../components/status-badge.js';
import { toastError } from '../components/toast.js';
import { View } from '../components/view.js';

/** @typedef {import('../core/types.js').Job} Job */

/** One dead letter: what it was to do, what came back, and the way on. */
export class DeadLetterView extends View {
  #body = h('div');

  get heading() {
    return 'Dead letter';
  }

  opened() {
    this.append(this.#body);
    void this.#refresh();
  }

  #refresh() {
    const { id } = this.place.parameters;
    return this.load(this.#body, (signal) => app.api.get(`/api/dead-letters/${encodeURIComponent(id)}`, { signal }), (job) => this.#draw(job));
  }

  /**
   * Edits the order whose fault it is, then offers to try again.
   * @param {Job} job @param {() => void} done
   */
  async #mend(job, done) {
    try {
      const [{ openEditDialog }, order] = await Promise.all([import('../components/edit-dialog.js'), app.api.get(`/api/orders/${job.orderId}`)]);
      openEditDialog(order, () => void requeueDialog({ ids: [job.id] }, done));
    } catch (error) {
      toastError(error, 'The order could not be opened');
    }
  }

  /** @param {Job} job */
  #draw(job) {
    const back = () => app.go('/dead-letters');
    const input = payloadText(job.input, 'Input');
    const answer = job.lastAnswer === null ? null : payloadText(job.lastAnswer, 'Last answer');
    fill(this.#body,
      h('div', { class: 'page-head' }, h('h1', { tabindex: -1 }, job.key), statusBadge(job.state),
        app.may('operator') && h('div', { class: 'actions' },
          h('button', { class: 'button danger', type: 'button', onclick: () => void discardDialog({ ids: [job.id] }, back) }, 'Discard…'),
          h('button', { class: 'button', type: 'button', onclick: () => void this.#mend(job, back) }, icon('edit'), 'Edit order, then requeue'),
          h('button', { class: 'button primary', type: 'button', onclick: () => void requeueDialog({ ids: [job.id] }, back) }, icon('cycle'), 'Requeue'))),
      job.lastError && h('p', { class: 'alert', 'data-tone': 'failed' }, icon('warning'), job.lastError),
      h('div', { class: 'order-columns padded' },
        h('div', { class: 'stack' },
          panel('Input, exact', h('div', { class: 'body' }, input), copyButton(() => input)),
          answer && panel('Last answer, exact', h('div', { class: 'body' }, answer), copyButton(() => answer))),
        panel('Job', h('div', { class: 'body' }, facts([
          ['Queue', h('a', { href: `/queues/${job.queue}?state=dead` }, job.queue)],
          ['Order', h('a', { href: `/orders/${job.orderId}` }, job.orderId)],
          ['Shop', job.shop],
          ['Attempts', `${job.attempt}${job.maxAttempts === null ? '' : ` of ${job.maxAttempts}`}`],
          ['Worker', job.worker],
          ['Created', dateTime(job.createdAt, app.timeZone)],
          ['Given up', dateTime(job.finishedAt, app.timeZone)],
          ['Id', h('span', { class: 'mono' }, job.id)],
        ])))));
  }
}

customElements.define('dead-letter-view', DeadLetterView);
