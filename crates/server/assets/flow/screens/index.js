// Which module shows which kind of screen.

import { countrySelect } from "./country_select.js";
import { final } from "./final.js";
import { form } from "./form.js";
import { governmentIdCapture } from "./government_id_capture.js";
import { governmentIdSelect } from "./government_id_select.js";
import { notice, unavailable } from "./notice.js";
import { processing } from "./processing.js";
import { retry } from "./retry.js";
import { selfieCapture } from "./selfie_capture.js";
import { start } from "./start.js";

/** @typedef {import("../types.js").Screen} Screen */
/** @typedef {import("../types.js").View} View */
/** @typedef {import("../flow.js").Flow} Flow */

/** Kinds after which nothing comes. */
export const TERMINAL = ["completed", "failed"];

/** @type {Record<string, (flow: Flow, screen: Screen) => View>} */
const VIEWS = {
  start,
  form,
  country_select: countrySelect,
  government_id_select: governmentIdSelect,
  government_id_capture: governmentIdCapture,
  selfie_capture: selfieCapture,
  processing,
  retry,
  completed: final,
  failed: final,
  notice: (_, screen) => notice(screen, false),
};

/**
 * Whether this page can show a kind of screen.
 * @param {string} kind
 */
export function isKnown(kind) {
  return kind in VIEWS;
}

/**
 * @param {Flow} flow
 * @param {Screen} screen
 * @returns {View}
 */
export function viewOf(flow, screen) {
  const view = VIEWS[screen.kind];
  return view ? view(flow, screen) : unavailable();
}
