//! Which tables are copied, in which order and by which columns; tests hold it against the schema.

use crate::sql::Insert;
use crate::{Query, Value};

#[derive(Debug)]
pub struct Table {
    pub insert: Insert,
    /// So many of the first columns are the primary key.
    pub key: usize,
}

/// Every table but `configuration`, which is written last; each after those its foreign keys lead to.
pub static TABLES: [Table; 19] = [
    Table::new(1, "organisations", &["id", "name", "created_at"]),
    Table::new(
        1,
        "environments",
        &[
            "id",
            "organisation_id",
            "kind",
            "token_key_sealed",
            "created_at",
        ],
    ),
    Table::new(
        2,
        "api_keys",
        &[
            "environment_id",
            "id",
            "value_hash",
            "value_sealed",
            "settings",
            "created_at",
            "expires_at",
        ],
    ),
    Table::new(
        2,
        "account_types",
        &[
            "organisation_id",
            "id",
            "name",
            "is_default",
            "fields",
            "statuses",
            "default_status",
            "created_at",
            "updated_at",
        ],
    ),
    Table::new(
        2,
        "tags",
        &["organisation_id", "id", "name", "slot", "created_at"],
    ),
    Table::new(
        2,
        "accounts",
        &[
            "environment_id",
            "id",
            "account_type_id",
            "reference_id",
            "reference_fold",
            "status",
            "fields",
            "tags",
            "created_at",
            "updated_at",
            "redacted_at",
            "archived_at",
            "consolidated_into",
            "version",
        ],
    ),
    Table::new(
        4,
        "account_identifiers",
        &[
            "environment_id",
            "account_type_id",
            "field_key",
            "value_fold",
            "account_id",
        ],
    ),
    Table::new(
        2,
        "inquiry_templates",
        &[
            "organisation_id",
            "id",
            "name",
            "active",
            "latest_published_version_id",
            "settings",
            "created_at",
            "updated_at",
        ],
    ),
    Table::new(
        2,
        "inquiry_template_versions",
        &[
            "organisation_id",
            "id",
            "template_id",
            "published",
            "name_display",
            "enabled_locales",
            "definition",
            "created_at",
            "updated_at",
            "published_at",
        ],
    ),
    Table::new(
        2,
        "inquiries",
        &[
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
        ],
    ),
    Table::new(
        2,
        "inquiry_sessions",
        &[
            "environment_id",
            "id",
            "inquiry_id",
            "device_id",
            "status",
            "created_at",
            "started_at",
            "expired_at",
            "expires_at",
            "device",
            "slot",
            "version",
        ],
    ),
    Table::new(
        2,
        "one_time_links",
        &[
            "environment_id",
            "code_hash",
            "session_id",
            "inquiry_id",
            "code_sealed",
            "created_at",
            "expires_at",
            "redeemed_at",
        ],
    ),
    Table::new(
        2,
        "verifications",
        &[
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
        ],
    ),
    Table::new(
        2,
        "documents",
        &[
            "environment_id",
            "id",
            "inquiry_id",
            "account_id",
            "status",
            "created_at",
            "processed_at",
            "attributes",
        ],
    ),
    Table::new(
        2,
        "selfies",
        &[
            "environment_id",
            "id",
            "inquiry_id",
            "account_id",
            "status",
            "created_at",
            "processed_at",
        ],
    ),
    Table::new(
        2,
        "files",
        &[
            "environment_id",
            "id",
            "inquiry_id",
            "step",
            "part",
            "owner_id",
            "blob_key",
            "sha256",
            "mime_type",
            "byte_size",
            "width",
            "height",
            "capture_method",
            "created_at",
        ],
    ),
    Table::new(
        2,
        "events",
        &[
            "environment_id",
            "id",
            "name",
            "object_type",
            "object_id",
            "account_id",
            "created_at",
            "ordinal",
            "payload",
            "context",
        ],
    ),
    Table::new(
        2,
        "idempotency_keys",
        &[
            "environment_id",
            "key",
            "fingerprint",
            "status",
            "body",
            "created_at",
        ],
    ),
    Table::new(
        2,
        "blobs_to_delete",
        &["environment_id", "blob_key", "due_at"],
    ),
];

impl Table {
    const fn new(key: usize, table: &'static str, columns: &'static [&'static str]) -> Self {
        Self {
            insert: Insert::new(table, columns),
            key,
        }
    }

    fn key_columns(&self) -> &'static [&'static str] {
        &self.insert.columns[..self.key]
    }

    /// The greatest key there is.
    pub fn last_key(&self) -> Query {
        let key = self.key_columns();
        let sql = format!(
            "SELECT {} FROM {} ORDER BY {} DESC LIMIT 1",
            key.join(", "),
            self.insert.table,
            key.join(" DESC, ")
        );
        Query::new(sql, vec![])
    }

    /// So many whole rows in the order of their keys, after a key or from the beginning.
    pub fn after(&self, key: Option<&[Value]>, limit: usize) -> Query {
        let columns = self.key_columns().join(", ");
        let places: Vec<_> = (1..=self.key).map(|place| format!("${place}")).collect();
        let condition = match key {
            Some(_) => format!("WHERE ({columns}) > ({}) ", places.join(", ")),
            None => String::new(),
        };
        let sql = format!(
            "SELECT {} FROM {} {condition}ORDER BY {columns} LIMIT {limit}",
            self.insert.columns.join(", "),
            self.insert.table
        );
        Query::new(sql, key.map(<[Value]>::to_vec).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{Row, Store};

    async fn texts(store: &Store, sql: String) -> Vec<String> {
        store.all(Query::new(sql, vec![]), Row::text).await.unwrap()
    }

    #[tokio::test]
    async fn no_table_and_no_column_is_forgotten_and_foreign_keys_lead_back() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open_sqlite(&folder.path().join("store.db")).unwrap();
        let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'";
        let there: BTreeSet<String> = texts(&store, tables.into()).await.into_iter().collect();
        let mut known: BTreeSet<String> = ["configuration", "refinery_schema_history"]
            .map(str::to_owned)
            .into();
        for table in &TABLES {
            let name = table.insert.table;
            let column = |order: &str, condition: &str| {
                format!(
                    "SELECT name FROM pragma_table_info('{name}') WHERE {condition} ORDER BY {order}"
                )
            };
            let columns: BTreeSet<String> = texts(&store, column("cid", "1 = 1"))
                .await
                .into_iter()
                .collect();
            let listed = table
                .insert
                .columns
                .iter()
                .map(|it| (*it).to_owned())
                .collect();
            assert_eq!(columns, listed, "{name}");
            let key = texts(&store, column("pk", "pk > 0")).await;
            assert_eq!(key, table.key_columns(), "{name}");
            let parents = format!("SELECT \"table\" FROM pragma_foreign_key_list('{name}')");
            for parent in texts(&store, parents).await {
                assert!(known.contains(&parent), "{name} comes before {parent}");
            }
            known.insert(name.to_owned());
        }
        assert_eq!(there, known);
    }
}
