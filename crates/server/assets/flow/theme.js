// Colours and shapes: the visitor's colour scheme, and what the template's theme sets.

/**
 * Shows the variant the link or the theme asks for; else the device decides.
 * @param {string | null} asked From the query.
 * @param {string | null | undefined} themed From the server.
 */
export function setVariant(asked, themed) {
  const wanted = known(asked) || known(themed);
  const root = document.documentElement;
  if (wanted) root.setAttribute("data-variant", wanted);
  else root.removeAttribute("data-variant");
}

/**
 * @param {string | null | undefined} name
 * @returns {"dark" | "light" | null}
 */
function known(name) {
  if (name === "dark") return "dark";
  return name === "light" || name === "base" ? "light" : null;
}

/**
 * Sets the theme's values as custom properties of the page.
 * @param {Record<string, string> | null | undefined} variables
 */
export function setVariables(variables) {
  const style = document.documentElement.style;
  for (const [name, value] of Object.entries(variables || {})) {
    if (name.startsWith("--")) style.setProperty(name, value);
  }
  const fill = variables && (variables["--color-button-primary"] || variables["--color-primary"]);
  if (fill && variables && !variables["--color-font-button-primary"]) {
    style.setProperty("--on-accent", isLight(fill) ? "#101418" : "#ffffff");
  }
}

/**
 * Whether dark text reads better than white on a colour.
 * @param {string} color
 */
function isLight(color) {
  const context = document.createElement("canvas").getContext("2d");
  if (!context) return false;
  context.fillStyle = color;
  context.fillRect(0, 0, 1, 1);
  const [r, g, b] = Array.from(context.getImageData(0, 0, 1, 1).data, (byte) => {
    const part = byte / 255;
    return part <= 0.04045 ? part / 12.92 : Math.pow((part + 0.055) / 1.055, 2.4);
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179;
}

/**
 * Paddings that an inline embedder asks for.
 * @param {HTMLElement} node
 * @param {import("./query.js").Padding | null} padding
 */
export function setPadding(node, padding) {
  for (const [side, pixels] of Object.entries(padding || {})) node.style.setProperty(`padding-${side}`, `${pixels}px`);
}
