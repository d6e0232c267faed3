//! What goes wrong with the embedded store's file, said so that an operator knows what to do.

use std::path::Path;

use rusqlite::{Error, ErrorCode};

use crate::StoreError;

/// The error of a statement on the database in `path`; `otherwise` names what is no fault of the file.
pub fn sqlite_fault(
    path: &Path,
    error: &Error,
    otherwise: impl FnOnce(String) -> StoreError,
) -> StoreError {
    let path = || path.display().to_string();
    let reason = error.to_string();
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => StoreError::Damaged {
            path: path(),
            reason: "it is no SQLite database, or its first page is damaged".into(),
        },
        Some(ErrorCode::DatabaseCorrupt) => StoreError::Damaged {
            path: path(),
            reason,
        },
        Some(ErrorCode::DiskFull) => StoreError::Full { path: path() },
        Some(ErrorCode::ReadOnly) => StoreError::ReadOnly {
            path: path(),
            reason,
        },
        _ => otherwise(reason),
    }
}
