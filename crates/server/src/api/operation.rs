//! The operations, each a line: what the router, the permission check and the OpenAPI document are made of.

pub mod awaited;
pub mod outside;

use std::pin::Pin;

use axum::routing::MethodFilter;
use selfsame_domain::permission::Permission;
use selfsame_service::Failure;

use super::call::Call;
use super::respond::Answer;
use super::{
    account, api_key, api_log, device, event, importer, inquiry, print, rate_limit, session,
    template, user_audit_log, verification, webhook,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
    Patch,
    Delete,
}

impl Method {
    pub const fn filter(self) -> MethodFilter {
        match self {
            Self::Get => MethodFilter::GET,
            Self::Post => MethodFilter::POST,
            Self::Patch => MethodFilter::PATCH,
            Self::Delete => MethodFilter::DELETE,
        }
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Post => "post",
            Self::Patch => "patch",
            Self::Delete => "delete",
        }
    }
}

pub type Handled = Pin<Box<dyn Future<Output = Result<Answer, Failure>> + Send>>;

pub struct Operation {
    pub id: &'static str,
    pub method: Method,
    /// Below its [`root`], with the parameters in braces.
    pub path: &'static str,
    /// All of them are wanted; none: any key may.
    pub permissions: &'static [Permission],
    pub summary: &'static str,
    /// What a success answers with.
    pub success: u16,
    /// The resource the answer is about, and whether it is a page of them.
    pub answers: Answers,
    /// Members of the body whose keys are the customer's own and stay as they are.
    pub opaque: &'static [&'static str],
    pub handler: fn(Call) -> Handled,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answers {
    One(&'static str),
    /// One, with these members in `meta`.
    OneWithMeta(&'static str, &'static [&'static str]),
    /// A page, with the filters it knows.
    Page(&'static str, &'static [&'static str]),
    /// A page of a list that is only read downwards: it has no `page[before]` (M22).
    Downward(&'static str, &'static [&'static str]),
    /// A page that all there is fits on: it takes no cursor (D4).
    OnePage(&'static str, &'static [&'static str]),
    /// Those with greater numbers than one, lowest first, `page[size]` at most, with where to go on (W92).
    After(&'static str),
    /// All at once, without links.
    All(&'static str),
    /// `application/pdf` (C4).
    Pdf,
    /// 501: it is known, and not built (C127).
    NotImplemented,
}

/// Every operation that has an address: those of the core, and those outside it.
pub fn all() -> impl Iterator<Item = &'static Operation> {
    OPERATIONS.iter().chain(outside::OUTSIDE)
}

/// What a path is about: `/inquiry-sessions/{…}/expire` is about inquiry sessions.
pub fn subject(path: &str) -> String {
    let first = path.split('/').nth(1).unwrap_or_default();
    let words = match first {
        "api-keys" => "API keys".to_owned(),
        "api-logs" => "API logs".to_owned(),
        "oauth" => "OAuth".to_owned(),
        "document" => "documents".to_owned(),
        "importer" => "importers".to_owned(),
        "list" => "lists".to_owned(),
        "list-item" => "list items".to_owned(),
        "verification" => "verifications".to_owned(),
        "workflow-runs" => "workflows".to_owned(),
        other => other.replace('-', " "),
    };
    let mut letters = words.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// The address below which it is.
pub fn root(operation: &Operation) -> &'static str {
    let is_own = |own: &Operation| own.id == operation.id;
    if extension::EXTENSIONS.iter().any(is_own) {
        extension::ROOT
    } else {
        "/api/v1"
    }
}

/// Whether it is one of those outside the core.
pub fn is_outside(operation: &Operation) -> bool {
    outside::OUTSIDE
        .iter()
        .any(|other| other.id == operation.id)
}

impl Answers {
    /// The filters of a page.
    pub fn filters(self) -> &'static [&'static str] {
        match self {
            Self::Page(_, filters) | Self::Downward(_, filters) | Self::OnePage(_, filters) => {
                filters
            }
            _ => &[],
        }
    }

    /// Whether cursors lead from one page to the next.
    pub fn has_cursors(self) -> bool {
        matches!(self, Self::Page(..) | Self::Downward(..))
    }

    /// Whether `page[size]` says how many there are at most.
    pub fn has_a_size(self) -> bool {
        self.has_cursors() || matches!(self, Self::OnePage(..) | Self::After(_))
    }

    /// One account or inquiry: what older versions include for unasked (C77).
    pub fn is_a_person(self) -> bool {
        matches!(
            self,
            Self::One("account" | "inquiry") | Self::OneWithMeta("inquiry", _)
        )
    }
}

impl std::fmt::Debug for Operation {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} {}", self.method.as_str(), self.path)
    }
}

impl Operation {
    /// Documented, but in none of the published OpenAPI documents.
    pub fn is_unpublished(&self) -> bool {
        self.id == "inquiries-set-simulate-stubs"
    }

    /// Whether no published document has it: it has an address only where the operator turned extensions on (C135).
    pub fn is_extension(&self) -> bool {
        EXTENSIONS.contains(&self.id)
    }

    /// Whether it confirms what the request goes by, and looks for its answer, in a read of its own before it commits.
    /// The others need that done for them.
    pub fn confirms_itself(&self) -> bool {
        self.id == "create-an-inquiry"
    }
}

/// What this server can do beyond the published API.
const EXTENSIONS: &[&str] = &["archive-an-account", "restore-an-account"];

macro_rules! operations {
    ($name:ident: $($method:ident $path:literal $permissions:expr, $success:literal $answers:expr, $id:literal $summary:literal $opaque:expr => $handler:path;)*) => {
        pub const $name: &[Operation] = &[$(Operation {
            id: $id,
            method: $crate::api::operation::Method::$method,
            path: $path,
            permissions: $permissions,
            summary: $summary,
            success: $success,
            answers: $answers,
            opaque: $opaque,
            handler: |call| Box::pin($handler(call)),
        }),*];
    };
}

const ANY_KEY: &[Permission] = &[];
const ACCOUNT_READ: &[Permission] = &[Permission::AccountRead];
const ACCOUNT_WRITE: &[Permission] = &[Permission::AccountWrite];
const API_KEY_READ: &[Permission] = &[Permission::ApiKeyRead];
const API_KEY_WRITE: &[Permission] = &[Permission::ApiKeyWrite];
const API_LOG_READ: &[Permission] = &[Permission::ApiLogRead];
const INQUIRY_READ: &[Permission] = &[Permission::InquiryRead];
const INQUIRY_WRITE: &[Permission] = &[Permission::InquiryWrite];
const USER_AUDIT_LOG_READ: &[Permission] = &[Permission::UserAuditLogRead];
const DOCUMENT_READ: &[Permission] = &[Permission::DocumentRead];
const VERIFICATION_READ: &[Permission] = &[Permission::VerificationRead];
const VERIFICATION_WRITE: &[Permission] = &[Permission::VerificationWrite];
const EVENT_READ: &[Permission] = &[Permission::EventRead];
const WEBHOOK_READ: &[Permission] = &[Permission::WebhookRead];
const WEBHOOK_WRITE: &[Permission] = &[Permission::WebhookWrite];
const WEBHOOK_AND_EVENT_READ: &[Permission] = &[Permission::WebhookRead, Permission::EventRead];

const FIELDS: &[&str] = &["fields"];
const OF_WEBHOOKS: &[&str] = &["payload-filter", "custom-http-headers"];
const ACCOUNT: Answers = Answers::One("account");
const API_KEY: Answers = Answers::One("api-key");
const IMPORTER: Answers = Answers::One("importer/account");
const INQUIRY: Answers = Answers::One("inquiry");
const VERIFICATION: Answers = Answers::One("verification");
const SESSION: Answers = Answers::One("inquiry-session");
const WEBHOOK: Answers = Answers::One("webhook");

// Behind the macro, which it uses.
pub mod extension;

operations! {
    OPERATIONS:
    Get "/accounts" ACCOUNT_READ, 200 Answers::Page("account", account::FILTERS), "list-all-accounts" "List accounts" &[] => account::list;
    Post "/accounts" ACCOUNT_WRITE, 201 ACCOUNT, "create-an-account" "Create or upsert an account" FIELDS => account::create;
    Post "/accounts/search" ACCOUNT_READ, 200 Answers::Page("account", &[]), "search-accounts" "Search accounts" &[] => account::search;
    Get "/accounts/{account-id}" ACCOUNT_READ, 200 ACCOUNT, "retrieve-an-account" "Retrieve an account" &[] => account::show;
    Patch "/accounts/{account-id}" ACCOUNT_WRITE, 200 ACCOUNT, "update-an-account" "Update an account" FIELDS => account::update;
    Delete "/accounts/{account-id}" ACCOUNT_WRITE, 200 ACCOUNT, "redact-an-account" "Redact an account" &[] => account::redact;
    Post "/accounts/{account-id}/add-tag" ACCOUNT_WRITE, 200 ACCOUNT, "accounts-add-tag" "Add a tag to an account" &[] => account::add_tag;
    Post "/accounts/{account-id}/remove-tag" ACCOUNT_WRITE, 200 ACCOUNT, "accounts-remove-tag" "Remove a tag from an account" &[] => account::remove_tag;
    Post "/accounts/{account-id}/set-tags" ACCOUNT_WRITE, 200 ACCOUNT, "accounts-set-all-tags" "Set all tags of an account" &[] => account::set_tags;
    Post "/accounts/{account-id}/consolidate" ACCOUNT_WRITE, 202 ACCOUNT, "consolidate-into-an-account" "Consolidate accounts" &[] => account::consolidate;
    Get "/accounts/{account-id}/relations" ACCOUNT_READ, 200 Answers::Page("account", account::RELATION_FILTERS), "accounts-list-all-relations" "List the relations of an account" &[] => account::list_relations;
    Post "/accounts/{account-id}/add-relation" ACCOUNT_WRITE, 200 ACCOUNT, "accounts-add-relation" "Add a relation to an account" &[] => account::add_relation;
    Post "/accounts/{account-id}/remove-relation" ACCOUNT_WRITE, 200 ACCOUNT, "accounts-remove-relation" "Remove a relation from an account" &[] => account::remove_relation;
    Post "/accounts/{account-id}/run-action" ACCOUNT_WRITE, 200 Answers::OneWithMeta("account", account::RUN_META), "run-account-action" "Run an action of an account" &["parameters"] => account::run_action;
    Post "/accounts/{account-id}/archive" ACCOUNT_WRITE, 200 ACCOUNT, "archive-an-account" "Archive an account" &[] => account::archive;
    Post "/accounts/{account-id}/restore" ACCOUNT_WRITE, 200 ACCOUNT, "restore-an-account" "Restore an archived account" &[] => account::restore;
    Get "/account-types/{account-type-id}" ACCOUNT_READ, 200 Answers::One("account-type"), "retrieve-an-account-type" "Retrieve an account type" &[] => account::show_type;

    Get "/api-keys" API_KEY_READ, 200 Answers::Page("api-key", api_key::FILTERS), "list-all-api-keys" "List API keys" &[] => api_key::list;
    Post "/api-keys" API_KEY_WRITE, 201 API_KEY, "create-an-api-key" "Create an API key" &[] => api_key::create;
    Get "/api-keys/{api-key-id}" API_KEY_READ, 200 API_KEY, "retrieve-an-api-key" "Retrieve an API key" &[] => api_key::show;
    Patch "/api-keys/{api-key-id}" API_KEY_WRITE, 200 API_KEY, "update-an-api-key" "Update an API key" &[] => api_key::update;
    Post "/api-keys/{api-key-id}/expire" API_KEY_WRITE, 200 API_KEY, "expire-an-api-key" "Expire an API key" &[] => api_key::expire;
    Post "/api-keys/{api-key-id}/clone" API_KEY_WRITE, 200 API_KEY, "clone-api-key" "Clone an API key" &[] => api_key::clone;

    Get "/api-logs" API_LOG_READ, 200 Answers::Page("api-log", &[]), "list-all-api-logs" "List API logs" &[] => api_log::list;
    Get "/api-logs/{api-log-id}" API_LOG_READ, 200 Answers::One("api-log"), "retrieve-an-api-log" "Retrieve an API log" &[] => api_log::show;

    Get "/devices" INQUIRY_READ, 200 Answers::OnePage("device", device::FILTERS), "list-all-devices" "List devices" &[] => device::list;
    Get "/devices/{device-id}" INQUIRY_READ, 200 Answers::One("device"), "retrieve-a-device" "Retrieve a device" &[] => device::show;

    Get "/importers" ACCOUNT_READ, 200 Answers::Page("importer/account", &[]), "list-all-importers" "List importers" &[] => importer::list;
    Post "/importer/accounts" ACCOUNT_WRITE, 201 IMPORTER, "import-an-account" "Import accounts" &[] => importer::create;
    Get "/importers/{importer-id}" ACCOUNT_READ, 200 IMPORTER, "retrieve-an-importer" "Retrieve an importer" &[] => importer::show;

    Get "/inquiries" INQUIRY_READ, 200 Answers::Page("inquiry", inquiry::FILTERS), "list-all-inquiries" "List inquiries" &[] => inquiry::list;
    Post "/inquiries" INQUIRY_WRITE, 201 Answers::OneWithMeta("inquiry", inquiry::CREATE_META), "create-an-inquiry" "Create an inquiry" FIELDS => inquiry::create;
    Patch "/inquiries/{inquiry-id}/set-simulate-stubs" INQUIRY_WRITE, 200 INQUIRY, "inquiries-set-simulate-stubs" "Set simulated data (sandbox)" &["simulate-stubs"] => inquiry::set_stubs;
    Get "/inquiries/{inquiry-id}/print" INQUIRY_READ, 200 Answers::Pdf, "print-inquiry-pdf" "Print an inquiry as PDF" &[] => print::inquiry;
    Post "/inquiries/search" INQUIRY_READ, 200 Answers::Page("inquiry", &[]), "search-inquiries" "Search inquiries" &[] => inquiry::search;
    Get "/inquiries/{inquiry-id}" INQUIRY_READ, 200 INQUIRY, "retrieve-an-inquiry" "Retrieve an inquiry" &[] => inquiry::show;
    Patch "/inquiries/{inquiry-id}" INQUIRY_WRITE, 200 INQUIRY, "update-an-inquiry" "Update an inquiry" FIELDS => inquiry::update;
    Delete "/inquiries/{inquiry-id}" INQUIRY_WRITE, 200 INQUIRY, "redact-an-inquiry" "Redact an inquiry" &[] => inquiry::redact;
    Post "/inquiries/{inquiry-id}/approve" INQUIRY_WRITE, 200 INQUIRY, "approve-an-inquiry" "Approve an inquiry" &[] => inquiry::approve;
    Post "/inquiries/{inquiry-id}/decline" INQUIRY_WRITE, 200 INQUIRY, "decline-an-inquiry" "Decline an inquiry" &[] => inquiry::decline;
    Post "/inquiries/{inquiry-id}/mark-for-review" INQUIRY_WRITE, 200 INQUIRY, "mark-an-inquiry-for-review" "Mark an inquiry for review" &[] => inquiry::mark_for_review;
    Post "/inquiries/{inquiry-id}/expire" INQUIRY_WRITE, 200 INQUIRY, "expire-an-inquiry" "Expire an inquiry" &[] => inquiry::expire;
    Post "/inquiries/{inquiry-id}/resume" INQUIRY_WRITE, 200 Answers::OneWithMeta("inquiry", inquiry::RESUME_META), "resume-an-inquiry" "Resume an inquiry" &[] => inquiry::resume;
    Post "/inquiries/{inquiry-id}/generate-one-time-link" INQUIRY_WRITE, 200 Answers::OneWithMeta("inquiry", inquiry::LINK_META), "generate-a-one-time-link" "Generate a one-time link" &[] => inquiry::generate_link;
    Post "/inquiries/{inquiry-id}/add-tag" INQUIRY_WRITE, 200 INQUIRY, "inquiries-add-tag" "Add a tag to an inquiry" &[] => inquiry::add_tag;
    Post "/inquiries/{inquiry-id}/remove-tag" INQUIRY_WRITE, 200 INQUIRY, "inquiries-remove-tag" "Remove a tag from an inquiry" &[] => inquiry::remove_tag;
    Post "/inquiries/{inquiry-id}/set-tags" INQUIRY_WRITE, 200 INQUIRY, "inquiries-set-all-tags" "Set all tags of an inquiry" &[] => inquiry::set_tags;
    Post "/inquiries/{inquiry-id}/perform-simulate-actions" INQUIRY_WRITE, 200 INQUIRY, "inquiries-perform-simulate-actions" "Perform simulate actions (sandbox)" &[] => inquiry::simulate;

    Get "/inquiry-sessions" INQUIRY_READ, 200 Answers::Page("inquiry-session", session::FILTERS), "list-all-inquiry-sessions" "List inquiry sessions" &[] => session::list;
    Post "/inquiry-sessions" INQUIRY_WRITE, 201 SESSION, "create-an-inquiry-session" "Create an inquiry session" &[] => session::create;
    Get "/inquiry-sessions/{inquiry-session-id}" INQUIRY_READ, 200 SESSION, "retrieve-an-inquiry-session" "Retrieve an inquiry session" &[] => session::show;
    Post "/inquiry-sessions/{inquiry-session-id}/expire" INQUIRY_WRITE, 200 SESSION, "expire-an-inquiry-session" "Expire an inquiry session" &[] => session::expire;
    Post "/inquiry-sessions/expire-all" INQUIRY_WRITE, 200 Answers::All("inquiry-session"), "expire-all-inquiry-sessions" "Expire all sessions of inquiries" &[] => session::expire_all;
    Post "/inquiry-sessions/{inquiry-session-id}/generate-one-time-link" INQUIRY_WRITE, 200 Answers::OneWithMeta("inquiry-session", inquiry::LINK_META), "inquiry-sessions-generate-one-time-link" "Generate a one-time link for a session" &[] => session::generate_link;

    Get "/inquiry-templates" INQUIRY_READ, 200 Answers::Page("inquiry-template", &[]), "list-all-inquiry-templates" "List inquiry templates" &[] => template::list;
    Get "/inquiry-templates/{inquiry-template-id}" INQUIRY_READ, 200 Answers::One("inquiry-template"), "retrieve-an-inquiry-template" "Retrieve an inquiry template" &[] => template::show;
    Get "/inquiry-template-versions" INQUIRY_READ, 200 Answers::Page("inquiry-template-version", template::VERSION_FILTERS), "list-all-inquiry-template-versions" "List the versions of an inquiry template" &[] => template::list_versions;

    Get "/user-audit-logs" USER_AUDIT_LOG_READ, 200 Answers::Page("user-audit-log", &[]), "list-all-user-audit-logs" "List user audit logs" &[] => user_audit_log::list;
    Get "/user-audit-logs/{user-audit-log-id}" USER_AUDIT_LOG_READ, 200 Answers::One("user-audit-log"), "retrieve-a-user-audit-log" "Retrieve a user audit log" &[] => user_audit_log::show;

    Get "/rate-limits" ANY_KEY, 200 Answers::All("rate-limit/api"), "list-all-rate-limits" "List rate limits" &[] => rate_limit::list;

    Get "/document/government-ids/{document-id}" DOCUMENT_READ, 200 Answers::One("document/government-id"), "retrieve-a-government-id-document" "Retrieve a government ID document" &[] => verification::show_document;
    Get "/documents/{document-id}" DOCUMENT_READ, 200 Answers::One("document"), "retrieve-a-document" "Retrieve a document" &[] => verification::show_document;

    Get "/verification/government-ids/{verification-id}" VERIFICATION_READ, 200 Answers::One("verification/government-id"), "retrieve-a-government-id-verification" "Retrieve a government ID verification" &[] => verification::show_government_id;
    Get "/verification/selfies/{verification-id}" VERIFICATION_READ, 200 Answers::One("verification/selfie"), "retrieve-a-selfie-verification" "Retrieve a selfie verification" &[] => verification::show_selfie;
    Get "/verifications/{verification-id}/print" VERIFICATION_READ, 200 Answers::Pdf, "print-a-verification-as-pdf" "Print a verification as PDF" &[] => print::verification;
    Get "/verifications/{verification-id}" VERIFICATION_READ, 200 VERIFICATION, "retrieve-a-verification" "Retrieve a verification" &[] => verification::show;
    Delete "/verifications/{verification-id}" VERIFICATION_WRITE, 200 VERIFICATION, "redact-a-verification" "Redact a verification" &[] => verification::redact;

    Get "/events" EVENT_READ, 200 Answers::Page("event", event::FILTERS), "list-all-events" "List events" &[] => event::list;
    Get "/events/{event-id}" EVENT_READ, 200 Answers::One("event"), "retrieve-an-event" "Retrieve an event" &[] => event::show;

    Get "/webhooks" WEBHOOK_READ, 200 Answers::Page("webhook", &[]), "list-all-webhooks" "List webhooks" &[] => webhook::list;
    Post "/webhooks" WEBHOOK_WRITE, 201 WEBHOOK, "create-a-webhook" "Create a webhook" OF_WEBHOOKS => webhook::create;
    Get "/webhooks/{webhook-id}" WEBHOOK_READ, 200 WEBHOOK, "retrieve-a-webhook" "Retrieve a webhook" &[] => webhook::show;
    Patch "/webhooks/{webhook-id}" WEBHOOK_WRITE, 200 WEBHOOK, "update-a-webhook" "Update a webhook" OF_WEBHOOKS => webhook::update;
    Post "/webhooks/{webhook-id}/enable" WEBHOOK_WRITE, 200 WEBHOOK, "enable-a-webhook" "Enable a webhook" &[] => webhook::enable;
    Post "/webhooks/{webhook-id}/disable" WEBHOOK_WRITE, 200 WEBHOOK, "disable-a-webhook" "Disable a webhook" &[] => webhook::disable;
    Post "/webhooks/{webhook-id}/archive" WEBHOOK_WRITE, 200 WEBHOOK, "archive-a-webhook" "Archive a webhook" &[] => webhook::archive;
    Post "/webhooks/{webhook-id}/rotate-secret" WEBHOOK_WRITE, 200 WEBHOOK, "rotate-a-webhook-secret" "Rotate the secret of a webhook" &[] => webhook::rotate;
    Post "/webhooks/{webhook-id}/clone" WEBHOOK_WRITE, 200 WEBHOOK, "clone-a-webhook" "Clone a webhook" &[] => webhook::clone;
}
