//! Tags by name or id, made when unknown, a thousand at most (C121–C126).

use selfsame_domain::id::{Id, OrganisationId, TagId};
use selfsame_domain::tag::{self, MAX_TAGS, Tag, TagChange, TagRef};
use selfsame_domain::{Refusal, Timestamp};
use selfsame_store::Batch;

use crate::{Failure, Service};

/// Names that are known to exist once the batch has committed.
pub(crate) struct ResolvedTags {
    pub names: Vec<String>,
    pub batch: Batch,
}

impl Service {
    /// Finds or makes the tags of a list of names.
    pub(crate) async fn resolve_tag_names(
        &self,
        organisation: &OrganisationId,
        names: &[String],
        now: Timestamp,
    ) -> Result<ResolvedTags, Failure> {
        if names.is_empty() {
            return Ok(ResolvedTags {
                names: Vec::new(),
                batch: Batch::new(),
            });
        }
        let refs: Vec<_> = names.iter().cloned().map(TagRef::Name).collect();
        self.resolve_tags(organisation, &refs, now, "/data/attributes/tags")
            .await
    }

    async fn resolve_tags(
        &self,
        organisation: &OrganisationId,
        refs: &[TagRef],
        now: Timestamp,
        pointer: &str,
    ) -> Result<ResolvedTags, Failure> {
        let mut known = self.store().list_tags(organisation).await?;
        let mut entropy = self.entropy();
        let mut batch = Batch::new();
        let mut names = Vec::with_capacity(refs.len());
        for wanted in refs {
            match wanted {
                TagRef::Id(id) => {
                    let found = known.iter().find(|tag| tag.id == *id);
                    names.push(
                        found
                            .ok_or_else(|| selfsame_wire::tag::unknown(id))?
                            .name
                            .clone(),
                    );
                }
                TagRef::Name(name) => {
                    tag::check_name(name, pointer)?;
                    if !known.iter().any(|tag| tag.name == *name) {
                        if known.len() >= MAX_TAGS {
                            return Err(Refusal::unprocessable(
                                "the organisation has reached its limit of 1000 tags",
                                pointer,
                            )
                            .into());
                        }
                        let new = Tag {
                            id: TagId::mint(&mut entropy, now),
                            name: name.clone(),
                        };
                        known.push(new.clone());
                        batch.insert_tag(organisation, &new, known.len(), now);
                    }
                    names.push(name.clone());
                }
            }
        }
        Ok(ResolvedTags {
            names: tag::distinct(names),
            batch,
        })
    }

    /// The whole set after a change.
    pub(crate) async fn apply_tag_change(
        &self,
        organisation: &OrganisationId,
        current: &[String],
        change: &TagChange,
        now: Timestamp,
    ) -> Result<ResolvedTags, Failure> {
        let refs = match change {
            TagChange::Add(one) => vec![one.clone()],
            TagChange::Set(all) => all.clone(),
            TagChange::Remove(TagRef::Name(name)) => {
                let names = current.iter().filter(|tag| *tag != name).cloned().collect();
                return Ok(ResolvedTags {
                    names,
                    batch: Batch::new(),
                });
            }
            TagChange::Remove(id) => vec![id.clone()],
        };
        let mut resolved = self
            .resolve_tags(organisation, &refs, now, "/meta/tag-name")
            .await?;
        resolved.names = match change {
            TagChange::Add(_) => {
                tag::distinct(current.iter().cloned().chain(resolved.names).collect())
            }
            TagChange::Remove(_) => current
                .iter()
                .filter(|tag| !resolved.names.contains(tag))
                .cloned()
                .collect(),
            TagChange::Set(_) => resolved.names,
        };
        Ok(resolved)
    }
}
