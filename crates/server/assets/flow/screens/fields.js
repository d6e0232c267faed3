// Input fields of forms. Each one can be read and can show a problem.

import { el, fill } from "../dom.js";
import { icon } from "../icons.js";
import { named } from "../regions.js";
import { t } from "../texts.js";

/** @typedef {import("../types.js").FormComponent} FormComponent */
/** @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Control */

/**
 * @typedef {object} Field
 * @property {string} key
 * @property {HTMLElement} node
 * @property {HTMLElement} focusTarget
 * @property {boolean} required
 * @property {() => any} read Null if empty.
 * @property {(value: any) => void} write
 * @property {(message: string | null) => void} setProblem
 */

/** @type {Record<string, Record<string, string>>} */
const INPUTS = {
  text: { type: "text" },
  email: { type: "email", inputmode: "email", autocapitalize: "none", spellcheck: "false" },
  phone: { type: "tel", inputmode: "tel" },
  number: { type: "text", inputmode: "decimal" },
  date: { type: "date" },
};

/**
 * @param {FormComponent} component
 * @returns {Field}
 */
export function field(component) {
  const built = build(component);
  if (component.value !== null && component.value !== undefined) built.write(component.value);
  return built;
}

/**
 * @param {FormComponent} component
 * @returns {Field}
 */
function build(component) {
  switch (component.type) {
    case "checkbox":
      return checkbox(component);
    case "radio":
      return radio(component);
    case "select":
    case "country":
      return labelled(component, select(component));
    case "text_area":
      return labelled(component, el("textarea", Object.assign({ class: "input", rows: "4" }, common(component))));
    default:
      return labelled(component, el("input", Object.assign({ class: "input" }, INPUTS[component.type] || INPUTS.text, common(component))));
  }
}

/** @param {FormComponent} component */
function common(component) {
  return {
    id: idOf(component),
    name: component.key,
    maxlength: component.max_length || null,
    autocomplete: component.autocomplete || null,
    "aria-required": component.required ? "true" : null,
  };
}

/** @param {FormComponent} component */
function idOf(component) {
  return `field-${component.key}`;
}

/** @param {FormComponent} component */
function select(component) {
  const options = component.options || [];
  return el("select", Object.assign({ class: "input" }, common(component)),
    el("option", { value: "" }, t("form-choose")),
    ...(component.type === "country" ? named(options) : options).map(({ value, label }) => el("option", { value }, label)));
}

/**
 * A control with its label above, and hint and problem below.
 * @param {FormComponent} component
 * @param {Control} control
 * @returns {Field}
 */
function labelled(component, control) {
  const notes = notesOf(component, control);
  const box = control.tagName === "SELECT" ? el("div", { class: "select" }, control, icon("next")) : control;
  return {
    key: component.key,
    node: el("div", { class: "field" },
      el("label", { class: "label", for: control.id }, component.label, optional(component)),
      notes.hint, box, notes.problem),
    focusTarget: control,
    required: Boolean(component.required),
    read: () => valueOf(component, control.value.trim()),
    write: (value) => {
      control.value = String(value);
    },
    setProblem: notes.setProblem,
  };
}

/**
 * @param {FormComponent} component
 * @param {string} text
 */
function valueOf(component, text) {
  if (text === "") return null;
  if (component.type !== "number") return text;
  const number = Number(text.replace(",", "."));
  return Number.isFinite(number) ? number : text;
}

/**
 * @param {FormComponent} component
 * @returns {Field}
 */
function checkbox(component) {
  const control = el("input", Object.assign(common(component), { type: "checkbox", maxlength: null }));
  const notes = notesOf(component, control);
  return {
    key: component.key,
    node: el("div", { class: "field" },
      el("label", { class: "option", for: control.id }, control, el("span", null, component.label)),
      notes.hint, notes.problem),
    focusTarget: control,
    required: Boolean(component.required),
    read: () => (component.required && !control.checked ? null : control.checked),
    write: (value) => {
      control.checked = value === true || value === "true";
    },
    setProblem: notes.setProblem,
  };
}

/**
 * @param {FormComponent} component
 * @returns {Field}
 */
function radio(component) {
  const options = component.options || [];
  const controls = options.map(({ value }, i) =>
    el("input", { type: "radio", id: `${idOf(component)}-${i}`, name: component.key, value }));
  const group = el("fieldset", { class: "field group", role: "radiogroup", "aria-required": component.required ? "true" : null });
  const notes = notesOf(component, group);
  fill(group,
    el("legend", { class: "label" }, component.label, optional(component)),
    notes.hint,
    ...controls.map((control, i) => el("label", { class: "option", for: control.id }, control, el("span", null, options[i].label))),
    notes.problem);
  return {
    key: component.key,
    node: group,
    focusTarget: controls[0] || group,
    required: Boolean(component.required),
    read: () => {
      const chosen = controls.find((control) => control.checked);
      return chosen ? chosen.value : null;
    },
    write: (value) => {
      for (const control of controls) control.checked = control.value === String(value);
    },
    setProblem: notes.setProblem,
  };
}

/** @param {FormComponent} component */
function optional(component) {
  return component.required ? null : el("span", { class: "optional" }, ` ${t("form-optional")}`);
}

/**
 * Hint and problem, tied to the control for screen readers.
 * @param {FormComponent} component
 * @param {HTMLElement} control
 */
function notesOf(component, control) {
  const hint = component.hint ? el("p", { class: "hint", id: `${idOf(component)}-hint` }, component.hint) : null;
  const problem = el("p", { class: "problem", id: `${idOf(component)}-problem`, hidden: true });
  const describe = () => {
    const ids = [hint && hint.id, !problem.hidden && problem.id].filter(Boolean).join(" ");
    if (ids) control.setAttribute("aria-describedby", ids);
    else control.removeAttribute("aria-describedby");
  };
  describe();
  return {
    hint,
    problem,
    setProblem: (/** @type {string | null} */ message) => {
      problem.hidden = !message;
      fill(problem, message ? icon("alert") : null, message);
      if (message) control.setAttribute("aria-invalid", "true");
      else control.removeAttribute("aria-invalid");
      describe();
    },
  };
}
