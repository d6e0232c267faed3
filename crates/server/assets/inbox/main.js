// The developer's page for webhooks: asks every second while it is looked at.

import { el, fill } from "../flow/dom.js";
import { get, post } from "./api.js";
import { Chosen } from "./chosen.js";
import { keep, setText } from "./keyed.js";
import { setClock } from "./moments.js";
import { doing, say } from "./said.js";

const EVERY_MS = 1000;

/** @typedef {import("./types.js").Environment} Environment */
/** @typedef {import("./types.js").Webhook} Webhook */

const panel = /** @type {HTMLElement} */ (document.getElementById("webhooks"));
const place = /** @type {HTMLElement} */ (document.getElementById("chosen"));

/** @type {Chosen | null} */
let chosen = null;
let timer = 0;
let isAsking = false;
let askAgain = false;
let wasLost = false;

/** @param {Environment} environment */
function section(environment) {
  const kind = environment.kind;
  const button = el("button", { type: "button", class: "button add" }, "Add the built-in receiver");
  button.addEventListener("click", () => doing(button, async () => {
    const { id } = await post(`in/${environment.id}`);
    location.hash = id;
    changed();
    return "Added and enabled. What happens from now on arrives here.";
  }));
  const title = `title-${kind}`;
  return el("section", { class: "environment", "aria-labelledby": title },
    el("h2", { id: title }, kind === "sandbox" ? "Sandbox" : "Production"),
    el("p", { class: "soft none" }, "No webhooks yet."),
    el("div", { class: "choices" }),
    button);
}

/** @param {Webhook} webhook */
function choice(webhook) {
  return el("button", { type: "button", class: "choice", onclick: () => { location.hash = webhook.id; changed(); } },
    el("span", { class: "name" }),
    el("span", { class: "state" }),
    el("span", { class: "url soft" }),
    el("span", { class: "waiting soft" }));
}

/**
 * @param {HTMLElement} node
 * @param {Webhook} webhook
 */
function renewChoice(node, webhook) {
  /** @param {string} name */
  const part = (name) => /** @type {HTMLElement} */ (node.querySelector(`.${name}`));
  setText(part("name"), webhook.name || "Without a name");
  setText(part("url"), webhook.url.replace(/^https?:\/\//, ""));
  const state = part("state");
  setText(state, webhook.status);
  state.className = `state ${webhook.status}`;
  setText(part("waiting"), webhook.opened_at !== null ? "one at a time" : webhook.waiting > 0 ? `${webhook.waiting} waiting` : "");
  const isChosen = chosen !== null && chosen.id === webhook.id;
  if (isChosen) node.setAttribute("aria-current", "true");
  else node.removeAttribute("aria-current");
}

/** @param {import("./types.js").Overview} overview */
function choose(overview) {
  const all = overview.environments.flatMap((environment) => environment.webhooks.map((webhook) => ({ environment, webhook })));
  const wanted = location.hash.slice(1);
  const found = all.find(({ webhook }) => webhook.id === wanted) || all[0];
  if (!found) {
    chosen = null;
    if (!place.querySelector(".welcome")) {
      fill(place, el("section", { class: "panel welcome", "aria-label": "How to begin" },
        el("h2", null, "How to begin"),
        el("p", null, "Add the built-in receiver. Then create an inquiry over the API, or go through the flow, and see what your back end would be told.")));
    }
    return;
  }
  if (chosen && chosen.id === found.webhook.id) chosen.renew(found.webhook);
  else {
    chosen = new Chosen(found.environment.id, found.webhook, overview.event_names, changed);
    fill(place, ...chosen.nodes);
  }
}

async function ask() {
  if (isAsking) {
    askAgain = true;
    return;
  }
  isAsking = true;
  clearTimeout(timer);
  try {
    /** @type {import("./types.js").Overview} */
    const overview = await get("overview");
    setClock(overview.now);
    choose(overview);
    keep(panel, overview.environments, (environment) => environment.id, section, (node, environment) => {
      const choices = /** @type {HTMLElement} */ (node.querySelector(".choices"));
      /** @type {HTMLElement} */ (node.querySelector(".none")).hidden = environment.webhooks.length > 0;
      const isFirst = environment.kind === "sandbox" && environment.webhooks.length === 0;
      /** @type {HTMLElement} */ (node.querySelector(".add")).classList.toggle("primary", isFirst);
      keep(choices, environment.webhooks, (webhook) => webhook.id, choice, renewChoice);
    });
    if (chosen) await chosen.refresh();
    if (wasLost) say("Connected again.");
    wasLost = false;
  } catch (error) {
    if (!wasLost) say(error instanceof TypeError ? "The server does not answer. Trying again." : String(error instanceof Error ? error.message : error), true);
    wasLost = true;
  } finally {
    isAsking = false;
  }
  if (askAgain) {
    askAgain = false;
    ask();
  } else if (!document.hidden) timer = window.setTimeout(ask, EVERY_MS);
}

function changed() {
  ask();
}

document.addEventListener("visibilitychange", () => { if (!document.hidden) ask(); });
window.addEventListener("hashchange", changed);
ask();
