//! Writing: one thread commits all batches that wait in one durable transaction, a savepoint each.

use std::sync::mpsc;

use rusqlite::{CachedStatement, Connection, ErrorCode};
use tokio::sync::oneshot;

use super::prepare;
use crate::batch::{Action, Expect, Statement};
use crate::{Batch, CommitError, StoreError};

/// The longest group; bounds how long the first waits for the last.
const LARGEST_GROUP: usize = 256;

pub(super) type WriteAnswer = oneshot::Sender<Result<(), CommitError>>;

pub(super) fn write_loop(writer: &mut Connection, waiting: &mpsc::Receiver<(Batch, WriteAnswer)>) {
    while let Ok(first) = waiting.recv() {
        let mut group = vec![first];
        while group.len() < LARGEST_GROUP {
            match waiting.try_recv() {
                Ok(next) => group.push(next),
                Err(_) => break,
            }
        }
        commit_group(writer, group);
    }
}

fn commit_group(writer: &mut Connection, group: Vec<(Batch, WriteAnswer)>) {
    let (batches, answers): (Vec<_>, Vec<_>) = group.into_iter().unzip();
    let outcomes = run_group(writer, &batches).unwrap_or_else(|error| {
        // Whatever was begun is undone; the connection is clean for the next group.
        if !writer.is_autocommit() {
            drop(writer.execute_batch("ROLLBACK"));
        }
        let failure = StoreError::Commit(error.to_string());
        batches
            .iter()
            .map(|_| Err(CommitError::Failed(failure.clone())))
            .collect()
    });
    for (answer, outcome) in answers.into_iter().zip(outcomes) {
        // A caller that gave up waiting does not undo what is committed.
        drop(answer.send(outcome));
    }
}

fn run_group(
    writer: &Connection,
    batches: &[Batch],
) -> Result<Vec<Result<(), CommitError>>, rusqlite::Error> {
    writer.execute_batch("BEGIN IMMEDIATE")?;
    let mut outcomes = Vec::with_capacity(batches.len());
    for batch in batches {
        writer.prepare_cached("SAVEPOINT one")?.execute([])?;
        let outcome = run_batch(writer, batch);
        if outcome.is_err() {
            if writer.is_autocommit() {
                return Err(rusqlite::Error::ExecuteReturnedResults);
            }
            writer.prepare_cached("ROLLBACK TO one")?.execute([])?;
        }
        writer.prepare_cached("RELEASE one")?.execute([])?;
        outcomes.push(outcome);
    }
    writer.execute_batch("COMMIT")?;
    Ok(outcomes)
}

fn run_batch(writer: &Connection, batch: &Batch) -> Result<(), CommitError> {
    for statement in &batch.statements {
        run_statement(writer, statement)?;
    }
    Ok(())
}

fn run_statement(writer: &Connection, statement: &Statement) -> Result<(), CommitError> {
    let (sql, expect) = match &statement.action {
        Action::Insert(insert) => (insert.one(), Some(Expect::Any)),
        Action::Check(check) => (check.one(), None),
        Action::Text(sql, expect) => (sql.as_ref(), Some(*expect)),
    };
    let run = |mut prepared: CachedStatement<'_>| match expect {
        None => Ok(prepared.raw_query().next()?.is_some()),
        Some(Expect::One) => Ok(prepared.raw_execute()? == 1),
        Some(Expect::Any) => prepared.raw_execute().map(|_| true),
    };
    let stands = prepare(writer, sql, &statement.values)
        .and_then(run)
        .map_err(|error| refusal(statement, &error))?;
    if stands {
        Ok(())
    } else {
        Err(CommitError::Conflict)
    }
}

fn refusal(statement: &Statement, error: &rusqlite::Error) -> CommitError {
    let is_unique = matches!(
        error.sqlite_error(),
        Some(inner) if inner.code == ErrorCode::ConstraintViolation
            && [rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE, rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY]
                .contains(&inner.extended_code)
    );
    match statement.guard {
        Some(guard) if is_unique => CommitError::Taken(guard),
        _ => CommitError::Failed(StoreError::Statement(error.to_string())),
    }
}
