// A request as it was received or would be sent: signature check, headers, body.

import { el } from "../flow/dom.js";

/** @type {Record<string, string>} */
const STEPS = {
  header: "Header is there",
  format: "Header can be read",
  time: "Time is near enough",
  message: "Message is built",
  signature: "Signature is equal",
};

/**
 * @param {string} part
 * @param {string} title
 * @param {boolean} isOpen
 * @param {...Node} children
 */
export function fold(part, title, isOpen, ...children) {
  return el("details", { class: "fold", "data-part": part, open: isOpen }, el("summary", null, title), ...children);
}

/** @param {import("./types.js").Step[]} steps */
function check(steps) {
  const isGood = steps.every((step) => step.ok) && steps.some((step) => step.name === "signature");
  const items = steps.map((step) => {
    const detail = step.detail.split("; ").map((line) => el("span", { class: "line" }, line));
    return el("li", { class: step.ok ? "good" : "bad" },
      el("span", { class: "mark", "aria-hidden": "true" }, step.ok ? "✓" : "✗"),
      el("span", null, el("strong", null, STEPS[step.name] || step.name), step.ok ? "" : " – no", el("span", { class: "soft detail" }, ...detail)));
  });
  const title = isGood ? "Signature: valid" : "Signature: not valid";
  return fold("signature", title, !isGood, el("ol", { class: "steps" }, ...items));
}

/** @param {string} body */
function pretty(body) {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch (_) {
    return body;
  }
}

/** @param {import("./types.js").Message} message */
export function parts(message) {
  const rows = message.headers.map(([name, value]) => el("div", null, el("dt", null, name), el("dd", null, value)));
  const cut = message.is_cut ? [el("p", { class: "soft" }, "Only the beginning was kept.")] : [];
  const body = el("pre", { tabindex: "0", "aria-label": "Body" }, el("code", null, pretty(message.body)));
  return [
    message.steps ? check(message.steps) : null,
    fold("headers", `Headers (${rows.length})`, false, el("dl", { class: "headers" }, ...rows)),
    fold("body", "Body", true, ...cut, body),
  ];
}
