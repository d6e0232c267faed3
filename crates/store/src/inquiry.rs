//! Inquiries, each read together with what its document shows of its neighbours.

use std::sync::LazyLock;

use selfsame_domain::id::{AccountId, EnvironmentId, InquiryId};
use selfsame_domain::inquiry::{Inquiry, InquiryView, Status};
use selfsame_domain::{ReferenceId, Timestamp};

use crate::row::{id, json, maybe_id};
use crate::sql::{Conditions, Cursor, Page, Slice, into_page};
use crate::{Batch, Query, Row, Store, StoreError, Value, sql};

const COLUMNS: &[&str] = &[
    "environment_id",
    "id",
    "account_id",
    "template_id",
    "template_version_id",
    "status",
    "note",
    "created_at",
    "updated_at",
    "expires_at",
    "redacted_at",
    "detail",
    "due_at",
    "version",
];

static INSERT: LazyLock<String> = LazyLock::new(|| sql::insert("inquiries", COLUMNS));
static UPDATE: LazyLock<String> = LazyLock::new(|| sql::update_versioned("inquiries", COLUMNS));

/// Text aggregates read the children in the same statement, so a document never mixes two moments.
static SELECT: LazyLock<String> = LazyLock::new(|| {
    let columns: Vec<_> = COLUMNS.iter().map(|column| format!("i.{column}")).collect();
    let children = |table: &str, what: &str| {
        format!(
            "(SELECT string_agg({what}, ',' ORDER BY c.created_at, c.id) FROM {table} c \
             WHERE c.environment_id = i.environment_id AND c.inquiry_id = i.id)"
        )
    };
    format!(
        "SELECT {}, a.reference_id, {}, {}, {}, {} FROM inquiries i \
         LEFT JOIN accounts a ON a.environment_id = i.environment_id AND a.id = i.account_id",
        columns.join(", "),
        children("inquiry_sessions", "c.id"),
        children("verifications", "c.id || ' ' || c.type"),
        children("documents", "c.id"),
        children("selfies", "c.id"),
    )
});

static BY_ID: LazyLock<String> =
    LazyLock::new(|| format!("{} WHERE i.environment_id = $1 AND i.id = $2", *SELECT));

fn inquiry(row: &mut Row) -> Result<InquiryView, StoreError> {
    let inquiry = Inquiry {
        environment_id: row.id()?,
        id: row.id()?,
        account_id: row.optional_id()?,
        template_id: row.id()?,
        template_version_id: row.id()?,
        status: {
            let status = row.text()?;
            Status::parse(&status)
                .ok_or_else(|| StoreError::Corrupt(format!("inquiry status {status}")))?
        },
        note: row.optional_text()?,
        created_at: row.time()?,
        updated_at: row.time()?,
        expires_at: row.optional_time()?,
        redacted_at: row.optional_time()?,
        detail: row.json()?,
        version: {
            row.optional_time()?;
            row.integer()?
        },
    };
    Ok(InquiryView {
        inquiry,
        reference_id: row.optional_text()?.map(ReferenceId::from_trusted),
        session_ids: row.list()?,
        verifications: row
            .list()?
            .into_iter()
            .filter_map(|pair| {
                pair.split_once(' ')
                    .map(|(id, kind)| (id.to_owned(), kind.to_owned()))
            })
            .collect(),
        document_ids: row.list()?,
        selfie_ids: row.list()?,
    })
}

fn due_at(inquiry: &Inquiry) -> Option<Timestamp> {
    if !inquiry.status.is_open() || inquiry.redacted_at.is_some() {
        return None;
    }
    [inquiry.expires_at, inquiry.detail.run.result_due_at]
        .into_iter()
        .flatten()
        .min()
}

fn values(inquiry: &Inquiry) -> Vec<Value> {
    vec![
        id(&inquiry.environment_id),
        id(&inquiry.id),
        maybe_id(inquiry.account_id.as_ref()),
        id(&inquiry.template_id),
        id(&inquiry.template_version_id),
        inquiry.status.as_str().into(),
        inquiry.note.clone().into(),
        inquiry.created_at.into(),
        inquiry.updated_at.into(),
        inquiry.expires_at.into(),
        inquiry.redacted_at.into(),
        json(&inquiry.detail),
        due_at(inquiry).into(),
        inquiry.version.into(),
    ]
}

#[derive(Debug, Clone, Default)]
pub struct InquiryFilter {
    pub ids: Option<Vec<String>>,
    pub account_ids: Option<Vec<String>>,
    pub template_ids: Option<Vec<String>>,
    pub statuses: Option<Vec<String>>,
    pub reference_fold: Option<String>,
    pub note: Option<String>,
    pub created_from: Option<i64>,
    pub created_to: Option<i64>,
    /// What is due at this moment counts as expired, whether or not somebody has said so yet (B178).
    pub now: i64,
}

impl InquiryFilter {
    fn conditions(&self, environment: &EnvironmentId) -> Conditions {
        let mut conditions = Conditions::new("i.environment_id", id(environment));
        let lists = [
            ("i.id", &self.ids),
            ("i.account_id", &self.account_ids),
            ("i.template_id", &self.template_ids),
        ];
        for (column, wanted) in lists {
            if let Some(wanted) = wanted {
                conditions.and_in(column, wanted.iter().cloned().map(Value::from));
            }
        }
        if let Some(statuses) = &self.statuses {
            conditions.and_status(statuses, self.now);
        }
        if let Some(fold) = &self.reference_fold {
            // The ids first: then the index by account ends the scan.
            conditions.and(
                "i.account_id IN (SELECT r.id FROM accounts r WHERE r.environment_id = $1 AND r.reference_fold = ?)",
                fold.clone(),
            );
        }
        if let Some(note) = &self.note {
            conditions.and("i.note = ?", note.clone());
        }
        if let Some(from) = self.created_from {
            conditions.and("i.created_at >= ?", from);
        }
        if let Some(to) = self.created_to {
            conditions.and("i.created_at <= ?", to);
        }
        conditions
    }
}

impl Store {
    pub async fn find_inquiry(
        &self,
        environment: &EnvironmentId,
        inquiry_id: &InquiryId,
    ) -> Result<Option<InquiryView>, StoreError> {
        self.find(
            Query::new(BY_ID.as_str(), vec![id(environment), id(inquiry_id)]),
            inquiry,
        )
        .await
    }

    /// For the doors that know no environment yet: a hosted link or an embed names the inquiry alone (B24).
    pub async fn find_environment_of_inquiry(
        &self,
        inquiry_id: &InquiryId,
    ) -> Result<Option<EnvironmentId>, StoreError> {
        let sql = "SELECT environment_id FROM inquiries WHERE id = $1";
        self.find(Query::new(sql, vec![id(inquiry_id)]), Row::id)
            .await
    }

    pub async fn inquiry_cursor(
        &self,
        environment: &EnvironmentId,
        inquiry_id: &str,
    ) -> Result<Option<Cursor>, StoreError> {
        let sql = "SELECT created_at, id FROM inquiries WHERE environment_id = $1 AND id = $2";
        self.find(
            Query::new(sql, vec![id(environment), inquiry_id.into()]),
            sql::cursor,
        )
        .await
    }

    pub async fn list_inquiries(
        &self,
        environment: &EnvironmentId,
        filter: &InquiryFilter,
        slice: &Slice,
        size: u32,
    ) -> Result<Page<InquiryView>, StoreError> {
        let sort = ["i.created_at", "i.id"];
        let (sql, values) = filter
            .conditions(environment)
            .page(&SELECT, &sort, slice, size);
        let items = self.all(Query::new(sql, values), inquiry).await?;
        Ok(into_page(items, slice, size))
    }

    /// All of an account, oldest first; for what touches them all, such as redaction.
    pub async fn list_inquiries_of_account(
        &self,
        environment: &EnvironmentId,
        account_id: &AccountId,
    ) -> Result<Vec<InquiryView>, StoreError> {
        let mut conditions = Conditions::new("i.environment_id", id(environment));
        conditions.and("i.account_id = ?", id(account_id));
        let (sql, values) = conditions.select(&SELECT, "ORDER BY i.created_at, i.id");
        self.all(Query::new(sql, values), inquiry).await
    }

    /// Inquiries of any environment whose time has come, longest overdue first.
    pub async fn list_due_inquiries(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<(EnvironmentId, InquiryId)>, StoreError> {
        let sql =
            "SELECT environment_id, id FROM inquiries WHERE due_at <= $1 ORDER BY due_at LIMIT $2";
        self.all(
            Query::new(sql, vec![now.into(), i64::from(limit).into()]),
            |row| Ok((row.id()?, row.id()?)),
        )
        .await
    }
}

impl Batch {
    pub fn insert_inquiry(&mut self, inquiry: &Inquiry) {
        self.push_one(INSERT.as_str(), values(inquiry));
    }

    /// The inquiry is still as it was read.
    pub fn check_inquiry(&mut self, inquiry: &Inquiry) {
        self.push_check(
            "SELECT 1 FROM inquiries WHERE environment_id = $1 AND id = $2 AND version = $3",
            vec![
                id(&inquiry.environment_id),
                id(&inquiry.id),
                inquiry.version.into(),
            ],
        );
    }

    /// Writes over the version that was read.
    pub fn update_inquiry(&mut self, inquiry: &Inquiry) {
        self.push_one(UPDATE.as_str(), values(inquiry));
    }
}
