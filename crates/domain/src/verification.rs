//! Verifications, documents and selfies as an inquiry makes them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::Timestamp;
use crate::id::{
    AccountId, DocumentId, EnvironmentId, FileId, Id as _, InquiryId, SelfieId, VerificationId,
    VerificationTemplateId,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VerificationKind {
    GovernmentId,
    Selfie,
}

impl VerificationKind {
    /// The `type` on the wire.
    pub const fn wire_type(self) -> &'static str {
        match self {
            Self::GovernmentId => "verification/government-id",
            Self::Selfie => "verification/selfie",
        }
    }

    pub fn parse(wire_type: &str) -> Option<Self> {
        [Self::GovernmentId, Self::Selfie]
            .into_iter()
            .find(|kind| kind.wire_type() == wire_type)
    }

    /// B270: the check that fails when the sandbox is told to fail.
    pub const fn first_required_check(self) -> &'static str {
        match self {
            Self::GovernmentId => "id_compromised_detection",
            Self::Selfie => "selfie_liveness_detection",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VerificationStatus {
    Initiated,
    Submitted,
    Passed,
    Failed,
    Canceled,
}

impl VerificationStatus {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Initiated => "initiated",
            Self::Submitted => "submitted",
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [
            Self::Initiated,
            Self::Submitted,
            Self::Passed,
            Self::Failed,
            Self::Canceled,
        ]
        .into_iter()
        .find(|status| status.as_str() == text)
    }
}

/// Attributes of a government ID that are read from the picture; null where nothing was read.
pub const READ_FROM_ID: &[&str] = &[
    "id-class",
    "capture-method",
    "name-first",
    "name-middle",
    "name-last",
    "name-suffix",
    "native-name-first",
    "native-name-middle",
    "native-name-last",
    "native-name-title",
    "birthdate",
    "address-street-1",
    "address-street-2",
    "address-city",
    "address-subdivision",
    "address-postal-code",
    "issuing-authority",
    "issuing-subdivision",
    "nationality",
    "document-number",
    "visa-status",
    "issue-date",
    "expiration-date",
    "designations",
    "birthplace",
    "endorsements",
    "height",
    "sex",
    "restrictions",
    "vehicle-class",
    "identification-number",
];

/// B251.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Check {
    pub name: String,
    /// `passed`, `failed` or `not_applicable`.
    pub status: String,
    pub reasons: Vec<String>,
    /// `required` or `not_required`.
    pub requirement: String,
    pub metadata: Map<String, Value>,
}

/// What a run found, and what it was given.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct VerificationDetail {
    pub alias: String,
    pub checks: Vec<Check>,
    /// Attributes of the kind: `name-first`, `birthdate`, `id-class` …
    pub attributes: Map<String, Value>,
    pub country_code: Option<String>,
    pub document_id: Option<DocumentId>,
    pub selfie_id: Option<SelfieId>,
    pub simulated: bool,
    /// Sandbox: the outcome that stood on the toggle when the person submitted.
    #[serde(default)]
    pub simulated_outcome: crate::inquiry::SimulatedOutcome,
    /// Sandbox: what it will find, as it was set when the person submitted (I78).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stub: Option<crate::inquiry::Stub>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Verification {
    pub id: VerificationId,
    pub environment_id: EnvironmentId,
    pub inquiry_id: InquiryId,
    pub account_id: Option<AccountId>,
    pub kind: VerificationKind,
    pub template_id: VerificationTemplateId,
    pub status: VerificationStatus,
    pub created_at: Timestamp,
    pub submitted_at: Option<Timestamp>,
    pub completed_at: Option<Timestamp>,
    pub redacted_at: Option<Timestamp>,
    pub detail: VerificationDetail,
}

impl Verification {
    /// V14: takes the person out. What happened and when stays, its status too.
    pub fn redact(&mut self, now: Timestamp) {
        empty(&mut self.detail.attributes);
        self.detail.checks.clear();
        self.detail.country_code = None;
        self.redacted_at = Some(now);
    }
}

fn empty(values: &mut Map<String, Value>) {
    for value in values.values_mut() {
        *value = Value::Null;
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    pub id: DocumentId,
    pub environment_id: EnvironmentId,
    pub inquiry_id: InquiryId,
    pub account_id: Option<AccountId>,
    /// `initiated`, `submitted`, `processed`, `errored`.
    pub status: String,
    pub created_at: Timestamp,
    pub processed_at: Option<Timestamp>,
    pub attributes: Map<String, Value>,
}

impl Document {
    pub const WIRE_TYPE: &'static str = "document/government-id";

    /// V15.
    pub fn redact(&mut self) {
        empty(&mut self.attributes);
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Selfie {
    pub id: SelfieId,
    pub environment_id: EnvironmentId,
    pub inquiry_id: InquiryId,
    pub account_id: Option<AccountId>,
    pub status: String,
    pub created_at: Timestamp,
    pub processed_at: Option<Timestamp>,
}

impl Selfie {
    pub const WIRE_TYPE: &'static str = "selfie/profile-and-center";
}

/// One uploaded picture: the row; the bytes lie in the blob store under `blob_key`.
#[derive(Debug, Clone, PartialEq)]
pub struct UploadedFile {
    pub id: FileId,
    pub environment_id: EnvironmentId,
    pub inquiry_id: InquiryId,
    pub step: String,
    /// `front`, `back`, `center`, `left`, `right`.
    pub part: String,
    /// The verification or document it became part of; `None` while the step is not submitted.
    pub owner_id: Option<String>,
    pub blob_key: String,
    pub sha256: String,
    pub mime_type: String,
    pub byte_size: i64,
    pub width: i64,
    pub height: i64,
    pub capture_method: String,
    pub created_at: Timestamp,
}

const PARTS: [&str; 5] = ["front", "back", "center", "left", "right"];

impl UploadedFile {
    /// The name it is offered under.
    pub fn filename(&self) -> String {
        let part = &self.part;
        match part.as_str() {
            "center" | "left" | "right" => format!("selfie_{part}.jpg"),
            _ => format!("{part}.jpg"),
        }
    }

    /// `page` of a verification's `photo-urls`.
    pub fn page(&self) -> String {
        let part = &self.part;
        match part.as_str() {
            "center" | "left" | "right" => format!("{part}_photo"),
            _ => part.clone(),
        }
    }

    /// Where it stands among the pictures of its verification: the front first, the center first.
    pub fn place(&self) -> usize {
        let known = PARTS.iter().position(|part| **part == self.part);
        known.unwrap_or(PARTS.len())
    }

    /// Whether it belongs to this verification.
    pub fn belongs_to(&self, verification: &VerificationId) -> bool {
        self.owner_id.as_deref() == Some(verification.as_str())
    }
}
