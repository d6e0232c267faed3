//! Numbers of events: without gaps, per environment and per account (E23, E24).
//!
//! In a shared store a commit puts its events into a queue. Whoever takes them out gives them their numbers, in the order
//! in which they became visible, in one commit that also counts up the environment's counter: of two that take the same
//! events, one finds the counter moved and does nothing. Nothing is ever found by "greater than the last one seen" before
//! it has such a number. The embedded store has one writer: there an event gets its numbers in its own commit.

mod prune;

use std::collections::{HashMap, HashSet};

use selfsame_domain::Timestamp;
use selfsame_domain::event::Event;
use selfsame_domain::id::{AccountId, EnvironmentId, EventId};

use crate::event::{COLUMNS as EVENT_COLUMNS, event, written_event};
use crate::row::{id, maybe_id};
use crate::sql::{Conditions, Insert};
use crate::{Ask, Batch, CommitError, Query, Row, Store, StoreError, Value};

pub use prune::OldEvent;

/// Events numbered in one commit: few enough that a request behind it hardly waits.
const MOST_AT_ONCE: usize = 256;

const QUEUE_COLUMNS: &[&str] = &[
    "position",
    "environment_id",
    "event_id",
    "account_id",
    "name",
    "ordinal",
];
/// For copies, which keep the order.
pub(crate) static INSERT_COPIED: Insert = Insert::ordered("event_queue", QUEUE_COLUMNS, 0);
/// The database gives the position.
pub(crate) static INSERT_QUEUED: Insert =
    Insert::ordered("event_queue", QUEUE_COLUMNS.split_at(1).1, 4).embedded_as(NUMBER_AT_ONCE);
/// Environment, event, account, name.
const NUMBER_AT_ONCE: &[&str] = &[
    "UPDATE event_counters SET sequence = sequence + 1 WHERE environment_id = $1",
    "INSERT INTO event_sequences (environment_id, sequence, event_id, account_id, account_sequence, name) \
     SELECT $1, sequence, $2, $3, CASE WHEN $3 IS NOT NULL THEN 1 + coalesce((SELECT s.account_sequence \
     FROM event_sequences s WHERE s.environment_id = $1 AND s.account_id = $3 \
     ORDER BY s.account_sequence DESC LIMIT 1), 0) END, $4 FROM event_counters WHERE environment_id = $1",
];
/// What an embedded store still has in its queue: of an earlier version, or carried over from a shared store.
pub(crate) const NUMBER_WAITING: [&str; 3] = [
    "INSERT INTO event_sequences (environment_id, sequence, event_id, account_id, account_sequence, name) \
     SELECT q.environment_id, c.sequence + row_number() OVER (PARTITION BY q.environment_id ORDER BY q.position), \
     q.event_id, q.account_id, CASE WHEN q.account_id IS NOT NULL THEN coalesce((SELECT s.account_sequence \
     FROM event_sequences s WHERE s.environment_id = q.environment_id AND s.account_id = q.account_id \
     ORDER BY s.account_sequence DESC LIMIT 1), 0) \
     + row_number() OVER (PARTITION BY q.environment_id, q.account_id ORDER BY q.position) END, q.name \
     FROM event_queue q JOIN event_counters c ON c.environment_id = q.environment_id",
    "UPDATE event_counters SET sequence = sequence + (SELECT count(*) FROM event_queue q \
     WHERE q.environment_id = event_counters.environment_id) \
     WHERE environment_id IN (SELECT environment_id FROM event_queue)",
    "DELETE FROM event_queue",
];
pub(crate) static INSERT_COUNTER: Insert = Insert::ordered(
    "event_counters",
    &["environment_id", "sequence", "pruned"],
    0,
);
const COLUMNS: &[&str] = &[
    "environment_id",
    "sequence",
    "event_id",
    "account_id",
    "account_sequence",
    "name",
];
pub(crate) static INSERT: Insert = Insert::new("event_sequences", COLUMNS);

/// An event by its numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberedEvent {
    pub environment_id: EnvironmentId,
    /// From 1, without gaps.
    pub sequence: i64,
    pub event_id: EventId,
    pub account_id: Option<AccountId>,
    /// From 1, without gaps, of the account.
    pub account_sequence: Option<i64>,
    pub name: String,
}

fn numbered(row: &mut Row) -> Result<NumberedEvent, StoreError> {
    Ok(NumberedEvent {
        environment_id: row.id()?,
        sequence: row.integer()?,
        event_id: row.id()?,
        account_id: row.optional_id()?,
        account_sequence: row.optional_integer()?,
        name: row.text()?,
    })
}

/// What one round of numbering did; none: nothing waits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Numbered {
    pub count: usize,
    /// The last number of each environment that got some.
    pub last: Vec<(EnvironmentId, i64)>,
    /// There may be more than one round can take.
    pub has_more: bool,
}

struct Queued {
    position: i64,
    environment_id: EnvironmentId,
    event_id: EventId,
    account_id: Option<AccountId>,
    name: String,
}

fn queued(row: &mut Row) -> Result<Queued, StoreError> {
    Ok(Queued {
        position: row.integer()?,
        environment_id: row.id()?,
        event_id: row.id()?,
        account_id: row.optional_id()?,
        name: row.text()?,
    })
}

/// `VALUES` of a length that few statements have: the last row is repeated up to a power of two.
fn values_list(rows: &mut [Vec<Value>], width: usize) -> (String, Vec<Value>) {
    let mut values: Vec<Value> = Vec::new();
    let length = rows.len().next_power_of_two();
    for at in 0..length {
        values.extend(rows[at.min(rows.len() - 1)].iter().cloned());
    }
    let row = |at: usize| {
        let places: Vec<_> = (1..=width)
            .map(|place| format!("${}", at * width + place))
            .collect();
        format!("({})", places.join(", "))
    };
    let text: Vec<_> = (0..length).map(row).collect();
    (text.join(", "), values)
}

impl Store {
    /// Gives the events that have waited longest their numbers.
    ///
    /// # Errors
    /// [`CommitError::Conflict`]: somebody else is at it.
    pub async fn number_events(&self) -> Result<Numbered, CommitError> {
        let sql = "SELECT position, environment_id, event_id, account_id, name FROM event_queue \
                   ORDER BY position LIMIT $1";
        let most = i64::try_from(MOST_AT_ONCE).unwrap_or(1);
        let mut waiting = self.all(Query::new(sql, vec![most.into()]), queued).await?;
        let (Some(oldest), Some(newest)) = (waiting.first(), waiting.last()) else {
            return Ok(Numbered::default());
        };
        let (first, newest) = (oldest.position, newest.position);
        let has_more = waiting.len() == MOST_AT_ONCE;
        let mut environments: HashMap<EnvironmentId, i64> = HashMap::new();
        let mut accounts: HashMap<(EnvironmentId, AccountId), i64> = HashMap::new();
        for event in &waiting {
            environments.insert(event.environment_id.clone(), 0);
            if let Some(account) = &event.account_id {
                accounts.insert((event.environment_id.clone(), account.clone()), 0);
            }
        }
        let still = self
            .read_counters((first, newest), &mut environments, &mut accounts)
            .await?;
        waiting.retain(|event| still.contains(&event.position));
        if waiting.is_empty() {
            return Err(CommitError::Conflict);
        }
        let mut batch = Batch::new();
        let before = environments.clone();
        let mut rows = Vec::with_capacity(waiting.len());
        for event in waiting {
            let Some(sequence) = environments.get_mut(&event.environment_id) else {
                continue;
            };
            *sequence += 1;
            let key = event
                .account_id
                .clone()
                .map(|account| (event.environment_id.clone(), account));
            let account_sequence = key.and_then(|key| accounts.get_mut(&key)).map(|last| {
                *last += 1;
                *last
            });
            rows.push(vec![
                id(&event.environment_id),
                (*sequence).into(),
                id(&event.event_id),
                maybe_id(event.account_id.as_ref()),
                account_sequence.into(),
                event.name.into(),
            ]);
        }
        let count = rows.len();
        // In one order, so that two that number the same environments do not wait for one another.
        let mut counted: Vec<_> = before.into_iter().collect();
        counted.sort();
        let mut last = Vec::with_capacity(counted.len());
        for (environment, seen) in counted {
            let sequence = environments.get(&environment).copied().unwrap_or(seen);
            last.push((environment.clone(), sequence));
            batch.push_one(
                "UPDATE event_counters SET sequence = $3 WHERE environment_id = $1 AND sequence = $2",
                vec![id(&environment), seen.into(), sequence.into()],
            );
        }
        for row in rows {
            batch.insert(&INSERT, row);
        }
        // Only those that have a number now: others may have become visible between the two.
        batch.push(
            "DELETE FROM event_queue WHERE position BETWEEN $1 AND $2 AND EXISTS (SELECT 1 FROM event_sequences s \
             WHERE s.environment_id = event_queue.environment_id AND s.event_id = event_queue.event_id)",
            vec![first.into(), newest.into()],
        );
        self.commit(batch).await?;
        Ok(Numbered {
            count,
            last,
            has_more,
        })
    }

    /// The last numbers there are, and which of these positions still waited at that moment.
    async fn read_counters(
        &self,
        (first, last): (i64, i64),
        environments: &mut HashMap<EnvironmentId, i64>,
        accounts: &mut HashMap<(EnvironmentId, AccountId), i64>,
    ) -> Result<HashSet<i64>, StoreError> {
        let mut rows: Vec<_> = environments.keys().map(|key| vec![id(key)]).collect();
        let (list, values) = values_list(&mut rows, 1);
        let sql = format!(
            "SELECT environment_id, sequence FROM event_counters WHERE environment_id IN (SELECT column1 FROM (VALUES {list}) wanted)"
        );
        let waiting = "SELECT position FROM event_queue WHERE position BETWEEN $1 AND $2";
        let mut queries = vec![
            Query::new(waiting, vec![first.into(), last.into()]),
            Query::new(sql, values),
        ];
        if !accounts.is_empty() {
            let mut rows: Vec<_> = accounts
                .keys()
                .map(|(environment, account)| vec![id(environment), id(account)])
                .collect();
            let (list, values) = values_list(&mut rows, 2);
            let sql = format!(
                "SELECT column1, column2, (SELECT s.account_sequence FROM event_sequences s \
                 WHERE s.environment_id = column1 AND s.account_id = column2 ORDER BY s.account_sequence DESC LIMIT 1) \
                 FROM (VALUES {list}) wanted"
            );
            queries.push(Query::new(sql, values));
        }
        let mut found = self.read(queries).await?.into_iter();
        let waiting = found.next().unwrap_or_default();
        let waiting = waiting.into_iter().map(|mut row| row.integer());
        let waiting = waiting.collect::<Result<_, _>>()?;
        for mut row in found.next().unwrap_or_default() {
            let key: EnvironmentId = row.id()?;
            environments.insert(key, row.integer()?);
        }
        for mut row in found.next().unwrap_or_default() {
            let key = (row.id()?, row.id()?);
            accounts.insert(key, row.optional_integer()?.unwrap_or(0));
        }
        Ok(waiting)
    }
}

/// Which numbers of events are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Range<'a> {
    /// Of the whole environment.
    Environment,
    /// Of one account, by its own numbers.
    Account(&'a AccountId),
}

impl Ask<Vec<NumberedEvent>> {
    /// The numbers after this one, lowest first, so many at most.
    pub fn numbered_events(
        environment: &EnvironmentId,
        range: &Range<'_>,
        after: i64,
        most: u32,
    ) -> Self {
        let columns = COLUMNS.join(", ");
        let (condition, order) = match range {
            Range::Environment => ("", "sequence"),
            Range::Account(_) => (" AND account_id = $4", "account_sequence"),
        };
        let sql = format!(
            "SELECT {columns} FROM event_sequences WHERE environment_id = $1 AND {order} > $2{condition} \
             ORDER BY {order} LIMIT $3"
        );
        let mut values = vec![id(environment), after.into(), i64::from(most).into()];
        if let Range::Account(account) = range {
            values.push(id(*account));
        }
        Ask::all(Query::new(sql, values), numbered)
    }
}

impl Ask<Vec<NumberedEvent>> {
    /// Those of a time, `until` not among it, with numbers of the environment after this one, lowest first.
    pub fn numbered_events_between(
        environment: &EnvironmentId,
        from: Timestamp,
        until: Timestamp,
        after: i64,
        most: u32,
    ) -> Self {
        let columns: Vec<_> = COLUMNS.iter().map(|column| format!("s.{column}")).collect();
        let sql = format!(
            "SELECT {} FROM event_sequences s JOIN events e ON e.environment_id = s.environment_id \
             AND e.id = s.event_id WHERE s.environment_id = $1 AND s.sequence > $2 AND e.created_at >= $3 \
             AND e.created_at < $4 ORDER BY s.sequence LIMIT $5",
            columns.join(", ")
        );
        let values = vec![
            id(environment),
            after.into(),
            from.into(),
            until.into(),
            i64::from(most).into(),
        ];
        Ask::all(Query::new(sql, values), numbered)
    }

    /// The numbers of these events, in no order; one that has none is left out.
    pub fn numbers_of(environment: &EnvironmentId, ids: &[EventId]) -> Self {
        let mut conditions = Conditions::new("environment_id", id(environment));
        let length = ids.len().next_power_of_two();
        let padded = (0..length).filter_map(|at| ids.get(at.min(ids.len().saturating_sub(1))));
        conditions.and_in("event_id", padded.map(id));
        let select = format!("SELECT {} FROM event_sequences", COLUMNS.join(", "));
        let (sql, values) = conditions.select(&select, "");
        Ask::all(Query::new(sql, values), numbered)
    }
}

impl Ask<Vec<Event>> {
    /// These events, in no order; one that is gone is left out.
    pub fn events_by_id(environment: &EnvironmentId, ids: &[EventId]) -> Self {
        Ask::all(of_ids(environment, ids), event)
    }
}

impl Ask<Vec<Event<String>>> {
    /// The same, with the text of their payloads.
    pub fn written_events_by_id(environment: &EnvironmentId, ids: &[EventId]) -> Self {
        Ask::all(of_ids(environment, ids), written_event)
    }
}

fn of_ids(environment: &EnvironmentId, ids: &[EventId]) -> Query {
    let mut values = vec![id(environment)];
    let length = ids.len().next_power_of_two();
    for at in 0..length {
        values.extend(ids.get(at.min(ids.len().saturating_sub(1))).map(id));
    }
    let places: Vec<_> = (2..=values.len()).map(|at| format!("${at}")).collect();
    let condition = if ids.is_empty() {
        "1 = 0".to_owned()
    } else {
        format!("id IN ({})", places.join(", "))
    };
    let sql = format!(
        "SELECT {} FROM events WHERE environment_id = $1 AND {condition}",
        EVENT_COLUMNS.join(", ")
    );
    Query::new(sql, values)
}

impl Ask<Option<i64>> {
    /// The number of the environment's last event that has one.
    pub fn last_sequence(environment: &EnvironmentId) -> Self {
        let sql = "SELECT sequence FROM event_counters WHERE environment_id = $1";
        Ask::find(Query::new(sql, vec![id(environment)]), Row::integer)
    }
}

impl Ask<Option<i64>> {
    /// The number of the oldest event that is not older than this; `None`: there is none, or it has no number yet.
    pub fn first_sequence_since(environment: &EnvironmentId, since: Timestamp) -> Self {
        let sql = "SELECT (SELECT s.sequence FROM event_sequences s WHERE s.environment_id = e.environment_id \
                   AND s.event_id = e.id) FROM events e WHERE e.environment_id = $1 AND e.created_at >= $2 \
                   ORDER BY e.created_at, e.ordinal, e.id LIMIT 1";
        let query = Query::new(sql, vec![id(environment), since.into()]);
        Ask::find(query, Row::optional_integer).map(Option::flatten)
    }
}

impl Ask<Option<i64>> {
    /// The number of the account's last event that has one.
    pub fn last_account_sequence(environment: &EnvironmentId, account: &AccountId) -> Self {
        let sql = "SELECT account_sequence FROM event_sequences WHERE environment_id = $1 AND account_id = $2 \
                   ORDER BY account_sequence DESC LIMIT 1";
        Ask::find(
            Query::new(sql, vec![id(environment), id(account)]),
            Row::integer,
        )
    }
}

impl Ask<Vec<(EnvironmentId, i64)>> {
    /// The last number of every environment.
    pub fn counters() -> Self {
        let sql = "SELECT environment_id, sequence FROM event_counters";
        Ask::all(Query::new(sql, vec![]), |row| {
            Ok((row.id()?, row.integer()?))
        })
    }
}

impl Ask<Option<NumberedEvent>> {
    pub fn numbered_event(environment: &EnvironmentId, event_id: &EventId) -> Self {
        let sql = format!(
            "SELECT {} FROM event_sequences WHERE environment_id = $1 AND event_id = $2",
            COLUMNS.join(", ")
        );
        Ask::find(
            Query::new(sql, vec![id(environment), id(event_id)]),
            numbered,
        )
    }
}
