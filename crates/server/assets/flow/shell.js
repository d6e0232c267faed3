// What stands around every screen: sandbox banner, progress, back and close, the sandbox switch, the
// language, and the notices that come and go.

import { el, fill, uniqueId } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./texts.js";

/** @typedef {import("./types.js").State} State */

/**
 * @typedef {object} ShellActions
 * @property {() => void} back
 * @property {() => void} close
 * @property {(outcome: "passed" | "failed") => void} simulate
 * @property {(locale: string) => void} locale
 */

/** How long a passing notice stays. */
const TOAST_MS = 6000;

export class Shell {
  /**
   * @param {HTMLElement} root
   * @param {"hosted" | "embedded" | "inline"} mode
   * @param {ShellActions} actions
   */
  constructor(root, mode, actions) {
    this.root = root;
    this.actions = actions;
    this.banner = el("aside", { class: "sandbox-banner", hidden: true });
    this.backButton = el("button", { type: "button", class: "icon-button", onclick: actions.back, hidden: true }, icon("back"));
    this.closeButton = el("button", { type: "button", class: "icon-button", onclick: actions.close, hidden: true }, icon("close"));
    this.bar = el("div", { class: "progress-fill" });
    this.progress = el("div", { class: "progress", role: "progressbar", "aria-valuemin": "0", "aria-valuemax": "100", hidden: true }, this.bar);
    this.header = el("header", { class: "top" },
      el("div", { class: "top-side" }, this.backButton),
      this.progress,
      el("div", { class: "top-side top-end" }, this.closeButton));
    this.main = el("main", { class: "screen" },
      el("div", { class: "boot", role: "status" },
        el("span", { class: "spinner", "aria-hidden": "true" }),
        el("span", { class: "visually-hidden" }, t("connection-loading"))));
    this.card = el("div", { class: "card" }, this.header, this.main);
    this.panel = el("section", { class: "simulate", hidden: true });
    this.footer = el("footer", { class: "foot", hidden: true });
    this.connectionNotice = el("div", { class: "connection", role: "status" });
    this.toastBox = el("div", { class: "toasts", role: "status" });
    this.live = el("div", { class: "visually-hidden", "aria-live": "polite" });
    this.toastTimer = 0;
    root.setAttribute("data-mode", mode);
    fill(root, this.banner, this.card, this.panel, this.footer, this.connectionNotice, this.toastBox, this.live);
    this.relabel();
  }

  /** Names of the fixed controls, in the language of the moment. */
  relabel() {
    this.backButton.setAttribute("aria-label", t("button-back"));
    this.closeButton.setAttribute("aria-label", t("button-close"));
    this.progress.setAttribute("aria-label", t("progress-label"));
  }

  /** @param {boolean} shown */
  showClose(shown) {
    this.closeButton.hidden = !shown;
  }

  /** @param {boolean} shown */
  showBack(shown) {
    this.backButton.hidden = !shown;
  }

  /** @param {number | null} share 0 to 1, or null where progress makes no sense. */
  showProgress(share) {
    this.progress.hidden = share === null;
    const percent = Math.round(Math.max(0.04, Math.min(1, share || 0)) * 100);
    this.progress.setAttribute("aria-valuenow", String(percent));
    this.bar.style.setProperty("inline-size", `${percent}%`);
  }

  /** @param {{ outcome: "passed" | "failed" } | null | undefined} simulate */
  showSandbox(simulate) {
    this.banner.hidden = !simulate;
    this.panel.hidden = !simulate;
    if (!simulate) return;
    fill(this.banner, icon("flask"), el("span", null, t("sandbox-notice")));
    const chosen = /** @type {HTMLInputElement | null} */ (this.panel.querySelector("input:checked"));
    if (chosen && chosen.value === simulate.outcome && this.panel.lang === document.documentElement.lang) return;
    const hadFocus = this.panel.contains(document.activeElement);
    this.panel.lang = document.documentElement.lang;
    this.panel.setAttribute("aria-label", t("sandbox-outcome"));
    fill(this.panel, this.outcomeSwitch(simulate.outcome));
    if (hadFocus) /** @type {HTMLElement} */ (this.panel.querySelector("input:checked")).focus();
  }

  /**
   * @private
   * @param {"passed" | "failed"} current
   */
  outcomeSwitch(current) {
    const name = uniqueId("outcome");
    const choice = (/** @type {"passed" | "failed"} */ outcome, /** @type {string} */ label) =>
      el("label", { class: `segment segment-${outcome}` },
        el("input", {
          type: "radio", name, value: outcome, checked: outcome === current,
          onchange: () => this.actions.simulate(outcome),
        }),
        el("span", null, icon(outcome === "passed" ? "check" : "close"), label));
    return el("fieldset", { class: "segments" },
      el("legend", { class: "visually-hidden" }, t("sandbox-outcome")),
      choice("passed", t("sandbox-pass")),
      choice("failed", t("sandbox-fail")));
  }

  /**
   * @param {State} state
   * @param {boolean} shown
   */
  showLanguages(state, shown) {
    const locales = state.locales || [];
    this.footer.hidden = !shown || locales.length < 2;
    if (this.footer.hidden) return;
    const hadFocus = this.footer.contains(document.activeElement);
    const select = el("select", {
      id: "language", class: "language-select",
      onchange: () => this.actions.locale(select.value),
    }, ...locales.map(({ code, name }) => el("option", { value: code, lang: code, selected: code === state.locale }, name)));
    fill(this.footer,
      el("label", { class: "language", for: "language" }, icon("globe"),
        el("span", { class: "visually-hidden" }, t("language-label")), select));
    if (hadFocus) select.focus();
  }

  /** @param {boolean} lost */
  showConnection(lost) {
    const text = lost ? t("connection-lost") : "";
    if (this.connectionNotice.textContent === text) return;
    fill(this.connectionNotice, lost && el("div", { class: "pill" }, el("span", { class: "spinner", "aria-hidden": "true" }), el("span", null, text)));
  }

  /** @param {string} text */
  toast(text) {
    clearTimeout(this.toastTimer);
    fill(this.toastBox, el("div", { class: "toast" }, icon("info"), el("span", null, text)));
    this.toastTimer = window.setTimeout(() => fill(this.toastBox), TOAST_MS);
  }

  /**
   * Says something to screen readers without moving the focus.
   * @param {string} text
   */
  announce(text) {
    if (this.live.textContent !== text) this.live.textContent = text;
  }

  /**
   * Puts a screen, or the next view of the same screen, into the main element.
   * @param {Node[]} nodes
   * @param {string} [view]
   */
  setNodes(nodes, view = "") {
    this.main.setAttribute("data-view", view);
    fill(this.main, ...nodes);
    this.main.scrollTop = 0;
  }

  /** @returns {HTMLElement | null} */
  heading() {
    return this.main.querySelector("h1");
  }

  /** @param {boolean} busy */
  setBusy(busy) {
    if (busy) this.main.setAttribute("aria-busy", "true");
    else this.main.removeAttribute("aria-busy");
    if (busy) return;
    for (const pressed of Array.from(this.main.querySelectorAll("[data-pressed]"))) pressed.removeAttribute("data-pressed");
  }

  /** The height of what is there, in pixels, without the empty space that fills the window. */
  contentHeight() {
    const style = getComputedStyle(this.main);
    const inner = this.main.clientHeight - parseFloat(style.paddingTop) - parseFloat(style.paddingBottom);
    const children = /** @type {HTMLElement[]} */ (Array.from(this.main.children)).filter((child) => child.offsetHeight > 0);
    const gaps = (parseFloat(style.rowGap) || 0) * Math.max(0, children.length - 1);
    const used = children.reduce((sum, child) => sum + child.offsetHeight, gaps);
    return Math.max(0, Math.round(this.root.offsetHeight - Math.max(0, inner - used)));
  }
}
