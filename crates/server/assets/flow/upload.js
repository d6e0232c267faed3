// One try to send a file. XMLHttpRequest, because fetch cannot tell how much has left the device.

/** A connection on which nothing moves for so long is given up. */
const STALLED_AFTER_MS = 30000;

/**
 * @param {string} url
 * @param {string} token
 * @param {Blob} blob
 * @param {(share: number) => void} onProgress Gets 0 to 1.
 * @param {AbortSignal} signal
 * @returns {Promise<{ status: number, text: string, retryAfter: number }>}
 */
export function send(url, token, blob, onProgress, signal) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    let stalled = 0;
    const abort = () => request.abort();
    const watch = () => {
      clearTimeout(stalled);
      stalled = window.setTimeout(abort, STALLED_AFTER_MS);
    };
    const finish = () => {
      clearTimeout(stalled);
      signal.removeEventListener("abort", abort);
    };
    request.open("POST", url);
    request.setRequestHeader("Content-Type", blob.type || "application/octet-stream");
    request.setRequestHeader("Authorization", `Bearer ${token}`);
    request.upload.addEventListener("progress", (event) => {
      watch();
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    });
    request.addEventListener("load", () => {
      finish();
      const retryAfter = Number(request.getResponseHeader("Retry-After")) || 0;
      resolve({ status: request.status, text: request.responseText, retryAfter });
    });
    for (const name of ["error", "abort"]) {
      request.addEventListener(name, () => {
        finish();
        reject(new Error(`upload: ${name}`));
      });
    }
    signal.addEventListener("abort", abort);
    watch();
    request.send(blob);
  });
}
