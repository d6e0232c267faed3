// Calls to the server that this page is from.

/**
 * @param {string} path
 * @param {RequestInit} request
 * @returns {Promise<any>}
 */
async function call(path, request) {
  const response = await fetch(`webhooks/${path}`, Object.assign({ cache: "no-store", credentials: "omit" }, request));
  const text = await response.text();
  const body = text ? JSON.parse(text) : {};
  if (!response.ok) throw new Error((body.error && body.error.message) || `The server answered ${response.status}.`);
  return body;
}

/** @param {string} path */
export function get(path) {
  return call(path, { method: "GET" });
}

/**
 * @param {string} path
 * @param {object} [body]
 */
export function post(path, body = {}) {
  return call(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
}
