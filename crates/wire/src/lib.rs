//! The public surface as types: spelling of keys, query strings, pages, sparse fieldsets, versions,
//! request bodies and error documents. No I/O and no storage; [`selfsame_domain`] decides, this crate
//! says how it reads on the wire.

pub mod blocklist;
pub mod body;
pub mod error;
pub mod filter;
pub mod include;
pub mod inflection;
pub mod page;
pub mod query;
pub mod resource;
pub mod search;
pub mod sparse;
pub mod version;

pub use blocklist::Blocklist;
pub use body::{Nullable, Reader, parse_json};
pub use error::errors_document;
pub use include::Include;
pub use inflection::Inflection;
pub use page::PageRequest;
pub use query::Query;
pub use resource::Document;
pub use sparse::Fieldsets;
pub use version::ApiVersion;

pub mod account;
pub mod api_key;
pub mod api_log;
pub mod delivery;
pub mod device;
pub mod document;
pub mod event;
pub mod file;
pub mod flow_parameters;
pub mod importer;
pub mod inquiry;
pub mod session;
mod setting;
pub mod signature;
pub mod tag;
pub mod template;
pub mod user_audit_log;
pub mod verification;
pub mod webhook;
