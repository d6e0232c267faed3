//! The limit from below: the same rows into a table with nothing but them, in durable commits of the same kind.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::{Connection, params};
use tempfile::TempDir;

use super::file::File;
use crate::Problem;
use crate::cluster::{Sql, said};
use crate::server::temporary_folder;

/// Rows in one commit.
pub const PER_COMMIT: u64 = 256;

const TABLE: &str = "CREATE TABLE people (environment_id TEXT NOT NULL, reference_id TEXT NOT NULL, \
     name_first TEXT NOT NULL, name_last TEXT NOT NULL, birthdate TEXT NOT NULL); \
     CREATE UNIQUE INDEX people_one_per_reference ON people (environment_id, reference_id)";
const ENVIRONMENT: &str = "env_0000000000000000000000000";

pub enum Plain {
    Sqlite { file: PathBuf, _folder: TempDir },
    Postgres(Sql),
}

impl Plain {
    /// In a folder that goes with it. WAL and `synchronous=FULL`, as the server has it.
    pub fn on_sqlite(below: &Path) -> Result<Self, Problem> {
        let folder = temporary_folder(below)?;
        let file = folder.path().join("plain.sqlite");
        open(&file)?.execute_batch(TABLE)?;
        Ok(Self::Sqlite {
            file,
            _folder: folder,
        })
    }

    pub async fn on_postgres(url: &str) -> Result<Self, Problem> {
        let sql = Sql::connect(url).await?;
        sql.run(TABLE).await?;
        Ok(Self::Postgres(sql))
    }

    /// How long all rows of the file take.
    pub async fn insert(&self, file: &File) -> Result<Duration, Problem> {
        match self {
            Self::Sqlite { file: path, .. } => {
                let (path, file) = (path.clone(), file.clone());
                tokio::task::spawn_blocking(move || into_sqlite(&path, &file)).await?
            }
            Self::Postgres(sql) => into_postgres(sql, file).await,
        }
    }
}

fn open(file: &Path) -> Result<Connection, Problem> {
    let connection = Connection::open(file)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    Ok(connection)
}

fn into_sqlite(path: &Path, file: &File) -> Result<Duration, Problem> {
    let mut connection = open(path)?;
    let mut took = Duration::ZERO;
    for from in (0..file.rows).step_by(usize::try_from(PER_COMMIT)?) {
        let rows = file.some(from, PER_COMMIT);
        let begun = Instant::now();
        let commit = connection.transaction()?;
        {
            let mut insert =
                commit.prepare_cached("INSERT INTO people VALUES ($1, $2, $3, $4, $5)")?;
            for [reference, first, last, birthdate] in &rows {
                insert.execute(params![ENVIRONMENT, reference, first, last, birthdate])?;
            }
        }
        commit.commit()?;
        took += begun.elapsed();
    }
    Ok(took)
}

/// One statement a commit.
async fn into_postgres(sql: &Sql, file: &File) -> Result<Duration, Problem> {
    let insert = "INSERT INTO people SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::text[])";
    let insert = sql.client.prepare(insert).await?;
    let mut took = Duration::ZERO;
    for from in (0..file.rows).step_by(usize::try_from(PER_COMMIT)?) {
        let rows = file.some(from, PER_COMMIT);
        let column =
            |place: usize| -> Vec<&str> { rows.iter().map(|row| row[place].as_str()).collect() };
        let [reference, first, last, birthdate] = [0, 1, 2, 3].map(column);
        let begun = Instant::now();
        sql.client
            .execute(
                &insert,
                &[&ENVIRONMENT, &reference, &first, &last, &birthdate],
            )
            .await
            .map_err(|error| said(&error))?;
        took += begun.elapsed();
    }
    Ok(took)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_row_is_there_once() {
        let folder = tempfile::tempdir().unwrap();
        let plain = Plain::on_sqlite(folder.path()).unwrap();
        let file = File::new(1, 600);
        plain.insert(&file).await.unwrap();
        let Plain::Sqlite { file: path, .. } = &plain else {
            panic!("not on SQLite");
        };
        let count: i64 = open(path)
            .unwrap()
            .query_row("SELECT count(*) FROM people", [], |row| row.get(0))
            .unwrap();
        assert_eq!(count, 600);
        assert!(plain.insert(&file).await.is_err(), "the index is unique");
        plain.insert(&File::new(2, 600)).await.unwrap();
    }
}
