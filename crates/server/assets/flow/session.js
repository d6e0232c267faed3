// The session token of this tab. Kept in sessionStorage, or in memory where storage is blocked.

/** @type {Map<string, string>} */
const memory = new Map();

/** @param {string} key */
function read(key) {
  try {
    return sessionStorage.getItem(key) || memory.get(key) || null;
  } catch (_) {
    return memory.get(key) || null;
  }
}

/**
 * @param {string} key
 * @param {string} value
 */
function write(key, value) {
  memory.set(key, value);
  try {
    sessionStorage.setItem(key, value);
  } catch (_) {
    // Memory holds it.
  }
}

/**
 * @param {string} inquiryId
 * @param {string} token
 */
export function remember(inquiryId, token) {
  write(`pv:${inquiryId}`, token);
  write("pv:current", inquiryId);
}

/**
 * The token this tab holds for an inquiry.
 * @param {string} inquiryId
 */
export function recall(inquiryId) {
  return read(`pv:${inquiryId}`);
}

/** The inquiry this tab worked on last. */
export function currentInquiry() {
  return read("pv:current");
}
