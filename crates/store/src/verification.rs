//! Verifications, documents, selfies and uploaded files of an inquiry.

use std::sync::LazyLock;

use selfsame_domain::id::{DocumentId, EnvironmentId, InquiryId, VerificationId};
use selfsame_domain::verification::{
    Document, Selfie, Verification, VerificationKind, VerificationStatus,
};

use crate::row::{id, json, maybe_id};
use crate::sql::Insert;
use crate::{Ask, Batch, Query, Row, StoreError};

const VERIFICATION: &[&str] = &[
    "environment_id",
    "id",
    "inquiry_id",
    "account_id",
    "type",
    "template_id",
    "status",
    "created_at",
    "submitted_at",
    "completed_at",
    "redacted_at",
    "detail",
];
const DOCUMENT: &[&str] = &[
    "environment_id",
    "id",
    "inquiry_id",
    "account_id",
    "status",
    "created_at",
    "processed_at",
    "attributes",
];
const SELFIE: &[&str] = &[
    "environment_id",
    "id",
    "inquiry_id",
    "account_id",
    "status",
    "created_at",
    "processed_at",
];
/// Insert, or write over the row of the same id.
pub(crate) fn upsert(insert: &Insert) -> String {
    let sets: Vec<_> = insert
        .columns
        .iter()
        .skip(2)
        .map(|column| format!("{column} = excluded.{column}"))
        .collect();
    format!(
        "{} ON CONFLICT (environment_id, id) DO UPDATE SET {}",
        insert.one(),
        sets.join(", ")
    )
}

pub(crate) static INSERT_VERIFICATION: Insert = Insert::new("verifications", VERIFICATION);
pub(crate) static INSERT_DOCUMENT: Insert = Insert::new("documents", DOCUMENT);
pub(crate) static INSERT_SELFIE: Insert = Insert::new("selfies", SELFIE);

static PUT_VERIFICATION: LazyLock<String> = LazyLock::new(|| upsert(&INSERT_VERIFICATION));
static PUT_DOCUMENT: LazyLock<String> = LazyLock::new(|| upsert(&INSERT_DOCUMENT));
static PUT_SELFIE: LazyLock<String> = LazyLock::new(|| upsert(&INSERT_SELFIE));

pub(crate) fn of_inquiry(table: &str, columns: &[&str]) -> String {
    format!(
        "SELECT {} FROM {table} WHERE environment_id = $1 AND inquiry_id = $2 ORDER BY created_at, id",
        columns.join(", ")
    )
}

static VERIFICATIONS: LazyLock<String> =
    LazyLock::new(|| of_inquiry("verifications", VERIFICATION));
static DOCUMENTS: LazyLock<String> = LazyLock::new(|| of_inquiry("documents", DOCUMENT));
static SELFIES: LazyLock<String> = LazyLock::new(|| of_inquiry("selfies", SELFIE));

pub(crate) fn by_id(table: &str, columns: &[&str]) -> String {
    format!(
        "SELECT {} FROM {table} WHERE environment_id = $1 AND id = $2",
        columns.join(", ")
    )
}

static ONE_VERIFICATION: LazyLock<String> = LazyLock::new(|| by_id("verifications", VERIFICATION));
static ONE_DOCUMENT: LazyLock<String> = LazyLock::new(|| by_id("documents", DOCUMENT));

fn verification(row: &mut Row) -> Result<Verification, StoreError> {
    Ok(Verification {
        environment_id: row.id()?,
        id: row.id()?,
        inquiry_id: row.id()?,
        account_id: row.optional_id()?,
        kind: {
            let kind = row.text()?;
            VerificationKind::parse(&kind)
                .ok_or_else(|| StoreError::Corrupt(format!("verification type {kind}")))?
        },
        template_id: row.id()?,
        status: {
            let status = row.text()?;
            VerificationStatus::parse(&status)
                .ok_or_else(|| StoreError::Corrupt(format!("verification status {status}")))?
        },
        created_at: row.time()?,
        submitted_at: row.optional_time()?,
        completed_at: row.optional_time()?,
        redacted_at: row.optional_time()?,
        detail: row.json()?,
    })
}

fn document(row: &mut Row) -> Result<Document, StoreError> {
    Ok(Document {
        environment_id: row.id()?,
        id: row.id()?,
        inquiry_id: row.id()?,
        account_id: row.optional_id()?,
        status: row.text()?,
        created_at: row.time()?,
        processed_at: row.optional_time()?,
        attributes: row.json()?,
    })
}

fn selfie(row: &mut Row) -> Result<Selfie, StoreError> {
    Ok(Selfie {
        environment_id: row.id()?,
        id: row.id()?,
        inquiry_id: row.id()?,
        account_id: row.optional_id()?,
        status: row.text()?,
        created_at: row.time()?,
        processed_at: row.optional_time()?,
    })
}

impl Ask<Vec<Verification>> {
    /// All of an inquiry, oldest first.
    pub fn verifications(environment: &EnvironmentId, inquiry: &InquiryId) -> Self {
        let values = vec![id(environment), id(inquiry)];
        Ask::all(Query::new(VERIFICATIONS.as_str(), values), verification)
    }
}

impl Ask<Vec<Document>> {
    /// All of an inquiry, oldest first.
    pub fn documents(environment: &EnvironmentId, inquiry: &InquiryId) -> Self {
        let values = vec![id(environment), id(inquiry)];
        Ask::all(Query::new(DOCUMENTS.as_str(), values), document)
    }
}

impl Ask<Vec<Selfie>> {
    /// All of an inquiry, oldest first.
    pub fn selfies(environment: &EnvironmentId, inquiry: &InquiryId) -> Self {
        let values = vec![id(environment), id(inquiry)];
        Ask::all(Query::new(SELFIES.as_str(), values), selfie)
    }
}

impl Ask<Option<Verification>> {
    pub fn verification(environment: &EnvironmentId, wanted: &VerificationId) -> Self {
        let values = vec![id(environment), id(wanted)];
        Ask::find(Query::new(ONE_VERIFICATION.as_str(), values), verification)
    }
}

impl Ask<Option<Document>> {
    pub fn document(environment: &EnvironmentId, wanted: &DocumentId) -> Self {
        let values = vec![id(environment), id(wanted)];
        Ask::find(Query::new(ONE_DOCUMENT.as_str(), values), document)
    }
}

impl Batch {
    pub fn put_verification(&mut self, made: &Verification) {
        self.push_one(
            PUT_VERIFICATION.as_str(),
            vec![
                id(&made.environment_id),
                id(&made.id),
                id(&made.inquiry_id),
                maybe_id(made.account_id.as_ref()),
                made.kind.wire_type().into(),
                id(&made.template_id),
                made.status.as_str().into(),
                made.created_at.into(),
                made.submitted_at.into(),
                made.completed_at.into(),
                made.redacted_at.into(),
                json(&made.detail),
            ],
        );
    }

    pub fn put_document(&mut self, document: &Document) {
        self.push_one(
            PUT_DOCUMENT.as_str(),
            vec![
                id(&document.environment_id),
                id(&document.id),
                id(&document.inquiry_id),
                maybe_id(document.account_id.as_ref()),
                document.status.clone().into(),
                document.created_at.into(),
                document.processed_at.into(),
                json(&document.attributes),
            ],
        );
    }

    pub fn put_selfie(&mut self, selfie: &Selfie) {
        self.push_one(
            PUT_SELFIE.as_str(),
            vec![
                id(&selfie.environment_id),
                id(&selfie.id),
                id(&selfie.inquiry_id),
                maybe_id(selfie.account_id.as_ref()),
                selfie.status.clone().into(),
                selfie.created_at.into(),
                selfie.processed_at.into(),
            ],
        );
    }
}
