// What the calls answer. Types only; times are milliseconds since 1970.

/**
 * @typedef {object} Webhook
 * @property {string} id
 * @property {string | null} name
 * @property {string} url
 * @property {"enabled" | "disabled"} status
 * @property {string[]} events
 * @property {boolean} is_ordered
 * @property {boolean} is_built_in
 * @property {number} waiting
 * @property {number | null} opened_at
 */

/** @typedef {{ id: string, kind: string, webhooks: Webhook[] }} Environment */
/** @typedef {{ environments: Environment[], now: number, event_names: string[] }} Overview */
/** @typedef {{ at: number, milliseconds: number, status: number | null, problem: string | null, head: string }} Attempt */

/**
 * @typedef {object} Delivery
 * @property {string} id
 * @property {string} event_id
 * @property {string} event_name
 * @property {"pending" | "completed" | "failed" | "skipped"} status
 * @property {number} attempts_made
 * @property {number} attempts_left
 * @property {number | null} next_attempt_at
 * @property {number} created_at
 * @property {number} updated_at
 * @property {Attempt | null} last
 */

/** @typedef {{ name: string, ok: boolean, detail: string }} Step */
/** @typedef {{ headers: [string, string][], body: string, steps?: Step[], is_cut?: boolean, number?: number, received_at?: number }} Message */
/** @typedef {Delivery & { attempts: Attempt[], curl: string, shown: Message }} Inspected */
/** @typedef {{ items: Delivery[], has_newer: boolean, has_older: boolean, now: number }} Deliveries */

/**
 * @typedef {object} Received
 * @property {number} number
 * @property {number} received_at
 * @property {string | null} event_id
 * @property {string | null} event_name
 * @property {number | null} sequence
 * @property {number | null} repeats
 * @property {Reply} reply
 * @property {number} bytes
 */

/** @typedef {"ok" | "error" | "gone" | "slow" | "reset"} Reply */
/** @typedef {{ account_id: string, first: number, last: number }} Gap */
/** @typedef {{ items: Received[], gaps: Gap[], reply: Reply, left: number | null }} ReceivedList */

export {};
