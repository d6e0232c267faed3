//! User audit logs: what users of the dashboard did (L21–L26).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Timestamp;
use crate::id::{EnvironmentId, UserAuditLogId, UserId, UserSessionId};

/// One request of a user to the dashboard.
#[derive(Debug, Clone, PartialEq)]
pub struct UserAuditLog {
    pub environment_id: EnvironmentId,
    pub id: UserAuditLogId,
    pub user_id: UserId,
    pub session_id: UserSessionId,
    pub created_at: Timestamp,
    pub entry: UserAuditEntry,
}

/// What is kept of it; parameters are objects, or the text `[FILTERED]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UserAuditEntry {
    pub path: String,
    pub method: String,
    pub get_params: Value,
    pub post_params: Value,
    pub ip_address: String,
    pub user_agent: String,
    pub response_status: u16,
    pub impersonator_email_address: Option<String>,
    pub context: Value,
}
