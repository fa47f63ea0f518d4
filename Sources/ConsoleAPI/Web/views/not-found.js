import { emptyCard } from '../components/states.js';
import { h } from '../components/dom.js';
import { View } from '../components/view.js';

export class NotFoundView extends View {
  get heading() {
    return 'Not found';
  }

  opened() {
    this.append(h('h1', { class: 'visually-hidden', tabindex: -1 }, 'Not found'),
      emptyCard('There is no such page', this.place.path, { icon: 'search', buttons: [h('a', { class: 'button', href: '/' }, 'Go to the overview')] }));
  }
}

customElements.define('not-found-view', NotFoundView);
