// Welcome: what this is about, the legal links, one button.

import { el } from "../dom.js";
import { buttonLabel, t } from "../texts.js";
import { button, layout } from "./layout.js";

/**
 * @param {import("../flow.js").Flow} flow
 * @param {import("../types.js").Screen} screen
 * @returns {import("../types.js").View}
 */
export function start(flow, screen) {
  const legal = screen.legal || [];
  return {
    nodes: layout({
      art: "welcome",
      title: screen.title,
      body: screen.body,
      centered: true,
      actions: [
        legal.length > 0 && legalLine(legal),
        button("primary", buttonLabel(screen.button, "button-continue"), () => flow.commit({})),
      ],
    }),
  };
}

/** @param {import("../types.js").LegalLink[]} legal */
function legalLine(legal) {
  return el("div", { class: "legal" },
    el("p", null, t("start-legal")),
    el("p", { class: "legal-links" },
      ...legal.map(({ label, url }) => el("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, label))));
}
