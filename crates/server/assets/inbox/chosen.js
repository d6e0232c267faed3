// The webhook that was chosen: how it stands, what can be done with it, its deliveries.

import { el } from "../flow/dom.js";
import { post } from "./api.js";
import { Deliveries } from "./deliveries.js";
import { setText } from "./keyed.js";
import { clock } from "./moments.js";
import { ReceivedList } from "./received.js";
import { doing } from "./said.js";
import { tools } from "./tools.js";

/** @typedef {import("./types.js").Webhook} Webhook */

export class Chosen {
  /**
   * @param {string} environment
   * @param {Webhook} webhook
   * @param {string[]} names
   * @param {() => void} changed
   */
  constructor(environment, webhook, names, changed) {
    const path = `in/${environment}/${webhook.id}`;
    this.id = webhook.id;
    this.title = el("h2", { tabindex: "-1" }, "");
    this.url = el("code", null, "");
    this.events = el("span", null, "");
    this.standing = el("p", null, "");
    this.circuit = el("p", { class: "note", hidden: true });
    this.isEnabled = false;
    this.switch = el("button", { type: "button", class: "button" }, "");
    this.switch.addEventListener("click", () => doing(this.switch, async () => {
      const verb = this.isEnabled ? "disable" : "enable";
      await post(`${path}/${verb}`);
      changed();
      return verb === "enable" ? "Enabled: it is told of what happens from now on." : "Disabled: it is told of nothing.";
    }));
    this.deliveries = new Deliveries(path, changed);
    this.received = webhook.is_built_in ? new ReceivedList(path, changed) : null;
    this.nodes = [
      el("section", { class: "panel", "aria-label": "Webhook" },
        el("div", { class: "log-head" }, this.title, this.switch),
        el("dl", { class: "facts" },
          el("div", null, el("dt", null, "URL"), el("dd", null, this.url)),
          el("div", null, el("dt", null, "Events"), el("dd", null, this.events))),
        this.standing,
        this.circuit,
        ...tools(path, names, changed)),
      this.deliveries.node,
      this.received ? this.received.node : null,
    ];
    this.renew(webhook);
  }

  /** @param {Webhook} webhook */
  renew(webhook) {
    this.isEnabled = webhook.status === "enabled";
    setText(this.title, webhook.name || "Without a name");
    setText(this.url, webhook.url);
    setText(this.events, webhook.events.includes("*") ? "all" : webhook.events.join(", "));
    setText(this.switch, this.isEnabled ? "Disable" : "Enable");
    const waiting = webhook.waiting === 0 ? "nothing waits" : webhook.waiting === 1 ? "1 event waits" : `${webhook.waiting} events wait`;
    const order = webhook.is_ordered ? " Each account’s events come in order." : "";
    setText(this.standing, this.isEnabled ? `Enabled, ${waiting}.${order}` : "Disabled: it is told of nothing.");
    this.circuit.hidden = webhook.opened_at === null;
    if (webhook.opened_at !== null) setText(this.circuit, `Too many attempts failed. One at a time since ${clock(webhook.opened_at)}, until one arrives.`);
  }

  async refresh() {
    await Promise.all([this.deliveries.refresh(), this.received ? this.received.refresh() : null]);
  }
}
