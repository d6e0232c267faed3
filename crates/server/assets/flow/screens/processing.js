// A verification is running; asks the server until it is over.

import { el } from "../dom.js";
import { layout } from "./layout.js";

const MAX_POLL_MS = 5000;

/**
 * @param {import("../flow.js").Flow} flow
 * @param {import("../types.js").Screen} screen
 * @returns {import("../types.js").View}
 */
export function processing(flow, screen) {
  let wait = screen.poll_ms || 1000;
  let gone = false;
  let timer = 0;

  const ask = async () => {
    try {
      const state = await flow.api.state();
      if (gone) return;
      flow.apply(state);
    } catch (error) {
      if (!gone) flow.fail(error);
      return;
    }
    wait = Math.min(MAX_POLL_MS, wait * 1.1);
    if (!gone) timer = window.setTimeout(ask, wait);
  };
  timer = window.setTimeout(ask, wait);

  return {
    nodes: [
      ...layout({
        title: screen.title,
        body: screen.body,
        centered: true,
        content: [el("div", { class: "working", "aria-hidden": "true" }, el("span"), el("span"), el("span"))],
      }),
    ],
    dispose: () => {
      gone = true;
      clearTimeout(timer);
    },
  };
}
