import { app } from '../app.js';
import { ApiError } from '../core/api.js';
import { field } from '../components/dialog.js';
import { fill, h } from '../components/dom.js';
import { icon } from '../components/icons.js';
import { errorText } from '../components/states.js';

/** The sign-in page. It is drawn without the frame, because nothing of the rest is anybody's before it. */
export class LoginView extends HTMLElement {
  #name = h('input', { class: 'input', type: 'text', name: 'username', autocomplete: 'username', autocapitalize: 'none', spellcheck: 'false', required: true });
  #password = h('input', { class: 'input', type: 'password', name: 'password', autocomplete: 'current-password', required: true });
  #button = h('button', { class: 'button primary', type: 'submit' }, 'Sign in');
  #fault = h('div', { role: 'alert' });

  connectedCallback() {
    document.title = 'Sign in · Orders Orchestrator';
    const form = h('form', { novalidate: true },
      h('h1', { class: 'brand' }, h('img', { src: '/icon.svg', alt: '', width: 28, height: 28 }), 'Orders Orchestrator'),
      this.#fault, field('Name', this.#name), field('Password', this.#password), this.#button);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#signIn();
    });
    this.append(h('main', { class: 'sign-in' }, form));
    this.#name.focus();
  }

  async #signIn() {
    if (!this.#name.value.trim() || !this.#password.value) return this.#say('Name and password are both needed.');
    this.#button.disabled = true;
    try {
      app.session = await app.api.post('/api/session', { name: this.#name.value.trim(), password: this.#password.value });
      this.dispatchEvent(new CustomEvent('signed-in', { bubbles: true }));
    } catch (error) {
      const wrong = error instanceof ApiError && error.status === 401;
      this.#say(wrong ? 'Name or password is wrong.' : errorText(error));
      this.#password.select();
    }
    this.#button.disabled = false;
  }

  /** @param {string} sentence */
  #say(sentence) {
    fill(this.#fault, h('p', { class: 'fault' }, icon('warning'), sentence));
  }
}

customElements.define('login-view', LoginView);
