//! What an API key may do. The list is open-ended on the wire; these are the ones that exist.

macro_rules! permissions {
    ($($name:ident = $text:literal, $default:literal;)*) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Permission { $($name),* }

        impl Permission {
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }

            /// Whether a new key has it unless told otherwise.
            pub const fn on_by_default(self) -> bool {
                match self { $(Self::$name => $default),* }
            }

            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$name),)* _ => None }
            }
        }
    };
}

permissions! {
    AccountRead = "account.read", true;
    AccountWrite = "account.write", true;
    ApiLogRead = "api_log.read", true;
    ApiKeyRead = "api_key.read", false;
    ApiKeyWrite = "api_key.write", false;
    ApiKeyScim = "api_key.scim", false;
    CaseRead = "case.read", true;
    CaseWrite = "case.write", true;
    DocumentRead = "document.read", true;
    DocumentWrite = "document.write", true;
    EventRead = "event.read", true;
    InquiryRead = "inquiry.read", true;
    InquiryWrite = "inquiry.write", true;
    ListRead = "list.read", true;
    ListWrite = "list.write", true;
    ReportRead = "report.read", true;
    ReportWrite = "report.write", true;
    TransactionRead = "txn.read", true;
    TransactionWrite = "txn.write", true;
    UserAuditLogRead = "user_audit_log.read", true;
    VerificationRead = "verification.read", true;
    VerificationWrite = "verification.write", true;
    WebhookRead = "webhook.read", true;
    WebhookWrite = "webhook.write", true;
    WorkflowTrigger = "workflow.trigger", true;
}

/// The permissions of a key that was made without naming any.
pub fn defaults() -> Vec<Permission> {
    Permission::ALL
        .iter()
        .copied()
        .filter(|permission| permission.on_by_default())
        .collect()
}
