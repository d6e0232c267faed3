// In which country the document was issued.

import { buttonLabel, t } from "../texts.js";
import { field } from "./fields.js";
import { formOf } from "./form.js";

/**
 * @param {import("../flow.js").Flow} flow
 * @param {import("../types.js").Screen} screen
 * @returns {import("../types.js").View}
 */
export function countrySelect(flow, screen) {
  const country = field({
    key: "country", type: "country", label: t("country-label"), required: true,
    options: screen.options || [], value: screen.value, autocomplete: "country",
  });
  return formOf(flow, screen, [country], buttonLabel(screen.button, "button-continue"));
}
