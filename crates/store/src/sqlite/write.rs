//! Writing: one thread commits all batches that wait in one durable transaction, and none harms another.

use std::sync::mpsc;

use rusqlite::{CachedStatement, Connection, ErrorCode};
use tokio::sync::oneshot;

use super::checkpoint::{Checkpoints, Log};
use super::{file, prepare};
use crate::batch::{Action, Expect, Statement};
use crate::fault::sqlite_fault;
use crate::{Batch, CommitError, StoreError};

/// The longest group; bounds how long the first waits for the last.
const LARGEST_GROUP: usize = 256;

pub(super) type WriteAnswer = oneshot::Sender<Result<(), CommitError>>;

pub(super) fn write_loop(
    writer: &mut Connection,
    waiting: &mpsc::Receiver<(Batch, WriteAnswer)>,
    checkpoints: &Checkpoints,
) {
    let mut log = Log::of(writer, checkpoints);
    while let Ok(first) = waiting.recv() {
        let mut group = vec![first];
        while group.len() < LARGEST_GROUP {
            match waiting.try_recv() {
                Ok(next) => group.push(next),
                Err(_) => break,
            }
        }
        commit_group(writer, group);
        log.look(writer);
    }
}

fn commit_group(writer: &mut Connection, group: Vec<(Batch, WriteAnswer)>) {
    let (batches, answers): (Vec<_>, Vec<_>) = group.into_iter().unzip();
    let outcomes = run_group(writer, &batches).unwrap_or_else(|error| {
        // Whatever was begun is undone; the connection is clean for the next group.
        if !writer.is_autocommit() {
            drop(writer.execute_batch("ROLLBACK"));
        }
        batches
            .iter()
            .map(|_| Err(CommitError::Failed(error.clone())))
            .collect()
    });
    for (answer, outcome) in answers.into_iter().zip(outcomes) {
        // A caller that gave up waiting does not undo what is committed.
        drop(answer.send(outcome));
    }
}

/// Mostly every batch stands, and one transaction is enough. Where one does not, all are undone and run again with a
/// savepoint each, which keeps a copy of every page that they touch.
fn run_group(
    writer: &Connection,
    batches: &[Batch],
) -> Result<Vec<Result<(), CommitError>>, StoreError> {
    let run = |sql: &str| -> Result<(), StoreError> {
        let outcome = writer.prepare_cached(sql).and_then(|mut it| it.execute([]));
        let failed = |error| sqlite_fault(file(writer), &error, StoreError::Commit);
        outcome.map(drop).map_err(failed)
    };
    run("BEGIN IMMEDIATE")?;
    let outcomes = if batches.iter().all(|batch| run_batch(writer, batch).is_ok()) {
        batches.iter().map(|_| Ok(())).collect()
    } else {
        // A full disk, for one, undoes the whole transaction by itself.
        if !writer.is_autocommit() {
            run("ROLLBACK")?;
        }
        run("BEGIN IMMEDIATE")?;
        let one_by_one = batches.iter().map(|batch| run_apart(writer, batch, run));
        one_by_one.collect::<Result<_, _>>()?
    };
    run("COMMIT")?;
    Ok(outcomes)
}

/// What becomes of this batch, whatever becomes of its neighbours. `Err`: nobody of the group is served.
fn run_apart(
    writer: &Connection,
    batch: &Batch,
    run: impl Fn(&str) -> Result<(), StoreError>,
) -> Result<Result<(), CommitError>, StoreError> {
    run("SAVEPOINT one")?;
    let outcome = run_batch(writer, batch);
    if let Err(refusal) = &outcome {
        if writer.is_autocommit() {
            return Err(match refusal {
                CommitError::Failed(error) => error.clone(),
                other => StoreError::Commit(other.to_string()),
            });
        }
        run("ROLLBACK TO one")?;
    }
    run("RELEASE one")?;
    Ok(outcome)
}

fn run_batch(writer: &Connection, batch: &Batch) -> Result<(), CommitError> {
    for statement in &batch.statements {
        run_statement(writer, statement)?;
    }
    Ok(())
}

fn run_statement(writer: &Connection, statement: &Statement) -> Result<(), CommitError> {
    let (sql, expect) = match &statement.action {
        Action::Insert(insert) if !insert.embedded.is_empty() => {
            return insert
                .embedded
                .iter()
                .try_for_each(|sql| run_text(writer, sql, Some(Expect::One), statement));
        }
        Action::Insert(insert) => (insert.one(), Some(Expect::Any)),
        Action::Check(check) => (check.one(), None),
        Action::Text(sql, expect) => (sql.as_ref(), Some(*expect)),
    };
    run_text(writer, sql, expect, statement)
}

/// `expect`: what it has to change; `None`: it has to find a row.
fn run_text(
    writer: &Connection,
    sql: &str,
    expect: Option<Expect>,
    statement: &Statement,
) -> Result<(), CommitError> {
    let run = |mut prepared: CachedStatement<'_>| match expect {
        None => Ok(prepared.raw_query().next()?.is_some()),
        Some(Expect::One) => Ok(prepared.raw_execute()? == 1),
        Some(Expect::Any) => prepared.raw_execute().map(|_| true),
    };
    let stands = prepare(writer, sql, &statement.values)
        .and_then(run)
        .map_err(|error| refusal(writer, statement, &error))?;
    if stands {
        Ok(())
    } else {
        Err(CommitError::Conflict)
    }
}

fn refusal(writer: &Connection, statement: &Statement, error: &rusqlite::Error) -> CommitError {
    let is_unique = matches!(
        error.sqlite_error(),
        Some(inner) if inner.code == ErrorCode::ConstraintViolation
            && [rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE, rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY]
                .contains(&inner.extended_code)
    );
    match statement.guard {
        Some(guard) if is_unique => CommitError::Taken(guard),
        _ => CommitError::Failed(sqlite_fault(file(writer), error, StoreError::Statement)),
    }
}
