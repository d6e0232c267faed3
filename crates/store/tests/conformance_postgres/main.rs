//! The suite of `conformance` on PostgreSQL.

#[path = "../conformance/accounts.rs"]
mod accounts;
#[path = "../conformance/api_keys.rs"]
mod api_keys;
#[path = "../conformance/api_logs.rs"]
mod api_logs;
#[path = "../conformance/blobs.rs"]
mod blobs;
#[path = "../conformance/deliveries.rs"]
mod deliveries;
mod engine;
#[path = "../conformance/everything.rs"]
mod everything;
#[path = "../conformance/groups.rs"]
mod groups;
#[path = "../conformance/guards.rs"]
mod guards;
#[path = "../conformance/pages.rs"]
mod pages;
#[path = "../conformance/pruning.rs"]
mod pruning;
#[path = "../conformance/records.rs"]
mod records;
#[path = "../conformance/relations.rs"]
mod relations;
#[path = "../conformance/sequences.rs"]
mod sequences;
#[path = "../conformance/standing.rs"]
mod standing;
#[path = "../conformance/versions.rs"]
mod versions;
#[path = "../conformance/webhooks.rs"]
mod webhooks;
#[path = "../conformance/world.rs"]
mod world;
