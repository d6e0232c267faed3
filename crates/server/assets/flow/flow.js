// The course of a flow: starts it, shows the screen the server names, sends what the person does.
// It decides nothing about the order of screens.

import { Activity } from "./activity.js";
import { Api, ApiError } from "./api.js";
import { Behaviors } from "./behaviors.js";
import { stopAll } from "./camera.js";
import { askToLeave, closeDialog } from "./dialog.js";
import { focusOn } from "./dom.js";
import { StepEvents } from "./events.js";
import { Messages } from "./messages.js";
import { showQuery } from "./query.js";
import { isKnown, viewOf, TERMINAL } from "./screens/index.js";
import { closed } from "./screens/closed.js";
import { notice } from "./screens/notice.js";
import { recall, remember } from "./session.js";
import { Shell } from "./shell.js";
import { setTexts, t } from "./texts.js";
import { setPadding, setVariables, setVariant } from "./theme.js";

/** @typedef {import("./types.js").State} State */
/** @typedef {import("./types.js").Screen} Screen */
/** @typedef {import("./types.js").View} View */

/** The host page hears of a start that takes longer than this as of an error. */
const START_WITHIN_MS = 10000;

export class Flow {
  /**
   * @param {HTMLElement} root
   * @param {"verify" | "widget"} surface
   * @param {import("./query.js").PageQuery} query
   * @param {string} search The query without secrets.
   */
  constructor(root, surface, query, search) {
    this.query = query;
    this.search = search;
    this.surface = surface;
    this.embedded = surface === "widget" && window.parent !== window;
    this.inline = this.embedded && query.inline;
    const mode = this.inline ? "inline" : this.embedded ? "embedded" : "hosted";
    this.shell = new Shell(root, mode, {
      back: () => this.commit({}, "back"),
      close: () => this.leave(false),
      simulate: (outcome) => this.quietly(() => this.api.simulate(outcome)),
      locale: (locale) => this.quietly(() => this.api.locale(locale)),
    });
    this.messages = new Messages(query, this.embedded);
    this.api = new Api((lost) => this.shell.showConnection(lost));
    this.activity = new Activity();
    this.behaviors = new Behaviors();
    this.events = new StepEvents(this.messages, this.shell);
    /** @type {State | null} */
    this.state = null;
    /** @type {View | null} */
    this.view = null;
    /** What was typed on forms, by step, until it is accepted. @type {Map<string, Record<string, any>>} */
    this.drafts = new Map();
    this.busy = false;
    this.firstStep = "";
    /** "running", "left" after a cancel, "done" after the final button, "broken" after an error. */
    this.stage = "running";
  }

  async begin() {
    setVariant(this.query.styleVariant, null);
    if (this.inline) {
      setPadding(this.shell.root, this.query.widgetPadding);
      setPadding(this.shell.header, this.query.navigationPadding);
    }
    this.shell.showClose(this.canLeave());
    this.messages.listen({ open: () => this.reopen(), exit: (force) => this.leave(force), destroy: () => this.destroy() });
    this.activity.whenActive(() => this.behaviors.start());
    this.messages.post("load");
    const slow = this.embedded ? window.setTimeout(() => this.tooSlow(), START_WITHIN_MS) : 0;
    try {
      this.started(await this.firstState());
    } catch (error) {
      if (this.stage === "running") this.fail(error);
    } finally {
      clearTimeout(slow);
    }
  }

  /** @private */
  firstState() {
    const { code, inquiryId, sessionToken, language } = this.query;
    if (code) return this.api.redeem(code, language);
    return this.api.bootstrap(this.surface, this.search, sessionToken || (inquiryId ? recall(inquiryId) : null));
  }

  /**
   * @private
   * @param {State} state
   */
  started(state) {
    if (this.stage !== "running") return;
    const id = state.inquiry && state.inquiry.id;
    if (state.session_token) {
      this.api.token = state.session_token;
      if (id) remember(id, state.session_token);
    }
    // A code works once; with the inquiry's own id instead, this tab can be reloaded.
    if (this.query.code && id) showQuery([`inquiry-id=${encodeURIComponent(id)}`, this.search].filter(Boolean).join("&"));
    if (id) {
      this.messages.post("inquiry-load", { inquiryId: id });
      this.messages.post("start", { inquiryId: id });
    }
    this.firstStep = state.screen.step;
    this.apply(state);
    const theme = state.theme || {};
    /** @type {Record<string, any>} */
    const metadata = {};
    if (theme.preferred_dimensions) metadata.preferredDimensions = theme.preferred_dimensions;
    if (theme.border_radius) metadata.styles = { borderRadius: theme.border_radius };
    this.messages.post("ready", metadata);
  }

  /**
   * Takes a state over and shows its screen, unless that is already shown.
   * @param {State} fresh
   * @param {{ committed?: boolean, again?: boolean }} [how] `committed`: it answers something the person sent.
   *   `again`: the screen is drawn even if it is the same.
   */
  apply(fresh, how = {}) {
    const before = this.state;
    const state = Object.assign({}, before, fresh);
    this.state = state;
    const relabelled = !before || before.locale !== state.locale;
    if (relabelled) this.setLanguage(state);
    if (!before || fresh.theme) {
      setVariant(this.query.styleVariant, state.theme && state.theme.variant);
      setVariables(state.theme && state.theme.variables);
    }
    const terminal = TERMINAL.includes(state.screen.kind);
    this.shell.showSandbox(state.screen.kind === "notice" ? null : state.simulate);
    if (this.stage === "left") return;
    if (!how.again && !relabelled && before && sameScreen(before.screen, state.screen)) return;
    this.show(state.screen, relabelled && Boolean(before));
    this.shell.showBack(state.screen.back === true);
    this.shell.showClose(this.canLeave() && !terminal);
    this.shell.showProgress(state.screen.kind === "notice" ? null : progressOf(state));
    this.shell.showLanguages(state, state.screen.kind === "start" || (state.screen.step === this.firstStep && !terminal && state.screen.kind !== "notice"));
    this.events.shown(state.screen);
    if (how.committed) this.events.arrived(state.screen);
  }

  /**
   * @private
   * @param {Screen} screen
   * @param {boolean} [keepFocus]
   */
  show(screen, keepFocus = false) {
    this.clear();
    this.shell.main.setAttribute("data-screen", isKnown(screen.kind) ? screen.kind : "notice");
    this.shell.main.setAttribute("data-step", screen.step || "");
    this.setView(viewOf(this, screen), keepFocus);
  }

  /**
   * @private
   * @param {View} view
   * @param {boolean} [keepFocus]
   */
  setView(view, keepFocus = false) {
    const first = !this.view;
    this.view = view;
    if (view.nodes.length > 0) this.shell.setNodes(view.nodes);
    const heading = this.shell.heading();
    document.title = heading ? heading.textContent || "" : document.title;
    window.scrollTo(0, 0);
    // A frame that has just loaded must not take the focus from the page around it.
    if (!keepFocus && !(first && this.embedded)) focusOn(heading);
  }

  /** @private */
  clear() {
    if (this.view && this.view.dispose) this.view.dispose();
  }

  /**
   * @private
   * @param {State} state
   */
  setLanguage(state) {
    setTexts(state.texts);
    document.documentElement.lang = state.locale || "en-US";
    document.documentElement.dir = state.direction === "rtl" ? "rtl" : "ltr";
    this.shell.relabel();
  }

  /**
   * Sends what the person entered, or `back`, and shows what comes next.
   * @param {Record<string, any>} values
   * @param {string} [action]
   */
  async commit(values, action) {
    if (this.busy || !this.state || this.stage !== "running") return;
    const screen = this.state.screen;
    this.setBusy(true);
    this.events.leaving(screen);
    /** @type {Record<string, any>} */
    const body = { step: screen.step, revision: screen.revision, key: randomKey(), values, behaviors: this.behaviors.totals() };
    if (action) body.action = action;
    try {
      const state = await this.api.transition(body);
      this.drafts.delete(screen.step);
      this.setBusy(false);
      this.apply(state, { committed: true });
    } catch (error) {
      this.setBusy(false);
      this.fail(error);
    }
  }

  /**
   * A call beside the flow, whose answer may change texts or switches.
   * @private
   * @param {() => Promise<State>} call
   */
  async quietly(call) {
    try {
      this.apply(await call());
    } catch (error) {
      this.fail(error);
      if (this.state) this.shell.showSandbox(this.state.simulate);
    }
  }

  /**
   * @private
   * @param {boolean} busy
   */
  setBusy(busy) {
    this.busy = busy;
    this.shell.setBusy(busy);
  }

  /**
   * Something was refused or broke.
   * @param {unknown} error
   */
  fail(error) {
    if (error instanceof DOMException && error.name === "AbortError") return;
    if (!(error instanceof ApiError)) {
      this.crash({ status: 0, code: "application_error", message: "The page met an unexpected error" });
      return;
    }
    const body = error.body || {};
    if (error.isFinal) {
      this.crash({ status: body.error.status || 0, code: error.code, message: error.message }, body);
    } else if (error.code === "invalid_values" && this.view && this.view.showProblems) {
      this.view.showProblems(error.problems);
    } else if (error.code === "stale_step" && body.screen) {
      this.apply(body, { again: true });
      this.shell.toast(t("error-moved-on"));
    } else if (body.screen && body.screen.kind === "notice") {
      this.apply(body);
    } else if (!this.state) {
      this.crash({ status: 0, code: "application_error", message: "The flow could not be started" }, body);
    } else {
      this.shell.toast(t(error.code === "file_missing" ? "capture-problem-missing" : "error-try-again"));
    }
  }

  /**
   * The flow cannot go on: says so to the host page, and shows it for good.
   * @param {{ status: number, code: string, message: string }} error
   * @param {any} [body] What the server says about it, perhaps with a screen to show.
   */
  crash(error, body) {
    this.stage = "broken";
    this.messages.postError(error);
    if (body && body.texts) this.setLanguage(body);
    this.clear();
    const screen = body && body.screen && body.screen.kind === "notice" ? body.screen : null;
    this.shell.main.setAttribute("data-screen", "notice");
    this.shell.main.setAttribute("data-step", (screen && screen.step) || "");
    this.shell.showBack(false);
    this.shell.showClose(this.canLeave());
    this.shell.showProgress(null);
    this.shell.showSandbox(null);
    this.shell.showConnection(false);
    this.shell.footer.hidden = true;
    this.setBusy(false);
    this.setView(notice(screen, !screen));
  }

  /** @private */
  tooSlow() {
    if (this.stage !== "running") return;
    this.crash({ status: 0, code: "application_error", message: "The flow did not start in time" });
    this.api.stop();
  }

  /** Whether there is anybody who wants to know that the person left. */
  canLeave() {
    return (this.embedded && !this.inline) || (!this.embedded && this.query.webview);
  }

  /**
   * Leaving before the end: asks first, unless forced or there is nothing to lose.
   * @param {boolean} force
   */
  async leave(force) {
    const kind = this.state ? this.state.screen.kind : "";
    if (this.stage === "running" && (kind === "completed" || kind === "failed")) {
      this.finish();
      return;
    }
    if (this.stage === "done") return;
    const ask = !force && this.stage === "running" && kind !== "notice";
    if (ask && !(await askToLeave(this.shell.root))) return;
    closeDialog();
    this.left();
  }

  /** @private */
  left() {
    stopAll();
    this.clear();
    if (this.state && this.api.token) this.api.cancel();
    const inquiry = this.state && this.state.inquiry;
    this.messages.post("exit", inquiry ? { inquiryId: inquiry.id, sessionToken: this.api.token } : {});
    const target = this.state && this.state.cancel_redirect;
    if (!this.embedded && target) location.assign(target);
    if (this.stage === "broken" || !this.state) return;
    this.stage = "left";
    this.shell.showBack(false);
    this.shell.showClose(false);
    this.shell.main.setAttribute("data-screen", "closed");
    this.setView(closed(() => this.reopen()));
  }

  /** The frame is shown, for the first time or again. */
  reopen() {
    this.activity.activate();
    closeDialog();
    if (this.stage === "left" && this.state) {
      this.stage = "running";
      this.apply(this.state, { again: true });
    } else if (document.activeElement === document.body) {
      focusOn(this.shell.heading());
    }
  }

  /** The button of the last screen. */
  finish() {
    if (!this.state || this.stage !== "running") return;
    const { inquiry, screen } = this.state;
    if (!this.embedded) {
      if (screen.redirect) location.assign(screen.redirect);
      return;
    }
    this.stage = "done";
    const result = screen.result || { status: screen.kind, fields: {} };
    this.messages.post(screen.kind === "completed" ? "complete" : "fail", {
      inquiryId: inquiry && inquiry.id,
      status: result.status,
      fields: result.fields || {},
    });
    this.show(screen);
  }

  /** @private */
  destroy() {
    this.api.stop();
    stopAll();
    this.clear();
    closeDialog();
    this.stage = "done";
  }
}

/**
 * @param {Screen} a
 * @param {Screen} b
 */
function sameScreen(a, b) {
  return a.step === b.step && a.kind === b.kind && a.revision === b.revision;
}

/** @param {State} state */
function progressOf(state) {
  if (state.screen.kind === "completed" || state.screen.kind === "failed") return 1;
  return state.step_count ? (state.step_index || 0) / state.step_count : null;
}

function randomKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
