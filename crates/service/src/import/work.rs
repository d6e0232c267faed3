//! Working through imports: one server on each, for a while, then whichever has waited longest.
//!
//! A server takes an import by writing until when it will be at it, and every slice of rows writes that anew, together
//! with how far it is. Whoever was slower finds the version changed, and its slice undone. One that ends leaves a moment
//! that passes, and another goes on where the last commit left off (M16–M18).

use std::sync::Arc;

use selfsame_domain::importer::Importer;
use selfsame_domain::{Refusal, Timestamp};
use selfsame_store::{Ask, Batch, CommitError, Guard, ImportedRows};

use super::read::{End, Lines, Reading};
use super::upload::blocking;
use crate::{Actor, Caller, Failure, Service};

/// Rows in one commit: few enough that a request behind it hardly waits.
const ROWS: usize = 200;
/// Commits before other imports get their turn.
const COMMITS: usize = 25;
const LEASE_SECONDS: i64 = 10;
/// How often rows are planned anew because somebody took a name.
const MOST_ATTEMPTS: u32 = 50;

impl Service {
    /// Takes an import that waits and works on it for a while; `false`: none waits.
    pub async fn work_on_import(&self) -> Result<bool, Failure> {
        let now = self.now();
        let Some(mut importer) = self.store().ask(Ask::waiting_importer(now)).await? else {
            return Ok(false);
        };
        importer.leased_until = now.plus_seconds(LEASE_SECONDS);
        let mut batch = Batch::new();
        batch.update_importer(&importer);
        if !self.commit_import(&mut importer, batch).await? {
            return Ok(true);
        }
        let Some(environment) = self.find_environment(&importer.environment_id).await? else {
            return Err(Failure::Internal("an importer has no environment".into()));
        };
        let caller = Caller::new(environment, Actor::System);
        let (blobs, own) = (Arc::clone(&self.inner.blobs), importer.clone());
        let mut reading = match blocking(move || Reading::begin(&*blobs, &own)).await? {
            Ok(reading) => reading,
            Err(problem) => {
                let end = End::Unusable(problem);
                let byte = importer.next_byte;
                let lines = Lines {
                    rows: Vec::new(),
                    byte,
                    end,
                };
                self.import_rows(&caller, importer, &lines, true).await?;
                return Ok(true);
            }
        };
        for commit in 1..=COMMITS {
            let key = importer.blob_key.clone().unwrap_or_default();
            let read = move || {
                let mut reading = reading;
                let lines = reading.lines(&key, ROWS)?;
                Ok((reading, lines))
            };
            let (gone_on, lines) = blocking(read).await?;
            reading = gone_on;
            let is_last = commit == COMMITS;
            match self.import_rows(&caller, importer, &lines, is_last).await? {
                Some(further) if lines.end == End::No => importer = further,
                _ => return Ok(true),
            }
        }
        Ok(true)
    }

    /// Commits these rows; `None`: another server has taken the import over.
    async fn import_rows(
        &self,
        caller: &Caller,
        importer: Importer,
        lines: &Lines,
        is_last: bool,
    ) -> Result<Option<Importer>, Failure> {
        for _ in 0..MOST_ATTEMPTS {
            let now = self.now();
            let planned = self.plan_rows(caller, &lines.rows).await?;
            let mut further = importer.clone();
            let mut batch = Batch::new();
            let rows = ImportedRows {
                first: importer.next_row,
                outcomes: planned.outcomes,
            };
            // First in the batch: it tells whether a commit whose answer was lost has happened.
            if !rows.outcomes.is_empty() {
                batch.insert_imported_rows(&importer, &rows);
            }
            batch.append(planned.batch);
            further.advance(&rows.outcomes, lines.byte);
            let let_go = close(&mut further, &lines.end, is_last, now, &mut batch);
            batch.update_importer(&further);
            match self.commit_import(&mut further, batch).await {
                Ok(true) => {
                    let environment = &further.environment_id;
                    self.delete_blobs(environment, let_go.into_iter().collect())
                        .await;
                    return Ok(Some(further));
                }
                Ok(false) => return Ok(None),
                Err(Failure::Refused(_)) => {}
                Err(failure) => return Err(failure),
            }
        }
        Err(Failure::Internal(
            "the rows of an import were taken again and again".into(),
        ))
    }

    /// `false`: the import is not what it was; refused: a name was taken meanwhile.
    async fn commit_import(&self, importer: &mut Importer, batch: Batch) -> Result<bool, Failure> {
        match self.store().commit(batch).await {
            Ok(()) => {
                importer.version += 1;
                Ok(true)
            }
            Err(CommitError::Conflict) => Ok(false),
            Err(CommitError::Taken(Guard::Reference | Guard::Identifier | Guard::Tag)) => {
                Err(Refusal::not_unique().into())
            }
            Err(CommitError::Taken(guard)) => {
                Err(Failure::Internal(format!("an import ran into {guard:?}")))
            }
            Err(CommitError::Failed(error)) => Err(error.into()),
        }
    }
}

/// What these rows mean for the import as a whole; returns the file that it lets go of.
fn close(
    importer: &mut Importer,
    end: &End,
    is_last: bool,
    now: Timestamp,
    batch: &mut Batch,
) -> Option<String> {
    let key = importer.blob_key.clone();
    match end {
        End::No => {
            let seconds = if is_last { 0 } else { LEASE_SECONDS };
            importer.leased_until = now.plus_seconds(seconds);
            return None;
        }
        End::Yes => importer.finish(now),
        End::Unusable(problem) => {
            tracing::warn!(importer = %importer.id, %problem, "an import cannot go on");
            importer.fail(problem.clone(), now);
        }
    }
    if let Some(key) = &key {
        batch.let_go_of_blob(&importer.environment_id, key, now);
    }
    key
}
