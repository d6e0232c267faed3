// What can be done with a webhook: switch it, send a sample, replay, simulate.

import { el } from "../flow/dom.js";
import { post } from "./api.js";
import { outcome } from "./deliveries.js";
import { field } from "./field.js";
import { rebuild } from "./keyed.js";
import { fold, parts } from "./message.js";
import { now, took } from "./moments.js";
import { doing } from "./said.js";

const USUAL = "inquiry.completed";
const HOUR = 3600 * 1000;

/** @type {Record<string, string>} */
const VERDICTS = {
  "would-deliver": "Yes. This would be sent:",
  "would-skip": "No: the payload filter does not match this:",
  "not-enabled": "No: the webhook is not told of events with this name. It would be this:",
};

/**
 * @param {string} name
 * @param {(button: HTMLButtonElement) => void} submit
 * @param {...Node} fields
 */
function form(name, submit, ...fields) {
  const button = el("button", { type: "submit", class: "button" }, name);
  return el("form", { class: "tool", onsubmit: (/** @type {Event} */ event) => {
    event.preventDefault();
    submit(button);
  } }, ...fields, button);
}

/**
 * @param {string} path
 * @param {string[]} names
 */
function sample(path, names) {
  const groups = new Map();
  for (const name of names) {
    const type = name.split(".")[0];
    groups.set(type, (groups.get(type) || []).concat(name));
  }
  const select = el("select", null, ...Array.from(groups, ([type, all]) => el("optgroup", { label: type },
    ...all.map((/** @type {string} */ name) => el("option", { value: name, selected: name === USUAL }, name)))));
  const result = el("div", { class: "opened" });
  const send = form("Send the sample", (button) => doing(button, async () => {
    const sent = await post(`${path}/sample`, { meta: { "event-name": select.value } });
    const words = sent.succeeded ? "arrived" : "did not arrive";
    const line = `Sample ${words}: ${outcome(sent.attempt)} in ${took(sent.attempt.milliseconds)}.`;
    rebuild(result, () => [
      el("p", null, line),
      sent.succeeded || !sent.attempt.head ? null : el("p", { class: "soft head" }, sent.attempt.head.trim()),
      ...parts({ headers: sent.headers, body: sent.body }),
    ]);
    return line;
  }), field("Event", select));
  return fold("sample", "Send a sample", false, send, result);
}

/**
 * @param {string} path
 * @param {() => void} changed
 */
function replay(path, changed) {
  const value = el("input", { type: "text", autocomplete: "off", spellcheck: "false" });
  const named = field("Which", value);
  named.hidden = true;
  const which = el("select", { onchange: () => { named.hidden = !/id$/.test(which.value); } },
    el("option", { value: "hour" }, "of the last hour"),
    el("option", { value: "day" }, "of the last 24 hours"),
    el("option", { value: "all" }, "of all times"),
    el("option", { value: "reference-id" }, "of a reference ID"),
    el("option", { value: "event-id" }, "one, by its ID"));
  /** @returns {object} */
  const meta = () => {
    switch (which.value) {
      case "hour": return { from: new Date(now() - HOUR).toISOString() };
      case "day": return { from: new Date(now() - 24 * HOUR).toISOString() };
      case "all": return { "after-sequence": 0 };
      case "reference-id": return { "reference-id": value.value.trim() };
      default: return { "event-ids": [value.value.trim()] };
    }
  };
  const send = form("Replay", (button) => doing(button, async () => {
    let queued = 0;
    /** @type {any} */
    let more = meta();
    while (more) {
      const done = await post(`${path}/replay`, { meta: more });
      queued += done.queued;
      more = done.next_after_sequence === null ? null : Object.assign({}, more, { "after-sequence": done.next_after_sequence });
    }
    changed();
    return queued === 1 ? "1 event is on its way again." : `${queued} events are on their way again.`;
  }), field("Events", which), named);
  return fold("replay", "Replay", false, el("p", { class: "soft" }, "Sends events again, those that arrived too, and those from before the webhook."), send);
}

/** @param {string} path */
function simulation(path) {
  const id = el("input", { type: "text", required: true, autocomplete: "off", spellcheck: "false", placeholder: "evt_…" });
  const result = el("div", { class: "opened" });
  const ask = form("Find out", (button) => doing(button, async () => {
    const found = await post(`${path}/simulate`, { meta: { "event-id": id.value.trim() } });
    const asleep = found.webhook_status === "enabled" ? "" : "Nothing is sent while the webhook is disabled. ";
    rebuild(result, () => [
      el("p", null, asleep + VERDICTS[found.verdict]),
      ...parts({ headers: found.headers, body: found.body }),
    ]);
    return VERDICTS[found.verdict].split(/[.:]/)[0] + ".";
  }), field("Event ID", id));
  return fold("simulation", "Would it be delivered?", false, ask, result);
}

/**
 * @param {string} path
 * @param {string[]} names
 * @param {() => void} changed
 */
export function tools(path, names, changed) {
  return [sample(path, names), replay(path, changed), simulation(path)];
}
