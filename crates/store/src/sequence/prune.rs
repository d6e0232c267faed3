//! Letting go of old events (E25): what they told, and their numbers. The last number of an account stays, as the next one
//! counts on from it.

use selfsame_domain::Timestamp;
use selfsame_domain::id::{AccountId, EnvironmentId, EventId, Id as _};

use crate::row::id;
use crate::{Ask, Batch, Query, Row, StoreError, Value};

/// An event that may go, by its place among the events and its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OldEvent {
    pub id: EventId,
    pub created_at: Timestamp,
    pub ordinal: i64,
    /// Of its environment.
    pub sequence: i64,
}

fn old_event(row: &mut Row) -> Result<OldEvent, StoreError> {
    Ok(OldEvent {
        id: row.id()?,
        created_at: row.time()?,
        ordinal: row.integer()?,
        sequence: row.integer()?,
    })
}

impl Ask<Vec<OldEvent>> {
    /// The oldest events behind `after` that are older than `older_than` and have a number, so many at most.
    pub fn old_events(
        environment: &EnvironmentId,
        older_than: Timestamp,
        after: Option<&OldEvent>,
        most: u32,
    ) -> Self {
        let sql = "SELECT e.id, e.created_at, e.ordinal, s.sequence FROM events e \
                   CROSS JOIN event_sequences s WHERE e.environment_id = $1 AND e.created_at < $2 \
                   AND (e.created_at, e.ordinal, e.id) > ($3, $4, $5) \
                   AND s.environment_id = e.environment_id AND s.event_id = e.id ORDER BY e.created_at, e.ordinal, e.id LIMIT $6";
        let (created_at, ordinal, last) = match after {
            None => (Timestamp::from_millis(i64::MIN), i64::MIN, ""),
            Some(event) => (event.created_at, event.ordinal, event.id.as_str()),
        };
        let values = vec![
            id(environment),
            older_than.into(),
            created_at.into(),
            ordinal.into(),
            last.into(),
            i64::from(most).into(),
        ];
        Ask::all(Query::new(sql, values), old_event)
    }
}

impl Ask<i64> {
    /// The environment's first number from which on no event was let go of.
    pub fn first_kept(environment: &EnvironmentId) -> Self {
        let sql = "SELECT pruned FROM event_counters WHERE environment_id = $1";
        Ask::find(Query::new(sql, vec![id(environment)]), Row::integer)
            .map(|pruned| pruned.unwrap_or_default() + 1)
    }

    /// The account's first number from which on no event was let go of; behind its last one, where all were.
    pub fn first_kept_of(environment: &EnvironmentId, account: &AccountId) -> Self {
        let values = || vec![id(environment), id(account)];
        let first = "SELECT account_sequence FROM event_sequences WHERE environment_id = $1 AND account_id = $2 \
                     AND sequence > (SELECT pruned FROM event_counters WHERE environment_id = $1) \
                     ORDER BY account_sequence LIMIT 1";
        let first = Ask::<Option<i64>>::find(Query::new(first, values()), Row::integer);
        first
            .and(Ask::last_account_sequence(environment, account))
            .map(|(first, last)| first.unwrap_or(last.unwrap_or_default() + 1))
    }
}

impl Ask<Option<i64>> {
    /// The lowest number that a lane of the environment is at; `None`: there is no lane.
    pub fn slowest_lane(environment: &EnvironmentId) -> Self {
        let sql = "SELECT min(sequence) FROM webhook_lanes WHERE environment_id = $1";
        let query = Query::new(sql, vec![id(environment)]);
        Ask::<Option<Option<i64>>>::find(query, Row::optional_integer).map(Option::flatten)
    }
}

impl Batch {
    /// Lets go of these events, one at least, but for those that a lane has not passed or a pending delivery needs. What
    /// queues deliveries at the same time finds its lane changed (W86), and looks again.
    pub fn prune_events(&mut self, environment: &EnvironmentId, events: &[OldEvent]) {
        let these = |sql: (&str, &str)| of_these(environment, sql, events);
        self.push(
            "UPDATE webhook_lanes SET queued = queued + 1 WHERE environment_id = $1",
            vec![id(environment)],
        );
        // The tables of each join in the order in which an engine is to go through them: SQLite keeps it.
        let (sql, values) = these((
            "DELETE FROM events WHERE environment_id = $1 AND id IN (SELECT s.event_id FROM event_sequences s \
             WHERE s.environment_id = $1 AND s.sequence IN ",
            "AND 0 = (SELECT count(*) FROM webhook_lanes l WHERE l.environment_id = $1 AND l.sequence < s.sequence) \
             AND 0 = (SELECT count(*) FROM webhooks w CROSS JOIN webhook_deliveries d WHERE w.environment_id = $1 \
             AND d.environment_id = w.environment_id AND d.webhook_id = w.id AND d.sequence = s.sequence \
             AND d.status = 'pending'))",
        ));
        self.push(sql, values);
        let (highest, values) = these((
            "SELECT max(x.sequence) FROM event_sequences x WHERE x.environment_id = $1 AND x.sequence IN ",
            IS_GONE,
        ));
        let sql = format!(
            "UPDATE event_counters SET pruned = ({highest}) WHERE environment_id = $1 AND pruned < ({highest})"
        );
        self.push(sql, values);
        // Of accounts whatever is gone, also what was once the last.
        let earlier = format!(
            "AND n.account_sequence IS NOT NULL AND x.environment_id = $1 AND x.account_id = n.account_id \
             AND x.account_sequence <= n.account_sequence AND EXISTS (SELECT 1 FROM event_sequences l \
             WHERE l.environment_id = $1 AND l.account_id = x.account_id AND l.account_sequence > x.account_sequence) \
             {IS_GONE})"
        );
        let (sql, values) = these((
            "DELETE FROM event_sequences WHERE environment_id = $1 AND sequence IN (SELECT x.sequence \
             FROM event_sequences n CROSS JOIN event_sequences x WHERE n.environment_id = $1 AND n.sequence IN ",
            &earlier,
        ));
        self.push(sql, values);
        let without_account = format!("AND x.account_sequence IS NULL {IS_GONE})");
        let (sql, values) = these((
            "DELETE FROM event_sequences WHERE environment_id = $1 AND sequence IN (SELECT x.sequence \
             FROM event_sequences x WHERE x.environment_id = $1 AND x.sequence IN ",
            &without_account,
        ));
        self.push(sql, values);
    }
}

/// Of a number `x`.
const IS_GONE: &str =
    "AND NOT EXISTS (SELECT 1 FROM events e WHERE e.environment_id = $1 AND e.id = x.event_id)";

/// A statement with the numbers of these events between its two parts, as many as few statements have.
fn of_these(
    environment: &EnvironmentId,
    (before, after): (&str, &str),
    events: &[OldEvent],
) -> (String, Vec<Value>) {
    let length = events.len().next_power_of_two();
    let numbers = (0..length).filter_map(|at| events.get(at.min(events.len().saturating_sub(1))));
    let mut values = vec![id(environment)];
    values.extend(numbers.map(|event| Value::from(event.sequence)));
    let places: Vec<_> = (2..=values.len()).map(|at| format!("${at}")).collect();
    (format!("{before}({}) {after}", places.join(", ")), values)
}
