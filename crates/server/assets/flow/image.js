// Pictures on their way to the server: turned upright, scaled down and written anew as JPEG, so that a
// phone on a bad network sends little.

/** Longer sides are scaled down to this. */
const MAX_SIDE_PX = 4096;
const JPEG_QUALITIES = [0.9, 0.8, 0.65, 0.5];

/** @typedef {import("./types.js").CaptureRules} CaptureRules */

/** A picture that cannot be used; `textId` says why. */
export class ImageProblem extends Error {
  /** @param {string} textId */
  constructor(textId) {
    super(textId);
    this.textId = textId;
  }
}

/**
 * Makes a chosen file ready to send. A file that the browser cannot read but the server can is sent as it is.
 * @param {File} file
 * @param {CaptureRules} rules
 * @returns {Promise<{ blob: Blob, canvas: HTMLCanvasElement | null }>}
 */
export async function prepareFile(file, rules) {
  if (file.size < rules.min_bytes) throw new ImageProblem("capture-problem-too-small");
  if (file.size > 4 * rules.max_bytes) throw new ImageProblem("capture-problem-too-large");
  const picture = await decode(file);
  if (!picture) {
    if (!rules.accept.includes(file.type)) throw new ImageProblem("capture-problem-not-image");
    if (file.size > rules.max_bytes) throw new ImageProblem("capture-problem-too-large");
    return { blob: file, canvas: null };
  }
  const canvas = draw(picture, { x: 0, y: 0, width: picture.naturalWidth, height: picture.naturalHeight });
  checkSides(canvas, rules);
  return { blob: await encode(canvas, rules), canvas };
}

/**
 * Writes a canvas within the limits of the server.
 * @param {HTMLCanvasElement} canvas
 * @param {CaptureRules} rules
 * @returns {Promise<Blob>}
 */
export async function encode(canvas, rules) {
  let blob = await toBlob(canvas, "image/jpeg", JPEG_QUALITIES[0]);
  for (const quality of JPEG_QUALITIES.slice(1)) {
    if (blob.size <= rules.max_bytes) break;
    blob = await toBlob(canvas, "image/jpeg", quality);
  }
  // Plain pictures can come out below the least size; finer and larger writing carries them over it.
  let finer = canvas;
  for (let tries = 0; blob.size < rules.min_bytes && tries < 4; tries += 1) {
    if (tries > 0) finer = enlarged(finer);
    blob = await toBlob(finer, "image/jpeg", 1);
  }
  if (blob.size > rules.max_bytes) throw new ImageProblem("capture-problem-too-large");
  return blob;
}

/**
 * @param {CanvasImageSource} source
 * @param {{ x: number, y: number, width: number, height: number }} region
 */
export function draw(source, region) {
  const scale = Math.min(1, MAX_SIDE_PX / Math.max(region.width, region.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(region.width * scale));
  canvas.height = Math.max(1, Math.round(region.height * scale));
  const context = canvas.getContext("2d");
  if (!context) throw new ImageProblem("capture-problem-not-image");
  context.drawImage(source, region.x, region.y, region.width, region.height, 0, 0, canvas.width, canvas.height);
  return canvas;
}

/** @param {HTMLCanvasElement} canvas */
function enlarged(canvas) {
  const larger = document.createElement("canvas");
  const scale = Math.min(1.5, MAX_SIDE_PX / Math.max(canvas.width, canvas.height));
  larger.width = Math.round(canvas.width * scale);
  larger.height = Math.round(canvas.height * scale);
  const context = larger.getContext("2d");
  if (context) context.drawImage(canvas, 0, 0, larger.width, larger.height);
  return larger;
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {CaptureRules} rules
 */
function checkSides(canvas, rules) {
  if (Math.min(canvas.width, canvas.height) < rules.min_px) throw new ImageProblem("capture-problem-too-small");
}

/**
 * @param {Blob} blob
 * @returns {Promise<HTMLImageElement | null>} Null if the browser cannot read it.
 */
async function decode(blob) {
  const url = URL.createObjectURL(blob);
  const image = new Image();
  try {
    image.src = url;
    await image.decode();
    return image.naturalWidth > 0 ? image : null;
  } catch (_) {
    return null;
  } finally {
    URL.revokeObjectURL(url);
  }
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {string} type
 * @param {number} quality
 * @returns {Promise<Blob>}
 */
function toBlob(canvas, type, quality) {
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new ImageProblem("capture-problem-not-image"))), type, quality);
  });
}
