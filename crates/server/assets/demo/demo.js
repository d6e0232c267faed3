// The developer's page: opens the widget through the published SDK and prints what it reports.

/**
 * @typedef {object} Client
 * @property {() => void} open
 * @property {(force?: boolean) => void} cancel
 * @property {() => void} destroy
 */

/** @param {string} id */
function byId(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

const page = byId("demo");
const settings = page.dataset;
const templateSelect = /** @type {HTMLSelectElement} */ (byId("template"));
const referenceInput = /** @type {HTMLInputElement} */ (byId("reference-id"));
const hostedLink = /** @type {HTMLAnchorElement} */ (byId("hosted-link"));
const openButton = /** @type {HTMLButtonElement | null} */ (document.getElementById("open-widget"));
const resumeButton = /** @type {HTMLButtonElement | null} */ (document.getElementById("resume"));
const logBody = byId("log-body");
const startedAt = performance.now();

/** @type {Client | null} */
let client = null;
/** @type {{ inquiryId: string, sessionToken: string } | null} */
let left = null;

/**
 * Session tokens open an inquiry, so they are not printed.
 * @param {string} key
 * @param {unknown} value
 */
function withoutToken(key, value) {
  return key === "sessionToken" && value ? "…" : value;
}

/**
 * @param {string} source
 * @param {string} name
 * @param {unknown} [details]
 */
function log(source, name, details) {
  const row = document.createElement("tr");
  const seconds = `${((performance.now() - startedAt) / 1000).toFixed(2)} s`;
  for (const text of [seconds, source, name, details === undefined ? "" : JSON.stringify(details, withoutToken, 1).replace(/\n\s*/g, " ")]) {
    const cell = document.createElement("td");
    cell.textContent = text;
    row.appendChild(cell);
  }
  byId("log-empty").hidden = true;
  logBody.insertBefore(row, logBody.firstChild);
}

/** @param {Record<string, unknown>} start What to open: a template, or an inquiry to resume. */
function open(start) {
  if (client) client.destroy();
  const Persona = /** @type {any} */ (window).Persona;
  client = new Persona.Client(Object.assign({
    host: settings.host,
    eventsAllowlist: "all",
    onLoad: () => log("callback", "onLoad"),
    onReady: () => {
      log("callback", "onReady");
      if (client) client.open();
    },
    onEvent: (/** @type {string} */ name, /** @type {unknown} */ metadata) => log("event", name, metadata),
    onComplete: (/** @type {unknown} */ result) => log("callback", "onComplete", result),
    onCancel: (/** @type {{ inquiryId: string, sessionToken: string }} */ result) => {
      left = result.sessionToken ? result : null;
      if (resumeButton) resumeButton.hidden = !left;
      log("callback", "onCancel", result);
    },
    onError: (/** @type {unknown} */ error) => log("callback", "onError", error),
  }, start));
}

function openTemplate() {
  const reference = referenceInput.value.trim();
  open(Object.assign(
    { templateId: templateSelect.value, environmentId: settings.environmentId },
    reference ? { referenceId: reference } : {},
  ));
}

function updateHostedLink() {
  const url = new URL(settings.hostedLink || "verify", location.href);
  url.searchParams.set("inquiry-template-id", templateSelect.value);
  const reference = referenceInput.value.trim();
  if (reference) url.searchParams.set("reference-id", reference);
  else url.searchParams.delete("reference-id");
  hostedLink.href = url.href;
}

templateSelect.addEventListener("change", updateHostedLink);
referenceInput.addEventListener("input", updateHostedLink);
updateHostedLink();
if (openButton) openButton.addEventListener("click", openTemplate);
if (resumeButton) {
  resumeButton.addEventListener("click", () => {
    if (left) open({ inquiryId: left.inquiryId, sessionToken: left.sessionToken });
  });
}
byId("clear-log").addEventListener("click", () => {
  logBody.textContent = "";
  byId("log-empty").hidden = false;
});

export {};
