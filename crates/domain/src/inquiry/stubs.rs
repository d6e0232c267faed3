//! What simulated verifications will find (I78, B264, B268).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Inquiry, SimulatedOutcome};
use crate::field::dash_case;
use crate::id::Id;
use crate::template::{CheckSetting, Definition, VerificationTemplate};
use crate::verification::{READ_FROM_ID, VerificationKind};
use crate::{Refusal, Refusals, Timestamp};

/// By the alias of the verification.
pub type Stubs = BTreeMap<String, Stub>;

const CHECK_STATUSES: [&str; 3] = ["passed", "failed", "not_applicable"];
const LONGEST_EXTRACTION: usize = 255;
const MOST_REASONS: usize = 20;

/// Of what is read from an ID, those that are no plain text.
const NOT_PLAIN: [&str; 2] = ["capture-method", "designations"];
const DATES: [&str; 3] = ["birthdate", "issue-date", "expiration-date"];

/// What the next verification of one kind will find.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Stub {
    /// `None`: what the checks say, and else the toggle (B261).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<SimulatedOutcome>,
    /// Attributes of the verification, over those of the sample person (B263).
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extractions: Map<String, Value>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<StubCheck>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StubCheck {
    pub name: String,
    /// `passed`, `failed` or `not_applicable`.
    pub status: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
}

/// A stub as it was sent, and for which verification; `None` takes it away.
#[derive(Debug, Clone, PartialEq)]
pub struct StubChange {
    /// The id of a verification template, or its alias.
    pub template: String,
    pub stub: Option<Stub>,
    /// Where it stands in the body.
    pub pointer: String,
}

impl Stub {
    /// B264: a failed check that is required fails the verification.
    pub fn decide(
        &self,
        template: &VerificationTemplate,
        toggle: SimulatedOutcome,
    ) -> SimulatedOutcome {
        if let Some(outcome) = self.outcome {
            return outcome;
        }
        if self.fails_a_required_check(&template.checks) {
            return SimulatedOutcome::Failed;
        }
        toggle
    }

    fn fails_a_required_check(&self, settings: &[CheckSetting]) -> bool {
        settings
            .iter()
            .filter(|setting| setting.required)
            .any(|setting| {
                self.check(&setting.name)
                    .is_some_and(|check| check.status == "failed")
            })
    }

    pub fn check(&self, name: &str) -> Option<&StubCheck> {
        self.checks.iter().find(|check| check.name == name)
    }
}

/// Each stub replaces the one its verification had; others stay.
///
/// # Errors
/// 409 for an inquiry that is over; 422, with a pointer each, for what the verification does not know.
pub fn set_stubs(
    inquiry: &mut Inquiry,
    definition: &Definition,
    changes: &[StubChange],
    now: Timestamp,
) -> Result<(), Refusals> {
    inquiry.refuse_if_redacted()?;
    if !inquiry.status.is_open() {
        return Err(Refusal::conflict(format!(
            "Simulated data cannot be set for an inquiry that is {}",
            inquiry.status.as_str()
        ))
        .into());
    }
    let mut refusals = Vec::new();
    let mut stubs = inquiry.detail.stubs.clone();
    for change in changes {
        let known = definition.verifications.iter().find(|template| {
            template.alias == change.template || template.id.as_str() == change.template
        });
        let Some(template) = known else {
            refusals.push(Refusal::unprocessable(
                format!(
                    "{} is no verification template of this inquiry",
                    change.template.chars().take(60).collect::<String>()
                ),
                change.pointer.clone(),
            ));
            continue;
        };
        match &change.stub {
            None => {
                stubs.remove(&template.alias);
            }
            Some(stub) => match check(template, stub, &change.pointer) {
                Ok(stub) => {
                    stubs.insert(template.alias.clone(), stub);
                }
                Err(mut found) => refusals.append(&mut found),
            },
        }
    }
    Refusals::check(refusals)?;
    inquiry.detail.stubs = stubs;
    inquiry.updated_at = now;
    Ok(())
}

fn check(
    template: &VerificationTemplate,
    stub: &Stub,
    pointer: &str,
) -> Result<Stub, Vec<Refusal>> {
    let mut refusals = Vec::new();
    let mut refuse = |place: String, details: String| {
        refusals.push(Refusal::unprocessable(
            details,
            format!("{pointer}/{place}"),
        ));
    };
    let mut extractions = Map::new();
    for (key, value) in &stub.extractions {
        let place = format!("extractions/{}", key.replace('~', "~0").replace('/', "~1"));
        let shown: String = key.chars().take(60).collect();
        let known = READ_FROM_ID
            .iter()
            .find(|name| **name == dash_case(key))
            .filter(|name| {
                !NOT_PLAIN.contains(name) && template.kind == VerificationKind::GovernmentId
            });
        let Some(known) = known else {
            refuse(
                place,
                format!("{shown} is nothing that this verification reads"),
            );
            continue;
        };
        match value {
            Value::String(text) if text.chars().count() > LONGEST_EXTRACTION => {
                let limit = LONGEST_EXTRACTION;
                refuse(
                    place,
                    format!("{shown} must be at most {limit} characters long"),
                );
            }
            Value::String(text) if DATES.contains(known) => {
                if text.len() != 10 || text.parse::<jiff::civil::Date>().is_err() {
                    refuse(
                        place,
                        format!("{shown} must be a date of the form YYYY-MM-DD"),
                    );
                }
            }
            Value::String(_) | Value::Null => {}
            _ => refuse(place, format!("{shown} must be a string or null")),
        }
        extractions.insert((*known).to_owned(), value.clone());
    }
    for (number, check) in stub.checks.iter().enumerate() {
        let place = |member: &str| format!("checks/{number}/{member}");
        let shown: String = check.name.chars().take(60).collect();
        if !template.checks.iter().any(|it| it.name == check.name) {
            refuse(
                place("name"),
                format!("{shown} is no check of this verification"),
            );
        }
        if !CHECK_STATUSES.contains(&check.status.as_str()) {
            let known = CHECK_STATUSES.join(", ");
            refuse(
                place("status"),
                format!("the status of {shown} must be one of {known}"),
            );
        }
        if check.reasons.len() > MOST_REASONS {
            refuse(
                place("reasons"),
                format!("{shown} can have at most {MOST_REASONS} reasons"),
            );
        }
        if stub.checks[..number].iter().any(|it| it.name == check.name) {
            refuse(place("name"), format!("{shown} is given twice"));
        }
    }
    if stub.outcome == Some(SimulatedOutcome::Passed)
        && stub.fails_a_required_check(&template.checks)
    {
        let details = "a verification with a failed required check cannot pass";
        refuse("status".to_owned(), details.to_owned());
    }
    if refusals.is_empty() {
        Ok(Stub {
            extractions,
            ..stub.clone()
        })
    } else {
        Err(refusals)
    }
}
