// How good a picture looks: brightness, sharpness and glare, measured on a small grey copy. Only for
// hints; nothing is refused because of it.

/** Measuring is done at this width. */
const MEASURE_WIDTH = 320;

const TOO_DARK = 55;
const TOO_BRIGHT = 228;
const TOO_BLURRY = 45;
/** Share of burnt-out pixels. */
const TOO_MUCH_GLARE = 0.05;

/** @typedef {{ brightness: number, sharpness: number, glare: number }} Quality */
/** @typedef {{ x: number, y: number, width: number, height: number }} Region */

/**
 * @param {CanvasImageSource} source
 * @param {Region} region Part of the source to look at.
 * @returns {Quality | null}
 */
export function measure(source, region) {
  const width = Math.max(8, Math.min(MEASURE_WIDTH, Math.round(region.width)));
  const height = Math.max(8, Math.round((region.height / region.width) * width));
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  if (!context) return null;
  context.drawImage(source, region.x, region.y, region.width, region.height, 0, 0, width, height);
  return judge(grey(context.getImageData(0, 0, width, height).data), width, height);
}

/** @param {Uint8ClampedArray} rgba */
function grey(rgba) {
  const values = new Uint8Array(rgba.length / 4);
  for (let i = 0; i < values.length; i += 1) {
    values[i] = 0.299 * rgba[4 * i] + 0.587 * rgba[4 * i + 1] + 0.114 * rgba[4 * i + 2];
  }
  return values;
}

/**
 * Mean, share of white, and the variance of the Laplacian: edges make it large, blur makes it small.
 * @param {Uint8Array} values
 * @param {number} width
 * @param {number} height
 * @returns {Quality}
 */
function judge(values, width, height) {
  let sum = 0;
  let white = 0;
  for (const value of values) {
    sum += value;
    if (value >= 250) white += 1;
  }
  let edges = 0;
  let squares = 0;
  for (let y = 1; y < height - 1; y += 1) {
    for (let x = 1; x < width - 1; x += 1) {
      const i = y * width + x;
      const edge = 4 * values[i] - values[i - 1] - values[i + 1] - values[i - width] - values[i + width];
      edges += edge;
      squares += edge * edge;
    }
  }
  const count = Math.max(1, (width - 2) * (height - 2));
  const mean = edges / count;
  return { brightness: sum / values.length, sharpness: squares / count - mean * mean, glare: white / values.length };
}

/**
 * The text id of the most useful hint, or null if all is well.
 * @param {Quality | null} quality
 * @param {"document" | "selfie"} subject
 */
export function hintFor(quality, subject) {
  if (!quality) return null;
  if (quality.brightness < TOO_DARK) return "hint-too-dark";
  if (quality.brightness > TOO_BRIGHT) return "hint-too-bright";
  if (subject === "document" && quality.glare > TOO_MUCH_GLARE) return "hint-glare";
  if (quality.sharpness < TOO_BLURRY) return "hint-blurry";
  return null;
}
