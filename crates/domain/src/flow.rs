//! The flow engine: steps, screens, routes, and what a submission does (B207–B260). Pure.
//!
//! To add a screen kind: a variant of [`Screen`], its submission in `submit.rs`, its text in the server's
//! catalogues, its module in the page.

mod condition;
mod form;
mod run;
mod verify;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use condition::{Condition, Operator};
pub use form::{Component, ComponentKind, ValueProblem, read_text};
pub use run::{Facts, FlowProblem, Outcome, Submission, government_id_parts, settle, submit};
pub use verify::{
    Made, account_fields, extracted_fields, make as make_verification, settle_simulated,
};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Flow {
    pub start: String,
    pub steps: BTreeMap<String, Step>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Step {
    Screen {
        screen: Screen,
        /// Absent on the two terminal screens.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next: Option<String>,
    },
    /// First route whose condition holds; else `otherwise`.
    Branch {
        routes: Vec<Route>,
        otherwise: String,
    },
    Action {
        run: Vec<Action>,
        next: String,
    },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Route {
    /// All must hold.
    pub when: Vec<Condition>,
    pub to: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Action {
    /// Copies what a passed verification read into the inquiry's fields (B225).
    FieldsFromVerification { verification: String },
}

/// Table F-1, the kinds that exist so far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Screen {
    Start,
    Form { components: Vec<Component> },
    CountrySelect { verification: String },
    GovernmentIdSelect { verification: String },
    GovernmentIdCapture { verification: String },
    SelfieCapture { verification: String },
    Processing { verification: String },
    Retry { verification: String },
    Completed,
    Failed,
}

impl Screen {
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Form { .. } => "form",
            Self::CountrySelect { .. } => "country_select",
            Self::GovernmentIdSelect { .. } => "government_id_select",
            Self::GovernmentIdCapture { .. } => "government_id_capture",
            Self::SelfieCapture { .. } => "selfie_capture",
            Self::Processing { .. } => "processing",
            Self::Retry { .. } => "retry",
            Self::Completed => "completed",
            Self::Failed => "failed",
        }
    }
}

/// Fields the government-ID module writes and reads.
pub const SELECTED_COUNTRY: &str = "selected-country-code";
pub const SELECTED_CLASS: &str = "selected-id-class";

/// Parts of a selfie, in the order they are taken (B226).
pub const POSES: [&str; 3] = ["center", "left", "right"];

impl Flow {
    pub fn screen(&self, step: &str) -> Option<&Screen> {
        match self.steps.get(step)? {
            Step::Screen { screen, .. } => Some(screen),
            _ => None,
        }
    }

    /// Screens on the shortest way from the start to the end, and the place of `step` on it; for a progress bar.
    pub fn progress(&self, step: &str) -> (usize, usize) {
        let path = self.happy_path();
        let place = path
            .iter()
            .position(|name| name == step)
            .unwrap_or(path.len().saturating_sub(1));
        (place, path.len())
    }

    fn happy_path(&self) -> Vec<String> {
        let mut path = Vec::new();
        let mut current = Some(self.start.clone());
        while let Some(name) = current.take() {
            let Some(step) = self.steps.get(&name) else {
                break;
            };
            if path.len() > self.steps.len() {
                break;
            }
            current = match step {
                Step::Screen { screen, next } => {
                    if !matches!(screen, Screen::Processing { .. }) {
                        path.push(name);
                    }
                    next.clone()
                }
                Step::Branch { routes, otherwise } => Some(
                    routes
                        .first()
                        .map_or_else(|| otherwise.clone(), |route| route.to.clone()),
                ),
                Step::Action { next, .. } => Some(next.clone()),
            };
        }
        path
    }
}

/// What conditions may look at (B249).
pub struct Scope<'a> {
    pub fields: &'a crate::field::Fields,
    pub attempts: &'a serde_json::Map<String, Value>,
    pub verifications: &'a [crate::verification::Verification],
    pub environment: crate::environment::EnvironmentKind,
}
