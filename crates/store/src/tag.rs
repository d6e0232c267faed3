//! The tags of an organisation.

use selfsame_domain::Timestamp;
use selfsame_domain::id::OrganisationId;
use selfsame_domain::tag::Tag;

use crate::row::id;
use crate::sql::Insert;
use crate::{Batch, Guard, Query, Store, StoreError};

pub(crate) static INSERT: Insert = Insert::ordered(
    "tags",
    &["organisation_id", "id", "name", "slot", "created_at"],
    3,
);

impl Store {
    /// Every tag of the organisation; there are at most a thousand.
    pub async fn list_tags(
        &self,
        organisation_id: &OrganisationId,
    ) -> Result<Vec<Tag>, StoreError> {
        let sql = "SELECT id, name FROM tags WHERE organisation_id = $1 ORDER BY slot";
        self.all(Query::new(sql, vec![id(organisation_id)]), |row| {
            Ok(Tag {
                id: row.id()?,
                name: row.text()?,
            })
        })
        .await
    }
}

impl Batch {
    /// `slot`: how many tags there were, plus one; the check on the column keeps the limit.
    pub fn insert_tag(
        &mut self,
        organisation_id: &OrganisationId,
        tag: &Tag,
        slot: usize,
        now: Timestamp,
    ) {
        self.insert_guarded(
            &INSERT,
            vec![
                id(organisation_id),
                id(&tag.id),
                tag.name.clone().into(),
                i64::try_from(slot).unwrap_or(i64::MAX).into(),
                now.into(),
            ],
            Guard::Tag,
        );
    }
}
