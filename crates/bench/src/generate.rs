//! Databases of any size, as if an installation had run for a year.
//!
//! Rows are decided by the domain and rendered by the wire, then loaded in bulk. The same seed and end date give the
//! same rows, apart from the ids of environments and templates, which the server made before. What is left out: the
//! sessions, verifications and pictures of inquiries, and stored answers, which live for a day only.

mod postgres;
mod sqlite;
mod stream;

use std::time::Instant;

use rusqlite::Connection;
use selfsame_domain::Timestamp;
use selfsame_domain::id::{
    AccountTypeId, EnvironmentId, Id, OrganisationId, TemplateId, TemplateVersionId,
};

use stream::{Chunk, Samples, Stream};

use crate::Problem;
use crate::cluster::Sql;
use crate::people::Names;
use crate::rows::Ground;

/// How large, and of which throw of the dice.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    pub accounts: u64,
    /// On average; a few people have thousands.
    pub inquiries_each: u64,
    pub seed: u64,
    /// Now, for the database.
    pub until: Timestamp,
    /// Events of so many days before that; all where none is given.
    pub event_days: Option<u32>,
}

/// Where to: an installation that a server has opened before.
#[derive(Debug, Clone)]
pub enum Store {
    Sqlite(std::path::PathBuf),
    Postgres(String),
}

/// What was there: whom people belong to.
pub struct Place {
    pub sandbox: EnvironmentId,
    pub production: EnvironmentId,
    /// The numbers of their last events (E23).
    pub last_of_sandbox: i64,
    pub last_of_production: i64,
    pub ground: Ground,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Generated {
    pub accounts: u64,
    pub inquiries: u64,
    pub events: u64,
    pub seconds: f64,
    pub samples: Samples,
}

/// Prefix of the reference IDs.
pub const PREFIX: &str = "user-";

/// Four of five people are in the sandbox, where developers and this benchmark look.
const ENVIRONMENTS: u64 = 5;

pub const fn is_production(account: u64) -> bool {
    account % ENVIRONMENTS == ENVIRONMENTS - 1
}

impl Generated {
    /// The sandbox' reference IDs.
    pub fn names(&self) -> Names {
        Names {
            prefix: PREFIX.to_owned(),
            count: self.accounts / ENVIRONMENTS * (ENVIRONMENTS - 1),
            number: |place| place / (ENVIRONMENTS - 1) * ENVIRONMENTS + place % (ENVIRONMENTS - 1),
        }
    }
}

/// The ids that rows hang off, and the numbers that events go on from; the same question to both stores.
const IDS: [&str; 6] = [
    "SELECT id FROM environments WHERE kind = 'sandbox' ORDER BY id LIMIT 1",
    "SELECT id FROM environments WHERE kind = 'production' ORDER BY id LIMIT 1",
    "SELECT id FROM account_types WHERE is_default = 1 ORDER BY id LIMIT 1",
    "SELECT t.organisation_id || ' ' || t.id || ' ' || t.latest_published_version_id FROM inquiry_templates t \
     WHERE t.name = 'Government ID and selfie' ORDER BY t.id LIMIT 1",
    "SELECT CAST(coalesce(max(sequence), 0) AS TEXT) FROM event_counters WHERE environment_id = \
     (SELECT id FROM environments WHERE kind = 'sandbox' ORDER BY id LIMIT 1)",
    "SELECT CAST(coalesce(max(sequence), 0) AS TEXT) FROM event_counters WHERE environment_id = \
     (SELECT id FROM environments WHERE kind = 'production' ORDER BY id LIMIT 1)",
];

/// How far an environment's numbers go.
const COUNT: &str = "INSERT INTO event_counters (environment_id, sequence) VALUES ($1, $2) \
                     ON CONFLICT (environment_id) DO UPDATE SET sequence = EXCLUDED.sequence";

fn place(ids: Vec<String>, at: Timestamp) -> Result<Place, Problem> {
    let [
        sandbox,
        production,
        account_type,
        template,
        last_of_sandbox,
        last_of_production,
    ] = <[String; 6]>::try_from(ids).map_err(|_| "an id too few")?;
    let mut parts = template.split(' ').map(str::to_owned);
    let mut part = || parts.next().ok_or("a template without version");
    Ok(Place {
        sandbox: EnvironmentId::from_trusted(sandbox),
        production: EnvironmentId::from_trusted(production),
        last_of_sandbox: last_of_sandbox.parse()?,
        last_of_production: last_of_production.parse()?,
        ground: Ground::shipped(
            OrganisationId::from_trusted(part()?),
            AccountTypeId::from_trusted(account_type),
            TemplateId::from_trusted(part()?),
            TemplateVersionId::from_trusted(part()?),
            at,
        ),
    })
}

/// Fills a store. `said` hears how far it is, every now and then.
pub async fn run(store: Store, size: Size, said: impl Fn(&str)) -> Result<Generated, Problem> {
    let begun = Instant::now();
    let place = match &store {
        Store::Sqlite(file) => {
            let connection = Connection::open(file)?;
            let id = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, String>(0));
            place(
                IDS.into_iter().map(id).collect::<Result<_, _>>()?,
                size.until,
            )?
        }
        Store::Postgres(url) => {
            let sql = Sql::connect(url).await?;
            let mut ids = Vec::with_capacity(IDS.len());
            for question in IDS {
                ids.push(sql.text(question).await?);
            }
            place(ids, size.until)?
        }
    };
    // One thread makes rows while another loads them; a little is kept in between.
    let (chunks, mut waiting) = tokio::sync::mpsc::channel::<Chunk>(4);
    let maker = tokio::task::spawn_blocking(move || -> Result<Stream, Problem> {
        let mut stream = Stream::new(place, size);
        while let Some(chunk) = stream.next_chunk()? {
            if chunks.blocking_send(chunk).is_err() {
                return Err("nobody loads any more".into());
            }
        }
        Ok(stream)
    });
    let mut made = (0_u64, 0_u64);
    let total = size.accounts * size.inquiries_each;
    let progress = |made: &mut (u64, u64), chunk: &Chunk| {
        let tenth = made.0 * 10 / total.max(1);
        made.0 += u64::try_from(chunk.inquiries.len()).unwrap_or(0);
        made.1 += u64::try_from(chunk.events.len()).unwrap_or(0);
        if made.0 * 10 / total.max(1) > tenth {
            let done = made.0;
            said(&format!(
                "{done} of {total} inquiries after {:.0} s",
                begun.elapsed().as_secs_f64()
            ));
        }
    };
    match store {
        Store::Sqlite(file) => {
            let mut loader = Some(sqlite::Loader::open(&file)?);
            while let Some(chunk) = waiting.recv().await {
                progress(&mut made, &chunk);
                let mut own = loader.take().ok_or("the loader is gone")?;
                loader = Some(
                    tokio::task::spawn_blocking(move || own.load(&chunk).map(|()| own)).await??,
                );
            }
            let own = loader.take().ok_or("the loader is gone")?;
            tokio::task::spawn_blocking(move || own.finish()).await??;
        }
        Store::Postgres(url) => {
            let loader = postgres::Loader::open(&url).await?;
            while let Some(chunk) = waiting.recv().await {
                progress(&mut made, &chunk);
                loader.load(&chunk).await?;
            }
            loader.finish().await?;
        }
    }
    let stream = maker.await??;
    Ok(Generated {
        accounts: size.accounts,
        inquiries: made.0,
        events: made.1,
        seconds: begun.elapsed().as_secs_f64(),
        samples: stream.samples(),
    })
}

#[cfg(test)]
mod tests;
