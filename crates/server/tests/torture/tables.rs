//! The store's tables, read with the engine's own driver: what the server says of itself is no evidence.

use std::path::Path;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};

pub struct Tables {
    connection: Connection,
}

impl Tables {
    pub fn sqlite(path: &Path) -> Self {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
        Self {
            connection: Connection::open_with_flags(path, flags).unwrap(),
        }
    }

    /// Rows of texts and numbers, all as text; a null is empty.
    pub async fn rows(&self, sql: &str) -> Vec<Vec<String>> {
        let mut statement = self.connection.prepare(sql).unwrap();
        let columns = statement.column_count();
        let read = |row: &rusqlite::Row<'_>| {
            (0..columns)
                .map(|column| {
                    Ok(match row.get_ref(column)? {
                        ValueRef::Null => String::new(),
                        ValueRef::Integer(number) => number.to_string(),
                        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
                        other => panic!("{other:?} in {sql}"),
                    })
                })
                .collect()
        };
        let rows = statement.query_map([], read).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    }

    pub async fn count(&self, sql: &str) -> usize {
        self.rows(sql).await[0][0].parse().unwrap()
    }

    /// A column of bytes as hexadecimal text.
    pub fn hex(&self, column: &str) -> String {
        format!("lower(hex({column}))")
    }

    /// What the engine itself finds wrong with its files and references.
    pub async fn complaints(&self) -> Vec<Vec<String>> {
        let mut complaints = self.rows("PRAGMA integrity_check").await;
        complaints.retain(|row| row[0] != "ok");
        let orphans = "SELECT \"table\", parent FROM pragma_foreign_key_check";
        complaints.extend(self.rows(orphans).await);
        complaints
    }
}
