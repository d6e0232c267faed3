//! Calls to the outside (W45–W58): the only way out of the server to addresses that somebody else chose.

mod address;
mod attempt;
mod client;
mod connect;
mod outcome;
mod target;

use std::path::PathBuf;
use std::time::Duration;

use selfsame_domain::address::AddressEntry;

pub use address::Addresses;
pub(crate) use attempt::headers as dressed;
pub use attempt::{Attempt, Outgoing, Sender};
pub use connect::{Resolve, Resolving, SystemResolver};
pub use outcome::{AttemptFailure, FailureKind, Outcome};

/// W53: from the first look-up to the last byte of the answer.
const TIMEOUT: Duration = Duration::from_secs(5);

#[derive(Debug, Clone)]
pub struct OutboundOptions {
    /// W48.
    pub allow: Vec<AddressEntry>,
    /// W49: this machine may be called, in the clear as well.
    pub loopback: bool,
    /// Authorities besides those that the system trusts, PEM.
    pub ca_file: Option<PathBuf>,
    pub timeout: Duration,
}

impl Default for OutboundOptions {
    fn default() -> Self {
        Self {
            allow: Vec::new(),
            loopback: false,
            ca_file: None,
            timeout: TIMEOUT,
        }
    }
}

/// Why no call can be made at all.
#[derive(Debug, thiserror::Error)]
pub enum OutboundError {
    #[error("webhooks.ca-file {path}: {reason}")]
    CaFile { path: PathBuf, reason: String },
    #[error("TLS cannot be set up: {0}")]
    Tls(String),
}
