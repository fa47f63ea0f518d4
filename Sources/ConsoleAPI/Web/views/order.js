import { custom } from '../components/dom.js';
import { OrderDetailElement } from '../components/order-detail.js';
import { orderName } from '../components/order-columns.js';
import { View } from '../components/view.js';

/** One order as a page of its own. */
export class OrderView extends View {
  #detail = custom(OrderDetailElement);

  get heading() {
    return 'Order';
  }

  opened() {
    this.append(this.#detail);
    this.#detail.addEventListener('order', (event) => {
      document.title = `${orderName(/** @type {CustomEvent} */ (event).detail)} · Orders Orchestrator`;
    });
    void this.#detail.show(this.place.parameters.id);
  }

  /** @param {string} action */
  hotkey(action) {
    return this.#detail.hotkey(action);
  }
}

customElements.define('order-view', OrderView);
