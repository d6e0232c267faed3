//! Change the tags of an account. Adding a present tag or removing an absent one does nothing.

use super::Account;
use crate::Timestamp;
use crate::event::{Happening, Subject};
use crate::id::AccountId;
use crate::tag::TagDifference;

/// `tags` is the whole new set, in order.
pub fn change_tags(
    mut account: Account,
    tags: Vec<String>,
    now: Timestamp,
) -> (Account, Vec<Happening>) {
    let difference = TagDifference::between(&account.tags, &tags);
    if difference.is_empty() {
        return (account, Vec::new());
    }
    let happenings = happenings(&account.id, &difference);
    account.tags = tags;
    account.updated_at = now;
    (account, happenings)
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
