//! The Server API from the outside: requests in, whole answers out, each held against the published schema.
//!
//! The modules mirror the paths. What concerns every operation is in `authorization`, `bad_input` and `conventions`;
//! `reference_ids` has a test per rule.

mod account_types;
mod accounts;
mod api_keys;
mod api_logs;
mod authorization;
mod bad_input;
mod configuration;
mod conventions;
mod coverage;
mod devices;
mod documentation;
mod events;
mod file_ranges;
mod files;
mod flow;
mod golden;
mod importers;
mod inquiries;
mod inquiry_sessions;
mod inquiry_templates;
mod operations;
mod outside;
mod pictures;
mod print;
mod reference_ids;
mod search;
mod user_audit_logs;
mod verifications;
mod webhooks;

use serde_json::{Value, json};

/// The body of a create or update.
fn attributes(attributes: Value) -> Value {
    json!({"data": {"attributes": attributes}})
}
