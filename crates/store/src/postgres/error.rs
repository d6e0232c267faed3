//! What PostgreSQL's errors mean for us.

use std::error::Error as _;

use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use crate::batch::Guard;
use crate::{CommitError, StoreError};

/// The text for a person: what the server or the network said, without statement or values.
pub fn told(error: &Error) -> String {
    if let Some(database) = error.as_db_error() {
        return format!("{} ({})", database.message(), database.code().code());
    }
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

/// The connection is gone or useless: closed, cut, being shut down, or on a server that takes no writes (any more).
pub fn is_lost(error: &Error) -> bool {
    match error.code() {
        None => !is_about_values(error),
        Some(code) => {
            code.code().starts_with("08")
                || [
                    &SqlState::ADMIN_SHUTDOWN,
                    &SqlState::CRASH_SHUTDOWN,
                    &SqlState::CANNOT_CONNECT_NOW,
                    &SqlState::READ_ONLY_SQL_TRANSACTION,
                    &SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
                ]
                .contains(&code)
        }
    }
}

/// Cut short by `statement_timeout`.
pub fn is_out_of_time(error: &Error) -> bool {
    error.code() == Some(&SqlState::QUERY_CANCELED)
}

/// Errors of our own making before anything was sent; the connection is fine.
fn is_about_values(error: &Error) -> bool {
    let text = error.to_string();
    text.starts_with("error serializing parameter") || text.starts_with("error deserializing")
}

/// Follows from an earlier error of the same transaction, and says nothing of its own.
pub fn is_consequence(error: &Error) -> bool {
    error.code() == Some(&SqlState::IN_FAILED_SQL_TRANSACTION)
}

/// Two transactions stood in each other's way; nothing is wrong with either.
pub fn is_collision(error: &Error) -> bool {
    error.code().is_some_and(|code| {
        [
            &SqlState::T_R_DEADLOCK_DETECTED,
            &SqlState::T_R_SERIALIZATION_FAILURE,
        ]
        .contains(&code)
    })
}

/// Why a batch was refused. A statement that must do something to its row divides by zero when it did not (see `group`).
pub fn refusal(error: &Error, guard: Option<Guard>) -> CommitError {
    match (error.code(), guard) {
        (Some(code), Some(guard)) if *code == SqlState::UNIQUE_VIOLATION => {
            CommitError::Taken(guard)
        }
        (Some(code), _) if *code == SqlState::DIVISION_BY_ZERO => CommitError::Conflict,
        _ => CommitError::Failed(failure(error)),
    }
}

/// Names the constraint, never the values: they may be anybody's.
pub fn failure(error: &Error) -> StoreError {
    if is_lost(error) {
        return StoreError::Unavailable(told(error));
    }
    let constraint = error
        .as_db_error()
        .and_then(tokio_postgres::error::DbError::constraint);
    StoreError::Statement(match constraint {
        Some(name) => format!("{}, constraint {name}", told(error)),
        None => told(error),
    })
}
