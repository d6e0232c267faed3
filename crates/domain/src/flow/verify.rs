//! What a verification run makes: the document or selfie, the verification, their events, what was read.
//!
//! In sandbox the result follows the simulation (B261–B270). In production nothing here can check a picture,
//! so the verification stays `submitted` and is never passed.

use serde_json::{Map, Value, json};

use crate::Timestamp;
use crate::event::{Happening, Subject};
use crate::field::Fields;
use crate::id::{DocumentId, Entropy, Id, SelfieId, VerificationId};
use crate::inquiry::{Inquiry, SimulatedOutcome, Stub};
use crate::template::{CheckSetting, VerificationTemplate};
use crate::verification::{
    Check, Document, Selfie, Verification, VerificationDetail, VerificationKind, VerificationStatus,
};

/// One run, before or after its result.
#[derive(Debug, Clone, PartialEq)]
pub struct Made {
    pub verification: Verification,
    pub document: Option<Document>,
    pub selfie: Option<Selfie>,
    pub happenings: Vec<Happening>,
}

/// Makes and submits a verification; [`settle`] brings the result.
pub fn make(
    inquiry: &Inquiry,
    template: &VerificationTemplate,
    sandbox: bool,
    outcome: SimulatedOutcome,
    now: Timestamp,
    entropy: &mut Entropy,
) -> Made {
    let stub = inquiry.detail.stubs.get(&template.alias);
    let stub = stub.filter(|_| sandbox).cloned();
    let mut happenings = Vec::new();
    let text_field = |key: &str| {
        inquiry
            .detail
            .fields
            .get(key)
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    let country = text_field(super::SELECTED_COUNTRY);
    let class = text_field(super::SELECTED_CLASS);
    let mut detail = VerificationDetail {
        alias: template.alias.clone(),
        country_code: country,
        simulated: sandbox,
        simulated_outcome: outcome,
        stub,
        ..VerificationDetail::default()
    };
    let (document, selfie) = match template.kind {
        VerificationKind::GovernmentId => {
            let document = Document {
                id: DocumentId::mint(entropy, now),
                environment_id: inquiry.environment_id.clone(),
                inquiry_id: inquiry.id.clone(),
                account_id: inquiry.account_id.clone(),
                status: "submitted".into(),
                created_at: now,
                processed_at: None,
                attributes: Map::from_iter([("id-class".to_owned(), json!(class))]),
            };
            for name in ["document.created", "document.submitted"] {
                happenings.push(Happening::new(name, Subject::Document(document.id.clone())));
            }
            detail.document_id = Some(document.id.clone());
            detail.attributes.insert("id-class".into(), json!(class));
            (Some(document), None)
        }
        VerificationKind::Selfie => {
            let selfie = Selfie {
                id: SelfieId::mint(entropy, now),
                environment_id: inquiry.environment_id.clone(),
                inquiry_id: inquiry.id.clone(),
                account_id: inquiry.account_id.clone(),
                status: "submitted".into(),
                created_at: now,
                processed_at: None,
            };
            for name in ["selfie.created", "selfie.submitted"] {
                happenings.push(Happening::new(name, Subject::Selfie(selfie.id.clone())));
            }
            detail.selfie_id = Some(selfie.id.clone());
            (None, Some(selfie))
        }
    };
    let verification = Verification {
        id: VerificationId::mint(entropy, now),
        environment_id: inquiry.environment_id.clone(),
        inquiry_id: inquiry.id.clone(),
        account_id: inquiry.account_id.clone(),
        kind: template.kind,
        template_id: template.id.clone(),
        status: VerificationStatus::Submitted,
        created_at: now,
        submitted_at: Some(now),
        completed_at: None,
        redacted_at: None,
        detail,
    };
    for name in ["verification.created", "verification.submitted"] {
        happenings.push(Happening::new(
            name,
            Subject::Verification(verification.id.clone()),
        ));
    }
    Made {
        verification,
        document,
        selfie,
        happenings,
    }
}

/// Brings the simulated result of a sandbox verification; of one that was redacted meanwhile, the status alone (V15).
pub fn settle_simulated(made: &mut Made, template: &VerificationTemplate, now: Timestamp) {
    let failed = made.verification.detail.simulated_outcome == SimulatedOutcome::Failed;
    let is_redacted = made.verification.redacted_at.is_some();
    let stub = made.verification.detail.stub.take().unwrap_or_default();
    let mut read = Map::new();
    if made.verification.kind == VerificationKind::GovernmentId && !is_redacted {
        if !failed {
            read = sample_person(now);
        }
        read.extend(stub.extractions.clone());
    }
    if let Some(document) = &mut made.document {
        document.status = "processed".into();
        document.processed_at = Some(now);
        document.attributes.extend(read.clone());
        made.happenings.push(Happening::new(
            "document.processed",
            Subject::Document(document.id.clone()),
        ));
    }
    if let Some(selfie) = &mut made.selfie {
        selfie.status = "processed".into();
        selfie.processed_at = Some(now);
        made.happenings.push(Happening::new(
            "selfie.processed",
            Subject::Selfie(selfie.id.clone()),
        ));
    }
    let verification = &mut made.verification;
    if !is_redacted {
        verification.detail.checks = checks(template, failed, &stub);
        verification.detail.attributes.extend(read);
    }
    verification.completed_at = Some(now);
    let (status, event) = if failed {
        (VerificationStatus::Failed, "verification.failed")
    } else {
        (VerificationStatus::Passed, "verification.passed")
    };
    verification.status = status;
    made.happenings.push(Happening::new(
        event,
        Subject::Verification(verification.id.clone()),
    ));
}

/// Those of the stub as it says, the others pass. A run that fails and has no other reason fails the first required one
/// (B270).
fn checks(template: &VerificationTemplate, failed: bool, stub: &Stub) -> Vec<Check> {
    let is_failed = |setting: &CheckSetting| {
        stub.check(&setting.name)
            .is_some_and(|check| check.status == "failed")
    };
    let has_reason = template
        .checks
        .iter()
        .any(|setting| setting.required && is_failed(setting));
    let failing = template
        .checks
        .iter()
        .find(|check| check.name == template.kind.first_required_check())
        .or_else(|| template.checks.iter().find(|check| check.required))
        .map(|check| check.name.as_str())
        .filter(|_| failed && !has_reason);
    template
        .checks
        .iter()
        .map(|setting| {
            let told = stub
                .check(&setting.name)
                // A run that was told to pass passes.
                .filter(|check| failed || !setting.required || check.status != "failed");
            let status = if failing == Some(setting.name.as_str()) {
                "failed"
            } else {
                told.map_or("passed", |check| check.status.as_str())
            };
            Check {
                name: setting.name.clone(),
                status: status.into(),
                reasons: told.map(|check| check.reasons.clone()).unwrap_or_default(),
                requirement: if setting.required {
                    "required"
                } else {
                    "not_required"
                }
                .into(),
                metadata: Map::new(),
            }
        })
        .collect()
}

/// The sandbox's fixed person (B263).
fn sample_person(now: Timestamp) -> Map<String, Value> {
    let today = now.date();
    let expires = today.saturating_add(jiff::Span::new().years(5));
    let issued = today.saturating_sub(jiff::Span::new().years(5));
    let person = json!({
        "name-first": "Alexander", "name-middle": "J", "name-last": "Sample",
        "birthdate": "1977-07-17",
        "address-street-1": "600 California Street", "address-street-2": null, "address-city": "San Francisco",
        "address-subdivision": "California", "address-postal-code": "94109",
        "identification-number": "I1234562", "document-number": "I1234562",
        "issue-date": issued.to_string(), "expiration-date": expires.to_string(),
    });
    match person {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

/// What a passed verification says of the person, under the inquiry's field keys.
pub fn extracted_fields(verification: &Verification) -> Fields {
    let attributes = &verification.detail.attributes;
    let mut fields: Fields = [
        "name-first",
        "name-middle",
        "name-last",
        "birthdate",
        "address-street-1",
        "address-street-2",
        "address-city",
        "address-subdivision",
        "address-postal-code",
        "identification-number",
    ]
    .into_iter()
    .filter_map(|key| Some((key.to_owned(), attributes.get(key)?.clone())))
    .collect();
    if let Some(class) = attributes.get("id-class").filter(|class| !class.is_null()) {
        fields.insert("identification-class".into(), class.clone());
    }
    if !fields.is_empty() {
        let country = verification
            .detail
            .country_code
            .clone()
            .unwrap_or_else(|| "US".into());
        fields.insert("address-country-code".into(), country.into());
    }
    fields
}

/// The account fields that a completed inquiry fills where they are empty (accounts §5): flat, for a merge.
pub fn account_fields(inquiry_fields: &Fields, account_fields: &Fields) -> Fields {
    let mut filled = Fields::new();
    let places = crate::account::FLAT_ATTRIBUTES
        .iter()
        .filter(|(flat, ..)| *flat != "country-code")
        .copied()
        .chain([("address-country-code", "address", Some("country_code"))]);
    for (flat, field, member) in places {
        let Some(value) = inquiry_fields.get(flat).filter(|value| !value.is_null()) else {
            continue;
        };
        let current = account_fields.get(field);
        let taken = match member {
            Some(member) => current.and_then(|hash| hash.get(member)),
            None => current,
        };
        if taken.is_some_and(|value| !value.is_null()) {
            continue;
        }
        match member {
            Some(member) => {
                let hash = filled.entry(field).or_insert_with(|| json!({}));
                if let Some(members) = hash.as_object_mut() {
                    members.insert(member.to_owned(), value.clone());
                }
            }
            None => {
                filled.insert(field.to_owned(), value.clone());
            }
        }
    }
    filled
}
