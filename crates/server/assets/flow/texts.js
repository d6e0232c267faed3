// The fixed texts of the page, in the person's language. The server sends them all; the few below are
// for the moments before its first answer.

/** @type {Record<string, string>} */
const BEFORE_FIRST_ANSWER = {
  "connection-lost": "Connection lost, retrying",
  "connection-loading": "Loading",
  "button-close": "Close",
  "button-try-again": "Try again",
  "dialog-leave-title": "Leave the verification?",
  "dialog-leave-body": "You have not finished yet.",
  "dialog-leave-confirm": "Leave",
  "dialog-leave-stay": "Keep going",
  "error-title": "Something went wrong",
  "error-body": "We could not load this page. Please try again in a moment.",
};

/** @type {Record<string, string>} */
let texts = {};

/** @param {Record<string, string> | null | undefined} fresh */
export function setTexts(fresh) {
  if (fresh) texts = fresh;
}

/**
 * A text by its id. Tokens such as `%n` are replaced by the given values.
 * @param {string} id
 * @param {Record<string, string | number>} [tokens]
 */
export function t(id, tokens) {
  let text = texts[id] || BEFORE_FIRST_ANSWER[id] || "";
  for (const [name, value] of Object.entries(tokens || {})) text = text.split(`%${name}`).join(String(value));
  return text;
}

/**
 * The label of a button as the server sends it: a string, or an object with a label.
 * @param {string | { label: string } | null | undefined} button
 * @param {string} fallbackId
 */
export function buttonLabel(button, fallbackId) {
  if (typeof button === "string" && button) return button;
  if (button && typeof button === "object" && button.label) return button.label;
  return t(fallbackId);
}
