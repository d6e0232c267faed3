//! An inquiry's resource object (I25–I67).

use selfsame_domain::ReferenceId;
use selfsame_domain::id::{AccountId, Id};
use selfsame_domain::inquiry::InquiryView;
use selfsame_domain::template::TemplateVersion;
use selfsame_domain::verification::{Document, Selfie};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::resource::{Resource, Time, ToMany, ToOne, TypedFields};

/// Written to text as it is, or made a tree of with [`super::document`].
#[derive(Debug, Clone, Copy)]
pub struct InquiryDocument<'a> {
    pub view: &'a InquiryView,
    pub version: &'a TemplateVersion,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Attributes<'a> {
    status: &'static str,
    reference_id: Option<&'a str>,
    note: Option<&'a str>,
    behaviors: &'a Map<String, Value>,
    tags: &'a [String],
    creator: &'a str,
    reviewer_comment: Option<&'a str>,
    created_at: Time,
    updated_at: Time,
    started_at: Option<Time>,
    expires_at: Option<Time>,
    completed_at: Option<Time>,
    failed_at: Option<Time>,
    marked_for_review_at: Option<Time>,
    decisioned_at: Option<Time>,
    expired_at: Option<Time>,
    redacted_at: Option<Time>,
    previous_step_name: Option<&'a str>,
    next_step_name: Option<&'a str>,
    fields: TypedFields<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Relationships<'a> {
    account: ToOne<'a>,
    template: ToOne<'a>,
    inquiry_template: ToOne<'a>,
    inquiry_template_version: ToOne<'a>,
    transaction: ToOne<'a>,
    reviewer: ToOne<'a>,
    reports: ToMany<'a>,
    verifications: ToMany<'a>,
    sessions: ToMany<'a>,
    documents: ToMany<'a>,
    selfies: ToMany<'a>,
}

fn of_type<'a>(kind: &'static str, ids: &'a [String]) -> ToMany<'a> {
    ToMany::new(ids.iter().map(|id| (kind, id.as_str())))
}

impl Serialize for InquiryDocument<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { view, version } = self;
        let (inquiry, detail) = (&view.inquiry, &view.inquiry.detail);
        let attributes = Attributes {
            status: inquiry.status.as_str(),
            reference_id: view.reference_id.as_ref().map(ReferenceId::as_str),
            note: inquiry.note.as_deref(),
            behaviors: &detail.behaviors,
            tags: &detail.tags,
            creator: &detail.creator,
            reviewer_comment: detail.reviewer_comment.as_deref(),
            created_at: Time(inquiry.created_at),
            updated_at: Time(inquiry.updated_at),
            started_at: detail.started_at.map(Time),
            expires_at: inquiry.expires_at.map(Time),
            completed_at: detail.completed_at.map(Time),
            failed_at: detail.failed_at.map(Time),
            marked_for_review_at: detail.marked_for_review_at.map(Time),
            decisioned_at: detail.decisioned_at.map(Time),
            expired_at: detail.expired_at.map(Time),
            redacted_at: inquiry.redacted_at.map(Time),
            previous_step_name: detail.previous_step.as_deref(),
            next_step_name: detail.next_step.as_deref(),
            fields: TypedFields {
                schemas: &version.definition.fields,
                values: &detail.fields,
                shown: |_, _| true,
            },
        };
        let account_id = inquiry.account_id.as_ref().map(AccountId::as_str);
        let version_id = inquiry.template_version_id.as_str();
        let verifications = view.verifications.iter();
        let relationships = Relationships {
            account: ToOne::new("account", account_id),
            template: ToOne::NONE,
            inquiry_template: ToOne::new("inquiry-template", Some(inquiry.template_id.as_str())),
            inquiry_template_version: ToOne::new("inquiry-template-version", Some(version_id)),
            transaction: ToOne::NONE,
            reviewer: ToOne::NONE,
            reports: ToMany::new([]),
            verifications: ToMany::new(
                verifications.map(|(id, kind)| (kind.as_str(), id.as_str())),
            ),
            sessions: of_type("inquiry-session", &view.session_ids),
            documents: of_type(Document::WIRE_TYPE, &view.document_ids),
            selfies: of_type(Selfie::WIRE_TYPE, &view.selfie_ids),
        };
        let resource = Resource {
            kind: super::TYPE,
            id: inquiry.id.as_str(),
            attributes,
            relationships,
        };
        resource.serialize(serializer)
    }
}
