//! Use cases: load what a decision needs, decide, commit, and try again when somebody was faster.
//!
//! Every call takes a [`Caller`]. Nothing else changes data, on any surface. To add one: a decision in
//! `domain`, its writes in `store`, a function in the module of its noun here.

mod account;
mod account_type;
mod api_key;
mod api_log;
mod blob;
mod bundle;
mod caller;
mod clock;
mod configuration;
mod deletion;
mod delivery;
mod device;
mod dress;
mod event;
mod failure;
mod file;
mod file_token;
mod flow;
mod import;
mod included;
mod inquiry;
mod key;
mod key_use;
mod outbound;
mod page;
mod photo;
mod picture;
mod redact;
mod search;
mod secret;
mod seed;
mod service;
mod session;
mod shared;
mod simulate;
mod sweep;
mod tag;
mod template;
mod token;
mod user_audit_log;
mod verification;
mod webhook;
mod work;

pub use account::{AccountBundle, Upserted};
pub use account_type::{Applied, AppliedType};
pub use api_key::ShownKey;
pub use api_log::RequestNote;
pub use blob::{BlobError, BlobReader, BlobWriter, Blobs, FolderBlobs};
pub use bundle::InquiryBundle;
pub use caller::{Actor, Caller};
pub use clock::Clock;
pub use configuration::Grounds;
pub use delivery::{
    Deliverer, EventsAfter, Inspected, ProcessorMeter, ProcessorTime, Replayed, SampleSent,
    ShownDelivery, Simulation, Standing, Verdict, delivery_id,
};
pub use dress::dress;
pub use failure::{Failure, Receipt, no_receipt};
pub use file::{FileLinks, OpenedFile};
pub use flow::{
    FlowFailure, FlowNotice, FlowOpening, FlowStart, FlowView, FrameDecision, Surface,
    TransitionRequest, wanted_parts,
};
pub use import::{Receiving, RowKind, RowsPage, Upload};
pub use included::included;
pub use inquiry::InquiryCreated;
pub use key::AuthenticatedKey;
pub use outbound::{
    Addresses, Attempt, AttemptFailure, FailureKind, OutboundError, OutboundOptions, Outcome,
    Outgoing, Resolve, Resolving, Sender, SystemResolver,
};
pub use page::ListRequest;
pub use picture::{Picture, PictureProblem, limits as picture_limits};
pub use secret::{Sealer, hex, sha256};
pub use seed::{Seeded, SeededEnvironment, developer_key};
pub use service::{ImportLimits, Options, Service};
pub use session::LinkMade;
pub use template::{TemplateBundle, TemplateChange};
pub use webhook::ShownWebhook;
