//! User audit logs: read here, written by the dashboard with each of its changes (L21–L26).

use selfsame_domain::Refusal;
use selfsame_domain::id::UserAuditLogId;
use selfsame_domain::user_audit_log::UserAuditLog;
use selfsame_store::{Ask, Page};

use crate::page::slice;
use crate::{Caller, Failure, ListRequest, Service};

/// L23: half a year.
const LISTED_SECONDS: i64 = 184 * 86_400;

impl Service {
    pub async fn get_user_audit_log(
        &self,
        caller: &Caller,
        id: &UserAuditLogId,
    ) -> Result<UserAuditLog, Failure> {
        let ask = Ask::user_audit_log(&caller.environment.id, id);
        let found = self.ask(caller, ask).await?;
        Ok(found.ok_or_else(Refusal::not_found)?)
    }

    pub async fn list_user_audit_logs(
        &self,
        caller: &Caller,
        request: &ListRequest,
    ) -> Result<Page<UserAuditLog>, Failure> {
        let environment = &caller.environment.id;
        let slice = slice(request, |id| async move {
            self.store().user_audit_log_cursor(environment, &id).await
        })
        .await?;
        let since = self.now().plus_seconds(-LISTED_SECONDS);
        let ask = Ask::user_audit_logs(environment, since, &slice, request.size);
        self.ask(caller, ask).await
    }
}
