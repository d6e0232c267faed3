// What a built-in receiver got, and how it answers.

import { el } from "../flow/dom.js";
import { get, post } from "./api.js";
import { field } from "./field.js";
import { keep, rebuild, setText } from "./keyed.js";
import { parts } from "./message.js";
import { clock } from "./moments.js";
import { doing } from "./said.js";

/** @typedef {import("./types.js").Received} Received */
/** @typedef {import("./types.js").Reply} Reply */

/** @type {Record<Reply, string>} */
const REPLIES = {
  ok: "200 OK",
  error: "500, a fault",
  gone: "410, gone",
  slow: "200 after 6 s, too late",
  reset: "nothing, and hangs up",
};

export class ReceivedList {
  /**
   * @param {string} path Of the webhook.
   * @param {() => void} changed
   */
  constructor(path, changed) {
    this.path = path;
    this.changed = changed;
    this.list = el("div", { class: "rows" });
    this.reply = el("select", null, .../** @type {Reply[]} */ (Object.keys(REPLIES)).map((name) => el("option", { value: name }, REPLIES[name])));
    this.empty = el("p", { class: "soft" }, "Nothing was received yet.");
    this.gaps = el("div", { class: "note", hidden: true });
    this.standing = el("p", { class: "note", hidden: true });
    this.back = el("button", { type: "button", class: "button", hidden: true }, "Answer 200 again");
    this.back.addEventListener("click", () => doing(this.back, () => this.switch("ok", null)));
    this.clear = el("button", { type: "button", class: "button small", hidden: true }, "Clear");
    this.clear.addEventListener("click", () => doing(this.clear, async () => {
      await post(`${path}/received/clear`);
      changed();
      return "Cleared.";
    }));
    this.node = el("section", { class: "panel", "aria-label": "Received" },
      el("div", { class: "log-head" }, el("h2", null, "Received"), this.clear),
      this.faults(),
      this.standing,
      this.back,
      this.gaps,
      this.empty,
      this.list);
  }

  faults() {
    const left = el("input", { type: "number", min: "1", max: "1000", inputmode: "numeric", placeholder: "always" });
    const button = el("button", { type: "submit", class: "button" }, "Switch");
    return el("form", { class: "tool", onsubmit: (/** @type {Event} */ event) => {
      event.preventDefault();
      doing(button, () => this.switch(/** @type {Reply} */ (this.reply.value), left.value ? Number(left.value) : null));
    } },
    field("Answers with", this.reply),
    field("Next requests", left, "field short"),
    button);
  }

  /**
   * @param {Reply} reply
   * @param {number | null} left
   */
  async switch(reply, left) {
    await post(`${this.path}/answer`, { reply, left });
    this.changed();
    return `The receiver answers with ${REPLIES[reply]}.`;
  }

  async refresh() {
    /** @type {import("./types.js").ReceivedList} */
    const found = await get(`${this.path}/received`);
    const isFault = found.reply !== "ok";
    const much = found.left === null ? "until you switch it back" : `for ${found.left === 1 ? "1 more request" : `${found.left} more requests`}`;
    this.standing.hidden = !isFault;
    if (document.activeElement === this.back && !isFault) this.reply.focus();
    this.back.hidden = !isFault;
    if (isFault) setText(this.standing, `Now it answers with ${REPLIES[found.reply]}, ${much}.`);
    this.clear.hidden = found.items.length === 0;
    this.empty.hidden = found.items.length > 0;
    this.gaps.hidden = found.gaps.length === 0;
    keep(this.gaps, found.gaps, (gap) => `${gap.account_id} ${gap.first} ${gap.last}`, (gap) => {
      const numbers = gap.first === gap.last ? `Number ${gap.first}` : `Numbers ${gap.first} to ${gap.last}`;
      const have = gap.first === gap.last ? "has" : "have";
      return el("p", null, `${numbers} of `, el("code", null, gap.account_id), ` ${have} not come.`);
    }, () => {});
    keep(this.list, found.items, (item) => String(item.number), (item) => this.row(item), () => {});
  }

  /** @param {Received} item */
  row(item) {
    const body = el("div", { class: "opened" });
    const number = item.sequence === null ? "" : `number ${item.sequence} of its account`;
    const node = el("details", { class: "row" },
      el("summary", null,
        el("span", { class: `state ${item.reply === "ok" ? "completed" : "failed"}` }, { ok: "200", error: "500", gone: "410", slow: "slow", reset: "reset" }[item.reply]),
        el("span", { class: "name" }, item.event_name || "no event"),
        el("span", { class: "when soft" }, clock(item.received_at)),
        el("span", { class: "attempts soft" }, `request ${item.number}`, number ? `, ${number}` : ""),
        el("span", { class: "due" }, item.repeats === null ? "" : `again: first was request ${item.repeats}`)),
      body);
    node.addEventListener("toggle", async (event) => {
      if (event.target !== node || !node.open || body.firstChild) return;
      try {
        /** @type {import("./types.js").Message} */
        const message = await get(`${this.path}/received/${item.number}`);
        rebuild(body, () => parts(message));
      } catch (error) {
        body.textContent = error instanceof Error ? error.message : String(error);
      }
    });
    return node;
  }
}
