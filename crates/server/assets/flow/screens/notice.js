// A page that only says something: the link is not valid, the session is over, something broke.

import { t } from "../texts.js";
import { button, layout } from "./layout.js";

/** @type {Record<string, string>} */
const ART = { link_invalid: "broken", unavailable: "broken", finished: "success" };

/** For a screen that this page does not know. */
export function unavailable() {
  const title = t("notice-unavailable-title") || t("error-title");
  return notice({ step: "", kind: "notice", revision: 0, code: "unavailable", title, body: t("notice-unavailable-body") || t("error-body") }, false);
}

/**
 * @param {import("../types.js").Screen | null} screen Null if the server gave none.
 * @param {boolean} mayReload
 * @returns {import("../types.js").View}
 */
export function notice(screen, mayReload) {
  return {
    nodes: layout({
      art: screen ? ART[screen.code || ""] || "notice" : "broken",
      title: screen ? screen.title : t("error-title"),
      body: screen ? screen.body : t("error-body"),
      centered: true,
      actions: [mayReload && button("primary", t("button-try-again"), () => location.reload())],
    }),
  };
}
