//! Update (R31), tags, and redaction (I10) of an inquiry.

use serde_json::Value;

use super::{FieldOrigin, FieldSource, Inquiry};
use crate::event::Happening;
use crate::field::{self, Fields};
use crate::tag::{self, TagDifference};
use crate::template::{Template, TemplateVersion};
use crate::{Refusal, Refusals, Timestamp};

/// R31, I40: nothing but these; the account is not among them.
#[derive(Debug, Clone, Default)]
pub struct UpdateInquiry {
    pub note: Option<Option<String>>,
    pub fields: Fields,
    /// Replaces the whole set.
    pub tags: Option<Vec<String>>,
    pub redirect_uri: Option<Option<String>>,
}

pub fn update(
    mut inquiry: Inquiry,
    template: &Template,
    version: &TemplateVersion,
    command: UpdateInquiry,
    now: Timestamp,
) -> Result<(Inquiry, Vec<Happening>), Refusals> {
    inquiry.refuse_if_redacted()?;
    if let Some(Some(target)) = &command.redirect_uri {
        template.settings.refuse_redirect(target)?;
    }
    let written = field::check_fields(&version.definition.fields, &command.fields)?;
    let before = inquiry.clone();
    if let Some(redirect_uri) = command.redirect_uri {
        inquiry.detail.redirect_uri = redirect_uri;
    }
    if let Some(note) = command.note {
        inquiry.note = note;
    }
    write_fields(&mut inquiry, version, written, FieldSource::Api)?;
    let mut happenings = Vec::new();
    if let Some(tags) = command.tags {
        happenings = set_tags(&mut inquiry, tag::distinct(tags));
    }
    if inquiry != before {
        inquiry.updated_at = now;
    }
    Ok((inquiry, happenings))
}

/// Writes checked values and remembers where each came from; a write-once field refuses its second write (B237).
pub(crate) fn write_fields(
    inquiry: &mut Inquiry,
    version: &TemplateVersion,
    written: Fields,
    source: FieldSource,
) -> Result<(), Refusals> {
    let schemas = &version.definition.fields;
    for key in written.keys() {
        let frozen = field::find_schema(schemas, key).is_some_and(|schema| schema.write_once)
            && inquiry.detail.origins.contains_key(key);
        if frozen {
            let pointer = format!("/data/attributes/fields/{key}");
            return Err(
                Refusal::unprocessable(format!("{key} can be written only once"), pointer).into(),
            );
        }
    }
    for (key, value) in &written {
        inquiry
            .detail
            .origins
            .entry(key.clone())
            .and_modify(|origin| origin.source = source)
            .or_insert_with(|| FieldOrigin {
                initial: value.clone(),
                source,
            });
    }
    field::merge(schemas, &mut inquiry.detail.fields, written);
    Ok(())
}

/// `tags` is the whole new set, in order.
pub fn change_tags(
    mut inquiry: Inquiry,
    tags: Vec<String>,
    now: Timestamp,
) -> Result<(Inquiry, Vec<Happening>), Refusal> {
    inquiry.refuse_if_redacted()?;
    let happenings = set_tags(&mut inquiry, tags);
    if !happenings.is_empty() {
        inquiry.updated_at = now;
    }
    Ok((inquiry, happenings))
}

fn set_tags(inquiry: &mut Inquiry, tags: Vec<String>) -> Vec<Happening> {
    let difference = TagDifference::between(&inquiry.detail.tags, &tags);
    if difference.is_empty() {
        return Vec::new();
    }
    inquiry.detail.tags = tags;
    vec![
        inquiry
            .happening("inquiry.updated-tags")
            .with("added-tags", difference.added)
            .with("removed-tags", difference.removed),
    ]
}

/// I10: status and operational times stay; personal data, note and tags go.
pub fn redact(inquiry: &mut Inquiry, now: Timestamp) -> Result<Vec<Happening>, Refusal> {
    inquiry.refuse_if_redacted()?;
    for value in inquiry.detail.fields.values_mut() {
        *value = Value::Null;
    }
    inquiry.detail.origins.clear();
    inquiry.detail.stubs.clear();
    inquiry.detail.tags.clear();
    inquiry.note = None;
    inquiry.detail.redirect_uri = None;
    inquiry.redacted_at = Some(now);
    inquiry.updated_at = now;
    Ok(vec![inquiry.happening("inquiry.redacted")])
}
