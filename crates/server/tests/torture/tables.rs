//! The store's tables, read with the engine's own driver: what the server says of itself is no evidence.

use std::path::Path;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use tokio_postgres::{NoTls, SimpleQueryMessage};

pub enum Tables {
    Sqlite(Connection),
    Postgres(tokio_postgres::Client),
}

impl Tables {
    pub fn sqlite(path: &Path) -> Self {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
        Self::Sqlite(Connection::open_with_flags(path, flags).unwrap())
    }

    pub async fn postgres(url: &str) -> Self {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
        // Ends with the client, or with the server, which the next question will notice.
        tokio::spawn(async { drop(connection.await) });
        Self::Postgres(client)
    }

    /// Rows of texts and numbers, all as text; a null is empty.
    pub async fn rows(&self, sql: &str) -> Vec<Vec<String>> {
        match self {
            Self::Sqlite(connection) => sqlite_rows(connection, sql),
            Self::Postgres(client) => {
                let messages = client.simple_query(sql).await;
                let messages = messages.unwrap_or_else(|error| panic!("{error:?}: {sql}"));
                let rows = messages.into_iter().filter_map(|message| match message {
                    SimpleQueryMessage::Row(row) => Some(row),
                    _ => None,
                });
                rows.map(|row| {
                    (0..row.len())
                        .map(|column| row.get(column).unwrap_or_default().to_owned())
                        .collect()
                })
                .collect()
            }
        }
    }

    pub async fn count(&self, sql: &str) -> usize {
        self.rows(sql).await[0][0].parse().unwrap()
    }

    /// A column of bytes as hexadecimal text.
    pub fn hex(&self, column: &str) -> String {
        match self {
            Self::Sqlite(_) => format!("lower(hex({column}))"),
            Self::Postgres(_) => format!("encode({column}, 'hex')"),
        }
    }

    /// What the engine itself finds wrong with its files, indexes and references.
    pub async fn complaints(&self) -> Vec<Vec<String>> {
        match self {
            Self::Sqlite(_) => {
                let mut complaints = self.rows("PRAGMA integrity_check").await;
                complaints.retain(|row| row[0] != "ok");
                let orphans = "SELECT \"table\", parent FROM pragma_foreign_key_check";
                complaints.extend(self.rows(orphans).await);
                complaints
            }
            Self::Postgres(client) => {
                // Fails where an index and its table do not agree; says nothing otherwise.
                let look = "CREATE EXTENSION IF NOT EXISTS amcheck; \
                            SELECT bt_index_check(indexrelid, true) FROM pg_index \
                            JOIN pg_class ON pg_class.oid = indexrelid JOIN pg_am ON pg_am.oid = relam \
                            WHERE amname = 'btree' AND relnamespace = 'public'::regnamespace";
                let looked = client.simple_query(look).await;
                looked
                    .err()
                    .map(|error| vec![format!("{error:?}")])
                    .into_iter()
                    .collect()
            }
        }
    }
}

fn sqlite_rows(connection: &Connection, sql: &str) -> Vec<Vec<String>> {
    let mut statement = connection.prepare(sql).unwrap();
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
