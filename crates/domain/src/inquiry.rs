//! Inquiries: one end user's pass through one flow, and the whole state machine (I1–I10).

mod advance;
mod change;
mod create;
mod decide;
mod expire;
pub mod search;
mod simulate;
mod stubs;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use advance::{complete, fail, move_to, start};
pub(crate) use change::write_fields;
pub use change::{UpdateInquiry, change_tags, redact, update};
pub use create::{CreateInquiry, Prefill, TemplateSelector, create};
pub use decide::{Decision, decide};
pub use expire::{Resumption, check_resumable, expire, is_due, resume};
pub use simulate::SimulateAction;
pub use stubs::{Stub, StubChange, StubCheck, Stubs, set_stubs};

use crate::event::{Happening, Subject};
use crate::field::Fields;
use crate::id::{AccountId, EnvironmentId, InquiryId, TemplateId, TemplateVersionId};
use crate::{ReferenceId, Refusal, Timestamp};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Created,
    Pending,
    Completed,
    Failed,
    Expired,
    NeedsReview,
    Approved,
    Declined,
}

impl Status {
    pub const ALL: [Self; 8] = [
        Self::Created,
        Self::Pending,
        Self::Completed,
        Self::Failed,
        Self::Expired,
        Self::NeedsReview,
        Self::Approved,
        Self::Declined,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Pending => "pending",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::NeedsReview => "needs_review",
            Self::Approved => "approved",
            Self::Declined => "declined",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }

    /// The end user can still act.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Created | Self::Pending)
    }
}

/// Expiration settings, in seconds; `None` leaves it to the template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Intervals {
    pub after_create: Option<i64>,
    pub after_start: Option<i64>,
    pub after_resume: Option<i64>,
    /// Device hand-off links.
    pub one_time_link: Option<i64>,
}

/// Where a field's current value came from, and what it was first (B238, B239).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldOrigin {
    pub initial: Value,
    pub source: FieldSource,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FieldSource {
    Api,
    Query,
    User,
    Extraction,
}

/// How the end user's run stands.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Run {
    /// Grows with each screen; a submission names the one it saw (B155).
    pub revision: i64,
    /// Attempts so far, per verification alias.
    #[serde(default)]
    pub attempts: Map<String, Value>,
    /// Screens passed, for going back.
    #[serde(default)]
    pub trail: Vec<String>,
    /// Key of the last accepted submission (B291).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_key: Option<String>,
    /// When the verification being processed has its result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result_due_at: Option<Timestamp>,
    /// The session that acted last; at the end, the one that brought it there (B117).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acted_by: Option<String>,
}

/// What the sandbox makes of the next verification (B261).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SimulatedOutcome {
    #[default]
    Passed,
    Failed,
}

/// The part of an inquiry that nobody searches by.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Detail {
    pub creator: String,
    pub reviewer_comment: Option<String>,
    pub fields: Fields,
    #[serde(default)]
    pub origins: std::collections::BTreeMap<String, FieldOrigin>,
    pub behaviors: Map<String, Value>,
    pub tags: Vec<String>,
    pub previous_step: Option<String>,
    pub next_step: Option<String>,
    pub redirect_uri: Option<String>,
    pub theme_set_id: Option<String>,
    pub locale: Option<String>,
    pub intervals: Intervals,
    pub ios_app_attest_team_id: Option<String>,
    pub ios_app_attest_bundle_id: Option<String>,
    pub started_at: Option<Timestamp>,
    pub completed_at: Option<Timestamp>,
    pub failed_at: Option<Timestamp>,
    pub marked_for_review_at: Option<Timestamp>,
    pub decisioned_at: Option<Timestamp>,
    pub expired_at: Option<Timestamp>,
    #[serde(default)]
    pub run: Run,
    #[serde(default)]
    pub simulated: SimulatedOutcome,
    /// Sandbox: what the next verifications will find.
    #[serde(default, skip_serializing_if = "Stubs::is_empty")]
    pub stubs: Stubs,
}

/// A [`Detail`] as the text it is stored as: for those who only show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDetail(pub String);

/// With its detail, or with the text of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Inquiry<D = Detail> {
    pub id: InquiryId,
    pub environment_id: EnvironmentId,
    pub account_id: Option<AccountId>,
    pub template_id: TemplateId,
    pub template_version_id: TemplateVersionId,
    pub status: Status,
    pub note: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub redacted_at: Option<Timestamp>,
    pub detail: D,
    /// Counts the changes of this row; a write names the version it saw.
    pub version: i64,
}

impl Inquiry {
    pub(crate) fn happening(&self, name: &'static str) -> Happening {
        Happening::new(name, Subject::Inquiry(self.id.clone()))
    }

    pub(crate) fn refuse_if_redacted(&self) -> Result<(), Refusal> {
        if self.redacted_at.is_some() {
            return Err(Refusal::conflict("Inquiry already redacted"));
        }
        Ok(())
    }
}

/// An inquiry together with what its document shows of its neighbours, all of one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct InquiryView<D = Detail> {
    pub inquiry: Inquiry<D>,
    /// The account's, at this moment (R20).
    pub reference_id: Option<ReferenceId>,
    /// Oldest first.
    pub session_ids: Vec<String>,
    /// Ids and wire types.
    pub verifications: Vec<(String, String)>,
    pub document_ids: Vec<String>,
    pub selfie_ids: Vec<String>,
}

/// The keys of `behaviors`, all null until a session reports them (B272).
pub const BEHAVIOR_KEYS: &[&str] = &[
    "api-version-less-than-minimum-count",
    "autofill-cancels",
    "autofill-starts",
    "behavior-threat-level",
    "bot-score",
    "completion-time",
    "debugger-attached",
    "devtools-open",
    "distraction-events",
    "hesitation-baseline",
    "hesitation-count",
    "hesitation-percentage",
    "hesitation-time",
    "mobile-sdk-version-less-than-minimum-count",
    "request-spoof-attempts",
    "shortcut-copies",
    "shortcut-pastes",
    "user-agent-spoof-attempts",
];

#[cfg(test)]
mod tests;
