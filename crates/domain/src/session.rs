//! Sessions: one device opening one inquiry.

use serde::{Deserialize, Serialize};

use crate::event::{Happening, Subject};
use crate::id::{DeviceId, Entropy, EnvironmentId, Id, InquiryId, SessionId};
use crate::inquiry::Inquiry;
use crate::{Refusal, Timestamp};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SessionStatus {
    New,
    Active,
    Expired,
}

impl SessionStatus {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Active => "active",
            Self::Expired => "expired",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::New, Self::Active, Self::Expired]
            .into_iter()
            .find(|status| status.as_str() == text)
    }
}

/// What is known of the device and of how the flow was opened (B128). Geo and network facts need a source
/// that an operator plugs in; without one they are null.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Device {
    pub ip_address: Option<String>,
    pub user_agent: Option<String>,
    pub os_name: Option<String>,
    pub os_full_version: Option<String>,
    /// `desktop` or `smartphone`.
    pub device_type: Option<String>,
    pub device_name: Option<String>,
    pub browser_name: Option<String>,
    pub browser_full_version: Option<String>,
    pub handoff_method: Option<String>,
    pub locale: Option<String>,
    pub client_version: Option<String>,
    /// `hosted`, `webview`, `embedded` or `inline`.
    pub flow_type: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    pub id: SessionId,
    pub environment_id: EnvironmentId,
    pub inquiry_id: InquiryId,
    pub device_id: Option<DeviceId>,
    pub status: SessionStatus,
    pub created_at: Timestamp,
    pub started_at: Option<Timestamp>,
    pub expired_at: Option<Timestamp>,
    /// B124: the inquiry's expiry when the session was made; never moved.
    pub expires_at: Timestamp,
    pub device: Device,
    pub version: i64,
}

impl Session {
    pub fn happening(&self, name: &'static str) -> Happening {
        Happening::new(name, Subject::Session(self.id.clone()))
    }

    pub fn is_usable(&self, now: Timestamp) -> bool {
        self.status != SessionStatus::Expired && self.expires_at > now
    }
}

/// B127: the 26th session of an inquiry is refused. `existing` counts all of them, of whatever status.
pub fn create(
    inquiry: &Inquiry,
    existing: usize,
    limit: usize,
    now: Timestamp,
    entropy: &mut Entropy,
) -> Result<Session, Refusal> {
    inquiry_can_be_opened(inquiry)?;
    if existing >= limit {
        return Err(Refusal::unprocessable(
            "Inquiry has reached its session limit",
            "/data/attributes/inquiry-id",
        ));
    }
    let expires_at = inquiry.expires_at.unwrap_or(now);
    Ok(Session {
        id: SessionId::mint(entropy, now),
        environment_id: inquiry.environment_id.clone(),
        inquiry_id: inquiry.id.clone(),
        device_id: None,
        status: SessionStatus::New,
        created_at: now,
        started_at: None,
        expired_at: None,
        expires_at,
        device: Device::default(),
        version: 1,
    })
}

fn inquiry_can_be_opened(inquiry: &Inquiry) -> Result<(), Refusal> {
    inquiry.refuse_if_redacted()?;
    if inquiry.status.is_open() {
        return Ok(());
    }
    Err(Refusal::conflict(
        "Inquiry has expired or is already finished",
    ))
}

/// First load by a browser: `new` → `active`.
pub fn start(
    session: &mut Session,
    device: Device,
    now: Timestamp,
    entropy: &mut Entropy,
) -> Vec<Happening> {
    if session.status != SessionStatus::New {
        return Vec::new();
    }
    session.status = SessionStatus::Active;
    session.started_at = Some(now);
    session.device = device;
    session.device_id = Some(DeviceId::mint(entropy, now));
    vec![session.happening("inquiry-session.started")]
}

pub fn expire(session: &mut Session, now: Timestamp) -> Result<Vec<Happening>, Refusal> {
    if session.status == SessionStatus::Expired {
        return Err(Refusal::conflict("Inquiry session already expired"));
    }
    session.status = SessionStatus::Expired;
    session.expired_at = Some(now);
    Ok(vec![session.happening("inquiry-session.expired")])
}

/// A one-time link: a code that opens one session once (B140–B149). Only the code's hash is searched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneTimeLink {
    pub environment_id: EnvironmentId,
    pub session_id: SessionId,
    pub inquiry_id: InquiryId,
    pub code_hash: Vec<u8>,
    /// The code under the operator's key, so that an unused link can be handed out again (B129).
    pub code_sealed: Vec<u8>,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub redeemed_at: Option<Timestamp>,
}

/// B141: after the first use the code opens the same session for five more minutes.
pub const GRACE_SECONDS: i64 = 300;
/// B146: lifetime of a link that nobody set.
pub const DEFAULT_LINK_SECONDS: i64 = 86_400;

impl OneTimeLink {
    pub fn is_redeemable(&self, now: Timestamp) -> bool {
        match self.redeemed_at {
            Some(first) => {
                now <= first.plus_seconds(GRACE_SECONDS)
                    && now < self.expires_at.plus_seconds(GRACE_SECONDS)
            }
            None => now < self.expires_at,
        }
    }
}
