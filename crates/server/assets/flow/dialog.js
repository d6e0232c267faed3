// Our own question before leaving. A framed page may not use the browser's.

import { el, uniqueId } from "./dom.js";
import { t } from "./texts.js";

/** @type {((answer: boolean) => void) | null} */
let answerOpen = null;

/** Takes a standing dialog away, as if the person had stayed. */
export function closeDialog() {
  if (answerOpen) answerOpen(false);
}

/**
 * Asks whether to leave.
 * @param {HTMLElement} page Everything behind the dialog.
 * @returns {Promise<boolean>}
 */
export function askToLeave(page) {
  closeDialog();
  const before = /** @type {HTMLElement | null} */ (document.activeElement);
  return new Promise((resolve) => {
    const titleId = uniqueId("dialog");
    const bodyId = uniqueId("dialog");
    const stay = el("button", { type: "button", class: "button button-primary", onclick: () => answer(false) }, t("dialog-leave-stay"));
    const leave = el("button", { type: "button", class: "button button-secondary", onclick: () => answer(true) }, t("dialog-leave-confirm"));
    const box = el("div", { class: "dialog", role: "dialog", "aria-modal": "true", "aria-labelledby": titleId, "aria-describedby": bodyId },
      el("h2", { class: "dialog-title", id: titleId }, t("dialog-leave-title")),
      el("p", { class: "dialog-body", id: bodyId }, t("dialog-leave-body")),
      el("div", { class: "dialog-actions" }, stay, leave));
    const backdrop = el("div", {
      class: "backdrop",
      onclick: (/** @type {Event} */ event) => event.target === backdrop && answer(false),
      onkeydown: (/** @type {KeyboardEvent} */ event) => {
        if (event.key === "Escape") answer(false);
        if (event.key === "Tab") keepInside(event, [stay, leave]);
      },
    }, box);

    /** @param {boolean} leaving */
    function answer(leaving) {
      if (answerOpen !== answer) return;
      answerOpen = null;
      backdrop.remove();
      page.removeAttribute("inert");
      page.removeAttribute("aria-hidden");
      if (!leaving && before && document.contains(before)) before.focus({ preventScroll: true });
      resolve(leaving);
    }

    answerOpen = answer;
    page.setAttribute("inert", "");
    page.setAttribute("aria-hidden", "true");
    document.body.appendChild(backdrop);
    stay.focus({ preventScroll: true });
  });
}

/**
 * @param {KeyboardEvent} event
 * @param {HTMLElement[]} stops
 */
function keepInside(event, stops) {
  event.preventDefault();
  const at = stops.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const next = at + (event.shiftKey ? -1 : 1);
  stops[(next + stops.length) % stops.length].focus();
}
