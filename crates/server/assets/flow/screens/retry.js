// It did not work this time; what to do better.

import { buttonLabel } from "../texts.js";
import { button, layout, remark } from "./layout.js";

/**
 * @param {import("../flow.js").Flow} flow
 * @param {import("../types.js").Screen} screen
 * @returns {import("../types.js").View}
 */
export function retry(flow, screen) {
  return {
    nodes: layout({
      art: "retry",
      title: screen.title,
      body: screen.body,
      centered: true,
      content: [screen.hint ? remark("info", screen.hint) : null],
      actions: [button("primary", buttonLabel(screen.button, "button-try-again"), () => flow.commit({}))],
    }),
  };
}
