//! Carrying what the log (WAL) holds over into the file: on a thread and a connection of its own, so that nobody who
//! waits for a commit waits for that as well.
//!
//! Under steady load such a pass never ends the log, as there is always something newer in it. So after a pass over a
//! long log the writer makes one itself, between two groups: little is left to carry then, and the next commit begins
//! the log anew.

use std::cell::Cell;
use std::ffi::c_int;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;

use super::file;

/// So many pages come between two passes: 4 MiB. More would be carried over in longer bursts, which commits feel.
const PASS: c_int = 1_000;
/// A log of so many is to begin anew: 32 MiB.
const LONG: c_int = 8_000;

thread_local! {
    /// How many pages the log had after the last commit of this thread.
    static PAGES: Cell<c_int> = const { Cell::new(0) };
}

#[derive(Debug, Default)]
pub(super) struct Checkpoints {
    state: Mutex<State>,
    wake: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// The log has grown enough for another pass.
    due: bool,
    /// A pass over a long log is just over.
    is_long: bool,
    closed: bool,
}

impl Checkpoints {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn close(&self) {
        self.state().closed = true;
        self.wake.notify_one();
    }

    /// Waits until a pass is due; `false`: there will be none.
    fn wait(&self) -> bool {
        let mut state = self.state();
        while !state.due && !state.closed {
            state = self
                .wake
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        state.due = false;
        !state.closed
    }
}

pub(super) fn checkpoint_loop(connection: &Connection, checkpoints: &Checkpoints) {
    while checkpoints.wait() {
        if pass(connection) >= LONG {
            checkpoints.state().is_long = true;
        }
    }
}

/// How many pages the log has. What cannot be carried over stays in it, as durable as before, and is tried again with
/// the next pass.
fn pass(connection: &Connection) -> c_int {
    let pages = |row: &rusqlite::Row<'_>| row.get(1);
    let done = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], pages);
    done.unwrap_or_else(|error| {
        let file = file(connection).display();
        tracing::warn!(%error, %file, "the log could not be carried over into the database file yet");
        0
    })
}

/// The writer's side.
pub(super) struct Log<'a> {
    checkpoints: &'a Checkpoints,
    /// Pages in the log when the last pass was asked for.
    asked_at: c_int,
}

impl<'a> Log<'a> {
    pub fn of(writer: &Connection, checkpoints: &'a Checkpoints) -> Self {
        // In place of SQLite's own, which makes a pass in every so many commits.
        writer.wal_hook(Some(|_, pages| {
            PAGES.set(pages);
            Ok(())
        }));
        Self {
            checkpoints,
            asked_at: 0,
        }
    }

    /// After each commit, when its callers have been answered.
    pub fn look(&mut self, writer: &Connection) {
        let pages = PAGES.get();
        // It has begun anew.
        self.asked_at = self.asked_at.min(pages);
        let mut state = self.checkpoints.state();
        if std::mem::take(&mut state.is_long) {
            drop(state);
            pass(writer);
        } else if pages >= self.asked_at + PASS {
            self.asked_at = pages;
            state.due = true;
            drop(state);
            self.checkpoints.wake.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection(path: &std::path::Path) -> Connection {
        let connection = Connection::open(path).unwrap();
        connection
            .pragma_update(None, "journal_mode", "WAL")
            .unwrap();
        connection
    }

    #[test]
    fn under_steady_writing_the_log_is_carried_over_and_begins_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let writer = connection(&path);
        writer.execute_batch("CREATE TABLE t (x BLOB)").unwrap();
        let carrier = connection(&path);
        let checkpoints = Checkpoints::default();
        let mut log = Log::of(&writer, &checkpoints);
        let (mut longest, mut fresh) = (0, 0);
        std::thread::scope(|scope| {
            let asked = &checkpoints;
            scope.spawn(move || checkpoint_loop(&carrier, asked));
            // Four times what a log may hold.
            for _ in 0..4 * LONG / 100 {
                let before = PAGES.get();
                writer
                    .execute("INSERT INTO t VALUES (zeroblob(400000))", [])
                    .unwrap();
                log.look(&writer);
                longest = longest.max(PAGES.get());
                fresh += i32::from(PAGES.get() < before);
            }
            checkpoints.close();
        });
        assert!(
            fresh >= 1,
            "the log never began anew; it has {longest} pages"
        );
        assert!(longest < 6 * LONG, "{longest}");
    }

    #[test]
    fn a_reader_that_stays_keeps_the_log_and_loses_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let writer = connection(&path);
        writer.execute_batch("CREATE TABLE t (x BLOB)").unwrap();
        let reader = connection(&path);
        let count = |connection: &Connection| -> i64 {
            connection
                .query_row("SELECT count(*) FROM t", [], |row| row.get(0))
                .unwrap()
        };
        reader.execute_batch("BEGIN").unwrap();
        assert_eq!(count(&reader), 0);
        let checkpoints = Checkpoints::default();
        let mut log = Log::of(&writer, &checkpoints);
        for _ in 0..3 {
            writer
                .execute("INSERT INTO t VALUES (zeroblob(4000000))", [])
                .unwrap();
            checkpoints.state().is_long = true;
            log.look(&writer);
        }
        assert_eq!(count(&reader), 0);
        reader.execute_batch("COMMIT").unwrap();
        assert_eq!((count(&reader), count(&writer)), (3, 3));
    }
}
