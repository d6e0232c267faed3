// Pictures of a face: straight, left, right, one after the other.

import { Capture } from "./capture.js";

/**
 * @param {import("../flow.js").Flow} flow
 * @param {import("../types.js").Screen} screen
 * @returns {import("../types.js").View}
 */
export function selfieCapture(flow, screen) {
  const captured = (/** @type {string} */ pose, /** @type {string} */ captureMethod) =>
    flow.messages.post("selfie-camera-capture", { stepData: { files: [{ pose, captureMethod }] } });
  return new Capture(flow, screen, {
    kind: "selfie",
    facing: "user",
    art: (part) => part.part,
    shape: () => "face",
    onCameraSelected: () => flow.messages.post("selfie-camera-select"),
    onCaptured: (part, method) => captured(part.part, method),
    onSent: (part, method, saved) => {
      if (method === "upload" && saved) captured(part.part, method);
    },
  }).begin();
}
