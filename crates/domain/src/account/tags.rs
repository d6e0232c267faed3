//! Change the tags of an account. Adding a present tag or removing an absent one does nothing; an archived account's stay
//! (A26).

use super::Account;
use crate::event::{Happening, Subject};
use crate::id::AccountId;
use crate::tag::TagDifference;
use crate::{Refusal, Timestamp};

/// `tags` is the whole new set, in order.
pub fn change_tags(
    mut account: Account,
    tags: Vec<String>,
    now: Timestamp,
) -> Result<(Account, Vec<Happening>), Refusal> {
    account.refuse_change_if_archived()?;
    let difference = TagDifference::between(&account.tags, &tags);
    if difference.is_empty() {
        return Ok((account, Vec::new()));
    }
    let happenings = happenings(&account.id, &difference);
    account.tags = tags;
    account.updated_at = now;
    Ok((account, happenings))
}

pub(super) fn happenings(id: &AccountId, difference: &TagDifference) -> Vec<Happening> {
    if difference.is_empty() {
        return Vec::new();
    }
    let subject = || Subject::Account(id.clone());
    let added = difference
        .added
        .iter()
        .map(|_| Happening::new("account.tag-added", subject()));
    let removed = difference
        .removed
        .iter()
        .map(|_| Happening::new("account.tag-removed", subject()));
    added
        .chain(removed)
        .chain([Happening::new("account.updated-tags", subject())
            .with("added-tags", difference.added.clone())
            .with("removed-tags", difference.removed.clone())])
        .collect()
}
