// The part of the query that the page itself needs. Everything else is for the server, which gets the
// query as it is.

/**
 * @typedef {{ top?: number, right?: number, bottom?: number, left?: number }} Padding
 *
 * @typedef {object} PageQuery
 * @property {string | null} containerId
 * @property {string | null} templateId
 * @property {string | null} templateVersionId
 * @property {string | null} inquiryId
 * @property {string | null} sessionToken
 * @property {string | null} code
 * @property {string | null} language
 * @property {boolean} inline
 * @property {string | null} target Origin that messages go to and come from.
 * @property {string | null} styleVariant
 * @property {boolean} webview
 * @property {Padding | null} widgetPadding
 * @property {Padding | null} navigationPadding
 */

/** Never left standing in the address bar. */
const SECRETS = ["session-token", "code"];

/**
 * @param {string} search
 * @returns {PageQuery}
 */
export function readQuery(search) {
  const values = firstValues(search);
  const get = (/** @type {string} */ name) => values.get(name) || null;
  return {
    containerId: get("container-id"),
    templateId: get("inquiry-template-id") || get("template-id"),
    templateVersionId: get("inquiry-template-version-id"),
    inquiryId: get("inquiry-id"),
    sessionToken: get("session-token"),
    code: get("code"),
    language: get("language"),
    inline: get("flow-type") === "inline",
    target: origin(get("message-target-origin")) || origin(get("iframe-origin")),
    styleVariant: get("style-variant"),
    webview: get("is-webview") === "true",
    widgetPadding: padding(values, "widget-padding"),
    navigationPadding: padding(values, "navigation-padding"),
  };
}

/**
 * The first value of each name, names in dash case.
 * @param {string} search
 */
function firstValues(search) {
  /** @type {Map<string, string>} */
  const values = new Map();
  new URLSearchParams(search).forEach((value, name) => {
    const dashed = name.replace(/_/g, "-");
    if (!values.has(dashed)) values.set(dashed, value);
  });
  return values;
}

/**
 * @param {string | null} text
 * @returns {string | null} The origin, or null if the text is none.
 */
function origin(text) {
  if (!text) return null;
  try {
    const parsed = new URL(text).origin;
    return parsed === "null" ? null : parsed;
  } catch (_) {
    return null;
  }
}

/**
 * @param {Map<string, string>} values
 * @param {string} name
 * @returns {Padding | null}
 */
function padding(values, name) {
  /** @type {Record<string, number>} */
  const sides = {};
  for (const side of ["top", "right", "bottom", "left"]) {
    const pixels = Number(values.get(`${name}[${side}]`));
    if (values.has(`${name}[${side}]`) && pixels >= 0 && pixels <= 1000) sides[side] = pixels;
  }
  return Object.keys(sides).length > 0 ? sides : null;
}

/**
 * The query without the secrets, otherwise byte for byte the same.
 * @param {string} search
 */
export function withoutSecrets(search) {
  return search
    .replace(/^\?/, "")
    .split("&")
    .filter((pair) => pair && !SECRETS.includes(nameOf(pair)))
    .join("&");
}

/** @param {string} pair */
function nameOf(pair) {
  const raw = pair.split("=")[0].replace(/\+/g, " ");
  try {
    return decodeURIComponent(raw).replace(/_/g, "-");
  } catch (_) {
    return raw;
  }
}

/**
 * Shows another query in the address bar without loading anything.
 * @param {string} query
 */
export function showQuery(query) {
  try {
    history.replaceState(history.state, "", location.pathname + (query ? `?${query}` : "") + location.hash);
  } catch (_) {
    // Some embedders forbid it; the flow works all the same.
  }
}
