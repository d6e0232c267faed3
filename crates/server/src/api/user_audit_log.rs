//! `/user-audit-logs`.

use selfsame_domain::id::UserAuditLogId;
use selfsame_service::Failure;
use selfsame_wire::user_audit_log as wire;

use super::call::{Call, list_request};
use super::include::alone;
use super::respond::Answer;

pub async fn list(call: Call) -> Result<Answer, Failure> {
    call.allow_filters(&[])?;
    let page = call.page()?;
    let found = call
        .app
        .service
        .list_user_audit_logs(&call.caller, &list_request(&page))
        .await?;
    Ok(call.answer_page(&page, &found, wire::document))
}

/// L25: there are no users to include yet.
pub async fn show(call: Call) -> Result<Answer, Failure> {
    let include = call.include(wire::INCLUDABLE)?;
    let id: UserAuditLogId = call.id("user-audit-log-id")?;
    let found = call
        .app
        .service
        .get_user_audit_log(&call.caller, &id)
        .await?;
    Ok(call.answer(alone(wire::document(&found), &include)))
}
