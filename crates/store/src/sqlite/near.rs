//! Reading on the spot: a read of warm pages takes microseconds, and handing it to a thread and back takes longer than
//! that. Slow ones go to the threads: `docs/decisions/0010-reads-on-the-spot.md`.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::file;
use super::read::run_queries;
use crate::fault::sqlite_fault;
use crate::{Query, Row, StoreError};

/// A read this long has met a disk that is not warm, or too much to read.
pub const SLOW: Duration = Duration::from_millis(20);
/// For so long after a slow read all reads go to the threads.
const REST: Duration = Duration::from_secs(1);

pub(super) struct NearReaders {
    idle: Mutex<Vec<Connection>>,
    slow: Duration,
    begun: Instant,
    /// Until when nothing is read on the spot, in milliseconds since `begun`.
    rests_until: AtomicU64,
}

impl NearReaders {
    /// A read that takes longer than `slow` sends those after it to the threads.
    pub fn new(connections: Vec<Connection>, slow: Duration) -> Self {
        Self {
            idle: Mutex::new(connections),
            slow,
            begun: Instant::now(),
            rests_until: AtomicU64::new(0),
        }
    }

    /// `None`: not now; let a thread do it.
    pub fn read(&self, queries: &[Query]) -> Option<Result<Vec<Vec<Row>>, StoreError>> {
        let begun = Instant::now();
        let rests_until = Duration::from_millis(self.rests_until.load(Ordering::Relaxed));
        if begun.saturating_duration_since(self.begun) < rests_until {
            return None;
        }
        let connection = self.idle().pop()?;
        let results = run_queries(&connection, queries)
            .map_err(|error| sqlite_fault(file(&connection), &error, StoreError::Statement));
        self.idle().push(connection);
        if begun.elapsed() > self.slow {
            let until = (self.begun.elapsed() + REST).as_millis();
            let until = u64::try_from(until).unwrap_or(u64::MAX);
            self.rests_until.store(until, Ordering::Relaxed);
        }
        Some(results)
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_slow_read_and_without_a_free_connection_threads_read() {
        let quick = [Query::new("SELECT 1", vec![])];
        assert!(NearReaders::new(vec![], SLOW).read(&quick).is_none());

        let near = NearReaders::new(vec![Connection::open_in_memory().unwrap()], SLOW);
        let rows = near.read(&quick).unwrap().unwrap().remove(0);
        assert_eq!(rows.len(), 1);
        let slow = "WITH RECURSIVE count (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM count WHERE n < 300000) \
                    SELECT max(n) FROM count";
        let mut rows = near.read(&[Query::new(slow, vec![])]).unwrap().unwrap();
        assert_eq!(rows[0][0].integer().unwrap(), 300_000);
        assert!(near.read(&quick).is_none());
    }
}
