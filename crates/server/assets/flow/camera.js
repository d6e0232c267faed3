// The device's camera.

/** Less than this is of no use for reading a document. */
const MIN_WIDTH = 640;
const MIN_HEIGHT = 480;

/** Why there is no picture; `reason` is part of a text id. */
export class CameraProblem extends Error {
  /** @param {"refused" | "absent" | "busy" | "small"} reason */
  constructor(reason) {
    super(reason);
    this.reason = reason;
  }
}

/** @type {Set<MediaStream>} */
const open = new Set();

/** Stops every camera this page has started. */
export function stopAll() {
  for (const stream of Array.from(open)) stop(stream);
}

/** @param {MediaStream | null} stream */
export function stop(stream) {
  if (!stream) return;
  for (const track of stream.getTracks()) track.stop();
  open.delete(stream);
}

/**
 * How many cameras there are. Zero where the browser has none to offer, or hides them from this page.
 * @returns {Promise<number>}
 */
export async function count() {
  if (!navigator.mediaDevices || !navigator.mediaDevices.enumerateDevices) return 0;
  try {
    const devices = await navigator.mediaDevices.enumerateDevices();
    return devices.filter((device) => device.kind === "videoinput").length;
  } catch (_) {
    return 0;
  }
}

/**
 * @param {"environment" | "user"} facing
 * @returns {Promise<MediaStream>}
 */
export async function start(facing) {
  if (!navigator.mediaDevices || !navigator.mediaDevices.getUserMedia) throw new CameraProblem("absent");
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({
      audio: false,
      video: { facingMode: { ideal: facing }, width: { ideal: 1920 }, height: { ideal: 1080 } },
    });
  } catch (error) {
    throw new CameraProblem(reasonOf(error));
  }
  open.add(stream);
  return stream;
}

/**
 * @param {unknown} error
 * @returns {"refused" | "absent" | "busy"}
 */
function reasonOf(error) {
  const name = error instanceof Error || error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return "refused";
  return name === "NotFoundError" || name === "OverconstrainedError" ? "absent" : "busy";
}

/**
 * Shows the stream and waits for its first picture.
 * @param {HTMLVideoElement} video
 * @param {MediaStream} stream
 */
export async function show(video, stream) {
  video.srcObject = stream;
  await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new CameraProblem("busy")), 10000);
    const look = () => {
      if (video.videoWidth === 0) return;
      clearTimeout(timer);
      resolve(undefined);
    };
    video.addEventListener("loadeddata", look);
    video.addEventListener("resize", look);
    look();
  });
  await video.play().catch(() => undefined);
  const longer = Math.max(video.videoWidth, video.videoHeight);
  const shorter = Math.min(video.videoWidth, video.videoHeight);
  if (longer < MIN_WIDTH || shorter < MIN_HEIGHT) throw new CameraProblem("small");
}

/**
 * The part of the video that its box shows under `object-fit: cover`.
 * @param {HTMLVideoElement} video
 */
export function visibleRegion(video) {
  const box = video.getBoundingClientRect();
  const scale = Math.max(box.width / video.videoWidth, box.height / video.videoHeight) || 1;
  const width = Math.min(video.videoWidth, (box.width || video.videoWidth) / scale);
  const height = Math.min(video.videoHeight, (box.height || video.videoHeight) / scale);
  return { x: (video.videoWidth - width) / 2, y: (video.videoHeight - height) / 2, width, height };
}
