// The larger drawings. Colours come from the style sheet by class: `tint` and `tint-2` are soft fills,
// `line` is a stroke, `solid` a full fill, `paper` the colour of a document.

import { svg } from "./dom.js";

/** @typedef {[tag: string, className: string, attributes: Record<string, string | number>]} Shape */

/** @type {Shape} */
const GROUND = ["ellipse", "tint", { cx: 100, cy: 80, rx: 92, ry: 66 }];

/** @type {Shape[]} */
const CARD = [
  ["rect", "shade", { x: 36, y: 40, width: 128, height: 84, rx: 10 }],
  ["rect", "paper line", { x: 36, y: 36, width: 128, height: 84, rx: 10 }],
];

/**
 * A face in a circle, turned by `turn` from -1 to 1.
 * @param {number} turn
 * @returns {Shape[]}
 */
function face(turn) {
  const x = 100 + turn * 7;
  return [
    ["path", "tint-2 line", { d: "M58 142c2-26 20-36 42-36s40 10 42 36" }],
    ["path", "paper line", { d: "M88 96v14c0 7 24 7 24 0V96" }],
    ["ellipse", "paper line", { cx: 100, cy: 68, rx: 30, ry: 37 }],
    ["path", "solid", { d: `M69 66c-3-28 14-40 31-40s34 12 31 40c-4-14-10-20-${18 + turn * 4}-22-10 5-30 4-36 3-5 4-6 10-8 19z` }],
    ["circle", "solid", { cx: x - 10 + turn * 3, cy: 68, r: 2.6 }],
    ["circle", "solid", { cx: x + 10 + turn * 3, cy: 68, r: 2.6 }],
    ["path", "line", { d: `M${x + turn * 4} 70l${3 * (turn || 1)} 9h${-4 * (turn || 1)}` }],
    ["path", "line", { d: `M${x - 8 + turn * 3} 89c5 4 11 4 16 0` }],
  ];
}

/** @type {Record<string, Shape[]>} */
const DRAWINGS = {
  welcome: [
    GROUND,
    ["rect", "shade", { x: 30, y: 52, width: 108, height: 74, rx: 10 }],
    ["rect", "paper line", { x: 30, y: 48, width: 108, height: 74, rx: 10 }],
    ["rect", "tint-2", { x: 42, y: 62, width: 34, height: 42, rx: 6 }],
    ["circle", "solid", { cx: 59, cy: 76, r: 7 }],
    ["path", "solid", { d: "M46 102c0-20 26-20 26 0v2H46z" }],
    ["path", "line", { d: "M88 68h38M88 80h28M88 92h34M88 104h18" }],
    ["path", "accent", { d: "M142 66c10 7 19 9 28 9v22c0 18-12 29-28 36-16-7-28-18-28-36V75c9 0 18-2 28-9z" }],
    ["path", "on-accent-line", { d: "M129 99l9 9 17-18" }],
  ],
  front: [
    GROUND,
    ...CARD,
    ["rect", "accent", { x: 48, y: 48, width: 50, height: 7, rx: 3.5 }],
    ["rect", "tint-2", { x: 48, y: 64, width: 36, height: 44, rx: 6 }],
    ["circle", "solid", { cx: 66, cy: 79, r: 7.5 }],
    ["path", "solid", { d: "M52 106c0-21 28-21 28 0v2H52z" }],
    ["path", "line", { d: "M96 70h54M96 82h40M96 94h48M96 106h26" }],
  ],
  back: [
    GROUND,
    ...CARD,
    ["rect", "solid", { x: 36, y: 50, width: 128, height: 14 }],
    ["path", "line", { d: "M50 78h42M50 88h30" }],
    ["path", "bars", { d: "M106 76v18M111 76v18M115 76v18M121 76v18M125 76v18M130 76v18M136 76v18M140 76v18M146 76v18M150 76v18" }],
    ["path", "line", { d: "M50 104h100M50 112h100" }],
  ],
  passport: [
    GROUND,
    ["rect", "shade", { x: 58, y: 18, width: 84, height: 118, rx: 8 }],
    ["rect", "paper line", { x: 58, y: 14, width: 84, height: 118, rx: 8 }],
    ["path", "line", { d: "M58 74h84" }],
    ["circle", "tint-2 line", { cx: 100, cy: 44, r: 15 }],
    ["path", "line", { d: "M85 44h30M100 29c9 8 9 22 0 30M100 29c-9 8-9 22 0 30" }],
    ["rect", "tint-2", { x: 68, y: 82, width: 24, height: 30, rx: 4 }],
    ["circle", "solid", { cx: 80, cy: 92, r: 5 }],
    ["path", "solid", { d: "M71 111c0-14 18-14 18 0v1H71z" }],
    ["path", "line", { d: "M100 86h32M100 95h24M100 104h30M68 121h64" }],
  ],
  center: [GROUND, ...face(0)],
  left: [GROUND, ...face(-1), ["path", "accent-line", { d: "M44 70H24M32 61l-9 9 9 9" }]],
  right: [GROUND, ...face(1), ["path", "accent-line", { d: "M156 70h20M168 61l9 9-9 9" }]],
  success: [
    ["circle", "tint", { cx: 100, cy: 80, r: 62 }],
    ["circle", "success", { cx: 100, cy: 80, r: 42 }],
    ["path", "on-mark-line draw", { d: "M81 81l13 13 26-28" }],
  ],
  failure: [
    ["circle", "tint-error", { cx: 100, cy: 80, r: 62 }],
    ["circle", "error", { cx: 100, cy: 80, r: 42 }],
    ["path", "on-mark-line draw", { d: "M86 66l28 28M114 66L86 94" }],
  ],
  retry: [
    ["circle", "tint-warning", { cx: 100, cy: 80, r: 62 }],
    ["circle", "warning", { cx: 100, cy: 80, r: 42 }],
    ["path", "on-mark-line draw", { d: "M118 80a18 18 0 11-6-13.4M118 60v10h-10" }],
  ],
  notice: [
    ["circle", "tint", { cx: 100, cy: 80, r: 62 }],
    ["circle", "paper line", { cx: 100, cy: 80, r: 38 }],
    ["path", "line", { d: "M100 58v23l14 10" }],
  ],
  broken: [
    ["circle", "tint", { cx: 100, cy: 80, r: 62 }],
    ["path", "accent-line", { d: "M92 94l-8 8a15 15 0 01-21-21l14-14a15 15 0 0121 0M108 66l8-8a15 15 0 0121 21l-14 14a15 15 0 01-21 0" }],
    ["path", "line", { d: "M74 50l4 8M62 62l8 4M126 110l-4-8M138 98l-8-4" }],
  ],
  camera: [
    GROUND,
    ["path", "paper line", { d: "M48 54h22l10-14h40l10 14h22a8 8 0 018 8v50a8 8 0 01-8 8H48a8 8 0 01-8-8V62a8 8 0 018-8z" }],
    ["circle", "tint-2 line", { cx: 100, cy: 86, r: 24 }],
    ["circle", "solid", { cx: 100, cy: 86, r: 10 }],
    ["path", "error-line", { d: "M44 132L156 28" }],
  ],
};

/**
 * @param {string} name
 * @returns {SVGElement}
 */
export function pictograph(name) {
  const shapes = (DRAWINGS[name] || DRAWINGS.notice).map(([tag, className, attributes]) =>
    svg(tag, Object.assign({ class: className }, attributes)),
  );
  return svg("svg", { class: `pictograph pictograph-${name}`, viewBox: "0 0 200 160", "aria-hidden": "true", focusable: "false" }, ...shapes);
}

/**
 * The drawing for a part of a capture.
 * @param {string} part
 * @param {string | null | undefined} idClass
 */
export function pictographOf(part, idClass) {
  return part === "front" && (idClass === "pp" || idClass === "visa") ? "passport" : part;
}
