//! The operations outside the core, each a line: known, and answered so that a client can tell (C127, C128).
//!
//! Whoever builds one takes its line away here and adds one to `OPERATIONS`. Where no public source names a permission,
//! any key may ask.

use std::future::ready;

use selfsame_domain::Refusal;
use selfsame_domain::permission::Permission;
use selfsame_service::Failure;

use super::{ANY_KEY, Answers, Call, Method, Operation};
use crate::api::respond::Answer;

/// A list of what cannot exist yet: an empty page, which is the truth.
const EMPTY: Answers = Answers::Page("resource", &[]);
const MISSING: Answers = Answers::NotImplemented;

const fn success(answers: Answers) -> u16 {
    match answers {
        Answers::NotImplemented => 501,
        _ => 200,
    }
}

macro_rules! outside {
    ($($method:ident $path:literal $permissions:expr, $answers:ident $id:literal $summary:literal;)*) => {
        pub const OUTSIDE: &[Operation] = &[$(Operation {
            id: $id,
            method: Method::$method,
            path: $path,
            permissions: $permissions,
            summary: $summary,
            success: success($answers),
            answers: $answers,
            opaque: &[],
            handler: |call| Box::pin(ready(answer(call))),
        }),*];
    };
}

fn answer(call: Call) -> Result<Answer, Failure> {
    if let Some(refusal) = refusal(call.operation) {
        return Err(refusal.into());
    }
    // Nothing is there for a filter to leave out, so any will do; and no object a cursor could name (C94).
    let page = call.page()?;
    for (name, cursor) in [("page.after", &page.after), ("page.before", &page.before)] {
        if cursor.is_some() {
            let details = format!("{name} is not an object of this list");
            return Err(Refusal::malformed(details).into());
        }
    }
    Ok(call.answer(call.page_document(&page, Vec::new(), false, false)))
}

/// C127: what is said to a caller who may, whatever else the request holds.
pub fn refusal(operation: &Operation) -> Option<Refusal> {
    (operation.answers == Answers::NotImplemented).then(|| {
        Refusal::not_implemented(format!(
            "{} /api/v1{} ({}) is not implemented by this server. Its documentation lists the operations that are: \
             docs/coverage.md",
            operation.method.as_str().to_uppercase(),
            operation.path,
            operation.summary
        ))
    })
}

const CASE_READ: &[Permission] = &[Permission::CaseRead];
const CASE_WRITE: &[Permission] = &[Permission::CaseWrite];
const DOCUMENT_READ: &[Permission] = &[Permission::DocumentRead];
const DOCUMENT_WRITE: &[Permission] = &[Permission::DocumentWrite];
const INQUIRY_READ: &[Permission] = &[Permission::InquiryRead];
const INQUIRY_WRITE: &[Permission] = &[Permission::InquiryWrite];
const LIST_READ: &[Permission] = &[Permission::ListRead];
const LIST_WRITE: &[Permission] = &[Permission::ListWrite];
const REPORT_READ: &[Permission] = &[Permission::ReportRead];
const REPORT_WRITE: &[Permission] = &[Permission::ReportWrite];
const TRANSACTION_READ: &[Permission] = &[Permission::TransactionRead];
const TRANSACTION_WRITE: &[Permission] = &[Permission::TransactionWrite];
const VERIFICATION_READ: &[Permission] = &[Permission::VerificationRead];
const VERIFICATION_WRITE: &[Permission] = &[Permission::VerificationWrite];
const WORKFLOW_TRIGGER: &[Permission] = &[Permission::WorkflowTrigger];

outside! {
    Get "/case-templates/{case-template-id}" CASE_READ, MISSING "retrieve-a-case-template" "Retrieve a case template";

    Get "/cases" CASE_READ, EMPTY "list-all-cases" "List cases";
    Post "/cases" CASE_WRITE, MISSING "create-a-case" "Create a case";
    Post "/cases/search" CASE_READ, MISSING "search-cases" "Search cases";
    Get "/cases/{case-id}" CASE_READ, MISSING "retrieve-case" "Retrieve a case";
    Patch "/cases/{case-id}" CASE_WRITE, MISSING "update-a-case" "Update a case";
    Delete "/cases/{case-id}" CASE_WRITE, MISSING "redact-a-case" "Redact a case";
    Post "/cases/{case-id}/add-objects" CASE_WRITE, MISSING "add-persona-objects" "Add objects to a case";
    Post "/cases/{case-id}/add-tag" CASE_WRITE, MISSING "add-tag" "Add a tag to a case";
    Post "/cases/{case-id}/assign" CASE_WRITE, MISSING "assign-a-case" "Assign a case";
    Post "/cases/{case-id}/remove-objects" CASE_WRITE, MISSING "remove-persona-objects" "Remove objects from a case";
    Post "/cases/{case-id}/remove-tag" CASE_WRITE, MISSING "remove-tag" "Remove a tag from a case";
    Post "/cases/{case-id}/set-status" CASE_WRITE, MISSING "set-status-for-a-case" "Set the status of a case";
    Post "/cases/{case-id}/set-tags" CASE_WRITE, MISSING "set-tags" "Set all tags of a case";

    Get "/connect/connections" ANY_KEY, EMPTY "list-all-connect-connections" "List Connect connections";
    Post "/connect/connections" ANY_KEY, MISSING "create-a-connect-connection" "Create a Connect connection";
    Get "/connect/connections/{connection-id}" ANY_KEY, MISSING "retrieve-a-connect-connection" "Retrieve a Connect connection";
    Patch "/connect/connections/{connection-id}" ANY_KEY, MISSING "update-a-connect-connection" "Update a Connect connection";
    Post "/connect/connections/{connection-id}/deactivate" ANY_KEY, MISSING "deactivate-a-connect-connection" "Deactivate a Connect connection";
    Post "/connect/connections/{connection-id}/reactivate" ANY_KEY, MISSING "reactivate-a-connect-connection" "Reactivate a Connect connection";
    Get "/connect/share-tokens" ANY_KEY, EMPTY "list-all-share-tokens" "List share tokens";
    Post "/connect/share-tokens" ANY_KEY, MISSING "create-a-share-token" "Create a share token";
    Get "/connect/share-tokens/{share-token-id}" ANY_KEY, MISSING "retrieve-a-share-token" "Retrieve a share token";
    Post "/connect/share-tokens/{share-token-id}/expire" ANY_KEY, MISSING "expire-share-token" "Expire a share token";
    Post "/connect/share-tokens/{share-token-id}/redeem" ANY_KEY, MISSING "redeem-share-token" "Redeem a share token";

    Post "/document/generics" DOCUMENT_WRITE, MISSING "create-a-generic-document" "Create a generic document";
    Get "/document/generics/{document-id}" DOCUMENT_READ, MISSING "retrieve-a-generic-document" "Retrieve a generic document";
    Patch "/document/generics/{document-id}" DOCUMENT_WRITE, MISSING "update-a-generic-document" "Update a generic document";
    Post "/document/generics/{document-id}/submit" DOCUMENT_WRITE, MISSING "submit-a-generic-document" "Submit a generic document";
    Post "/document/government-ids" DOCUMENT_WRITE, MISSING "create-a-government-id-document" "Create a government ID document";
    Patch "/document/government-ids/{document-id}" DOCUMENT_WRITE, MISSING "update-a-government-id-document" "Update a government ID document";
    Post "/document/government-ids/{document-id}/submit" DOCUMENT_WRITE, MISSING "submit-a-government-id-document" "Submit a government ID document";

    Post "/graph-queries" ANY_KEY, MISSING "create-a-graph-query" "Create a graph query";
    Get "/graph-queries/{graph-query-id}" ANY_KEY, MISSING "retrieve-a-graph-query" "Retrieve a graph query";

    Post "/importer/list-item/email-addresses" LIST_WRITE, MISSING "import-email-address-lists" "Import email address lists";
    Post "/importer/list-item/faces" LIST_WRITE, MISSING "import-face-lists" "Import face lists";
    Post "/importer/list-item/geolocations" LIST_WRITE, MISSING "import-geolocation-lists" "Import geolocation lists";
    Post "/importer/list-item/government-id-numbers" LIST_WRITE, MISSING "import-government-id-number-lists" "Import government ID number lists";
    Post "/importer/list-item/ip-addresses" LIST_WRITE, MISSING "import-ip-address-lists" "Import IP address lists";
    Post "/importer/list-item/names" LIST_WRITE, MISSING "import-name-lists" "Import name lists";
    Post "/importer/list-item/phone-numbers" LIST_WRITE, MISSING "import-phone-number-lists" "Import phone number lists";
    Get "/inquiry-templates/{inquiry-template-id}/translations" INQUIRY_READ, MISSING "retrieve-inquiry-template-translations" "Retrieve the translations of an inquiry template";
    Post "/inquiry-templates/{inquiry-template-id}/translations" INQUIRY_WRITE, MISSING "import-inquiry-template-translations" "Import translations of an inquiry template";

    Post "/list-item/browser-fingerprints" LIST_WRITE, MISSING "create-a-browser-fingerprint-list-item" "Create a browser fingerprint list item";
    Get "/list-item/browser-fingerprints/{list-item-id}" LIST_READ, MISSING "retrieve-a-browser-fingerprint-list-item" "Retrieve a browser fingerprint list item";
    Delete "/list-item/browser-fingerprints/{list-item-id}" LIST_WRITE, MISSING "archive-a-browser-fingerprint-list-item" "Archive a browser fingerprint list item";
    Post "/list-item/countries" LIST_WRITE, MISSING "create-a-country-list-item" "Create a country list item";
    Get "/list-item/countries/{list-item-id}" LIST_READ, MISSING "retrieve-a-country-list-item" "Retrieve a country list item";
    Delete "/list-item/countries/{list-item-id}" LIST_WRITE, MISSING "archive-a-country-list-item" "Archive a country list item";
    Post "/list-item/device-fingerprints" LIST_WRITE, MISSING "create-a-device-fingerprint-list-item" "Create a device fingerprint list item";
    Get "/list-item/device-fingerprints/{list-item-id}" LIST_READ, MISSING "retrieve-a-device-fingerprint-list-item" "Retrieve a device fingerprint list item";
    Delete "/list-item/device-fingerprints/{list-item-id}" LIST_WRITE, MISSING "archive-a-device-fingerprint-list-item" "Archive a device fingerprint list item";
    Post "/list-item/email-addresses" LIST_WRITE, MISSING "create-an-email-address-list-item" "Create an email address list item";
    Get "/list-item/email-addresses/{list-item-id}" LIST_READ, MISSING "retrieve-an-email-address-list-item" "Retrieve an email address list item";
    Delete "/list-item/email-addresses/{list-item-id}" LIST_WRITE, MISSING "archive-an-email-address-list-item" "Archive an email address list item";
    Post "/list-item/faces" LIST_WRITE, MISSING "create-a-face-list-item" "Create a face list item";
    Delete "/list-item/faces/{list-item-id}" LIST_WRITE, MISSING "archive-a-face-list-item" "Archive a face list item";
    Post "/list-item/fields" LIST_WRITE, MISSING "create-a-field-list-item" "Create a field list item";
    Get "/list-item/fields/{list-item-id}" LIST_READ, MISSING "retrieve-a-field-list-item" "Retrieve a field list item";
    Delete "/list-item/fields/{list-item-id}" LIST_WRITE, MISSING "archive-a-field-list-item" "Archive a field list item";
    Post "/list-item/geolocations" LIST_WRITE, MISSING "create-a-geolocation-list-item" "Create a geolocation list item";
    Get "/list-item/geolocations/{list-item-id}" LIST_READ, MISSING "retrieve-a-geolocation-list-item" "Retrieve a geolocation list item";
    Delete "/list-item/geolocations/{list-item-id}" LIST_WRITE, MISSING "archive-a-geolocation-list-item" "Archive a geolocation list item";
    Post "/list-item/government-id-numbers" LIST_WRITE, MISSING "create-a-government-id-number-list-item" "Create a government ID number list item";
    Get "/list-item/government-id-numbers/{list-item-id}" LIST_READ, MISSING "retrieve-a-government-id-number-list-item" "Retrieve a government ID number list item";
    Delete "/list-item/government-id-numbers/{list-item-id}" LIST_WRITE, MISSING "archive-a-government-id-number-list-item" "Archive a government ID number list item";
    Post "/list-item/ip-addresses" LIST_WRITE, MISSING "create-an-ip-address-list-item" "Create an IP address list item";
    Get "/list-item/ip-addresses/{list-item-id}" LIST_READ, MISSING "retrieve-an-ip-address-list-item" "Retrieve an IP address list item";
    Delete "/list-item/ip-addresses/{list-item-id}" LIST_WRITE, MISSING "archive-an-ip-address-list-item" "Archive an IP address list item";
    Post "/list-item/names" LIST_WRITE, MISSING "create-a-name-list-item" "Create a name list item";
    Get "/list-item/names/{list-item-id}" LIST_READ, MISSING "retrieve-a-name-list-item" "Retrieve a name list item";
    Delete "/list-item/names/{list-item-id}" LIST_WRITE, MISSING "archive-a-name-list-item" "Archive a name list item";
    Post "/list-item/phone-numbers" LIST_WRITE, MISSING "create-a-phone-number-list-item" "Create a phone number list item";
    Get "/list-item/phone-numbers/{list-item-id}" LIST_READ, MISSING "retrieve-a-phone-number-list-item" "Retrieve a phone number list item";
    Delete "/list-item/phone-numbers/{list-item-id}" LIST_WRITE, MISSING "archive-a-phone-number-list-item" "Archive a phone number list item";
    Post "/list-item/strings" LIST_WRITE, MISSING "create-a-string-list-item" "Create a string list item";
    Get "/list-item/strings/{list-item-id}" LIST_READ, MISSING "retrieve-a-string-list-item" "Retrieve a string list item";
    Delete "/list-item/strings/{list-item-id}" LIST_WRITE, MISSING "archive-a-string-list-item" "Archive a string list item";
    Post "/list/browser-fingerprints" LIST_WRITE, MISSING "create-a-browser-fingerprint-list" "Create a browser fingerprint list";
    Post "/list/countries" LIST_WRITE, MISSING "create-a-country-list" "Create a country list";
    Post "/list/email-addresses" LIST_WRITE, MISSING "create-an-email-address-list" "Create an email address list";
    Post "/list/faces" LIST_WRITE, MISSING "create-a-face-list" "Create a face list";
    Post "/list/geolocations" LIST_WRITE, MISSING "create-a-geolocation-list" "Create a geolocation list";
    Post "/list/government-id-numbers" LIST_WRITE, MISSING "create-a-government-id-number-list" "Create a government ID number list";
    Post "/list/ip-addresses" LIST_WRITE, MISSING "create-an-ip-address-list" "Create an IP address list";
    Post "/list/names" LIST_WRITE, MISSING "create-a-name-list" "Create a name list";
    Post "/list/phone-numbers" LIST_WRITE, MISSING "create-a-phone-number-list" "Create a phone number list";
    Post "/list/strings" LIST_WRITE, MISSING "create-a-strings-list" "Create a string list";
    Get "/lists" LIST_READ, EMPTY "list-all-lists" "List lists";
    Get "/lists/{list-id}" LIST_READ, MISSING "retrieve-a-list" "Retrieve a list";
    Delete "/lists/{list-id}" LIST_WRITE, MISSING "archive-a-list" "Archive a list";

    Post "/oauth/authorize" ANY_KEY, MISSING "create-authorization" "Create an OAuth authorization";
    Post "/oauth/token" ANY_KEY, MISSING "create-access-token" "Create an OAuth access token";

    Post "/privacy-passes" ANY_KEY, MISSING "create-a-privacy-pass" "Create a privacy pass";

    Post "/relays" ANY_KEY, MISSING "create-a-relay" "Create a relay";
    Post "/relays/challenge" ANY_KEY, MISSING "request-a-relay-challenge" "Request a relay challenge";
    Post "/relays/{relay-token}/generate-claim" ANY_KEY, MISSING "generate-a-relay-claim" "Generate a relay claim";

    Get "/reports" REPORT_READ, EMPTY "list-all-reports" "List reports";
    Post "/reports" REPORT_WRITE, MISSING "create-a-report" "Create a report";
    Post "/reports/biz-lookup" REPORT_WRITE, MISSING "create-a-business-lookup-report" "Create a business lookup report";
    Get "/reports/{report-id}" REPORT_READ, MISSING "retrieve-a-report" "Retrieve a report";
    Delete "/reports/{report-id}" REPORT_WRITE, MISSING "redact-a-report" "Redact a report";
    Post "/reports/{report-id}/add-tag" REPORT_WRITE, MISSING "reports-add-tag" "Add a tag to a report";
    Post "/reports/{report-id}/dismiss" REPORT_WRITE, MISSING "dismiss-matches" "Dismiss matches of a report";
    Get "/reports/{report-id}/history" REPORT_READ, MISSING "list-report-history" "List the history of a report";
    Post "/reports/{report-id}/pause" REPORT_WRITE, MISSING "report-action-pause-continuous-monitoring" "Pause continuous monitoring of a report";
    Get "/reports/{report-id}/print" REPORT_READ, MISSING "print-report-pdf" "Print a report as PDF";
    Post "/reports/{report-id}/remove-tag" REPORT_WRITE, MISSING "reports-remove-tag" "Remove a tag from a report";
    Post "/reports/{report-id}/resume" REPORT_WRITE, MISSING "report-action-resume-continuous-monitoring" "Resume continuous monitoring of a report";
    Post "/reports/{report-id}/run" REPORT_WRITE, MISSING "report-action-re-run-report" "Run a report again";
    Post "/reports/{report-id}/set-tags" REPORT_WRITE, MISSING "reports-set-all-tags" "Set all tags of a report";

    Get "/theme-sets" ANY_KEY, EMPTY "list-all-theme-sets" "List theme sets";
    Post "/theme-sets" ANY_KEY, MISSING "create-a-theme-set" "Create a theme set";
    Get "/theme-sets/{theme-set-id}" ANY_KEY, MISSING "retrieve-a-theme-set" "Retrieve a theme set";
    Patch "/theme-sets/{theme-set-id}" ANY_KEY, MISSING "update-a-theme-set" "Update a theme set";
    Delete "/theme-sets/{theme-set-id}" ANY_KEY, MISSING "archive-a-theme-set" "Archive a theme set";

    Get "/transaction-types/{transaction-type-id}" TRANSACTION_READ, MISSING "retrieve-a-transaction-type" "Retrieve a transaction type";
    Get "/transactions" TRANSACTION_READ, EMPTY "list-all-transactions" "List transactions";
    Post "/transactions" TRANSACTION_WRITE, MISSING "create-a-transaction" "Create a transaction";
    Get "/transactions/{transaction-id}" TRANSACTION_READ, MISSING "retrieve-a-transaction" "Retrieve a transaction";
    Patch "/transactions/{transaction-id}" TRANSACTION_WRITE, MISSING "update-a-transaction" "Update a transaction";
    Delete "/transactions/{transaction-id}" TRANSACTION_WRITE, MISSING "redact-a-transaction" "Redact a transaction";
    Post "/transactions/{transaction-id}/add-relation" TRANSACTION_WRITE, MISSING "transactions-add-relation" "Add a relation to a transaction";
    Post "/transactions/{transaction-id}/add-tag" TRANSACTION_WRITE, MISSING "transactions-add-tag" "Add a tag to a transaction";
    Post "/transactions/{transaction-id}/label" TRANSACTION_WRITE, MISSING "create-a-transaction-label" "Create a transaction label";
    Post "/transactions/{transaction-id}/redact-biometrics" TRANSACTION_WRITE, MISSING "redact-transaction-biometrics" "Redact transaction biometrics";
    Post "/transactions/{transaction-id}/remove-relation" TRANSACTION_WRITE, MISSING "transactions-remove-relation" "Remove a relation from a transaction";
    Post "/transactions/{transaction-id}/remove-tag" TRANSACTION_WRITE, MISSING "transactions-remove-tag" "Remove a tag from a transaction";
    Post "/transactions/{transaction-id}/set-tags" TRANSACTION_WRITE, MISSING "transactions-set-tags" "Set all tags of a transaction";

    Get "/verification/aamvas/{verification-id}" VERIFICATION_READ, MISSING "retrieve-an-aamva-verification" "Retrieve an AAMVA verification";
    Post "/verification/database-businesses" VERIFICATION_WRITE, MISSING "create-a-database-business-verification" "Create a database business verification";
    Get "/verification/database-businesses/{verification-id}" VERIFICATION_READ, MISSING "retrieve-a-database-business-verification" "Retrieve a database business verification";
    Patch "/verification/database-businesses/{verification-id}" VERIFICATION_WRITE, MISSING "update-a-database-business-verification" "Update a database business verification";
    Post "/verification/database-businesses/{verification-id}/submit" VERIFICATION_WRITE, MISSING "submit-a-database-business-verification" "Submit a database business verification";
    Get "/verification/database-ecbsvs/{verification-id}" VERIFICATION_READ, MISSING "retrieve-an-ecbsv-database-verification" "Retrieve an eCBSV database verification";
    Post "/verification/database-phone-carriers" VERIFICATION_WRITE, MISSING "create-a-phone-carrier-database-verification" "Create a phone carrier database verification";
    Get "/verification/database-phone-carriers/{verification-id}" VERIFICATION_READ, MISSING "retrieve-a-phone-carrier-database-verification" "Retrieve a phone carrier database verification";
    Post "/verification/database-phone-carriers/{verification-id}/submit" VERIFICATION_WRITE, MISSING "submit-a-phone-carrier-database-verification" "Submit a phone carrier database verification";
    Post "/verification/database-serpros" VERIFICATION_WRITE, MISSING "create-a-serpro-database-verification" "Create a Serpro database verification";
    Get "/verification/database-serpros/{verification-id}" VERIFICATION_READ, MISSING "retrieve-a-serpro-database-verification" "Retrieve a Serpro database verification";
    Post "/verification/database-serpros/{verification-id}/submit" VERIFICATION_WRITE, MISSING "submit-a-serpro-database-verification" "Submit a Serpro database verification";
    Get "/verification/database-standards/{verification-id}" VERIFICATION_READ, MISSING "retrieve-a-database-standard-verification" "Retrieve a database standard verification";
    Post "/verification/database-tins" VERIFICATION_WRITE, MISSING "create-a-tin-database-verification" "Create a TIN database verification";
    Get "/verification/database-tins/{verification-id}" VERIFICATION_READ, MISSING "retrieve-a-tin-database-verification" "Retrieve a TIN database verification";
    Post "/verification/database-tins/{verification-id}/submit" VERIFICATION_WRITE, MISSING "submit-a-tin-database-verification" "Submit a TIN database verification";
    Post "/verification/databases" VERIFICATION_WRITE, MISSING "create-a-database-verification" "Create a database verification";
    Get "/verification/databases/{verification-id}" VERIFICATION_READ, MISSING "retrieve-a-database-verification" "Retrieve a database verification";
    Post "/verification/databases/{verification-id}/submit" VERIFICATION_WRITE, MISSING "submit-a-database-verification" "Submit a database verification";
    Post "/verification/documents" VERIFICATION_WRITE, MISSING "create-a-document-verification" "Create a document verification";
    Get "/verification/documents/{verification-id}" VERIFICATION_READ, MISSING "retrieve-a-document-verification" "Retrieve a document verification";
    Post "/verification/documents/{verification-id}/submit" VERIFICATION_WRITE, MISSING "submit-a-document-verification" "Submit a document verification";
    Get "/verification/email-address/{verification-id}" VERIFICATION_READ, MISSING "retrieve-an-email-address-verification-by-its-older-path" "Retrieve an email address verification (older path)";
    Post "/verification/email-addresses" VERIFICATION_WRITE, MISSING "create-an-email-address-verification" "Create an email address verification";
    Get "/verification/email-addresses/{verification-id}" VERIFICATION_READ, MISSING "retrieve-a-email-address-verification" "Retrieve an email address verification";
    Post "/verification/email-addresses/{verification-id}/confirm" VERIFICATION_WRITE, MISSING "confirm-an-email-address-verification" "Confirm an email address verification";
    Post "/verification/email-addresses/{verification-id}/send-confirmation-code" VERIFICATION_WRITE, MISSING "send-an-email-confirmation-code" "Send a confirmation code by email";
    Get "/verification/government-id-nfcs/{verification-id}" VERIFICATION_READ, MISSING "retrieve-a-government-id-nfc-verification" "Retrieve a government ID NFC verification";
    Post "/verification/government-ids" VERIFICATION_WRITE, MISSING "create-a-government-id-verification" "Create a government ID verification";
    Post "/verification/government-ids/{verification-id}/submit" VERIFICATION_WRITE, MISSING "submit-a-government-id-verification" "Submit a government ID verification";
    Post "/verification/phone-numbers" VERIFICATION_WRITE, MISSING "create-a-phone-number-verification" "Create a phone number verification";
    Get "/verification/phone-numbers/{verification-id}" VERIFICATION_READ, MISSING "retrieve-a-phone-number-verification" "Retrieve a phone number verification";
    Post "/verification/phone-numbers/{verification-id}/confirm" VERIFICATION_WRITE, MISSING "confirm-a-phone-number-verification" "Confirm a phone number verification";
    Post "/verification/phone-numbers/{verification-id}/send-confirmation-code" VERIFICATION_WRITE, MISSING "send-a-phone-confirmation-code" "Send a confirmation code by SMS";
    Post "/verification/selfies" VERIFICATION_WRITE, MISSING "create-a-selfie-verification" "Create a selfie verification";
    Post "/verification/selfies/{verification-id}/submit" VERIFICATION_WRITE, MISSING "submit-a-selfie-verification" "Submit a selfie verification";
    Patch "/verifications/government-ids/{verification-id}" VERIFICATION_WRITE, MISSING "update-a-government-id-verification" "Update a government ID verification";
    Post "/verifications/{verification-id}/investigation-lock" VERIFICATION_WRITE, MISSING "investigation-lock-a-verification" "Lock a verification for an investigation";
    Post "/verifications/{verification-id}/investigation-unlock" VERIFICATION_WRITE, MISSING "investigation-unlock-a-verification" "Unlock a verification after an investigation";

    Get "/workflow-runs" WORKFLOW_TRIGGER, EMPTY "list-all-workflow-runs" "List workflow runs";
    Get "/workflow-runs/{workflow-run-id}" WORKFLOW_TRIGGER, MISSING "retrieve-a-workflow-run" "Retrieve a workflow run";
    Get "/workflow-versions" WORKFLOW_TRIGGER, EMPTY "list-all-workflow-versions" "List workflow versions";
    Post "/workflows/{workflow-id}/trigger" WORKFLOW_TRIGGER, MISSING "create-a-workflow-run" "Trigger a workflow";
}
