//! One screen as the page shows it (`docs/flow-api.md`).

use selfsame_domain::ReferenceId;
use selfsame_domain::field::{self, FieldSchema, dash_case};
use selfsame_domain::flow::{Component, ComponentKind, SELECTED_CLASS, SELECTED_COUNTRY, Screen};
use selfsame_domain::template::VerificationTemplate;
use selfsame_domain::verification::VerificationStatus;
use selfsame_service::{FlowNotice, FlowView, picture_limits, wanted_parts};
use serde_json::{Value, json};

use super::texts::Catalogue;
use super::{country, notice, redirect, result};

const POLL_MS: u32 = 700;
const LONGEST_INPUT: usize = 1024;

/// What a person can do about a check that failed. Checks that look for fraud are not here, and so never
/// named (B254).
const HINTS: [(&str, &str); 12] = [
    ("id_glare_detection", "glare"),
    ("id_blur_detection", "blur"),
    ("id_portrait_detection", "portrait-not-found"),
    ("id_portrait_clarity_detection", "portrait-not-found"),
    ("id_unprocessable_submission_detection", "id-not-readable"),
    ("id_barcode_detection", "barcode-not-readable"),
    ("id_double_side_detection", "same-side"),
    ("selfie_multiple_faces_detection", "multiple-faces"),
    ("selfie_face_covering_detection", "face-covered"),
    ("selfie_glasses_detection", "face-covered"),
    ("selfie_pose_detection", "pose"),
    ("selfie_pose_repeat_detection", "pose"),
];

/// The screen of a step, with nothing of any other step (B443).
pub fn of(view: &FlowView, step: &str, catalogue: &Catalogue) -> Value {
    let Some(screen) = view.version().definition.flow.screen(step) else {
        return notice::screen(FlowNotice::Unavailable, catalogue);
    };
    let run = &view.bundle.view.inquiry.detail.run;
    let id = screen.kind().replace('_', "-");
    let is_way_back = matches!(
        screen,
        Screen::Form { .. }
            | Screen::CountrySelect { .. }
            | Screen::GovernmentIdSelect { .. }
            | Screen::GovernmentIdCapture { .. }
            | Screen::SelfieCapture { .. }
    );
    let mut shown = json!({
        "step": step,
        "kind": screen.kind(),
        "revision": run.revision,
        "title": catalogue.text(&format!("screen-{id}-title")),
        "body": catalogue.text(&format!("screen-{id}-body")),
        "back": is_way_back && !run.trail.is_empty(),
    });
    let further = Drawing { view, catalogue }.further(screen);
    if let (Value::Object(shown), Value::Object(further)) = (&mut shown, further) {
        shown.extend(further);
    }
    shown
}

struct Drawing<'a> {
    view: &'a FlowView,
    catalogue: &'a Catalogue,
}

impl Drawing<'_> {
    /// The members that only this kind has.
    fn further(&self, screen: &Screen) -> Value {
        let text = |id| self.catalogue.text(id);
        match screen {
            // No template sets legal links yet.
            Screen::Start => json!({ "legal": [], "button": text("button-start") }),
            Screen::Form { components } => json!({
                "components": components.iter().map(|component| self.component(component)).collect::<Vec<_>>(),
                "button": text("button-continue"),
            }),
            Screen::CountrySelect { verification } => self.country_select(verification),
            Screen::GovernmentIdSelect { verification } => self.class_select(verification),
            Screen::GovernmentIdCapture { .. } => {
                let mut capture = self.capture();
                capture["id_class"] = self.field(SELECTED_CLASS);
                capture
            }
            Screen::SelfieCapture { .. } => self.capture(),
            Screen::Processing { .. } => json!({ "poll_ms": POLL_MS }),
            Screen::Retry { verification } => json!({
                "hint": self.hint(verification),
                "button": text("button-try-again"),
            }),
            Screen::Completed | Screen::Failed => self.last(screen.kind()),
        }
    }

    fn field(&self, key: &str) -> Value {
        let fields = &self.view.bundle.view.inquiry.detail.fields;
        fields.get(key).cloned().unwrap_or_default()
    }

    fn verification(&self, alias: &str) -> Option<&VerificationTemplate> {
        self.view.version().definition.verification(alias)
    }

    fn component(&self, component: &Component) -> Value {
        let schemas = &self.view.version().definition.fields;
        let schema = field::find_schema(schemas, &component.key);
        let value = schema.map_or(Value::Null, |schema| self.field(&schema.key));
        json!({
            "key": component.key,
            "type": component.kind.as_str(),
            "label": label(component, schema, self.catalogue),
            "hint": null,
            "required": component.required,
            "value": value,
            "options": options(component, schema),
            "max_length": max_length(component, schema),
            "autocomplete": component.autocomplete,
        })
    }

    /// Labels are codes: the browser knows the names in every language.
    fn country_select(&self, alias: &str) -> Value {
        let allowed = self
            .verification(alias)
            .map_or(&[][..], |template| &template.countries);
        let codes = country::codes(allowed);
        let chosen = self.field(SELECTED_COUNTRY);
        let value = chosen.as_str().filter(|code| codes.contains(code));
        json!({
            "options": code_options(&codes),
            "value": value,
            "button": self.catalogue.text("button-continue"),
        })
    }

    fn class_select(&self, alias: &str) -> Value {
        let classes = self
            .verification(alias)
            .map_or(&[][..], |template| &template.id_classes);
        let options: Vec<_> = classes
            .iter()
            .map(|known| {
                let label = self.catalogue.get(&format!("id-class-{}", known.class));
                json!({ "value": known.class, "label": label.unwrap_or(&known.class) })
            })
            .collect();
        json!({ "options": options, "country": self.field(SELECTED_COUNTRY) })
    }

    fn capture(&self) -> Value {
        let text = |id: String| self.catalogue.get(&id).map(str::to_owned);
        let parts: Vec<_> = wanted_parts(self.view)
            .into_iter()
            .map(|part| {
                json!({
                    "part": part,
                    "label": text(format!("part-{part}-label")).unwrap_or_else(|| part.clone()),
                    "hint": text(format!("part-{part}-hint")),
                    "present": self.view.uploads.iter().any(|file| file.part == part),
                })
            })
            .collect();
        json!({
            "parts": parts,
            "capture": {
                "camera": true,
                "upload": true,
                "accept": picture_limits::ACCEPTED,
                "min_bytes": picture_limits::MIN_BYTES,
                "max_bytes": picture_limits::MAX_BYTES,
                "min_px": picture_limits::MIN_PIXELS,
                "max_px": picture_limits::MAX_PIXELS,
            },
            "button": self.catalogue.text("button-continue"),
        })
    }

    fn hint(&self, alias: &str) -> Option<&str> {
        let mut runs = self.view.bundle.verifications.iter().rev();
        let failed = runs
            .find(|made| made.detail.alias == alias && made.status == VerificationStatus::Failed)?;
        let checks = failed
            .detail
            .checks
            .iter()
            .filter(|check| check.status == "failed")
            .map(|check| check.name.as_str());
        hint_of(checks).and_then(|id| self.catalogue.get(&format!("retry-hint-{id}")))
    }

    fn last(&self, kind: &str) -> Value {
        let inquiry = &self.view.bundle.view.inquiry;
        let fields = result::fields(self.view);
        let redirect = redirect::finished(self.view, kind, &fields);
        let flow_type = self.view.session.device.flow_type.as_deref();
        let button = match flow_type {
            Some("embedded" | "inline") => Some("button-done"),
            _ if redirect.is_some() => Some("button-continue"),
            _ => None,
        };
        json!({
            "button": button.map(|id| json!({ "label": self.catalogue.text(id) })),
            "redirect": redirect,
            "result": {
                "status": inquiry.status.as_str(),
                "fields": fields,
                "reference_id": self.view.bundle.view.reference_id.as_ref().map(ReferenceId::as_str),
            },
        })
    }
}

/// The first failed check that a person can do something about, in the order of the table.
fn hint_of<'a>(failed: impl Iterator<Item = &'a str> + Clone) -> Option<&'static str> {
    HINTS
        .iter()
        .find(|(check, _)| failed.clone().any(|name| name == *check))
        .map(|(_, hint)| *hint)
}

fn label(component: &Component, schema: Option<&FieldSchema>, catalogue: &Catalogue) -> String {
    let own = component.label.clone();
    own.or_else(|| {
        let id = format!("field-{}", dash_case(&component.key));
        catalogue.get(&id).map(str::to_owned)
    })
    .or_else(|| schema.and_then(|schema| schema.label.clone()))
    .unwrap_or_else(|| component.key.replace(['-', '_'], " "))
}

fn options(component: &Component, schema: Option<&FieldSchema>) -> Value {
    let listed = schema.map_or(&[][..], |schema| &schema.options);
    match component.kind {
        ComponentKind::Country => code_options(&country::codes(listed)),
        ComponentKind::Select | ComponentKind::Radio => {
            let listed: Vec<_> = listed.iter().map(String::as_str).collect();
            code_options(&listed)
        }
        _ => Value::Null,
    }
}

fn code_options(codes: &[&str]) -> Value {
    codes
        .iter()
        .map(|code| json!({ "value": code, "label": code }))
        .collect()
}

fn max_length(component: &Component, schema: Option<&FieldSchema>) -> Option<usize> {
    let is_typed = matches!(
        component.kind,
        ComponentKind::Text | ComponentKind::TextArea | ComponentKind::Email | ComponentKind::Phone
    );
    let own = schema.and_then(|schema| schema.max_length);
    is_typed.then(|| own.unwrap_or(LONGEST_INPUT))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::texts::catalogue;
    use selfsame_domain::Timestamp;
    use selfsame_domain::flow::{POSES, Step};
    use selfsame_domain::id::Entropy;
    use selfsame_domain::template::{form_only, government_id_and_selfie};

    #[test]
    fn the_shipped_templates_find_all_their_words() {
        let english = catalogue("en-US");
        let mut ids = Vec::new();
        let full = government_id_and_selfie(&mut Entropy::seeded(1), Timestamp::from_millis(0));
        for definition in [full, form_only()] {
            for step in definition.flow.steps.values() {
                let Step::Screen { screen, .. } = step else {
                    continue;
                };
                let kind = screen.kind().replace('_', "-");
                ids.extend([
                    format!("screen-{kind}-title"),
                    format!("screen-{kind}-body"),
                ]);
                if let Screen::Form { components } = screen {
                    ids.extend(components.iter().map(|one| format!("field-{}", one.key)));
                }
            }
            ids.extend(
                definition
                    .fields
                    .iter()
                    .map(|field| format!("field-{}", field.key)),
            );
            for template in &definition.verifications {
                for known in &template.id_classes {
                    ids.push(format!("id-class-{}", known.class));
                    ids.extend(known.sides.iter().map(|side| format!("part-{side}-label")));
                }
            }
        }
        ids.extend(POSES.map(|pose| format!("part-{pose}-hint")));
        ids.extend(HINTS.map(|(_, hint)| format!("retry-hint-{hint}")));
        for problem in [
            "required",
            "too-long",
            "invalid-date",
            "invalid-email",
            "invalid-phone",
        ] {
            ids.push(format!("problem-{problem}"));
        }
        ids.extend([
            "problem-invalid-number".into(),
            "problem-invalid-choice".into(),
        ]);
        for button in ["start", "continue", "try-again", "done"] {
            ids.push(format!("button-{button}"));
        }
        for id in ids {
            let there = english.get(&id).is_some() || id == "problem-too-long";
            assert!(there, "{id}");
        }
    }

    #[test]
    fn b254_fraud_checks_give_no_hint() {
        let hint = |checks: &[&'static str]| hint_of(checks.iter().copied());
        assert_eq!(
            hint(&["id_compromised_detection", "selfie_liveness_detection"]),
            None
        );
        assert_eq!(
            hint(&["id_tamper_detection", "id_blur_detection"]),
            Some("blur")
        );
    }
}
