// Forms. What is typed stays, whatever happens to the network or the screen.

import { el, fill } from "../dom.js";
import { buttonLabel, t } from "../texts.js";
import { field } from "./fields.js";
import { button, layout, remark } from "./layout.js";

/** @typedef {import("../types.js").View} View */
/** @typedef {import("../types.js").Screen} Screen */
/** @typedef {import("../flow.js").Flow} Flow */
/** @typedef {import("./fields.js").Field} Field */

/**
 * @param {Flow} flow
 * @param {Screen} screen
 * @returns {View}
 */
export function form(flow, screen) {
  return formOf(flow, screen, (screen.components || []).map(field), buttonLabel(screen.button, "button-continue"));
}

/**
 * @param {Flow} flow
 * @param {Screen} screen
 * @param {Field[]} fields
 * @param {string} label
 * @returns {View}
 */
export function formOf(flow, screen, fields, label) {
  const draft = flow.drafts.get(screen.step) || {};
  for (const one of fields) {
    if (one.key in draft && draft[one.key] !== null) one.write(draft[one.key]);
  }
  const summary = el("div", { class: "summary", role: "alert" });

  const read = () => {
    /** @type {Record<string, any>} */
    const values = {};
    for (const one of fields) values[one.key] = one.read();
    return values;
  };

  /** @param {import("../types.js").Problem[]} problems */
  const showProblems = (problems) => {
    /** @type {Field | null} */
    let first = null;
    for (const one of fields) {
      const found = problems.find((problem) => problem.key === one.key);
      one.setProblem(found ? found.message : null);
      if (found && !first) first = one;
    }
    const loose = problems.filter((problem) => !fields.some((one) => one.key === problem.key));
    const text = loose.map((problem) => problem.message).join(" ") || t("form-check-fields");
    fill(summary, problems.length > 0 && remark("error", text));
    if (first) first.focusTarget.focus();
  };

  const submit = () => {
    const missing = fields.filter((one) => one.required && one.read() === null);
    showProblems(missing.map((one) => ({ key: one.key, message: t("form-required") })));
    if (missing.length === 0) flow.commit(read());
  };

  const send = button("primary", label, submit);
  const box = el("form", {
    class: "fields",
    novalidate: true,
    oninput: () => flow.drafts.set(screen.step, read()),
    onkeydown: (/** @type {KeyboardEvent} */ event) => {
      const target = /** @type {HTMLElement} */ (event.target);
      if (event.key !== "Enter" || event.isComposing || target.tagName !== "INPUT") return;
      event.preventDefault();
      send.setAttribute("data-pressed", "");
      submit();
    },
    onsubmit: (/** @type {Event} */ event) => event.preventDefault(),
  }, ...fields.map((one) => one.node));

  return {
    nodes: layout({ title: screen.title, body: screen.body, content: [summary, box], actions: [send] }),
    showProblems,
  };
}
