// Pictures of a document.

import { pictographOf } from "../pictographs.js";
import { Capture } from "./capture.js";

/**
 * @param {import("../flow.js").Flow} flow
 * @param {import("../types.js").Screen} screen
 * @returns {import("../types.js").View}
 */
export function governmentIdCapture(flow, screen) {
  const idClass = screen.id_class || "";
  const post = (/** @type {string} */ name, /** @type {string} */ side, /** @type {string} */ captureMethod) =>
    flow.messages.post(name, { stepData: { idClass, files: [{ side, captureMethod }] } });
  return new Capture(flow, screen, {
    kind: "document",
    facing: "environment",
    art: (part) => pictographOf(part.part, idClass),
    shape: () => (idClass === "pp" || idClass === "visa" ? "page" : "card"),
    onCameraSelected: () => flow.messages.post("document-camera-select", { stepData: idClass ? { idClass } : {} }),
    onCaptured: (part, method) => post("document-camera-capture", part.part, method),
    onSent: (part, method, saved) => {
      if (method === "upload") post("document-upload", part.part, method);
      post(saved ? "documents-save-successful" : "documents-save-fail", part.part, method);
    },
  }).begin();
}
