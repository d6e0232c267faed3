// A control with its label.

import { el, uniqueId } from "../flow/dom.js";

/**
 * @param {string} name
 * @param {HTMLInputElement | HTMLSelectElement} control
 * @param {string} [kind] A class of its place.
 */
export function field(name, control, kind = "field") {
  control.id = uniqueId("field");
  return el("div", { class: kind }, el("label", { for: control.id }, name), control);
}
