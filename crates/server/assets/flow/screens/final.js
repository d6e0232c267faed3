// The end, good or bad.

import { el } from "../dom.js";
import { buttonLabel, t } from "../texts.js";
import { button, layout } from "./layout.js";

/**
 * @param {import("../flow.js").Flow} flow
 * @param {import("../types.js").Screen} screen
 * @returns {import("../types.js").View}
 */
export function final(flow, screen) {
  const finished = flow.stage === "done";
  const hasButton = !finished && Boolean(screen.button) && (flow.embedded || Boolean(screen.redirect));
  return {
    nodes: layout({
      art: screen.kind === "completed" ? "success" : "failure",
      title: screen.title,
      body: screen.body,
      centered: true,
      content: [hasButton ? null : el("p", { class: "text small" }, t("final-close-hint"))],
      actions: [hasButton && button("primary", buttonLabel(screen.button, "button-done"), () => flow.finish())],
    }),
  };
}
