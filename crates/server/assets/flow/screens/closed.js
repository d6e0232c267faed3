// The person left, and still sees the page.

import { t } from "../texts.js";
import { button, layout } from "./layout.js";

/**
 * @param {() => void} comeBack
 * @returns {import("../types.js").View}
 */
export function closed(comeBack) {
  return {
    nodes: layout({
      art: "notice",
      title: t("closed-title"),
      body: t("closed-body"),
      centered: true,
      actions: [button("secondary", t("closed-resume"), comeBack)],
    }),
  };
}
