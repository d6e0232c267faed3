//! Create an account, directly or as the side effect of an inquiry.

use super::{Account, AccountType, PhotoChange};
use crate::event::{Happening, Subject};
use crate::field::{self, Fields};
use crate::id::{AccountId, AccountTypeId, Entropy, EnvironmentId, Id};
use crate::{ReferenceId, Refusals, Timestamp};

#[derive(Debug, Clone, Default)]
pub struct CreateAccount {
    /// `None`: the organisation's default type.
    pub account_type_id: Option<AccountTypeId>,
    pub reference_id: Option<ReferenceId>,
    pub status: Option<String>,
    /// As sent: flat, unchecked.
    pub fields: Fields,
    pub tags: Vec<String>,
    pub photo: Option<PhotoChange>,
    /// R16: the reference ID or a unique field that finds the account to update instead.
    pub upsert_by: Option<String>,
}

pub fn create(
    environment_id: &EnvironmentId,
    account_type: &AccountType,
    command: CreateAccount,
    now: Timestamp,
    entropy: &mut Entropy,
) -> Result<(Account, Vec<Happening>), Refusals> {
    if let Some(status) = &command.status {
        account_type.check_status(status)?;
    }
    let mut fields = field::check_fields(&account_type.fields, &command.fields)?;
    PhotoChange::write(command.photo, &mut fields);
    let account = Account {
        id: AccountId::mint(entropy, now),
        environment_id: environment_id.clone(),
        account_type_id: account_type.id.clone(),
        reference_id: command.reference_id,
        status: command
            .status
            .unwrap_or_else(|| account_type.default_status.clone()),
        fields,
        tags: command.tags,
        created_at: now,
        updated_at: now,
        redacted_at: None,
        archived_at: None,
        consolidated_into: None,
        version: 1,
    };
    let happening = Happening::new("account.created", Subject::Account(account.id.clone()));
    Ok((account, vec![happening]))
}
