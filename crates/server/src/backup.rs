//! Backups of an embedded store: making them, checking them, making an installation of one; and looking a store over.
//!
//! A backup is a folder: the database, the pictures its rows name, and a manifest with the SHA-256 of each. It is
//! written under a temporary name and gets its own last.

mod check;
pub(crate) mod files;
mod make;
pub mod manifest;
mod partial;
mod restore;

use std::path::Path;

pub use check::{Findings, check};
pub use make::make;
pub use restore::{restore, verify};

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Counted in pictures.
    Pictures,
    /// Counted in pages.
    Database,
    /// Counted in bytes.
    Hashes,
    Copy,
    /// Counted in steps.
    Check,
}

/// Told how much is done, of how much.
pub type Report<'a> = &'a dyn Fn(Phase, u64, u64);

fn read_key(path: &Path) -> Result<[u8; 32], String> {
    let bytes = std::fs::read(path)
        .map_err(|error| format!("cannot read the master key {}: {error}", path.display()))?;
    bytes.try_into().map_err(|_| {
        format!(
            "{} is no master key, which has 32 bytes; bring the right file",
            path.display()
        )
    })
}

fn fingerprint(master_key: &[u8; 32]) -> String {
    files::sha256_hex(&[b"selfsame master key\n".as_slice(), master_key].concat())
}
