//! `selfsame migrate-store`: from the embedded store to PostgreSQL, and back.

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use selfsame_store::backup::{Snapshot, known_schema};
use selfsame_store::copy::{self, SourceHold, Step};
use selfsame_store::{Store, StoreError};

use super::progress::Progress;

#[derive(Debug, Args)]
pub struct MigrateStoreArguments {
    /// Where everything is: sqlite:PATH or postgres://user:password@host:port/database. Stop its servers first
    #[arg(long, value_name = "STORE", value_parser = Place::parse, env = "SELFSAME_MIGRATE_FROM", hide_env_values = true)]
    from: Place,
    /// Where it goes: an empty database, or the same one again after an interruption
    #[arg(long, value_name = "STORE", value_parser = Place::parse, env = "SELFSAME_MIGRATE_TO", hide_env_values = true)]
    to: Place,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    Sqlite(PathBuf),
    Postgres(String),
}

impl Place {
    fn parse(text: &str) -> Result<Self, String> {
        match text.strip_prefix("sqlite:") {
            Some("") => Err("give the file, as in sqlite:/var/lib/selfsame/selfsame.sqlite".into()),
            Some(path) => Ok(Self::Sqlite(path.into())),
            None if text.starts_with("postgres://") || text.starts_with("postgresql://") => {
                Ok(Self::Postgres(text.to_owned()))
            }
            None => Err(
                "a store is named sqlite:PATH or postgres://user:password@host:port/database"
                    .into(),
            ),
        }
    }

    async fn open(&self) -> Result<Store, StoreError> {
        match self {
            Self::Sqlite(path) => Store::open_sqlite(path),
            Self::Postgres(url) => Store::open_postgres(url).await,
        }
    }

    /// Opens the store and holds it, so that nobody else writes to it.
    async fn open_and_hold(&self) -> Result<(Store, SourceHold), String> {
        let text = |error: StoreError| error.to_string();
        match self {
            Self::Sqlite(path) => {
                refuse_other_schema(path)?;
                SourceHold::refuse_open_elsewhere(path).map_err(text)?;
                let store = self.open().await.map_err(text)?;
                let hold = SourceHold::sqlite(path).map_err(text)?;
                Ok((store, hold))
            }
            Self::Postgres(url) => {
                let hold = SourceHold::postgres(url).await.map_err(text)?;
                let store = self.open().await.map_err(text)?;
                Ok((store, hold))
            }
        }
    }
}

/// Opening a store brings it up to date; a source is to stay as it is.
fn refuse_other_schema(path: &Path) -> Result<(), String> {
    let version = Snapshot::open(path)
        .and_then(|snapshot| snapshot.schema_version())
        .map_err(|error| error.to_string())?;
    match version {
        Some(version) if version == known_schema() => Ok(()),
        Some(version) => Err(format!(
            "the database {} has schema {version} and this version of Selfsame works with {}; use the version that \
             wrote it, or start a server of this version on it once",
            path.display(),
            known_schema()
        )),
        None => Err(format!("{} is no database of Selfsame", path.display())),
    }
}

pub async fn migrate_store(arguments: MigrateStoreArguments) -> Result<(), String> {
    if arguments.from == arguments.to {
        return Err("source and target are the same store".into());
    }
    let begun = Instant::now();
    let (source, hold) = arguments.from.open_and_hold().await?;
    let target = arguments
        .to
        .open()
        .await
        .map_err(|error| error.to_string())?;
    let progress = std::sync::Mutex::new(Progress::new());
    let line = || {
        progress
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    };
    let report = |step, table: &'static str, done, total| {
        let doing = match step {
            Step::Copy => "copying",
            Step::Compare => "comparing",
        };
        line().tell(&format!("{doing} {table}"), done, total);
    };
    let copied = copy::copy(&source, &target, &hold, &report).await;
    line().clear();
    let copied = copied.map_err(|error| error.to_string())?;
    for table in &copied {
        println!("{:>12}  {}", table.rows, table.table);
    }
    let rows: u64 = copied.iter().map(|table| table.rows).sum();
    println!(
        "copied and compared: {rows} rows in {:.1} s. The pictures and the master key are not in a database: see \
         \"Moving to PostgreSQL and back\" in docs/operations.md",
        begun.elapsed().as_secs_f64()
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stores_are_named_by_their_engine() {
        assert_eq!(
            Place::parse("sqlite:a/b.sqlite"),
            Ok(Place::Sqlite("a/b.sqlite".into()))
        );
        assert!(matches!(
            Place::parse("postgres://u@h/d"),
            Ok(Place::Postgres(_))
        ));
        for bad in ["sqlite:", "a/b.sqlite", "mysql://h/d", ""] {
            assert!(Place::parse(bad).is_err(), "{bad}");
        }
    }
}
