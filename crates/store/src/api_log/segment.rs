//! Many logs as one row: those of one environment and about one moment, in the order of their age.

use selfsame_domain::Timestamp;
use selfsame_domain::api_log::ApiLog;
use selfsame_domain::id::{EnvironmentId, RequestId};
use serde_json::value::RawValue;

use crate::packed::pack;
use crate::row::parse;
use crate::{Row, StoreError};

/// What closes a segment: so many logs, so many bytes before they are packed, or so long a time, which the schema knows.
const MOST_LOGS: usize = 250;
const ENOUGH_BYTES: usize = 65_536;
pub(super) const LONGEST_MILLIS: i64 = 1000;

/// Logs to be written as one row; its key is that of the youngest.
#[derive(Debug, Clone)]
pub struct ApiLogSegment {
    pub(super) environment_id: EnvironmentId,
    pub(super) first_at: Timestamp,
    pub(super) last_at: Timestamp,
    pub(super) last_id: RequestId,
    pub(super) entries: Vec<u8>,
    /// How many logs.
    pub count: usize,
}

impl ApiLogSegment {
    /// All logs, in few segments if they come by their environment and age.
    pub fn of(logs: impl Iterator<Item = ApiLog>) -> impl Iterator<Item = Self> {
        let mut logs = logs.peekable();
        std::iter::from_fn(move || {
            let mut open = Self::begin(logs.next()?);
            while let Some(log) = logs.next_if(|log| open.takes(log)) {
                open.entries.push(b',');
                open.write(log);
            }
            Some(open.close())
        })
    }

    fn begin(first: ApiLog) -> Self {
        let mut open = Self {
            environment_id: first.environment_id.clone(),
            first_at: first.created_at,
            last_at: first.created_at,
            last_id: first.id.clone(),
            entries: vec![b'['],
            count: 0,
        };
        open.write(first);
        open
    }

    fn takes(&self, log: &ApiLog) -> bool {
        self.count < MOST_LOGS
            && self.entries.len() < ENOUGH_BYTES
            && self.environment_id == log.environment_id
            && (self.last_at, &self.last_id) < (log.created_at, &log.id)
            && log.created_at.millis() - self.first_at.millis() <= LONGEST_MILLIS
    }

    fn write(&mut self, log: ApiLog) {
        let whole = (log.created_at, &log.id, &log.entry);
        // Plain maps, lists and structs always serialise, and a list of bytes takes all that is written.
        drop(serde_json::to_writer(&mut self.entries, &whole));
        self.last_at = log.created_at;
        self.last_id = log.id;
        self.count += 1;
    }

    fn close(mut self) -> Self {
        self.entries.push(b']');
        self.entries = pack(&self.entries);
        self
    }
}

/// A log out of a segment, its entry not read yet.
#[derive(Debug)]
pub(super) struct Unread {
    pub created_at: Timestamp,
    pub id: RequestId,
    entry: Box<RawValue>,
}

impl Unread {
    pub fn read(self, environment: &EnvironmentId) -> Result<ApiLog, StoreError> {
        Ok(ApiLog {
            environment_id: environment.clone(),
            id: self.id,
            created_at: self.created_at,
            entry: parse(self.entry.get())?,
        })
    }
}

/// A row as it is stored.
#[derive(Debug)]
pub struct StoredSegment {
    pub(super) last_at: Timestamp,
    pub(super) last_id: RequestId,
    pub(super) logs: Vec<Unread>,
}

/// `SELECT last_at, last_id, entries`.
pub(super) fn stored(row: &mut Row) -> Result<StoredSegment, StoreError> {
    let (last_at, last_id): (_, RequestId) = (row.time()?, row.id()?);
    let text = row.packed_text()?;
    // One that was stored before there were segments is its entry alone.
    let logs = if text.starts_with('{') {
        vec![Unread {
            created_at: last_at,
            id: last_id.clone(),
            entry: parse(&text)?,
        }]
    } else {
        let logs: Vec<(Timestamp, RequestId, Box<RawValue>)> = parse(&text)?;
        let unread = |(created_at, id, entry)| Unread {
            created_at,
            id,
            entry,
        };
        logs.into_iter().map(unread).collect()
    };
    Ok(StoredSegment {
        last_at,
        last_id,
        logs,
    })
}
