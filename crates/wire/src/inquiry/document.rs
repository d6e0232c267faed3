//! An inquiry's resource object (I25–I67).

use selfsame_domain::id::{AccountId, Id};
use selfsame_domain::inquiry::{InquiryView, StoredDetail};
use selfsame_domain::template::TemplateVersion;
use selfsame_domain::verification::{Document, Selfie};
use selfsame_domain::{ReferenceId, Timestamp};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::resource::{Members, Resource, StoredFields, Time, ToMany, ToOne, TypedFields};

/// Written to text as it is, or made a tree of with [`super::document`].
#[derive(Debug, Clone, Copy)]
pub struct InquiryDocument<'a> {
    pub view: &'a InquiryView,
    pub version: &'a TemplateVersion,
}

/// The same of an inquiry whose detail is still the stored text: most of it is shown as it is stored.
#[derive(Debug)]
pub struct StoredInquiryDocument<'a> {
    view: &'a InquiryView<StoredDetail>,
    detail: DetailText<'a>,
    version: &'a TemplateVersion,
}

/// What a document shows of a [`selfsame_domain::inquiry::Detail`].
#[derive(Debug, Deserialize)]
struct DetailText<'a> {
    #[serde(borrow)]
    creator: &'a RawValue,
    #[serde(borrow)]
    reviewer_comment: Option<&'a RawValue>,
    #[serde(borrow)]
    fields: Members<'a>,
    #[serde(borrow)]
    behaviors: &'a RawValue,
    #[serde(borrow)]
    tags: &'a RawValue,
    #[serde(borrow)]
    previous_step: Option<&'a RawValue>,
    #[serde(borrow)]
    next_step: Option<&'a RawValue>,
    started_at: Option<Timestamp>,
    completed_at: Option<Timestamp>,
    failed_at: Option<Timestamp>,
    marked_for_review_at: Option<Timestamp>,
    decisioned_at: Option<Timestamp>,
    expired_at: Option<Timestamp>,
}

impl<'a> StoredInquiryDocument<'a> {
    /// An error: the stored text is no detail.
    pub fn new(
        view: &'a InquiryView<StoredDetail>,
        version: &'a TemplateVersion,
    ) -> Result<Self, serde_json::Error> {
        Ok(Self {
            view,
            detail: serde_json::from_str(&view.inquiry.detail.0)?,
            version,
        })
    }
}

/// The attributes that come out of the detail, read or not.
struct Shown<Text, List, Behaviors, Fields> {
    creator: Text,
    reviewer_comment: Option<Text>,
    behaviors: Behaviors,
    tags: List,
    previous_step: Option<Text>,
    next_step: Option<Text>,
    started_at: Option<Timestamp>,
    completed_at: Option<Timestamp>,
    failed_at: Option<Timestamp>,
    marked_for_review_at: Option<Timestamp>,
    decisioned_at: Option<Timestamp>,
    expired_at: Option<Timestamp>,
    fields: Fields,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Attributes<'a, Text, List, Behaviors, Fields> {
    status: &'static str,
    reference_id: Option<&'a str>,
    note: Option<&'a str>,
    behaviors: Behaviors,
    tags: List,
    creator: Text,
    reviewer_comment: Option<Text>,
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
    previous_step_name: Option<Text>,
    next_step_name: Option<Text>,
    fields: Fields,
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
        let detail = &self.view.inquiry.detail;
        let shown = Shown {
            creator: detail.creator.as_str(),
            reviewer_comment: detail.reviewer_comment.as_deref(),
            behaviors: &detail.behaviors,
            tags: &detail.tags,
            previous_step: detail.previous_step.as_deref(),
            next_step: detail.next_step.as_deref(),
            started_at: detail.started_at,
            completed_at: detail.completed_at,
            failed_at: detail.failed_at,
            marked_for_review_at: detail.marked_for_review_at,
            decisioned_at: detail.decisioned_at,
            expired_at: detail.expired_at,
            fields: TypedFields {
                schemas: &self.version.definition.fields,
                values: &detail.fields,
                shown: |_, _| true,
                account: None,
            },
        };
        write(self.view, shown, serializer)
    }
}

impl Serialize for StoredInquiryDocument<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let detail = &self.detail;
        let shown = Shown {
            creator: detail.creator,
            reviewer_comment: detail.reviewer_comment,
            behaviors: detail.behaviors,
            tags: detail.tags,
            previous_step: detail.previous_step,
            next_step: detail.next_step,
            started_at: detail.started_at,
            completed_at: detail.completed_at,
            failed_at: detail.failed_at,
            marked_for_review_at: detail.marked_for_review_at,
            decisioned_at: detail.decisioned_at,
            expired_at: detail.expired_at,
            fields: StoredFields {
                schemas: &self.version.definition.fields,
                values: &detail.fields,
            },
        };
        write(self.view, shown, serializer)
    }
}

fn write<D, S: Serializer>(
    view: &InquiryView<D>,
    detail: Shown<impl Serialize, impl Serialize, impl Serialize, impl Serialize>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let inquiry = &view.inquiry;
    let attributes = Attributes {
        status: inquiry.status.as_str(),
        reference_id: view.reference_id.as_ref().map(ReferenceId::as_str),
        note: inquiry.note.as_deref(),
        behaviors: detail.behaviors,
        tags: detail.tags,
        creator: detail.creator,
        reviewer_comment: detail.reviewer_comment,
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
        previous_step_name: detail.previous_step,
        next_step_name: detail.next_step,
        fields: detail.fields,
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
        verifications: ToMany::new(verifications.map(|(id, kind)| (kind.as_str(), id.as_str()))),
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

#[cfg(test)]
mod tests {
    use selfsame_domain::id::{
        EnvironmentId, InquiryId, OrganisationId, TemplateId, TemplateVersionId,
    };
    use selfsame_domain::inquiry::{BEHAVIOR_KEYS, Detail, Inquiry, Status};
    use selfsame_domain::template::form_only;
    use serde_json::json;

    use super::*;
    use crate::resource::tree;

    fn version(at: Timestamp) -> TemplateVersion {
        TemplateVersion {
            id: TemplateVersionId::from_trusted("itmplv_1".into()),
            organisation_id: OrganisationId::from_trusted("org_1".into()),
            template_id: TemplateId::from_trusted("itmpl_1".into()),
            published: true,
            name_display: None,
            enabled_locales: Vec::new(),
            definition: form_only(),
            created_at: at,
            updated_at: at,
            published_at: Some(at),
        }
    }

    fn view<D>(at: Timestamp, detail: D) -> InquiryView<D> {
        InquiryView {
            inquiry: Inquiry {
                id: InquiryId::from_trusted("inq_1".into()),
                environment_id: EnvironmentId::from_trusted("env_1".into()),
                account_id: Some(AccountId::from_trusted("act_1".into())),
                template_id: TemplateId::from_trusted("itmpl_1".into()),
                template_version_id: TemplateVersionId::from_trusted("itmplv_1".into()),
                status: Status::Approved,
                note: Some("a \"note\"".to_owned()),
                created_at: at,
                updated_at: at,
                expires_at: Some(at),
                redacted_at: None,
                detail,
                version: 3,
            },
            reference_id: Some(ReferenceId::from_trusted("user-1".into())),
            session_ids: vec!["iqse_1".to_owned(), "iqse_2".to_owned()],
            verifications: vec![("ver_1".to_owned(), "verification/selfie".to_owned())],
            document_ids: vec!["doc_1".to_owned()],
            selfie_ids: Vec::new(),
        }
    }

    #[test]
    fn an_inquiry_reads_the_same_from_its_text_as_from_its_detail() {
        let at = Timestamp::from_millis(1_770_113_700_123);
        let version = version(at);
        let fields = json!({"name-first": "Zoë \"Z\"", "birthdate": "1990-12-10", "unknown": {"a": [1.5, null]}});
        let full = Detail {
            creator: "o'neil@example.com".to_owned(),
            reviewer_comment: Some("fine\n".to_owned()),
            fields: fields.as_object().unwrap().clone(),
            behaviors: BEHAVIOR_KEYS
                .iter()
                .map(|key| ((*key).to_owned(), json!(0.25)))
                .collect(),
            tags: vec!["vip".to_owned(), "\u{1}".to_owned()],
            previous_step: Some("start".to_owned()),
            next_step: Some("details".to_owned()),
            started_at: Some(at),
            completed_at: Some(at.plus_seconds(1)),
            failed_at: Some(at.plus_seconds(2)),
            marked_for_review_at: Some(at.plus_seconds(3)),
            decisioned_at: Some(at.plus_seconds(4)),
            expired_at: Some(at.plus_seconds(5)),
            ..Detail::default()
        };
        for detail in [full, Detail::default()] {
            let text = StoredDetail(serde_json::to_string(&detail).unwrap());
            let (read, stored) = (view(at, detail), view(at, text));
            let read = InquiryDocument {
                view: &read,
                version: &version,
            };
            let stored = StoredInquiryDocument::new(&stored, &version).unwrap();
            let expected = serde_json::to_string(&read).unwrap();
            assert_eq!(serde_json::to_string(&stored).unwrap(), expected);
            assert_eq!(tree(&stored).to_string(), expected);
            assert_eq!(tree(&read).to_string(), expected);
        }
        let cut = view(at, StoredDetail("{\"creator\":".to_owned()));
        assert!(StoredInquiryDocument::new(&cut, &version).is_err());
    }
}
