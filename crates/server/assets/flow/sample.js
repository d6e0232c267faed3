// Drawn sample pictures, so that a developer can try a sandbox flow without a camera or a file. They
// show nobody.

const WIDTH = 1600;
const INK = "#27403b";

/**
 * @param {import("./types.js").PartName} part
 * @returns {HTMLCanvasElement}
 */
export function sampleFor(part) {
  const document_ = part === "front" || part === "back";
  const canvas = document.createElement("canvas");
  canvas.width = document_ ? WIDTH : 1200;
  canvas.height = document_ ? 1010 : 1500;
  const context = canvas.getContext("2d");
  if (!context) return canvas;
  if (part === "front") drawFront(context);
  else if (part === "back") drawBack(context);
  else drawPerson(context, part === "left" ? -1 : part === "right" ? 1 : 0);
  return canvas;
}

/** @param {CanvasRenderingContext2D} c */
function drawCard(c) {
  const shade = c.createLinearGradient(0, 0, WIDTH, 1010);
  shade.addColorStop(0, "#dcebe6");
  shade.addColorStop(1, "#b9d4cb");
  c.fillStyle = shade;
  c.fillRect(0, 0, WIDTH, 1010);
  c.strokeStyle = "rgba(39, 110, 94, 0.28)";
  c.lineWidth = 2;
  for (let row = 0; row < 60; row += 1) {
    c.beginPath();
    for (let x = 0; x <= WIDTH; x += 8) c.lineTo(x, row * 18 + 26 * Math.sin(x / 70 + row / 3));
    c.stroke();
  }
}

/** @param {CanvasRenderingContext2D} c */
function drawFront(c) {
  drawCard(c);
  c.fillStyle = "#1d5b4e";
  c.fillRect(0, 0, WIDTH, 150);
  write(c, "SAMPLE IDENTITY CARD", 70, 98, 64, "#ffffff");
  c.fillStyle = "#eef5f2";
  c.fillRect(70, 220, 430, 560);
  bust(c, 285, 470, 120, 0);
  const lines = ["SAMPLE", "ALEXANDER J", "17 JUL 1977", "600 CALIFORNIA STREET", "SAN FRANCISCO, CA 94109", "I1234562"];
  lines.forEach((line, i) => {
    write(c, ["Surname", "Given names", "Date of birth", "Address", "", "Number"][i], 570, 245 + i * 105, 26, "#4c6b63");
    write(c, line, 570, 292 + i * 105, 46, INK);
  });
  write(c, "NOT A REAL DOCUMENT", 70, 930, 44, "#1d5b4e");
}

/** @param {CanvasRenderingContext2D} c */
function drawBack(c) {
  drawCard(c);
  c.fillStyle = "#1c2422";
  c.fillRect(0, 90, WIDTH, 150);
  for (let x = 90, i = 0; x < 1500; i += 1) {
    const bar = 3 + ((i * 7) % 11);
    c.fillRect(x, 320, bar, 210);
    x += bar + 4 + ((i * 5) % 7);
  }
  const zone = ["IDSSP1234562<<<<<<<<<<<<<<<<<<", "7707174M3507179SSP<<<<<<<<<<<4", "SAMPLE<<ALEXANDER<J<<<<<<<<<<<"];
  zone.forEach((line, i) => write(c, line, 90, 680 + i * 95, 76, INK, "monospace"));
}

/**
 * @param {CanvasRenderingContext2D} c
 * @param {number} turn
 */
function drawPerson(c, turn) {
  const shade = c.createRadialGradient(600, 600, 100, 600, 750, 1100);
  shade.addColorStop(0, "#e6ece9");
  shade.addColorStop(1, "#b5c2bd");
  c.fillStyle = shade;
  c.fillRect(0, 0, 1200, 1500);
  c.strokeStyle = "rgba(60, 80, 74, 0.14)";
  for (let x = 0; x < 1200; x += 12) {
    c.beginPath();
    c.moveTo(x, 0);
    c.lineTo(x + 160 * Math.sin(x / 90), 1500);
    c.stroke();
  }
  bust(c, 600, 640, 300, turn);
}

/**
 * A head and shoulders.
 * @param {CanvasRenderingContext2D} c
 * @param {number} x
 * @param {number} y
 * @param {number} size
 * @param {number} turn -1 left, 0 straight, 1 right.
 */
function bust(c, x, y, size, turn) {
  const round = (/** @type {string} */ color, /** @type {number[]} */ [dx, dy, rx, ry]) => {
    c.fillStyle = color;
    c.beginPath();
    c.ellipse(x + dx * size, y + dy * size, rx * size, ry * size, 0, 0, 2 * Math.PI);
    c.fill();
  };
  c.fillStyle = "#2f6f60";
  c.beginPath();
  c.ellipse(x, y + 2.35 * size, 1.45 * size, 1.1 * size, 0, Math.PI, 2 * Math.PI);
  c.fill();
  round("#b98762", [0, 1.05, 0.36, 0.5]);
  round("#3a2c25", [-0.08 * turn, -0.3, 0.92, 0.95]);
  round("#cf9d77", [0.06 * turn, 0.05, 0.78, 1]);
  for (const side of [-1, 1]) {
    round("#ffffff", [side * 0.3 + 0.3 * turn, -0.08, 0.13, 0.08]);
    round("#22303a", [side * 0.3 + 0.34 * turn, -0.08, 0.07, 0.07]);
  }
  round("#b57f5b", [0.36 * turn, 0.22, 0.09, 0.17]);
  round("#9a4f45", [0.28 * turn, 0.56, 0.26, 0.06]);
}

/**
 * @param {CanvasRenderingContext2D} c
 * @param {string} text
 * @param {number} x
 * @param {number} y
 * @param {number} size
 * @param {string} color
 * @param {string} [family]
 */
function write(c, text, x, y, size, color, family) {
  c.font = `600 ${size}px ${family || "sans-serif"}`;
  c.fillStyle = color;
  c.fillText(text, x, y);
}
