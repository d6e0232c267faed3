//! Consolidate accounts: what hangs on the sources moves to the destination, and the sources are archived for good
//! (R47–R50, A32–A37).

use super::Account;
use crate::event::{Happening, Subject};
use crate::id::{AccountId, Id};
use crate::{Refusal, Timestamp};

/// So many sources at most in one request: each is a row of its own to write, and three events.
pub const MOST_SOURCES: usize = 100;

const SOURCES: &str = "/meta/source-account-ids";

/// Whether this account can take others in.
///
/// # Errors
/// 400 if it has been archived (A35), 422 if it is one of the sources (A36).
pub fn check_destination(destination: &Account, sources: &[AccountId]) -> Result<(), Refusal> {
    if destination.archived_at.is_some() {
        return Err(Refusal::malformed(format!(
            "Destination account {} has been archived",
            destination.id
        )));
    }
    if sources.contains(&destination.id) {
        return Err(Refusal::unprocessable(
            format!(
                "Account {} cannot be consolidated into itself",
                destination.id
            ),
            SOURCES,
        ));
    }
    Ok(())
}

/// The source as it is afterwards, with its happenings and the one of the destination, in order (A37). It keeps its
/// reference ID, fields, tags and status, and so does the destination (R47).
///
/// # Errors
/// 409 if the source is archived already (A34), 422 if it is of another type (A36).
pub fn consolidate(
    destination: &Account,
    mut source: Account,
    now: Timestamp,
) -> Result<(Account, [Happening; 3]), Refusal> {
    if source.archived_at.is_some() {
        return Err(Refusal::conflict(format!(
            "Source account {} has been archived",
            source.id
        )));
    }
    if source.account_type_id != destination.account_type_id {
        return Err(Refusal::unprocessable(
            format!(
                "Source account {} is of another account type than {}",
                source.id, destination.id
            ),
            SOURCES,
        ));
    }
    source.archived_at = Some(now);
    source.consolidated_into = Some(destination.id.clone());
    source.updated_at = now;
    let happening = |name, account: &Account| {
        Happening::new(name, Subject::Account(account.id.clone()))
            .with("source-account-id", source.id.as_str())
            .with("destination-account-id", destination.id.as_str())
    };
    let happenings = [
        happening("account.consolidated", &source),
        happening("account.consolidated-with", destination),
        happening("account.archived", &source),
    ];
    Ok((source, happenings))
}
