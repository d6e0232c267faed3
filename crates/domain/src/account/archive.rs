//! Archive an account, and restore it (A47, A56, A57, R17).

use super::Account;
use crate::event::{Happening, Subject};
use crate::{Refusal, Timestamp};

/// One that is archived already stays as it is, without an event (A56).
#[must_use]
pub fn archive(mut account: Account, now: Timestamp) -> (Account, Vec<Happening>) {
    if account.archived_at.is_some() {
        return (account, Vec::new());
    }
    account.archived_at = Some(now);
    account.updated_at = now;
    let subject = Subject::Account(account.id.clone());
    (account, vec![Happening::new("account.archived", subject)])
}

/// One that is active already stays as it is, without an event (A56). Whether its reference ID and its unique fields are
/// still free, the store knows (A57).
///
/// # Errors
/// 409 if it was consolidated: what hung on it is elsewhere, for good (R48).
pub fn restore(mut account: Account, now: Timestamp) -> Result<(Account, Vec<Happening>), Refusal> {
    if let Some(destination) = &account.consolidated_into {
        return Err(Refusal::conflict(format!(
            "Account {} has been consolidated into {destination}",
            account.id
        )));
    }
    if account.archived_at.take().is_none() {
        return Ok((account, Vec::new()));
    }
    account.updated_at = now;
    let subject = Subject::Account(account.id.clone());
    Ok((account, vec![Happening::new("account.restored", subject)]))
}
