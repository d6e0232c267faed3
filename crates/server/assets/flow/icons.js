// Small line icons. They say nothing on their own: the text or the accessible name beside them does.

import { svg } from "./dom.js";

/** @type {Record<string, string[]>} */
const PATHS = {
  back: ["M15 5l-7 7 7 7"],
  close: ["M6 6l12 12", "M18 6L6 18"],
  next: ["M9 5l7 7-7 7"],
  check: ["M5 12.5l4.5 4.5L19 7.5"],
  camera: ["M4 8.5h3.2L9 6h6l1.8 2.5H20v10H4z", "M12 16.5a3.2 3.2 0 100-6.4 3.2 3.2 0 000 6.4z"],
  upload: ["M12 15.5V5", "M7.5 9L12 4.5 16.5 9", "M5 15v4h14v-4"],
  sample: ["M4.5 5.5h15v13h-15z", "M4.5 15.5l4.5-4 4 3.5 2.5-2 4 3.5", "M15.5 9.5h.01"],
  retake: ["M5 12a7 7 0 107-7H8", "M10.5 2.5L8 5l2.5 2.5"],
  flip: ["M4 12a8 8 0 0114-5.3L20 9", "M20 4v5h-5", "M20 12a8 8 0 01-14 5.3L4 15", "M4 20v-5h5"],
  alert: ["M12 8v5", "M12 16.5h.01", "M12 3.5l9 16H3z"],
  info: ["M12 11v5", "M12 8h.01", "M12 21a9 9 0 100-18 9 9 0 000 18z"],
  globe: ["M12 21a9 9 0 100-18 9 9 0 000 18z", "M3 12h18", "M12 3c5 5.5 5 12.5 0 18", "M12 3c-5 5.5-5 12.5 0 18"],
  lock: ["M6 11h12v9H6z", "M8.5 11V8a3.5 3.5 0 017 0v3"],
  flask: ["M10 4h4", "M10.5 4v6L5 19.5h14L13.5 10V4"],
  card: ["M3.5 6h17v12h-17z", "M6.5 15c.4-2 3.6-2 4 0", "M8.5 11.5a1.4 1.4 0 100-2.8 1.4 1.4 0 000 2.8z", "M13.5 10h4", "M13.5 13.5h4"],
  book: ["M5.5 3.5h13v17h-13z", "M12 13a3 3 0 100-6 3 3 0 000 6z", "M9 16.5h6"],
};

/**
 * @param {string} name
 * @returns {SVGElement}
 */
export function icon(name) {
  const paths = (PATHS[name] || []).map((d) => svg("path", { d }));
  return svg("svg", { class: `icon icon-${name}`, viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false" }, ...paths);
}
