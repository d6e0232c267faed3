//! Update an account: absent members stay, fields merge (R11, R12, R15, accounts §4.4).

use super::{Account, AccountType, PhotoChange};
use crate::event::{Happening, Subject};
use crate::field::{self, Fields};
use crate::tag::{self, TagDifference};
use crate::{ReferenceId, Refusals, Timestamp};

#[derive(Debug, Clone, Default)]
pub struct UpdateAccount {
    pub reference_id: Option<ReferenceId>,
    pub status: Option<String>,
    pub fields: Fields,
    /// Replaces the whole set.
    pub tags: Option<Vec<String>>,
    pub photo: Option<PhotoChange>,
}

pub fn update(
    mut account: Account,
    account_type: &AccountType,
    command: UpdateAccount,
    now: Timestamp,
) -> Result<(Account, Vec<Happening>), Refusals> {
    account.refuse_change_if_archived()?;
    if let Some(status) = &command.status {
        account_type.check_status(status)?;
    }
    let written = field::check_fields(&account_type.fields, &command.fields)?;

    let before = account.clone();
    field::merge(&account_type.fields, &mut account.fields, written);
    PhotoChange::write(command.photo, &mut account.fields);
    if let Some(reference_id) = command.reference_id {
        account.reference_id = Some(reference_id);
    }
    if let Some(status) = command.status {
        account.status = status;
    }
    if let Some(tags) = command.tags {
        account.tags = tag::distinct(tags);
    }
    let happenings = happenings(&before, &account);
    if account != before || !happenings.is_empty() {
        account.updated_at = now;
    }
    Ok((account, happenings))
}

fn happenings(before: &Account, after: &Account) -> Vec<Happening> {
    let subject = || Subject::Account(after.id.clone());
    let mut happenings = super::tags::happenings(
        &after.id,
        &TagDifference::between(&before.tags, &after.tags),
    );
    let mut changed: Vec<String> = after
        .fields
        .iter()
        .filter(|(key, value)| before.fields.get(*key) != Some(*value))
        .map(|(key, _)| key.clone())
        .collect();
    let reference = |account: &Account| {
        account
            .reference_id
            .as_ref()
            .map(|id| id.as_str().to_owned())
    };
    if reference(before) != reference(after) {
        changed.push("reference_id".to_owned());
    }
    if !changed.is_empty() {
        happenings
            .push(Happening::new("account.updated-fields", subject()).with("changed", changed));
    }
    if before.status != after.status {
        happenings.push(Happening::new("account.status-updated", subject()));
    }
    happenings
}
