//! The bodies of `add-tag`, `remove-tag` and `set-tags` (C121–C126).

use selfsame_domain::id::{Id, TagId};
use selfsame_domain::tag::{TagChange, TagRef};
use selfsame_domain::{Refusal, Refusals};
use serde_json::Value;

use crate::Reader;

pub fn parse_add(body: &Value) -> Result<TagChange, Refusals> {
    parse_one(body).map(TagChange::Add)
}

pub fn parse_remove(body: &Value) -> Result<TagChange, Refusals> {
    parse_one(body).map(TagChange::Remove)
}

fn parse_one(body: &Value) -> Result<TagRef, Refusals> {
    let root = Reader::root(body);
    let meta = root.object("meta", true);
    let name = meta.string("tag-name").map(TagRef::Name);
    let id = meta.id::<TagId>("tag-id").flatten().map(TagRef::Id);
    if meta.is_present() && !meta.has("tag-name") && !meta.has("tag-id") {
        meta.missing("tag-name");
    }
    root.finish()?;
    name.or(id)
        .ok_or_else(|| Refusal::malformed("meta.tag_name is missing").into())
}

/// Replaces the whole set; names and ids may be mixed.
pub fn parse_set(body: &Value) -> Result<TagChange, Refusals> {
    let root = Reader::root(body);
    let meta = root.object("meta", true);
    let names = meta.string_list("tag-name").flatten();
    let ids = meta.id_list::<TagId>("tag-id").flatten();
    if meta.is_present() && !meta.has("tag-name") && !meta.has("tag-id") {
        meta.missing("tag-name");
    }
    root.finish()?;
    let names = names.unwrap_or_default().into_iter().map(TagRef::Name);
    let ids = ids.unwrap_or_default().into_iter().map(TagRef::Id);
    Ok(TagChange::Set(names.chain(ids).collect()))
}

/// An id for an error message.
pub fn unknown(id: &TagId) -> Refusal {
    Refusal::not_found_at(format!("meta.tag_id {} is not found", id.as_str()))
}
