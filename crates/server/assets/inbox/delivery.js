// One delivery, opened.

import { el } from "../flow/dom.js";
import { get, post } from "./api.js";
import { outcome } from "./deliveries.js";
import { field } from "./field.js";
import { rebuild } from "./keyed.js";
import { fold, parts } from "./message.js";
import { clock, now, took } from "./moments.js";
import { doing } from "./said.js";

const TOO_OLD_MS = 10 * 60 * 1000;

/** @typedef {import("./types.js").Inspected} Inspected */

/** @param {Inspected} found */
function attempts(found) {
  if (found.attempts.length === 0) return el("p", { class: "soft" }, "No attempt was made yet.");
  const first = found.attempts.length < found.attempts_made ? " The latest are shown." : "";
  const items = found.attempts.map((attempt) => el("li", null,
    el("span", { class: "line" }, `${clock(attempt.at)}, ${took(attempt.milliseconds)}: `, el("strong", null, outcome(attempt))),
    attempt.head ? el("span", { class: "soft head" }, attempt.head.trim()) : null));
  return el("div", null, first ? el("p", { class: "soft" }, first.trim()) : null, el("ol", { class: "attempts-made" }, ...items));
}

/**
 * @param {Inspected} found
 * @param {string} path
 */
function copying(found, path) {
  const moments = [["now", "now"], [String(now() - TOO_OLD_MS), "10 minutes ago (too old)"]];
  found.attempts.forEach((attempt) => moments.push([String(attempt.at), `attempt at ${clock(attempt.at)}`]));
  const select = el("select", { "data-part": "moment" }, ...moments.map(([value, text]) => el("option", { value }, text)));
  const text = el("textarea", { class: "curl", readonly: true, rows: "6", "aria-label": "curl", hidden: true });
  const button = el("button", { type: "button", class: "button", "data-part": "copy" }, "Copy as curl");
  button.addEventListener("click", () => doing(button, async () => {
    const at = select.value === "now" ? "" : `?at=${select.value}`;
    /** @type {Inspected} */
    const signed = await get(`${path}/deliveries/${found.id}${at}`);
    const hint = signed.curl.includes("(left out)") ? " Fill in the values that are left out." : "";
    try {
      await navigator.clipboard.writeText(signed.curl);
      return `Copied.${hint}`;
    } catch (_) {
      text.hidden = false;
      text.value = signed.curl;
      text.select();
      return `Copy it from the field.${hint}`;
    }
  }));
  return el("div", { class: "tool" }, field("Signed for", select), button, text);
}

/**
 * @param {HTMLElement} node
 * @param {Inspected} found
 * @param {string} path Of the webhook.
 * @param {() => void} changed
 */
export function opened(node, found, path, changed) {
  /**
   * @param {string} part
   * @param {string} name
   * @param {() => Promise<string | void>} work
   */
  const action = (part, name, work) => {
    const button = el("button", { type: "button", class: "button", "data-part": part }, name);
    button.addEventListener("click", () => doing(button, async () => {
      const text = await work();
      changed();
      return text;
    }));
    return button;
  };
  const isOpen = found.status === "pending" || found.status === "failed";
  const isOver = found.status !== "pending";
  const deliver = isOpen && action("now", "Deliver now", async () => {
    await post(`${path}/deliveries/${found.id}/retry`);
    return "On its way.";
  });
  const again = isOver && action("again", "Send again", async () => {
    const { queued } = await post(`${path}/replay`, { meta: { "event-ids": [found.event_id] } });
    if (queued === 0) throw new Error("The webhook is not told of this event any more.");
    return "On its way again.";
  });
  const { shown } = found;
  const source = shown.received_at === undefined
    ? "As it would be sent now:"
    : `As the built-in receiver got it at ${clock(shown.received_at)} (request ${shown.number}):`;
  rebuild(node, () => [
    el("p", { class: "soft ids" }, el("code", null, found.event_id)),
    el("div", { class: "actions" }, deliver, again),
    fold("attempts", `Attempts (${found.attempts_made})`, true, attempts(found)),
    el("p", { class: "soft" }, source),
    ...parts(shown),
    copying(found, path),
  ]);
}
