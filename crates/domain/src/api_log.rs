//! API logs: what was asked of the Server API, without anything personal or secret in it (L1–L16).

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Timestamp;
use crate::id::{EnvironmentId, RequestId};

/// One request that was answered.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiLog {
    pub environment_id: EnvironmentId,
    /// The `Request-Id` of the answer.
    pub id: RequestId,
    pub created_at: Timestamp,
    pub entry: ApiLogEntry,
}

/// What is kept of it, masked already.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ApiLogEntry {
    pub method: Cow<'static, str>,
    pub path: String,
    /// Those of the request that are shown, as they are spelled there.
    pub headers: Vec<(Cow<'static, str>, String)>,
    pub get_params: Value,
    pub post_params: Value,
    pub ip_address: Option<String>,
    pub status: u16,
    /// `RateLimit-Limit`, `-Remaining`, `-Reset`, if the answer had them.
    pub rate_limit: Option<[u32; 3]>,
}
