/**
 * Requests to the server: JSON in and out, one shape of error, a deadline on everything, and cancel.
 */

export const deadlineMilliseconds = 15_000;

/** What every request of ours carries, and a page of another origin cannot send without being asked. */
const ownHeaders = { Accept: 'application/json', 'X-Requested-With': 'console' };

/** What the server refused, or why it could not be reached (status 0). */
export class ApiError extends Error {
  /**
   * @param {number} status @param {string} code @param {string} message
   * @param {{ requestId?: string, field?: string, body?: any }} more
   */
  constructor(status, code, message, { requestId = '', field = '', body = null } = {}) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.requestId = requestId;
    this.field = field;
    this.body = body;
  }

  /** Whether the same request may succeed later by itself. */
  get isTransient() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/** @param {unknown} error */
export function isAbort(error) {
  return error instanceof DOMException && error.name === 'AbortError';
}

/**
 * @typedef {object} RequestOptions
 * @property {URLSearchParams | Record<string, string | number | boolean | null | undefined>} [query]
 * @property {unknown} [body]
 * @property {Record<string, string>} [headers]
 * @property {AbortSignal} [signal]
 * @property {boolean} [asText]  The exact text of the answer instead of parsed JSON.
 */

export class Api {
  /**
   * Called when the session has ended.
   * @type {() => void}
   */
  onSignedOut = () => {};
  /** The server's clock, to the second, when it answered last. */
  serverTime = 0;
  #fetch;

  /** @param {typeof fetch} fetcher */
  constructor(fetcher) {
    this.#fetch = fetcher;
  }

  /** @param {string} path @param {RequestOptions} [options] @returns {Promise<any>} */
  get(path, options) {
    return this.send('GET', path, options);
  }

  /** @param {string} path @param {unknown} [body] @param {RequestOptions} [options] @returns {Promise<any>} */
  post(path, body, options) {
    return this.send('POST', path, { ...options, body });
  }

  /** @param {string} method @param {string} path @param {RequestOptions} options @returns {Promise<any>} */
  async send(method, path, { query, body, headers = {}, signal, asText = false } = {}) {
    const abort = new AbortController();
    const giveUp = () => abort.abort();
    if (signal?.aborted) giveUp();
    signal?.addEventListener('abort', giveUp, { once: true });
    const deadline = setTimeout(giveUp, deadlineMilliseconds);
    try {
      const response = await this.#fetch(target(path, query), {
        method,
        signal: abort.signal,
        credentials: 'same-origin',
        headers: { ...ownHeaders, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers },
        body: body === undefined ? undefined : JSON.stringify(body),
      });
      const text = await response.text();
      this.serverTime = Date.parse(response.headers.get('Date') ?? '') || this.serverTime;
      if (response.ok) return asText ? text : parsed(text);
      throw this.#refusal(response, text);
    } catch (error) {
      if (error instanceof ApiError) throw error;
      if (signal?.aborted) throw new DOMException('cancelled', 'AbortError');
      if (isAbort(error)) throw new ApiError(0, 'timeout', `The server did not answer within ${deadlineMilliseconds / 1000} s.`);
      throw new ApiError(0, 'unreachable', 'The server cannot be reached.');
    } finally {
      clearTimeout(deadline);
      signal?.removeEventListener('abort', giveUp);
    }
  }

  /** @param {Response} response @param {string} text */
  #refusal(response, text) {
    if (response.status === 401) this.onSignedOut();
    const body = parsed(text);
    return new ApiError(response.status, body?.code ?? `http_${response.status}`, body?.error ?? `The server answered ${response.status}.`, {
      requestId: body?.requestId ?? response.headers.get('X-Request-Id') ?? '',
      field: body?.field ?? '',
      body,
    });
  }
}

/** @param {string} text */
function parsed(text) {
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** @param {string} path @param {RequestOptions['query']} query */
export function target(path, query) {
  if (!query) return path;
  const parameters = query instanceof URLSearchParams ? query : new URLSearchParams();
  if (!(query instanceof URLSearchParams)) {
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined && value !== null && value !== '' && value !== false) parameters.set(name, String(value));
    }
  }
  const text = String(parameters);
  return text ? `${path}?${text}` : path;
}

/**
 * Runs the latest of several calls: a new one cancels the one before.
 * @template {any[]} A
 * @template R
 * @param {(signal: AbortSignal, ...input: A) => Promise<R>} work
 * @returns {(...input: A) => Promise<R>}
 */
export function latest(work) {
  /** @type {AbortController | null} */
  let running = null;
  return (...input) => {
    running?.abort();
    running = new AbortController();
    return work(running.signal, ...input);
  };
}
