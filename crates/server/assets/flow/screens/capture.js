// Taking the pictures of a document or a face, part by part: prompt, camera or file, look at it, send it.

import * as camera from "../camera.js";
import { ApiError } from "../api.js";
import { el, focusOn } from "../dom.js";
import { icon } from "../icons.js";
import { encode, ImageProblem, prepareFile } from "../image.js";
import { pictograph } from "../pictographs.js";
import { hintFor, measure } from "../quality.js";
import { sampleFor } from "../sample.js";
import { buttonLabel, t } from "../texts.js";
import { CameraView } from "./camera_view.js";
import { button, layout, remark } from "./layout.js";

/** @typedef {import("../types.js").Part} Part */
/** @typedef {import("../types.js").CaptureMethod} CaptureMethod */
/** @typedef {{ blob: Blob, canvas: HTMLCanvasElement | null, method: CaptureMethod, fromCamera: boolean }} Photo */

/**
 * What differs between documents and faces.
 * @typedef {object} Subject
 * @property {"document" | "selfie"} kind
 * @property {"environment" | "user"} facing
 * @property {(part: Part) => string} art
 * @property {(part: Part) => "card" | "page" | "face"} shape
 * @property {() => void} onCameraSelected
 * @property {(part: Part, method: CaptureMethod) => void} onCaptured
 * @property {(part: Part, method: CaptureMethod, saved: boolean) => void} onSent
 */

/** @type {Record<string, string>} */
const PROBLEMS = {
  file_too_large: "capture-problem-too-large",
  file_not_image: "capture-problem-not-image",
  file_too_small: "capture-problem-too-small",
  file_bad_size: "capture-problem-too-small",
};

export class Capture {
  /**
   * @param {import("../flow.js").Flow} flow
   * @param {import("../types.js").Screen} screen
   * @param {Subject} subject
   */
  constructor(flow, screen, subject) {
    this.flow = flow;
    this.screen = screen;
    this.subject = subject;
    this.parts = screen.parts || [];
    this.rules = screen.capture || { camera: true, upload: true, accept: ["image/jpeg", "image/png"], min_bytes: 0, max_bytes: 15e6, min_px: 1, max_px: 15000 };
    this.facing = subject.facing;
    this.cameras = this.rules.camera ? 1 : 0;
    /** Why the camera is of no use, as part of a text id. */
    this.cameraProblem = "";
    /** @type {MediaStream | null} */
    this.stream = null;
    /** @type {CameraView | null} */
    this.cameraView = null;
    /** @type {Map<string, string>} Part to the address of its small picture. */
    this.pictures = new Map();
    this.sending = new AbortController();
    this.gone = false;
  }

  /** @returns {import("../types.js").View} */
  begin() {
    this.next(false, true);
    if (this.rules.camera) this.countCameras();
    return { nodes: [], dispose: () => this.dispose() };
  }

  /** @private */
  async countCameras() {
    this.cameras = await camera.count();
    if (this.gone || this.cameras > 0 || this.flow.shell.main.getAttribute("data-view") !== "prompt") return;
    this.cameraProblem = "absent";
    this.flow.messages.post("load-camera-failed");
    this.next(false, true);
  }

  /** @private */
  dispose() {
    this.gone = true;
    this.sending.abort();
    this.closeCamera();
    for (const url of this.pictures.values()) URL.revokeObjectURL(url);
  }

  /** @private */
  closeCamera() {
    if (this.cameraView) this.cameraView.dispose();
    this.cameraView = null;
    camera.stop(this.stream);
    this.stream = null;
  }

  /**
   * @private
   * @param {Node[]} nodes
   * @param {string} view
   * @param {boolean} [quiet] Leaves the focus where it is.
   */
  put(nodes, view, quiet = false) {
    this.flow.shell.setNodes(nodes, view);
    if (quiet) return;
    window.scrollTo(0, 0);
    focusOn(this.flow.shell.heading());
  }

  /**
   * The next part that is missing, or the end.
   * @private
   * @param {boolean} byCamera
   * @param {boolean} [quiet]
   */
  next(byCamera, quiet = false) {
    const part = this.parts.find((one) => !one.present);
    if (!part) {
      this.closeCamera();
      this.allThere(quiet);
    } else if (byCamera) {
      this.openCamera(part);
    } else {
      this.prompt(part, null, quiet);
    }
  }

  /**
   * @private
   * @param {Part} part
   * @param {string | null} problemId
   * @param {boolean} [quiet]
   */
  prompt(part, problemId, quiet = false) {
    this.closeCamera();
    const useCamera = this.rules.camera && this.cameras > 0 && this.cameraProblem !== "absent" && this.cameraProblem !== "small";
    const rank = useCamera && !this.cameraProblem ? "secondary" : "primary";
    const file = this.fileInput(part);
    const cameraLabel = t(this.cameraProblem ? "camera-try-again" : "capture-use-camera");
    const openCamera = button(rank === "primary" ? "secondary" : "primary", cameraLabel, () => this.openCamera(part), "camera");
    const upload = button(rank, t("capture-upload"), () => file.click(), "upload");
    const nodes = layout({
      art: this.subject.art(part),
      title: this.screen.title,
      body: this.screen.body,
      centered: true,
      content: [
        this.parts.length > 1 ? this.steps(part) : null,
        part.hint ? el("p", { class: "part-hint" }, part.hint) : null,
        problemId ? remark("error", t(problemId), "alert") : null,
        this.cameraProblem && this.rules.camera ? remark("info", this.cameraText()) : null,
        this.rules.upload ? file : null,
      ],
      actions: [
        useCamera && rank === "secondary" && openCamera,
        this.rules.upload && upload,
        useCamera && rank === "primary" && openCamera,
        this.flow.state && this.flow.state.environment === "sandbox" &&
          button("quiet", t("capture-sample"), () => this.takeSample(part), "sample"),
        part.present && button("quiet", t("capture-keep"), () => this.next(false), "check"),
      ],
    });
    this.put(nodes, "prompt", quiet);
    this.acceptDrops(part);
  }

  /** @private */
  cameraText() {
    return `${t(`camera-problem-${this.cameraProblem}`)} ${this.rules.upload ? t("camera-problem-upload") : t("camera-problem-other-device")}`;
  }

  /**
   * Which parts there are, and which one is next.
   * @private
   * @param {Part} current
   */
  steps(current) {
    return el("ol", { class: "parts", role: "list" }, ...this.parts.map((part, i) =>
      el("li", { class: "part", "data-state": part.present ? "done" : part === current ? "current" : "open", "aria-current": part === current ? "step" : null },
        el("span", { class: "part-mark", "aria-hidden": "true" }, part.present ? icon("check") : String(i + 1)),
        el("span", null, part.label),
        part.present ? el("span", { class: "visually-hidden" }, `, ${t("capture-part-done")}`) : null)));
  }

  /**
   * @private
   * @param {Part} part
   */
  fileInput(part) {
    // Without HEIC in the list, phones hand out JPEG.
    const accept = this.rules.accept.filter((type) => !/hei[cf]/.test(type)).join(",");
    const input = el("input", {
      type: "file", accept, hidden: true, "aria-label": t("capture-upload"),
      onchange: () => {
        const file = input.files && input.files[0];
        if (file) this.takeFile(part, file);
      },
    });
    return input;
  }

  /**
   * @private
   * @param {Part} part
   */
  acceptDrops(part) {
    const body = this.flow.shell.main.firstElementChild;
    if (!this.rules.upload || !body) return;
    body.addEventListener("dragover", (event) => event.preventDefault());
    body.addEventListener("drop", (event) => {
      event.preventDefault();
      const files = /** @type {DragEvent} */ (event).dataTransfer;
      if (files && files.files[0]) this.takeFile(part, files.files[0]);
    });
  }

  /**
   * @private
   * @param {Part} part
   */
  async openCamera(part) {
    const again = this.cameraProblem !== "";
    this.subject.onCameraSelected();
    try {
      if (!this.stream) {
        this.waiting(t("camera-starting"));
        this.stream = await camera.start(this.facing);
        if (again) this.reportPermission(true);
        this.cameras = Math.max(1, await camera.count());
      }
      if (this.gone) return this.closeCamera();
      await this.showCamera(part, this.stream);
      this.cameraProblem = "";
    } catch (error) {
      if (this.gone) return undefined;
      this.cameraProblem = error instanceof camera.CameraProblem ? error.reason : "busy";
      this.flow.messages.post("load-camera-failed");
      if (again && this.cameraProblem === "refused") this.reportPermission(false);
      this.prompt(part, null);
      this.flow.shell.announce(this.cameraText());
    }
    return undefined;
  }

  /**
   * @private
   * @param {boolean} granted
   */
  reportPermission(granted) {
    this.flow.messages.post("camera-permissions-check-result", {
      hasCameraPermission: granted, hasMicrophonePermission: false, requestedMicrophone: false,
    });
  }

  /**
   * @private
   * @param {string} text
   */
  waiting(text) {
    this.put([el("div", { class: "screen-body centered" },
      el("h1", { class: "title title-small", tabindex: "-1" }, text),
      el("div", { class: "working", "aria-hidden": "true" }, el("span"), el("span"), el("span")))], "starting");
  }

  /**
   * @private
   * @param {Part} part
   * @param {MediaStream} stream
   */
  async showCamera(part, stream) {
    if (this.cameraView) this.cameraView.dispose();
    this.cameraView = new CameraView({
      stream,
      subject: this.subject.kind,
      shape: this.subject.shape(part),
      turn: part.part === "left" || part.part === "right" ? part.part : null,
      mirrored: this.facing === "user",
      canFlip: this.subject.kind === "document" && this.cameras > 1,
      title: part.label,
      instruction: part.hint,
      announce: (text) => this.flow.shell.announce(text),
      onCancel: () => this.prompt(part, null),
      onFlip: () => {
        this.facing = this.facing === "user" ? "environment" : "user";
        this.closeCamera();
        this.openCamera(part);
      },
      onPhoto: (canvas) => this.takePhoto(part, canvas),
    });
    this.put(this.cameraView.nodes, "camera");
    const [track] = stream.getVideoTracks();
    if (track) track.addEventListener("ended", () => this.cameraLost(part, stream));
    await this.cameraView.start();
  }

  /**
   * The camera was unplugged or taken away while in use.
   * @private
   * @param {Part} part
   * @param {MediaStream} stream
   */
  cameraLost(part, stream) {
    if (this.gone || this.stream !== stream) return;
    this.cameraProblem = "busy";
    this.flow.messages.post("load-camera-failed");
    this.prompt(part, null);
  }

  /**
   * @private
   * @param {Part} part
   * @param {HTMLCanvasElement} canvas
   */
  takePhoto(part, canvas) {
    this.subject.onCaptured(part, "manual");
    this.prepared(part, async () => ({ blob: await encode(canvas, this.rules), canvas, method: "manual", fromCamera: true }));
  }

  /**
   * @private
   * @param {Part} part
   * @param {File} file
   */
  takeFile(part, file) {
    this.prepared(part, async () => Object.assign(await prepareFile(file, this.rules), { method: /** @type {CaptureMethod} */ ("upload"), fromCamera: false }));
  }

  /**
   * @private
   * @param {Part} part
   */
  takeSample(part) {
    const canvas = sampleFor(part.part);
    this.prepared(part, async () => ({ blob: await encode(canvas, this.rules), canvas, method: "upload", fromCamera: false }));
  }

  /**
   * @private
   * @param {Part} part
   * @param {() => Promise<Photo>} make
   */
  async prepared(part, make) {
    try {
      const photo = await make();
      if (!this.gone) this.review(part, photo);
    } catch (error) {
      if (!this.gone) this.prompt(part, error instanceof ImageProblem ? error.textId : "capture-problem-not-image");
    }
  }

  /**
   * @private
   * @param {Part} part
   * @param {Photo} photo
   */
  review(part, photo) {
    if (this.cameraView) this.cameraView.dispose();
    this.cameraView = null;
    const { canvas } = photo;
    const quality = canvas && measure(canvas, { x: 0, y: 0, width: canvas.width, height: canvas.height });
    const hint = hintFor(quality, this.subject.kind);
    const retake = () => (photo.fromCamera ? this.openCamera(part) : this.prompt(part, null));
    this.put(layout({
      title: t("capture-review-title"),
      body: t(this.subject.kind === "selfie" ? "capture-review-selfie" : "capture-review-document"),
      content: [
        this.picture(part, photo.blob),
        hint ? remark("warning", t(hint)) : null,
      ],
      actions: [
        button("primary", t("capture-use-photo"), () => this.send(part, photo), "check"),
        button("secondary", t("capture-retake"), retake, "retake"),
      ],
    }), "review");
    if (hint) this.flow.shell.announce(t(hint));
  }

  /**
   * @private
   * @param {Part} part
   * @param {Blob} blob
   */
  picture(part, blob) {
    const old = this.pictures.get(part.part);
    if (old) URL.revokeObjectURL(old);
    const url = URL.createObjectURL(blob);
    this.pictures.set(part.part, url);
    return el("figure", { class: `picture picture-${this.subject.kind}` },
      blob.type.startsWith("image/") && !/hei[cf]|tiff/.test(blob.type)
        ? el("img", { src: url, alt: t("capture-photo-alt", { name: part.label }) })
        : el("div", { class: "picture-file" }, icon("card"), el("span", null, part.label)));
  }

  /**
   * Sends the photo until it has arrived; it stays here until then.
   * @private
   * @param {Part} part
   * @param {Photo} photo
   */
  async send(part, photo) {
    const fill_ = el("div", { class: "progress-fill" });
    const bar = el("div", { class: "progress", role: "progressbar", "aria-label": t("capture-sending"), "aria-valuemin": "0", "aria-valuemax": "100", "aria-valuenow": "0" }, fill_);
    const onProgress = (/** @type {number} */ share) => {
      const percent = Math.round(share * 100);
      bar.setAttribute("aria-valuenow", String(percent));
      fill_.style.setProperty("inline-size", `${percent}%`);
    };
    onProgress(0.02);
    const url = this.pictures.get(part.part);
    this.put(layout({
      title: t("capture-sending"),
      content: [
        el("figure", { class: `picture picture-${this.subject.kind} picture-sending` }, photo.canvas && url ? el("img", { src: url, alt: "" }) : icon("card")),
        bar,
      ],
    }), "sending");
    try {
      await this.flow.api.file({ step: this.screen.step, part: part.part, method: photo.method, blob: photo.blob, onProgress, signal: this.sending.signal });
    } catch (error) {
      if (!this.gone) this.refused(part, photo, error);
      return;
    }
    if (this.gone) return;
    part.present = true;
    this.subject.onSent(part, photo.method, true);
    this.next(photo.fromCamera);
  }

  /**
   * @private
   * @param {Part} part
   * @param {Photo} photo
   * @param {unknown} error
   */
  refused(part, photo, error) {
    if (error instanceof ApiError && PROBLEMS[error.code]) {
      this.subject.onSent(part, photo.method, false);
      this.prompt(part, PROBLEMS[error.code]);
      return;
    }
    this.review(part, photo);
    this.flow.fail(error);
  }

  /**
   * @private
   * @param {boolean} quiet
   */
  allThere(quiet) {
    const items = this.parts.map((part) => {
      const url = this.pictures.get(part.part);
      return el("li", { class: "shot" },
        el("span", { class: `shot-picture shot-${this.subject.kind}` }, url ? el("img", { src: url, alt: "" }) : pictograph(this.subject.art(part))),
        el("span", { class: "shot-label" }, part.label, el("span", { class: "shot-state" }, icon("check"), t("capture-part-done"))),
        el("button", { type: "button", class: "link-button", "aria-label": `${t("capture-retake")}: ${part.label}`, onclick: () => this.prompt(part, null) }, t("capture-retake")));
    });
    this.put(layout({
      title: t(this.parts.length > 1 ? "capture-done-title" : "capture-done-title-one"),
      body: t("capture-done-body"),
      content: [el("ul", { class: "shots", role: "list" }, ...items)],
      actions: [button("primary", buttonLabel(this.screen.button, "button-continue"), () => this.flow.commit({}))],
    }), "done", quiet);
  }
}
