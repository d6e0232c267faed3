//! A page of logs out of segments. These overlap where several processes write, so a page is whole once no segment that
//! was not read can hold one of its logs.

use selfsame_domain::Timestamp;
use selfsame_domain::api_log::ApiLog;
use selfsame_domain::id::{EnvironmentId, Id as _, RequestId};

use super::segment::{LONGEST_MILLIS, StoredSegment, Unread, stored};
use crate::row::id;
use crate::sql::{Conditions, Page, Slice, into_page};
use crate::{Ask, Query, StoreError};

/// Segments read at once: one mostly suffices, and those of little use hold little.
const FIRST_LIMIT: usize = 2;
const LARGEST_LIMIT: usize = 64;
const GROWTH: usize = 4;

/// One page on its way, in as many reads as it takes.
#[derive(Debug)]
pub struct ApiLogPage {
    environment: EnvironmentId,
    slice: Slice,
    size: u32,
    /// Older ones are as good as gone (L3).
    since: Timestamp,
    /// What may be on the page and one more, in the order in which it is looked for.
    found: Vec<Unread>,
    /// The segment that was read last.
    reached: Option<(Timestamp, RequestId)>,
    limit: usize,
    is_whole: bool,
}

impl ApiLogPage {
    pub fn new(environment: &EnvironmentId, slice: Slice, size: u32, since: Timestamp) -> Self {
        Self {
            environment: environment.clone(),
            slice,
            size,
            since,
            found: Vec::new(),
            reached: None,
            limit: FIRST_LIMIT,
            is_whole: false,
        }
    }

    /// The next read, whose answer goes to [`Self::add`]; `None`: the page is whole.
    pub fn missing(&self) -> Option<Ask<Vec<StoredSegment>>> {
        if self.is_whole {
            return None;
        }
        let mut conditions = Conditions::new("environment_id", id(&self.environment));
        let is_upwards = self.is_upwards();
        let (comparison, direction) = if is_upwards {
            (">", "ASC")
        } else {
            ("<", "DESC")
        };
        if let Some((at, last_id)) = &self.reached {
            let (at, last_id) = (
                conditions.place((*at).into()),
                conditions.place(id(last_id)),
            );
            conditions.and_plain(&format!(
                "(last_at, last_id) {comparison} ({at}, {last_id})"
            ));
        }
        let farthest = self.farthest().map(Timestamp::millis);
        match &self.slice {
            Slice::Before(cursor) => {
                conditions.and("last_at >= ?", cursor.created_at.max(self.since.millis()));
                if let Some(farthest) = farthest {
                    conditions.and("last_at <= ?", farthest + LONGEST_MILLIS);
                    conditions.and("first_at <= ?", farthest);
                }
            }
            Slice::First | Slice::After(_) => {
                if let Slice::After(cursor) = &self.slice {
                    conditions.and("last_at <= ?", cursor.created_at + LONGEST_MILLIS);
                    conditions.and("first_at <= ?", cursor.created_at);
                }
                let since = self.since.millis();
                conditions.and("last_at >= ?", farthest.map_or(since, |it| it.max(since)));
            }
        }
        let limit = conditions.place(i64::try_from(self.limit).unwrap_or(i64::MAX).into());
        let tail = format!("ORDER BY last_at {direction}, last_id {direction} LIMIT {limit}");
        let (sql, values) = conditions.select(super::SELECT, &tail);
        Some(Ask::all(Query::new(sql, values), stored))
    }

    /// What [`Self::missing`] asked for.
    pub fn add(&mut self, segments: Vec<StoredSegment>) {
        let are_all = segments.len() < self.limit;
        for segment in segments {
            self.reached = Some((segment.last_at, segment.last_id));
            let belongs = segment
                .logs
                .into_iter()
                .filter(|log| log.created_at >= self.since && is_on(&self.slice, log));
            self.found.extend(belongs);
        }
        let is_upwards = self.is_upwards();
        self.found.sort_by(|a, b| {
            let order = (a.created_at, &a.id).cmp(&(b.created_at, &b.id));
            if is_upwards { order } else { order.reverse() }
        });
        self.found.truncate(self.size as usize + 1);
        self.limit = (self.limit * GROWTH).min(LARGEST_LIMIT);
        self.is_whole = are_all || self.has_passed();
    }

    pub fn into_page(self) -> Result<Page<ApiLog>, StoreError> {
        let logs = self
            .found
            .into_iter()
            .map(|log| log.read(&self.environment));
        let logs: Vec<_> = logs.collect::<Result<_, _>>()?;
        Ok(into_page(logs, &self.slice, self.size))
    }

    fn is_upwards(&self) -> bool {
        matches!(self.slice, Slice::Before(_))
    }

    /// The moment of the last log that is needed, if there are as many.
    fn farthest(&self) -> Option<Timestamp> {
        self.found.get(self.size as usize).map(|log| log.created_at)
    }

    /// Whether all segments that follow lie behind the last log that is needed.
    fn has_passed(&self) -> bool {
        let (Some(farthest), Some((reached, _))) = (self.farthest(), &self.reached) else {
            return false;
        };
        if self.is_upwards() {
            reached.millis() - LONGEST_MILLIS > farthest.millis()
        } else {
            *reached < farthest
        }
    }
}

fn is_on(slice: &Slice, log: &Unread) -> bool {
    let key = (log.created_at.millis(), log.id.as_str());
    match slice {
        Slice::First => true,
        Slice::After(cursor) => key < (cursor.created_at, cursor.id.as_str()),
        Slice::Before(cursor) => key > (cursor.created_at, cursor.id.as_str()),
    }
}
