//! The only crate that knows SQL.
//!
//! A statement is data; a batch is a list of statements that commit together or not at all. Correctness rests
//! on unique indexes and expected versions, never on an isolation level. To add a noun: a migration, a module
//! with its columns, and its writes on [`Batch`].

mod account;
mod api_key;
mod api_log;
mod ask;
pub mod backup;
mod batch;
mod blob;
mod configuration;
pub mod copy;
mod delivery;
mod engine;
mod event;
mod fault;
mod file;
mod idempotency;
mod identifier;
mod importer;
mod inquiry;
mod organisation;
pub mod packed;
mod postgres;
mod relation;
mod row;
mod search;
mod search_value;
mod sequence;
mod session;
mod sql;
mod sqlite;
mod tag;
mod template;
mod user_audit_log;
mod verification;
mod webhook;

pub use account::AccountFilter;
pub use api_key::{ApiKeyFilter, ApiKeyRow, KnownKey};
pub use api_log::{ApiLogPage, ApiLogSegment, StoredSegment};
pub use ask::Ask;
pub use batch::{Batch, CommitError, Guard};
pub use configuration::Standing;
pub use delivery::{DeliveryFilter, Lane, ServerBeat};
pub use engine::{Query, Store, StoreError};
pub use event::EventFilter;
pub use idempotency::StoredAnswer;
pub use importer::{ImportedRows, MOST_ROWS, RowsFilter};
pub use inquiry::{InquiryFilter, InquiryPage};
pub use organisation::EnvironmentRow;
pub use relation::RelationFilter;
pub use row::{Row, Value};
pub use search::Search;
pub use sequence::{Numbered, NumberedEvent, OldEvent, Range};
pub use session::SessionFilter;
pub use sql::{Cursor, Page, Slice};
pub use webhook::WebhookRow;
