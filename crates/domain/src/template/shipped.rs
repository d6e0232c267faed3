//! The templates a new organisation starts with.

use std::collections::BTreeMap;

use serde_json::json;

use super::{CheckSetting, Definition, IdClass, VerificationTemplate};
use crate::Timestamp;
use crate::field::{FieldKind, FieldSchema};
use crate::flow::{
    Action, Component, ComponentKind, Condition, Flow, Operator, Route, Screen, Step,
};
use crate::id::{Entropy, Id, VerificationTemplateId};
use crate::verification::VerificationKind;

/// B246: five attempts, then the failed screen.
const MAX_ATTEMPTS: i64 = 5;

const GOVERNMENT_ID: &str = "government_id";
const SELFIE: &str = "selfie";

/// Form, government ID, selfie.
pub fn government_id_and_selfie(entropy: &mut Entropy, now: Timestamp) -> Definition {
    let mut steps = BTreeMap::new();
    let mut screen = |name: &str, screen: Screen, next: Option<&str>| {
        steps.insert(
            name.to_owned(),
            Step::Screen {
                screen,
                next: next.map(str::to_owned),
            },
        );
    };
    let id = || GOVERNMENT_ID.to_owned();
    let selfie = || SELFIE.to_owned();
    screen("start", Screen::Start, Some("details"));
    screen(
        "details",
        Screen::Form {
            components: personal_components(),
        },
        Some("country_select"),
    );
    screen(
        "country_select",
        Screen::CountrySelect { verification: id() },
        Some("government_id_select"),
    );
    screen(
        "government_id_select",
        Screen::GovernmentIdSelect { verification: id() },
        Some("verification_government_id"),
    );
    screen(
        "verification_government_id",
        Screen::GovernmentIdCapture { verification: id() },
        Some("processing_government_id"),
    );
    screen(
        "processing_government_id",
        Screen::Processing { verification: id() },
        Some("route_government_id"),
    );
    screen(
        "retry_verification_government_id",
        Screen::Retry { verification: id() },
        Some("country_select"),
    );
    screen(
        "verification_selfie",
        Screen::SelfieCapture {
            verification: selfie(),
        },
        Some("processing_selfie"),
    );
    screen(
        "processing_selfie",
        Screen::Processing {
            verification: selfie(),
        },
        Some("route_selfie"),
    );
    screen(
        "retry_verification_selfie",
        Screen::Retry {
            verification: selfie(),
        },
        Some("verification_selfie"),
    );
    screen("success", Screen::Completed, None);
    screen("fail", Screen::Failed, None);
    steps.insert(
        "route_government_id".into(),
        route(GOVERNMENT_ID, "fields_from_government_id"),
    );
    steps.insert(
        "fields_from_government_id".into(),
        Step::Action {
            run: vec![Action::FieldsFromVerification { verification: id() }],
            next: "verification_selfie".into(),
        },
    );
    steps.insert("route_selfie".into(), route(SELFIE, "success"));

    Definition {
        flow: Flow {
            start: "start".into(),
            steps,
        },
        fields: standard_fields(),
        verifications: vec![
            VerificationTemplate {
                alias: id(),
                id: VerificationTemplateId::mint(entropy, now),
                kind: VerificationKind::GovernmentId,
                checks: checks(GOVERNMENT_ID_CHECKS),
                countries: Vec::new(),
                id_classes: id_classes(),
            },
            VerificationTemplate {
                alias: selfie(),
                id: VerificationTemplateId::mint(entropy, now),
                kind: VerificationKind::Selfie,
                checks: checks(SELFIE_CHECKS),
                countries: Vec::new(),
                id_classes: Vec::new(),
            },
        ],
    }
}

/// A form and nothing else.
pub fn form_only() -> Definition {
    let steps = [
        ("start", Screen::Start, Some("details")),
        (
            "details",
            Screen::Form {
                components: personal_components(),
            },
            Some("success"),
        ),
        ("success", Screen::Completed, None),
        ("fail", Screen::Failed, None),
    ]
    .into_iter()
    .map(|(name, screen, next)| {
        (
            name.to_owned(),
            Step::Screen {
                screen,
                next: next.map(str::to_owned),
            },
        )
    })
    .collect();
    Definition {
        flow: Flow {
            start: "start".into(),
            steps,
        },
        fields: standard_fields(),
        verifications: Vec::new(),
    }
}

/// Passed, or waiting for a person: onwards. Failed: again, five times at most (B246).
fn route(alias: &str, onwards: &str) -> Step {
    let status = format!("verifications.{alias}.last.status");
    let is = |value: &str| vec![Condition::new(&status, Operator::Equal, value)];
    let attempts = format!("flow_state.run_{alias}_attempts");
    Step::Branch {
        routes: vec![
            Route {
                when: is("passed"),
                to: onwards.into(),
            },
            Route {
                when: is("submitted"),
                to: onwards.into(),
            },
            Route {
                when: vec![Condition::new(&attempts, Operator::Less, MAX_ATTEMPTS)],
                to: format!("retry_verification_{alias}"),
            },
        ],
        otherwise: "fail".into(),
    }
}

fn personal_components() -> Vec<Component> {
    [
        ("name-first", ComponentKind::Text, true, "given-name"),
        ("name-last", ComponentKind::Text, true, "family-name"),
        ("birthdate", ComponentKind::Date, true, "bday"),
        ("email-address", ComponentKind::Email, false, "email"),
    ]
    .into_iter()
    .map(|(key, kind, required, autocomplete)| Component {
        key: key.into(),
        kind,
        required,
        label: None,
        autocomplete: Some(autocomplete.into()),
    })
    .collect()
}

/// The keys of shipped templates are declared in kebab case, as the published schema shows them.
fn standard_fields() -> Vec<FieldSchema> {
    let text = [
        "name-first",
        "name-middle",
        "name-last",
        "address-street-1",
        "address-street-2",
        "address-city",
        "address-subdivision",
        "address-postal-code",
        "address-country-code",
        "email-address",
        "phone-number",
        "identification-number",
        "identification-class",
        "social-security-number",
        "selected-id-class",
    ];
    let mut fields: Vec<_> = text
        .into_iter()
        .map(|key| FieldSchema::new(key, FieldKind::String))
        .collect();
    fields.insert(9, FieldSchema::new("birthdate", FieldKind::Date));
    let mut country = FieldSchema::new("selected-country-code", FieldKind::String);
    country.default = Some(json!("US"));
    fields.push(country);
    fields.push(FieldSchema::new(
        "current-government-id",
        FieldKind::GovernmentId,
    ));
    fields.push(FieldSchema::new("current-selfie", FieldKind::Selfie));
    fields
}

fn id_classes() -> Vec<IdClass> {
    [
        ("dl", &["front", "back"][..]),
        ("id", &["front", "back"]),
        ("pp", &["front"]),
        ("pr", &["front", "back"]),
        ("wp", &["front"]),
        ("visa", &["front"]),
    ]
    .into_iter()
    .map(|(class, sides)| IdClass {
        class: class.into(),
        sides: sides.iter().map(|side| (*side).to_owned()).collect(),
    })
    .collect()
}

fn checks(table: &[(&str, bool)]) -> Vec<CheckSetting> {
    table
        .iter()
        .map(|(name, required)| CheckSetting {
            name: (*name).to_owned(),
            required: *required,
        })
        .collect()
}

/// Table F-5.
const GOVERNMENT_ID_CHECKS: &[(&str, bool)] = &[
    ("id_age_comparison", true),
    ("id_color_inconsistency_detection", true),
    ("id_compromised_detection", true),
    ("id_disallowed_country_detection", true),
    ("id_disallowed_type_detection", true),
    ("id_double_side_detection", true),
    ("id_entity_detection", true),
    ("id_expired_detection", true),
    ("id_fabrication_detection", true),
    ("id_mrz_detection", true),
    ("id_portrait_clarity_detection", true),
    ("id_portrait_detection", true),
    ("id_selfie_comparison", true),
    ("id_tamper_detection", true),
    ("id_unprocessable_submission_detection", true),
    ("id_account_comparison", false),
    ("id_barcode_detection", false),
    ("id_blur_detection", false),
    ("id_glare_detection", false),
    ("id_repeat_detection", false),
];

/// Table F-6.
const SELFIE_CHECKS: &[(&str, bool)] = &[
    ("selfie_id_comparison", true),
    ("selfie_pose_detection", true),
    ("selfie_multiple_faces_detection", true),
    ("selfie_pose_repeat_detection", true),
    ("selfie_liveness_detection", true),
    ("selfie_suspicious_entity_detection", true),
    ("selfie_face_covering_detection", true),
    ("selfie_account_comparison", false),
    ("selfie_glare_detection", false),
    ("selfie_glasses_detection", false),
];
