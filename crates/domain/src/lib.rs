//! The rules, and nothing else: no async, no I/O, no SQL, no HTTP, no clock, no randomness of its own.
//!
//! A decision takes facts, a command, the time and a source of ids, and returns what is to be written and
//! which events that causes. To add one more noun, add a module of its name here and in `store`, `wire`
//! and `service`.

pub mod account;
pub mod address;
pub mod api_key;
pub mod api_log;
pub mod delivery;
pub mod environment;
pub mod event;
pub mod field;
pub mod file;
pub mod flow;
pub mod id;
pub mod importer;
pub mod inquiry;
pub mod permission;
pub mod reference_id;
pub mod refusal;
pub mod search;
pub mod session;
pub mod tag;
pub mod template;
pub mod time;
pub mod user_audit_log;
pub mod verification;
pub mod webhook;

pub use reference_id::ReferenceId;
pub use refusal::{Refusal, RefusalKind, Refusals};
pub use time::Timestamp;
