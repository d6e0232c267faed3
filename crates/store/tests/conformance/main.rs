//! What a store must do, whatever engine is behind it, here the embedded one. Everything goes through `Store` and
//! `Batch`; `conformance_postgres` runs the same files on PostgreSQL.

mod accounts;
mod api_keys;
mod api_logs;
mod blobs;
mod deliveries;
mod engine;
mod everything;
mod groups;
mod guards;
mod pages;
mod pruning;
mod records;
mod relations;
mod sequences;
mod standing;
mod versions;
mod webhooks;
mod world;
