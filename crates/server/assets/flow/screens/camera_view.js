// The live picture with a frame over it, and the shutter.

import { show, visibleRegion } from "../camera.js";
import { el, fill } from "../dom.js";
import { icon } from "../icons.js";
import { draw } from "../image.js";
import { hintFor, measure } from "../quality.js";
import { t } from "../texts.js";

/** How often the picture is looked at for hints. */
const LOOK_EVERY_MS = 500;

/**
 * @typedef {object} CameraViewOptions
 * @property {MediaStream} stream
 * @property {"document" | "selfie"} subject
 * @property {"card" | "page" | "face"} shape
 * @property {"left" | "right" | null} turn
 * @property {boolean} mirrored
 * @property {boolean} canFlip
 * @property {string} title
 * @property {string | null} instruction
 * @property {(photo: HTMLCanvasElement) => void} onPhoto
 * @property {() => void} onCancel
 * @property {() => void} onFlip
 * @property {(text: string) => void} announce
 */

export class CameraView {
  /** @param {CameraViewOptions} options */
  constructor(options) {
    this.options = options;
    this.video = el("video", { class: options.mirrored ? "video mirrored" : "video", playsinline: true, muted: true, autoplay: true });
    this.video.muted = true;
    this.frame = el("div", { class: `frame frame-${options.shape}`, "data-turn": options.turn });
    this.hint = el("p", { class: "camera-hint" });
    this.shutter = el("button", { type: "button", class: "shutter", "aria-label": t("camera-take-photo"), onclick: () => this.take() });
    this.stage = el("div", { class: "stage" }, this.video, el("div", { class: "veil" }, this.frame), this.hint,
      el("div", { class: "flash" }));
    this.nodes = [
      el("div", { class: "screen-body camera" },
        el("h1", { class: "title title-small", tabindex: "-1" }, options.title),
        options.instruction ? el("p", { class: "text camera-instruction" }, options.instruction) : null,
        this.stage),
      el("div", { class: "screen-actions camera-controls" },
        el("button", { type: "button", class: "round", "aria-label": t("camera-cancel"), onclick: options.onCancel }, icon("close")),
        this.shutter,
        options.canFlip
          ? el("button", { type: "button", class: "round", "aria-label": t("camera-switch"), onclick: options.onFlip }, icon("flip"))
          : el("span", { class: "round-space" })),
    ];
    this.timer = 0;
    this.lastHint = "";
  }

  /** Resolves once there is a picture; rejects with a CameraProblem. */
  async start() {
    this.shutter.disabled = true;
    await show(this.video, this.options.stream);
    this.shutter.disabled = false;
    this.timer = window.setInterval(() => this.look(), LOOK_EVERY_MS);
    this.look();
  }

  /** @private */
  look() {
    if (this.video.videoWidth === 0) return;
    const quality = measure(this.video, this.framedRegion());
    const id = hintFor(quality, this.options.subject) || (this.options.subject === "selfie" ? "hint-face" : "hint-ready");
    // Shown when two looks in a row agree, so that it does not flicker.
    if (id === this.lastHint && this.hint.getAttribute("data-hint") !== id) {
      this.hint.setAttribute("data-hint", id);
      fill(this.hint, t(id));
      this.options.announce(t(id));
    }
    this.lastHint = id;
  }

  /**
   * The part of the video inside the frame.
   * @private
   */
  framedRegion() {
    const seen = visibleRegion(this.video);
    const box = this.video.getBoundingClientRect();
    const frame = this.frame.getBoundingClientRect();
    const scale = box.width > 0 ? seen.width / box.width : 1;
    const width = Math.min(seen.width, frame.width * scale) || seen.width;
    const height = Math.min(seen.height, frame.height * scale) || seen.height;
    return { x: seen.x + (seen.width - width) / 2, y: seen.y + (seen.height - height) / 2, width, height };
  }

  /** @private */
  take() {
    if (this.video.videoWidth === 0 || this.shutter.disabled) return;
    this.shutter.disabled = true;
    this.video.pause();
    this.stage.setAttribute("data-taken", "");
    this.options.onPhoto(draw(this.video, visibleRegion(this.video)));
  }

  dispose() {
    clearInterval(this.timer);
    this.video.srcObject = null;
  }
}
