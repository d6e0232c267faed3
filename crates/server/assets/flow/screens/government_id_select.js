// Which document the person has. Choosing one goes on at once.

import { el } from "../dom.js";
import { icon } from "../icons.js";
import { regionName } from "../regions.js";
import { t } from "../texts.js";
import { layout } from "./layout.js";

/** Documents that are booklets. */
const BOOKLETS = ["pp", "visa", "keyp", "ltpass"];

/**
 * @param {import("../flow.js").Flow} flow
 * @param {import("../types.js").Screen} screen
 * @returns {import("../types.js").View}
 */
export function governmentIdSelect(flow, screen) {
  const choices = (screen.options || []).map(({ value, label }) => {
    const node = el("button", {
      type: "button", class: "choice", "data-value": value,
      onclick: () => {
        node.setAttribute("data-pressed", "");
        flow.commit({ id_class: value });
      },
    },
      el("span", { class: "choice-icon" }, icon(BOOKLETS.includes(value) ? "book" : "card")),
      el("span", { class: "choice-label" }, label),
      icon("next"));
    return el("li", null, node);
  });
  const country = screen.country ? regionName(screen.country) : "";
  return {
    nodes: layout({
      title: screen.title,
      body: screen.body,
      content: [
        country ? el("p", { class: "chip" }, icon("globe"), el("span", null, `${t("country-chosen")} ${country}`)) : null,
        el("ul", { class: "choices", role: "list" }, ...choices),
      ],
    }),
  };
}
