//! User audit logs on the wire (L21–L26).

use selfsame_domain::id::Id;
use selfsame_domain::user_audit_log::UserAuditLog;
use serde_json::{Value, json};

pub const TYPE: &str = "user-audit-log";
pub const INCLUDABLE: &[&str] = &["user"];

pub fn document(log: &UserAuditLog) -> Value {
    let entry = &log.entry;
    let to = |kind: &str, id: &str| json!({"data": {"type": kind, "id": id}});
    json!({
        "type": TYPE,
        "id": log.id.as_str(),
        "attributes": {
            "path": entry.path,
            "method": entry.method,
            "get-params": entry.get_params,
            "post-params": entry.post_params,
            "ip-address": entry.ip_address,
            "user-agent": entry.user_agent,
            "response-status": entry.response_status,
            "created-at": log.created_at.to_millis_text(),
            "impersonator-email-address": entry.impersonator_email_address,
            "context": entry.context,
        },
        "relationships": {
            "user": to("user", log.user_id.as_str()),
            "user-session": to("user-session", log.session_id.as_str()),
        },
    })
}
