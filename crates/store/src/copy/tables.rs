//! Which tables are copied, in which order and by which columns; tests hold it against the schema.

use crate::sql::Insert;
use crate::{
    Query, Value, account, api_key, api_log, blob, delivery, event, file, idempotency, importer,
    inquiry, organisation, relation, search_value, sequence, session, tag, template,
    user_audit_log, verification, webhook,
};

#[derive(Debug)]
pub struct Table {
    pub insert: &'static Insert,
    /// So many of the first columns are the primary key.
    pub key: usize,
}

/// Every table but `configuration`, which is written last; each after those its foreign keys lead to.
pub static TABLES: [Table; 31] = [
    Table::new(1, &organisation::INSERT_ORGANISATION),
    Table::new(1, &organisation::INSERT_ENVIRONMENT),
    Table::new(2, &api_key::INSERT),
    Table::new(2, &organisation::INSERT_TYPE),
    Table::new(2, &tag::INSERT),
    Table::new(2, &account::INSERT),
    Table::new(4, &account::INSERT_IDENTIFIER),
    Table::new(4, &relation::INSERT),
    Table::new(3, &search_value::INSERT_SEARCH_VALUE),
    Table::new(2, &template::INSERT),
    Table::new(2, &template::INSERT_VERSION),
    Table::new(2, &inquiry::INSERT),
    Table::new(2, &session::INSERT),
    Table::new(2, &session::INSERT_LINK),
    Table::new(2, &verification::INSERT_VERIFICATION),
    Table::new(2, &verification::INSERT_DOCUMENT),
    Table::new(2, &verification::INSERT_SELFIE),
    Table::new(2, &file::INSERT_FILE),
    Table::new(2, &event::INSERT),
    Table::new(1, &sequence::INSERT_COPIED),
    Table::new(1, &sequence::INSERT_COUNTER),
    Table::new(2, &sequence::INSERT),
    Table::new(3, &delivery::INSERT),
    Table::new(2, &delivery::INSERT_LANE),
    Table::new(2, &idempotency::INSERT),
    Table::new(2, &blob::INSERT),
    Table::new(2, &importer::INSERT),
    Table::new(3, &importer::INSERT_ROWS),
    Table::new(3, &api_log::INSERT),
    Table::new(2, &user_audit_log::INSERT),
    Table::new(2, &webhook::INSERT),
];

/// The place of a table in that order.
pub fn place(table: &str) -> usize {
    TABLES
        .iter()
        .position(|known| known.insert.table == table)
        .unwrap_or(TABLES.len())
}

/// All tables with data.
pub fn names() -> Vec<&'static str> {
    let own = TABLES.iter().map(|table| table.insert.table);
    std::iter::once("configuration").chain(own).collect()
}

impl Table {
    const fn new(key: usize, insert: &'static Insert) -> Self {
        Self { insert, key }
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
        let mut known: BTreeSet<String> = ["configuration", "refinery_schema_history", "servers"]
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
