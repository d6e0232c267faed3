// The shape that screens share: a drawing, a heading, a text, content, and the buttons below.

import { el } from "../dom.js";
import { icon } from "../icons.js";
import { pictograph } from "../pictographs.js";

/**
 * @typedef {object} Parts
 * @property {string | null} [art] Name of a drawing.
 * @property {string} title
 * @property {string | null} [body]
 * @property {(Node | null | false)[]} [content]
 * @property {(Node | null | false)[]} [actions]
 * @property {boolean} [centered]
 */

/**
 * @param {Parts} parts
 * @returns {Node[]}
 */
export function layout({ art, title, body, content, actions, centered }) {
  const shown = (actions || []).filter(Boolean);
  return [
    el("div", { class: centered ? "screen-body centered" : "screen-body" },
      art ? el("div", { class: "art" }, pictograph(art)) : null,
      el("h1", { class: "title", tabindex: "-1" }, title),
      ...paragraphs(body),
      ...(content || [])),
    ...(shown.length > 0 ? [el("div", { class: "screen-actions" }, ...shown)] : []),
  ];
}

/**
 * @param {string | null | undefined} text
 * @returns {HTMLElement[]}
 */
export function paragraphs(text) {
  return (text || "").split(/\n\s*\n/).filter(Boolean).map((paragraph) => el("p", { class: "text" }, paragraph));
}

/**
 * @param {"primary" | "secondary" | "quiet"} rank
 * @param {string} label
 * @param {() => void} onclick
 * @param {string} [iconName]
 */
export function button(rank, label, onclick, iconName) {
  const node = el("button", {
    type: "button", class: `button button-${rank}`,
    onclick: () => {
      node.setAttribute("data-pressed", "");
      onclick();
    },
  }, iconName ? icon(iconName) : null, el("span", null, label));
  return node;
}

/**
 * A short remark in a box.
 * @param {"info" | "warning" | "error"} tone
 * @param {string} text
 * @param {string} [role]
 */
export function remark(tone, text, role) {
  return el("div", { class: `remark remark-${tone}`, role: role || null },
    icon(tone === "info" ? "info" : "alert"), el("p", null, text));
}
