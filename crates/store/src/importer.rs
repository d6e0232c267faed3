//! Imports, how far each is, and what became of its rows.

use std::sync::LazyLock;

use selfsame_domain::Timestamp;
use selfsame_domain::id::{EnvironmentId, ImporterId};
use selfsame_domain::importer::{Importer, ImporterStatus, RowOutcome};

use crate::row::{id, packed_json};
use crate::sql::{self, Conditions, Cursor, Insert, Page, Slice};
use crate::{Ask, Batch, Query, Row, Store, StoreError, Value};

const KIND: &str = "account";

const COLUMNS: &[&str] = &[
    "environment_id",
    "id",
    "kind",
    "status",
    "successful",
    "duplicates",
    "errors",
    "next_row",
    "next_byte",
    "problem",
    "blob_key",
    "created_at",
    "completed_at",
    "leased_until",
    "version",
];

pub(crate) static INSERT: Insert = Insert::new("importers", COLUMNS);
pub(crate) static INSERT_ROWS: Insert = Insert::new(
    "importer_rows",
    &[
        "environment_id",
        "importer_id",
        "first_row",
        "last_row",
        "duplicates",
        "errors",
        "outcomes",
    ],
);
static UPDATE: LazyLock<String> = LazyLock::new(|| sql::update_versioned("importers", COLUMNS));
static SELECT: LazyLock<String> =
    LazyLock::new(|| format!("SELECT {} FROM importers", COLUMNS.join(", ")));

fn importer(row: &mut Row) -> Result<Importer, StoreError> {
    let (environment_id, own_id) = (row.id()?, row.id()?);
    row.text()?;
    let status = row.text()?;
    Ok(Importer {
        environment_id,
        id: own_id,
        status: ImporterStatus::parse(&status)
            .ok_or_else(|| StoreError::Corrupt(format!("an importer has status {status}")))?,
        successful: row.integer()?,
        duplicates: row.integer()?,
        errors: row.integer()?,
        next_row: row.integer()?,
        next_byte: row.integer()?,
        problem: row.optional_text()?,
        blob_key: row.optional_text()?,
        created_at: row.time()?,
        completed_at: row.optional_time()?,
        leased_until: row.time()?,
        version: row.integer()?,
    })
}

fn values(importer: &Importer) -> Vec<Value> {
    vec![
        id(&importer.environment_id),
        id(&importer.id),
        KIND.into(),
        importer.status.as_str().into(),
        importer.successful.into(),
        importer.duplicates.into(),
        importer.errors.into(),
        importer.next_row.into(),
        importer.next_byte.into(),
        importer.problem.clone().into(),
        importer.blob_key.clone().into(),
        importer.created_at.into(),
        importer.completed_at.into(),
        importer.leased_until.into(),
        importer.version.into(),
    ]
}

/// What became of a slice of the rows, which follow one another from `first` on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedRows {
    pub first: i64,
    pub outcomes: Vec<RowOutcome>,
}

/// Slices that have at least one such row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowsFilter {
    All,
    Duplicates,
    Errors,
}

fn imported_rows(row: &mut Row) -> Result<ImportedRows, StoreError> {
    Ok(ImportedRows {
        first: row.integer()?,
        outcomes: row.packed_json()?,
    })
}

impl Ask<Option<Importer>> {
    pub fn importer(environment: &EnvironmentId, importer_id: &ImporterId) -> Self {
        let sql = format!("{} WHERE environment_id = $1 AND id = $2", *SELECT);
        Ask::find(
            Query::new(sql, vec![id(environment), id(importer_id)]),
            importer,
        )
    }

    /// Of any environment, the one that has waited longest for somebody to work on it.
    pub fn waiting_importer(now: Timestamp) -> Self {
        let sql = format!(
            "{} WHERE status = 'pending' AND leased_until <= $1 ORDER BY leased_until, id LIMIT 1",
            *SELECT
        );
        Ask::find(Query::new(sql, vec![now.into()]), importer)
    }
}

impl Ask<Page<Importer>> {
    pub fn importers(environment: &EnvironmentId, slice: &Slice, size: u32) -> Self {
        let conditions = Conditions::new("environment_id", id(environment));
        let (sql, values) = conditions.page(&SELECT, &["created_at", "id"], slice, size);
        Ask::page(Query::new(sql, values), importer, slice, size)
    }
}

impl Ask<Vec<ImportedRows>> {
    /// So many slices of rows from the one on that holds the row `from`, or follows it, in the order of the file.
    pub fn imported_rows(
        environment: &EnvironmentId,
        importer_id: &ImporterId,
        filter: RowsFilter,
        from: i64,
        limit: u32,
    ) -> Self {
        let condition = match filter {
            RowsFilter::All => "",
            RowsFilter::Duplicates => " AND duplicates > 0",
            RowsFilter::Errors => " AND errors > 0",
        };
        // A slice that holds the row begins at most as many rows before it as a slice has.
        let sql = format!(
            "SELECT first_row, outcomes FROM importer_rows WHERE environment_id = $1 AND importer_id = $2{condition} \
             AND first_row > $3 AND last_row >= $4 ORDER BY first_row LIMIT $5"
        );
        let values = vec![
            id(environment),
            id(importer_id),
            from.saturating_sub(MOST_ROWS).into(),
            from.into(),
            i64::from(limit).into(),
        ];
        Ask::all(Query::new(sql, values), imported_rows)
    }
}

/// A slice has no more rows than that.
pub const MOST_ROWS: i64 = 1000;

impl Store {
    pub async fn importer_cursor(
        &self,
        environment: &EnvironmentId,
        importer_id: &str,
    ) -> Result<Option<Cursor>, StoreError> {
        let sql = "SELECT created_at, id FROM importers WHERE environment_id = $1 AND id = $2";
        self.find(
            Query::new(sql, vec![id(environment), importer_id.into()]),
            sql::cursor,
        )
        .await
    }
}

impl Batch {
    pub fn insert_importer(&mut self, importer: &Importer) {
        self.insert(&INSERT, values(importer));
    }

    /// Writes over the version that was read; of two servers that work on one import the slower one finds out here.
    pub fn update_importer(&mut self, importer: &Importer) {
        self.push_one(UPDATE.as_str(), values(importer));
    }

    /// At most [`MOST_ROWS`], and at least one.
    pub fn insert_imported_rows(&mut self, importer: &Importer, rows: &ImportedRows) {
        let count = |wanted: fn(&RowOutcome) -> bool| {
            let found = rows
                .outcomes
                .iter()
                .filter(|outcome| wanted(outcome))
                .count();
            i64::try_from(found).unwrap_or(i64::MAX)
        };
        self.insert(
            &INSERT_ROWS,
            vec![
                id(&importer.environment_id),
                id(&importer.id),
                rows.first.into(),
                (rows.first + count(|_| true) - 1).into(),
                count(|outcome| matches!(outcome, RowOutcome::Duplicate(_))).into(),
                count(|outcome| matches!(outcome, RowOutcome::Error(_))).into(),
                packed_json(&rows.outcomes),
            ],
        );
    }
}
