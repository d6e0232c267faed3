// Times as people read them, by the server's clock.

let ahead = 0;

/** @param {number} serverNow */
export function setClock(serverNow) {
  ahead = serverNow - Date.now();
}

export function now() {
  return Date.now() + ahead;
}

/** @param {number} at */
export function clock(at) {
  const date = new Date(at);
  const time = date.toLocaleTimeString("en-GB");
  const isToday = date.toDateString() === new Date(now()).toDateString();
  return isToday ? time : `${date.toLocaleDateString("en-GB", { day: "numeric", month: "short" })}, ${time}`;
}

/** @param {number} milliseconds */
function span(milliseconds) {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}

/** @param {number} at */
export function until(at) {
  const left = at - now();
  return left > 0 ? `in ${span(left)}` : "now";
}

/** @param {number} milliseconds */
export function took(milliseconds) {
  return milliseconds < 1000 ? `${milliseconds} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}
