// The deliveries of one webhook, newest first.

import { el } from "../flow/dom.js";
import { get } from "./api.js";
import { opened } from "./delivery.js";
import { field } from "./field.js";
import { keep, setText } from "./keyed.js";
import { clock, until } from "./moments.js";

/** @typedef {import("./types.js").Delivery} Delivery */

/** @param {import("./types.js").Attempt | null} attempt */
export function outcome(attempt) {
  if (!attempt) return "";
  return attempt.status === null ? attempt.problem || "no answer" : String(attempt.status);
}

/** @param {Delivery} delivery */
function due(delivery) {
  if (delivery.status !== "pending") return "";
  if (delivery.next_attempt_at === null) return "waits for an earlier event";
  return `next ${clock(delivery.next_attempt_at)}, ${until(delivery.next_attempt_at)}`;
}

/** @param {Delivery} delivery */
function attempts(delivery) {
  const { attempts_made: made, attempts_left: left, status, last } = delivery;
  if (status === "skipped") return "the payload filter does not match";
  const rest = status === "pending" ? `, ${left} left` : "";
  const said = last ? `, last ${outcome(last)}` : "";
  return `${made === 1 ? "1 attempt" : `${made} attempts`}${rest}${said}`;
}

export class Deliveries {
  /**
   * @param {string} path Of the webhook.
   * @param {() => void} changed Asks for everything anew.
   */
  constructor(path, changed) {
    this.path = path;
    this.changed = changed;
    this.cursor = "";
    /** @type {Delivery[]} */
    this.items = [];
    this.list = el("div", { class: "rows" });
    this.empty = el("p", { class: "soft" }, "");
    this.newest = this.turn("Newest", () => "");
    this.newer = this.turn("Newer", () => `before=${this.items[0].id}`);
    this.older = this.turn("Older", () => `after=${this.items[this.items.length - 1].id}`);
    this.status = el("select", { onchange: () => { this.cursor = ""; this.changed(); } },
      el("option", { value: "" }, "All"),
      ...["pending", "completed", "failed", "skipped"].map((status) => el("option", { value: status }, status)));
    this.turns = el("div", { class: "turns" }, this.newest, this.newer, this.older);
    this.node = el("section", { class: "panel", "aria-label": "Deliveries" },
      el("div", { class: "log-head" }, el("h2", null, "Deliveries"), field("Show", this.status, "filter")),
      this.empty,
      this.list,
      this.turns);
  }

  /**
   * @param {string} name
   * @param {() => string} cursor
   */
  turn(name, cursor) {
    return el("button", { type: "button", class: "button small", hidden: true, onclick: () => { this.cursor = cursor(); this.changed(); } }, name);
  }

  async refresh() {
    const asked = this.cursor;
    const status = this.status.value;
    /** @type {import("./types.js").Deliveries} */
    const page = await get(`${this.path}/deliveries?${[status && `status=${status}`, asked].filter(Boolean).join("&")}`);
    if (asked !== this.cursor || status !== this.status.value) return;
    this.items = page.items;
    this.newest.hidden = asked === "";
    this.newer.hidden = !page.has_newer || page.items.length === 0;
    this.older.hidden = !page.has_older || page.items.length === 0;
    this.turns.hidden = this.newest.hidden && this.newer.hidden && this.older.hidden;
    this.empty.hidden = page.items.length > 0;
    setText(this.empty, status ? `No delivery is ${status}.` : "Nothing yet. Create an inquiry or an account, and what is told of it appears here.");
    keep(this.list, page.items, (item) => item.id, (item) => this.row(item), (node, item) => this.renew(node, item));
  }

  /** @param {Delivery} delivery */
  row(delivery) {
    const body = el("div", { class: "opened" });
    const node = el("details", { class: "row" },
      el("summary", null,
        el("span", { class: "state" }),
        el("span", { class: "name" }, delivery.event_name),
        el("span", { class: "when soft" }, clock(delivery.created_at)),
        el("span", { class: "attempts soft" }),
        el("span", { class: "due soft" })),
      body);
    node.addEventListener("toggle", (event) => {
      if (event.target === node && node.open) this.open(node, node.dataset.key || "");
    });
    return node;
  }

  /**
   * @param {HTMLElement} node
   * @param {Delivery} delivery
   */
  renew(node, delivery) {
    /** @param {string} name */
    const part = (name) => /** @type {HTMLElement} */ (node.querySelector(`summary .${name}`));
    const state = part("state");
    setText(state, delivery.status);
    state.className = `state ${delivery.status}`;
    setText(part("attempts"), attempts(delivery));
    setText(part("due"), due(delivery));
    const isNew = node.dataset.seen !== undefined && node.dataset.seen !== String(delivery.updated_at);
    if (isNew && /** @type {HTMLDetailsElement} */ (node).open) this.open(node, delivery.id);
  }

  /**
   * @param {HTMLElement} node
   * @param {string} id
   */
  async open(node, id) {
    const body = /** @type {HTMLElement} */ (node.querySelector(".opened"));
    try {
      /** @type {import("./types.js").Inspected} */
      const found = await get(`${this.path}/deliveries/${id}`);
      node.dataset.seen = String(found.updated_at);
      opened(body, found, this.path, this.changed);
    } catch (error) {
      if (!body.firstChild) body.textContent = error instanceof Error ? error.message : String(error);
    }
  }
}
