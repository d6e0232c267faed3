//! Inquiries on the wire (I25–I67, R19–R31).

mod document;

use selfsame_domain::account::AccountLink;
use selfsame_domain::field::Fields;
use selfsame_domain::id::{
    AccountId, AccountTypeId, TemplateId, TemplateVersionId, VerificationTemplateId,
};
use selfsame_domain::inquiry::{
    CreateInquiry, InquiryView, Intervals, Prefill, SimulateAction, SimulatedOutcome, Stub,
    StubChange, StubCheck, TemplateSelector, UpdateInquiry,
};
use selfsame_domain::template::TemplateVersion;
use selfsame_domain::{Refusal, Refusals};
use serde_json::Value;

pub use document::{InquiryDocument, StoredInquiryDocument};

use crate::account::reference_id;
use crate::inflection::same_key;
use crate::resource::tree;
use crate::version::FLAT_OF_INQUIRY;
use crate::{ApiVersion, Reader};

pub const TYPE: &str = "inquiry";
pub const INCLUDABLE: &[&str] = &[
    "account",
    "template",
    "inquiry-template",
    "inquiry-template-version",
    "inquiry-template.latest-published-version",
    "transaction",
    "reviewer",
    "reports",
    "verifications",
    "sessions",
    "documents",
    "selfies",
];

/// Members of a body whose keys are the customer's own.
pub const OPAQUE: &[&str] = &["fields"];

/// The resource object as a tree.
pub fn document(view: &InquiryView, version: &TemplateVersion) -> Value {
    tree(&InquiryDocument { view, version })
}

/// What an answer may carry besides the inquiry (I53).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CreateExtras {
    pub session: bool,
    pub one_time_link: bool,
}

pub fn parse_create(
    body: &Value,
    version: ApiVersion,
) -> Result<(CreateInquiry, CreateExtras), Refusals> {
    let root = Reader::root(body);
    let data = root.object("data", true);
    data.check_type(TYPE);
    let attributes = data.object("attributes", true);
    let meta = root.object("meta", false);

    let template = template_selector(&attributes);
    for legacy in ["theme-id", "theme-set-id"] {
        refuse_theme(&attributes, legacy);
    }
    let command = template.map(|template| CreateInquiry {
        template,
        link: account_link(&attributes, &meta),
        creator: attributes
            .nullable_string("creator-email-address")
            .flatten()
            .unwrap_or_else(|| "API".to_owned()),
        note: attributes.nullable_string("note").flatten(),
        prefill: Prefill::Api(fields(&attributes, version)),
        tags: attributes.string_list("tags").flatten().unwrap_or_default(),
        redirect_uri: attributes.nullable_string("redirect-uri").flatten(),
        theme_set_id: None,
        initial_step: attributes.nullable_string("initial-step-name").flatten(),
        intervals: intervals(&meta),
        ios_app_attest_team_id: meta.nullable_string("ios-app-attest-team-id").flatten(),
        ios_app_attest_bundle_id: meta.nullable_string("ios-app-attest-bundle-id").flatten(),
        locale: None,
    });
    let extras = CreateExtras {
        session: meta.boolean("auto-create-inquiry-session").unwrap_or(false),
        one_time_link: meta.boolean("auto-create-one-time-link").unwrap_or(false),
    };
    root.finish()?;
    // Without a template the reader has refused, so this is reached only with one.
    command
        .map(|command| (command, extras))
        .ok_or_else(|| Refusal::not_found().into())
}

/// I35: exactly one of the three.
fn template_selector(attributes: &Reader<'_>) -> Option<TemplateSelector> {
    let given: Vec<&str> = [
        "template-id",
        "inquiry-template-id",
        "inquiry-template-version-id",
    ]
    .into_iter()
    .filter(|name| attributes.value(name).is_some_and(|value| !value.is_null()))
    .collect();
    match given.as_slice() {
        [] => {
            if attributes.is_present() {
                attributes.refuse(Refusal::malformed(
                    "data.attributes.inquiry_template_id is missing: exactly one of inquiry_template_id, \
                     inquiry_template_version_id and template_id must be given",
                ));
            }
            None
        }
        ["template-id"] => {
            if attributes
                .prefixed("template-id", "tmpl")
                .flatten()
                .is_some()
            {
                attributes.refuse(Refusal::unprocessable(
                    "Legacy templates are not supported; use data.attributes.inquiry_template_id",
                    attributes.pointer_of("template-id"),
                ));
            }
            None
        }
        ["inquiry-template-id"] => attributes
            .id::<TemplateId>("inquiry-template-id")
            .flatten()
            .map(TemplateSelector::Latest),
        ["inquiry-template-version-id"] => attributes
            .id::<TemplateVersionId>("inquiry-template-version-id")
            .flatten()
            .map(TemplateSelector::Version),
        several => {
            attributes.refuse(Refusal::malformed(format!(
                "data.attributes may have only one of {}",
                several.join(", ").replace('-', "_")
            )));
            None
        }
    }
}

fn refuse_theme(attributes: &Reader<'_>, name: &str) {
    let sent = if name == "theme-id" {
        attributes.prefixed(name, "the")
    } else {
        attributes.prefixed(name, "theset")
    };
    if sent.flatten().is_some() {
        attributes.refuse(Refusal::unprocessable(
            format!(
                "{} cannot be used: this template has no theme of that id",
                attributes.path_of(name)
            ),
            attributes.pointer_of(name),
        ));
    }
}

fn account_link(attributes: &Reader<'_>, meta: &Reader<'_>) -> AccountLink {
    let preferred = "auto-create-account-reference-id";
    AccountLink {
        account_id: attributes.id::<AccountId>("account-id").flatten(),
        reference_id: reference_id(meta, preferred, meta.nullable_string(preferred).flatten()),
        deprecated_reference_id: reference_id(
            attributes,
            "reference-id",
            attributes.nullable_string("reference-id").flatten(),
        ),
        account_type_id: meta
            .id::<AccountTypeId>("auto-create-account-type-id")
            .flatten(),
        auto_create: meta.boolean("auto-create-account"),
    }
}

fn intervals(meta: &Reader<'_>) -> Intervals {
    Intervals {
        after_create: meta
            .positive_integer("expiration-after-create-interval-seconds")
            .flatten(),
        after_start: meta
            .positive_integer("expiration-after-start-interval-seconds")
            .flatten(),
        after_resume: meta
            .positive_integer("expiration-after-resume-interval-seconds")
            .flatten(),
        one_time_link: meta
            .positive_integer("one-time-link-expiration-seconds")
            .flatten(),
    }
}

/// C81: older versions also take values outside `fields`; where both are given, `fields` wins.
fn fields(attributes: &Reader<'_>, version: ApiVersion) -> Fields {
    let mut written = Fields::new();
    if version.flat_pii() {
        let same = FLAT_OF_INQUIRY.map(|name| (name, name));
        let renamed = ("country-code", "selected-country-code");
        for (flat, field) in same.into_iter().chain([renamed]) {
            if let Some(value) = attributes.value(flat) {
                written.insert(field.to_owned(), value.clone());
            }
        }
    }
    for (field, value) in attributes.map("fields").flatten().into_iter().flatten() {
        written.retain(|flat, _| !same_key(flat, field));
        written.insert(field.clone(), value.clone());
    }
    written
}

pub fn parse_update(body: &Value, version: ApiVersion) -> Result<UpdateInquiry, Refusals> {
    let root = Reader::root(body);
    let data = root.object("data", false);
    data.check_type(TYPE);
    let attributes = data.object("attributes", false);
    let command = UpdateInquiry {
        note: attributes.nullable_string("note"),
        fields: fields(&attributes, version),
        tags: attributes.string_list("tags").flatten(),
        redirect_uri: attributes.nullable_string("redirect-uri"),
    };
    root.finish()?;
    Ok(command)
}

/// The optional comment of approve, decline and mark-for-review.
pub fn parse_comment(body: &Value) -> Result<Option<String>, Refusals> {
    let root = Reader::root(body);
    let comment = root
        .object("meta", false)
        .nullable_string("comment")
        .flatten();
    root.finish()?;
    Ok(comment)
}

/// The optional lifetime of a one-time link, in seconds.
pub fn parse_link_lifetime(body: &Value) -> Result<Option<i64>, Refusals> {
    let root = Reader::root(body);
    let seconds = root
        .object("meta", false)
        .positive_integer("expires-in-seconds")
        .flatten();
    root.finish()?;
    Ok(seconds)
}

pub fn parse_simulate_actions(body: &Value) -> Result<Vec<SimulateAction>, Refusals> {
    let root = Reader::root(body);
    let meta = root.object("meta", true);
    let sent = meta.objects("simulate-actions");
    if sent.is_none() && meta.is_present() && !meta.has("simulate-actions") {
        meta.missing("simulate-actions");
    }
    let actions = sent
        .into_iter()
        .flatten()
        .filter_map(|action| simulate_action(&action))
        .collect();
    root.finish()?;
    Ok(actions)
}

/// I78. What each stub may say its verification decides, which is not known here.
pub fn parse_stubs(body: &Value) -> Result<Vec<StubChange>, Refusals> {
    let root = Reader::root(body);
    let meta = root.object("meta", true);
    let sent = meta.map("simulate-stubs").flatten();
    if sent.is_none() && meta.is_present() {
        meta.missing("simulate-stubs");
    }
    let stubs = meta.object("simulate-stubs", false);
    let changes = sent
        .into_iter()
        .flatten()
        .map(|(template, value)| StubChange {
            template: template.clone(),
            stub: (!value.is_null()).then(|| stub(&stubs.object(template, true))),
            pointer: stubs.pointer_of(template),
        })
        .collect();
    root.finish()?;
    Ok(changes)
}

fn stub(sent: &Reader<'_>) -> Stub {
    let outcome = match sent.nullable_string("status").flatten().as_deref() {
        None => None,
        Some("passed") => Some(SimulatedOutcome::Passed),
        Some("failed") => Some(SimulatedOutcome::Failed),
        Some(_) => {
            sent.unprocessable("status", "must be passed or failed");
            None
        }
    };
    let extractions = sent.map("extractions").flatten();
    let checks = sent.objects("checks").unwrap_or_default();
    Stub {
        outcome,
        extractions: extractions.cloned().unwrap_or_default(),
        checks: checks.iter().filter_map(stub_check).collect(),
    }
}

fn stub_check(sent: &Reader<'_>) -> Option<StubCheck> {
    let (name, status) = (sent.required_string("name"), sent.required_string("status"));
    Some(StubCheck {
        name: name?,
        status: status?,
        reasons: sent.string_list("reasons").flatten().unwrap_or_default(),
    })
}

fn simulate_action(action: &Reader<'_>) -> Option<SimulateAction> {
    let template = || {
        action
            .object("data", true)
            .required_id::<VerificationTemplateId>("verification-template-id")
    };
    Some(match action.required_string("type")?.as_str() {
        "start_inquiry" => SimulateAction::Start,
        "complete_inquiry" => SimulateAction::Complete,
        "fail_inquiry" => SimulateAction::Fail,
        "expire_inquiry" => SimulateAction::Expire,
        "mark_for_review_inquiry" => SimulateAction::MarkForReview,
        "approve_inquiry" => SimulateAction::Approve,
        "decline_inquiry" => SimulateAction::Decline,
        "create_passed_verification" => SimulateAction::CreatePassedVerification(template()?),
        "create_failed_verification" => SimulateAction::CreateFailedVerification(template()?),
        _ => {
            action.refuse(Refusal::unprocessable(
                format!("{} is not a simulate action", action.path_of("type")),
                action.pointer_of("type"),
            ));
            return None;
        }
    })
}
