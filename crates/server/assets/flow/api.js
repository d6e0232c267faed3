// Calls to the server. A call that got no answer is repeated until it gets one: the server makes a
// repeat harmless, and nothing that was typed or photographed is lost.

import { send } from "./upload.js";

/** @typedef {import("./types.js").State} State */

/** Waits between tries; the last one repeats. */
const WAITS_MS = [400, 1000, 2000, 4000, 8000];
const ANSWER_WITHIN_MS = 20000;
/** How often an answer of 500 is tried again before the person hears of it. */
const SERVER_FAULT_TRIES = 2;
/** Codes that end a flow, and are not about the load of the moment. */
const FINAL_CODES = ["application_error", "invalid_config", "unauthenticated", "inactive_template", "unknown"];

export class ApiError extends Error {
  /**
   * @param {number} status
   * @param {any} body
   */
  constructor(status, body) {
    const error = (body && body.error) || {};
    super(error.message || `HTTP ${status}`);
    this.status = status;
    /** @type {string} */
    this.code = error.code || "application_error";
    this.body = body;
    /** @type {import("./types.js").Problem[]} */
    this.problems = (body && (body.problems || error.problems)) || [];
  }

  /** Whether it makes the flow unusable. */
  get isFinal() {
    return FINAL_CODES.includes(this.code) && Boolean(this.body && this.body.error);
  }
}

export class Api {
  /** @param {(lost: boolean) => void} onConnection Told when answers stop coming, and when they come again. */
  constructor(onConnection) {
    this.onConnection = onConnection;
    /** @type {string | null} */
    this.token = null;
    this.stopping = new AbortController();
  }

  /** Ends everything that is under way, for good. */
  stop() {
    this.stopping.abort();
  }

  /**
   * @param {"verify" | "widget"} surface
   * @param {string} query
   * @param {string | null} sessionToken
   * @returns {Promise<State>}
   */
  bootstrap(surface, query, sessionToken) {
    const body = sessionToken ? { surface, query, session_token: sessionToken } : { surface, query };
    return this.call("POST", "bootstrap", body, false);
  }

  /**
   * @param {string} code
   * @param {string | null} language
   * @returns {Promise<State>}
   */
  redeem(code, language) {
    return this.call("POST", "redeem", language ? { code, language } : { code }, false);
  }

  /** @returns {Promise<State>} */
  state() {
    return this.call("GET", "state");
  }

  /**
   * @param {object} body
   * @returns {Promise<State>}
   */
  transition(body) {
    return this.call("POST", "transition", body);
  }

  /**
   * @param {string} locale
   * @returns {Promise<State>}
   */
  locale(locale) {
    return this.call("POST", "locale", { locale });
  }

  /**
   * @param {"passed" | "failed"} outcome
   * @returns {Promise<State>}
   */
  simulate(outcome) {
    return this.call("POST", "simulate", { outcome });
  }

  /** Leaving must not wait for the network, so this is tried once and outlives the page. */
  cancel() {
    return fetch("flow/v1/cancel", Object.assign(this.request("POST", {}), { keepalive: true })).then(
      () => undefined,
      () => undefined,
    );
  }

  /**
   * Sends a picture. The promise holds until the server has it.
   * @param {{ step: string, part: string, method: string, blob: Blob, onProgress: (share: number) => void, signal: AbortSignal }} file
   */
  async file(file) {
    const query = new URLSearchParams({ step: file.step, part: file.part, method: file.method });
    return this.until(file.signal, true, async () => {
      const answer = await send(`flow/v1/files?${query}`, this.token || "", file.blob, file.onProgress, file.signal);
      return { status: answer.status, body: parse(answer.text), retryAfter: answer.retryAfter };
    });
  }

  /**
   * @private
   * @param {string} method
   * @param {string} path
   * @param {object} [body]
   * @param {boolean} [withToken]
   * @returns {Promise<any>}
   */
  call(method, path, body, withToken = true) {
    return this.until(this.stopping.signal, withToken, async () => {
      // A first call may make something, so a slow answer is waited for rather than asked for twice.
      const timer = withToken ? new AbortController() : this.stopping;
      const timeout = withToken ? setTimeout(() => timer.abort(), ANSWER_WITHIN_MS) : 0;
      try {
        const request = Object.assign(this.request(method, body, withToken), { signal: timer.signal });
        const response = await fetch(`flow/v1/${path}`, request);
        return {
          status: response.status,
          body: parse(await response.text()),
          retryAfter: Number(response.headers.get("Retry-After")) || 0,
        };
      } finally {
        clearTimeout(timeout);
      }
    });
  }

  /**
   * @private
   * @param {string} method
   * @param {object} [body]
   * @param {boolean} [withToken]
   * @returns {RequestInit}
   */
  request(method, body, withToken = true) {
    /** @type {Record<string, string>} */
    const headers = {};
    // Once a flow is open, also an error without its session is in the language of the page; before, the browser's counts.
    if (withToken) headers["Accept-Language"] = document.documentElement.lang;
    if (body) headers["Content-Type"] = "application/json";
    if (withToken && this.token) headers.Authorization = `Bearer ${this.token}`;
    return { method, headers, body: body && JSON.stringify(body), cache: "no-store", credentials: "same-origin" };
  }

  /**
   * Tries until there is an answer that counts.
   * @private
   * @param {AbortSignal} signal
   * @param {boolean} harmless Whether doing it twice is the same as doing it once.
   * @param {() => Promise<{ status: number, body: any, retryAfter: number }>} attempt
   */
  async until(signal, harmless, attempt) {
    let faults = 0;
    for (let tries = 0; ; tries += 1) {
      if (signal.aborted || this.stopping.signal.aborted) throw new DOMException("stopped", "AbortError");
      let answer = null;
      try {
        answer = await attempt();
      } catch (error) {
        if (signal.aborted || this.stopping.signal.aborted) throw error;
      }
      const verdict = judge(answer, harmless, faults);
      if (answer && verdict === "done") {
        this.onConnection(false);
        if (answer.status >= 400) throw new ApiError(answer.status, answer.body);
        return answer.body;
      }
      if (verdict === "fault") faults += 1;
      if (verdict === "lost") this.onConnection(true);
      const wait = WAITS_MS[Math.min(tries, WAITS_MS.length - 1)];
      await pause(Math.max(wait, Math.min(60, answer ? answer.retryAfter : 0) * 1000), signal);
    }
  }
}

/**
 * @param {{ status: number, body: any } | null} answer
 * @param {boolean} harmless
 * @param {number} faults
 * @returns {"done" | "lost" | "busy" | "fault"}
 */
function judge(answer, harmless, faults) {
  if (!answer || answer.status === 0) return "lost";
  // A page of some network in between is no answer.
  if (answer.status < 400) return answer.body || answer.status === 204 ? "done" : "lost";
  const said = answer.body && answer.body.error;
  const final = said && FINAL_CODES.includes(said.code);
  if (answer.status === 429 && !final) return "busy";
  if ([502, 503, 504].includes(answer.status) && !said) return "lost";
  if (answer.status >= 500 && (!said || harmless) && faults < SERVER_FAULT_TRIES) return "fault";
  return "done";
}

/**
 * Waits, but no longer than until the device says that it is online again.
 * @param {number} ms
 * @param {AbortSignal} signal
 */
function pause(ms, signal) {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      window.removeEventListener("online", done);
      signal.removeEventListener("abort", done);
      resolve(undefined);
    };
    const timer = setTimeout(done, ms);
    window.addEventListener("online", done);
    signal.addEventListener("abort", done);
  });
}

/** @param {string} text */
function parse(text) {
  if (!text) return null;
  try {
    return JSON.parse(text);
  } catch (_) {
    return null;
  }
}
