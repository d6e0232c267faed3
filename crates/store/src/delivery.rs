//! Deliveries to webhooks, and the lanes they go in.

use std::ops::Range;
use std::sync::LazyLock;

use selfsame_domain::Timestamp;
use selfsame_domain::delivery::{Delivery, DeliveryStatus};
use selfsame_domain::id::{AccountId, EnvironmentId, WebhookId};

use crate::row::{id, maybe_id, packed_json};
use crate::sql::{Conditions, Insert};
use crate::{Ask, Batch, Page, Query, Row, Slice, Store, StoreError, Value};

const COLUMNS: &[&str] = &[
    "environment_id",
    "webhook_id",
    "sequence",
    "event_id",
    "event_name",
    "account_id",
    "account_sequence",
    "status",
    "attempts_made",
    "first_attempted_at",
    "due_at",
    "created_at",
    "updated_at",
    "attempts",
];
pub(crate) static INSERT: Insert = Insert::ordered("webhook_deliveries", COLUMNS, 2);
static SELECT: LazyLock<String> =
    LazyLock::new(|| format!("SELECT {} FROM webhook_deliveries", COLUMNS.join(", ")));
/// Whatever was there before.
static PUT: LazyLock<String> = LazyLock::new(|| {
    upsert(&[
        "status",
        "attempts_made",
        "first_attempted_at",
        "due_at",
        "updated_at",
        "attempts",
    ])
});
/// What was noted of earlier attempts stays.
static REPLAY: LazyLock<String> =
    LazyLock::new(|| upsert(&["status", "attempts_made", "due_at", "updated_at"]));

fn upsert(columns: &[&str]) -> String {
    let sets: Vec<_> = columns
        .iter()
        .map(|column| format!("{column} = EXCLUDED.{column}"))
        .collect();
    format!(
        "{} ON CONFLICT (environment_id, webhook_id, sequence) DO UPDATE SET {}",
        INSERT.one(),
        sets.join(", ")
    )
}

const LANE_COLUMNS: &[&str] = &[
    "environment_id",
    "webhook_id",
    "sequence",
    "worker",
    "epoch",
    "failures",
    "opened_at",
    "queued",
];
pub(crate) static INSERT_LANE: Insert = Insert::new("webhook_lanes", LANE_COLUMNS);
static SELECT_LANE: LazyLock<String> =
    LazyLock::new(|| format!("SELECT {} FROM webhook_lanes", LANE_COLUMNS.join(", ")));

/// How far an enabled webhook is, and who works on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lane {
    pub environment_id: EnvironmentId,
    pub webhook_id: WebhookId,
    /// Every event up to this number was attempted, or is none of the webhook's.
    pub sequence: i64,
    pub worker: Option<String>,
    /// Another one each time somebody takes the lane.
    pub epoch: i64,
    /// Attempts that failed since the last that did not.
    pub failures: i64,
    /// Since when the circuit is open (W76).
    pub opened_at: Option<Timestamp>,
    /// How often deliveries were queued by hand, or events let go of.
    pub queued: i64,
}

/// A server that delivers, as the store sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerBeat {
    pub id: String,
    pub beat: i64,
}

fn delivery(row: &mut Row) -> Result<Delivery, StoreError> {
    Ok(Delivery {
        environment_id: row.id()?,
        webhook_id: row.id()?,
        sequence: row.integer()?,
        event_id: row.id()?,
        event_name: row.text()?,
        account_id: row.optional_id()?,
        account_sequence: row.optional_integer()?,
        status: status(row)?,
        attempts_made: row.integer()?,
        first_attempted_at: row.optional_time()?,
        due_at: row.optional_time()?,
        created_at: row.time()?,
        updated_at: row.time()?,
        attempts: row.packed_json()?,
    })
}

fn status(row: &mut Row) -> Result<DeliveryStatus, StoreError> {
    let text = row.text()?;
    DeliveryStatus::parse(&text)
        .ok_or_else(|| StoreError::Corrupt(format!("{text} is no status of a delivery")))
}

fn lane(row: &mut Row) -> Result<Lane, StoreError> {
    Ok(Lane {
        environment_id: row.id()?,
        webhook_id: row.id()?,
        sequence: row.integer()?,
        worker: row.optional_text()?,
        epoch: row.integer()?,
        failures: row.integer()?,
        opened_at: row.optional_time()?,
        queued: row.integer()?,
    })
}

fn values(delivery: &Delivery) -> Vec<Value> {
    vec![
        id(&delivery.environment_id),
        id(&delivery.webhook_id),
        delivery.sequence.into(),
        id(&delivery.event_id),
        delivery.event_name.as_str().into(),
        maybe_id(delivery.account_id.as_ref()),
        delivery.account_sequence.into(),
        delivery.status.as_str().into(),
        delivery.attempts_made.into(),
        delivery.first_attempted_at.into(),
        delivery.due_at.into(),
        delivery.created_at.into(),
        delivery.updated_at.into(),
        packed_json(&delivery.attempts),
    ]
}

/// Which deliveries of a webhook are listed.
#[derive(Debug, Clone, Default)]
pub struct DeliveryFilter {
    pub status: Option<DeliveryStatus>,
}

impl Ask<Vec<Lane>> {
    /// Of every environment.
    pub fn lanes() -> Self {
        Ask::all(Query::new(SELECT_LANE.as_str(), vec![]), lane)
    }
}

impl Ask<Vec<Lane>> {
    pub fn lanes_of(environment: &EnvironmentId) -> Self {
        let sql = format!("{} WHERE environment_id = $1", *SELECT_LANE);
        Ask::all(Query::new(sql, vec![id(environment)]), lane)
    }
}

impl Ask<Option<Lane>> {
    pub fn lane(environment: &EnvironmentId, webhook: &WebhookId) -> Self {
        let sql = format!(
            "{} WHERE environment_id = $1 AND webhook_id = $2",
            *SELECT_LANE
        );
        Ask::find(Query::new(sql, vec![id(environment), id(webhook)]), lane)
    }
}

impl Ask<Vec<ServerBeat>> {
    pub fn servers() -> Self {
        Ask::all(Query::new("SELECT id, beat FROM servers", vec![]), |row| {
            Ok(ServerBeat {
                id: row.text()?,
                beat: row.integer()?,
            })
        })
    }
}

impl Ask<Vec<Delivery>> {
    /// Those whose time has come, longest waiting first.
    pub fn due_deliveries(
        environment: &EnvironmentId,
        webhook: &WebhookId,
        now: Timestamp,
        most: usize,
    ) -> Self {
        let sql = format!(
            "{} WHERE environment_id = $1 AND webhook_id = $2 AND due_at <= $3 ORDER BY due_at, sequence LIMIT $4",
            *SELECT
        );
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let values = vec![id(environment), id(webhook), now.into(), most.into()];
        Ask::all(Query::new(sql, values), delivery)
    }
}

impl Ask<Page<Delivery>> {
    /// Newest event first; the place of a cursor is the number of its event.
    pub fn deliveries(
        environment: &EnvironmentId,
        webhook: &WebhookId,
        filter: &DeliveryFilter,
        slice: &Slice,
        size: u32,
    ) -> Self {
        let mut conditions = Conditions::new("environment_id", id(environment));
        conditions.and("webhook_id = ?", id(webhook));
        if let Some(status) = filter.status {
            conditions.and("status = ?", status.as_str());
        }
        let order = match slice {
            Slice::First => "DESC",
            Slice::After(cursor) => {
                conditions.and("sequence < ?", cursor.ordinal);
                "DESC"
            }
            Slice::Before(cursor) => {
                conditions.and("sequence > ?", cursor.ordinal);
                "ASC"
            }
        };
        let limit = conditions.place((i64::from(size) + 1).into());
        let tail = format!("ORDER BY sequence {order} LIMIT {limit}");
        let (sql, values) = conditions.select(&SELECT, &tail);
        Ask::page(Query::new(sql, values), delivery, slice, size)
    }
}

impl Ask<Option<Delivery>> {
    pub fn delivery(environment: &EnvironmentId, webhook: &WebhookId, sequence: i64) -> Self {
        let sql = format!(
            "{} WHERE environment_id = $1 AND webhook_id = $2 AND sequence = $3",
            *SELECT
        );
        let values = vec![id(environment), id(webhook), sequence.into()];
        Ask::find(Query::new(sql, values), delivery)
    }
}

impl Ask<Option<Option<Timestamp>>> {
    /// When the first of those that wait is due.
    pub fn first_due(environment: &EnvironmentId, webhook: &WebhookId) -> Self {
        let sql = "SELECT min(due_at) FROM webhook_deliveries WHERE environment_id = $1 AND webhook_id = $2 \
                   AND due_at IS NOT NULL";
        let values = vec![id(environment), id(webhook)];
        Ask::find(Query::new(sql, values), Row::optional_time)
    }
}

impl Ask<Vec<i64>> {
    /// The events after this number that something came of already.
    pub fn attempted_after(environment: &EnvironmentId, webhook: &WebhookId, after: i64) -> Self {
        let sql = "SELECT sequence FROM webhook_deliveries WHERE environment_id = $1 AND webhook_id = $2 \
                   AND sequence > $3";
        let values = vec![id(environment), id(webhook), after.into()];
        Ask::all(Query::new(sql, values), Row::integer)
    }
}

impl Ask<Vec<(WebhookId, i64)>> {
    /// How many deliveries of each webhook are pending; those that have none are left out.
    pub fn deliveries_waiting(environment: &EnvironmentId) -> Self {
        let sql = "SELECT webhook_id, count(*) FROM webhook_deliveries WHERE environment_id = $1 \
                   AND status = 'pending' GROUP BY webhook_id";
        Ask::all(Query::new(sql, vec![id(environment)]), |row| {
            Ok((row.id()?, row.integer()?))
        })
    }
}

impl Ask<Vec<AccountId>> {
    /// Accounts with an event that is not through yet.
    pub fn accounts_waiting(environment: &EnvironmentId, webhook: &WebhookId) -> Self {
        let sql = "SELECT DISTINCT account_id FROM webhook_deliveries WHERE environment_id = $1 AND webhook_id = $2 \
                   AND status = 'pending' AND account_id IS NOT NULL";
        Ask::all(Query::new(sql, vec![id(environment), id(webhook)]), Row::id)
    }
}

impl Store {
    /// The last number of a webhook's oldest deliveries among these, so many at most, that are through and older than
    /// `older_than`; `None`: there are none. All among these are read where few are old.
    pub async fn oldest_deliveries(
        &self,
        environment: &EnvironmentId,
        webhook: &WebhookId,
        older_than: Timestamp,
        among: &Range<i64>,
        most: u32,
    ) -> Result<Option<i64>, StoreError> {
        let sql = "SELECT max(sequence) FROM (SELECT sequence FROM webhook_deliveries WHERE environment_id = $1 \
                   AND webhook_id = $2 AND sequence >= $3 AND sequence < $4 AND updated_at < $5 AND status <> 'pending' \
                   ORDER BY sequence LIMIT $6) oldest";
        let values = vec![
            id(environment),
            id(webhook),
            among.start.into(),
            among.end.into(),
            older_than.into(),
            i64::from(most).into(),
        ];
        let found = self
            .find(Query::new(sql, values), Row::optional_integer)
            .await?;
        Ok(found.flatten())
    }
}

impl Batch {
    /// Of an event that nothing came of so far.
    pub fn insert_delivery(&mut self, delivery: &Delivery) {
        self.insert(&INSERT, values(delivery));
    }

    /// Whatever came of it before.
    pub fn put_delivery(&mut self, delivery: &Delivery) {
        self.push(PUT.as_str(), values(delivery));
    }

    /// W81: pending once more; what was noted of it meanwhile stays as it is.
    pub fn retry_delivery(&mut self, delivery: &Delivery) {
        self.push_one(
            "UPDATE webhook_deliveries SET status = 'pending', due_at = $4, updated_at = $5 \
             WHERE environment_id = $1 AND webhook_id = $2 AND sequence = $3",
            vec![
                id(&delivery.environment_id),
                id(&delivery.webhook_id),
                delivery.sequence.into(),
                delivery.due_at.into(),
                delivery.updated_at.into(),
            ],
        );
    }

    /// W82: sent as if for the first time; the attempts there were stay.
    pub fn replay_delivery(&mut self, delivery: &Delivery) {
        self.push(REPLAY.as_str(), values(delivery));
    }

    /// W75: the account's events from this number on wait for those before them.
    pub fn hold_back(
        &mut self,
        environment: &EnvironmentId,
        webhook: &WebhookId,
        account: &AccountId,
        from: i64,
    ) {
        self.push(
            "UPDATE webhook_deliveries SET due_at = NULL WHERE environment_id = $1 AND webhook_id = $2 \
             AND account_id = $3 AND status = 'pending' AND sequence >= $4",
            vec![id(environment), id(webhook), id(account), from.into()],
        );
    }

    /// W75: the account's next event that waits is due.
    pub fn let_next_go(
        &mut self,
        environment: &EnvironmentId,
        webhook: &WebhookId,
        account: &AccountId,
        now: Timestamp,
    ) {
        self.push(
            "UPDATE webhook_deliveries SET due_at = $4 WHERE environment_id = $1 AND webhook_id = $2 \
             AND due_at IS NULL AND sequence = (SELECT min(d.sequence) FROM webhook_deliveries d \
             WHERE d.environment_id = $1 AND d.webhook_id = $2 AND d.account_id = $3 AND d.status = 'pending')",
            vec![id(environment), id(webhook), id(account), now.into()],
        );
    }

    /// Strict order is over: nothing waits for another event any more.
    pub fn let_all_go(&mut self, environment: &EnvironmentId, webhook: &WebhookId, now: Timestamp) {
        self.push(
            "UPDATE webhook_deliveries SET due_at = $3 WHERE environment_id = $1 AND webhook_id = $2 \
             AND status = 'pending' AND due_at IS NULL",
            vec![id(environment), id(webhook), now.into()],
        );
    }

    /// A webhook that is enabled begins with the next event: those that wait for their number come before it. What was
    /// left of an earlier time is over.
    pub fn open_lane(
        &mut self,
        environment: &EnvironmentId,
        webhook: &WebhookId,
        epoch: i64,
        now: Timestamp,
    ) {
        self.close_lane(environment, webhook, now);
        self.push(
            "INSERT INTO webhook_lanes (environment_id, webhook_id, sequence, worker, epoch, failures, opened_at, queued) \
             SELECT $1, $2, sequence + (SELECT count(*) FROM event_queue WHERE environment_id = $1), NULL, $3, 0, NULL, 0 \
             FROM event_counters WHERE environment_id = $1",
            vec![id(environment), id(webhook), epoch.into()],
        );
    }

    /// W73: a webhook that is disabled or archived gets nothing any more.
    pub fn close_lane(&mut self, environment: &EnvironmentId, webhook: &WebhookId, now: Timestamp) {
        self.push(
            "DELETE FROM webhook_lanes WHERE environment_id = $1 AND webhook_id = $2",
            vec![id(environment), id(webhook)],
        );
        self.push(
            "UPDATE webhook_deliveries SET status = 'failed', due_at = NULL, updated_at = $3 \
             WHERE environment_id = $1 AND webhook_id = $2 AND status = 'pending'",
            vec![id(environment), id(webhook), now.into()],
        );
    }

    /// Takes a lane that is as it was seen; `None` lets go of it.
    pub fn take_lane(&mut self, seen: &Lane, worker: Option<&str>, epoch: i64) {
        self.push_one(
            "UPDATE webhook_lanes SET worker = $3, epoch = $4 WHERE environment_id = $1 AND webhook_id = $2 AND epoch = $5",
            vec![
                id(&seen.environment_id),
                id(&seen.webhook_id),
                worker.map(str::to_owned).into(),
                epoch.into(),
                seen.epoch.into(),
            ],
        );
    }

    /// Something is queued by hand on a lane, and nothing was since it was seen. Whoever writes what came of its deliveries
    /// waits for this commit, so that no two that write the same rows do so crosswise.
    pub fn queue_on_lane(&mut self, seen: &Lane) {
        self.push_one(
            "UPDATE webhook_lanes SET queued = queued + 1 WHERE environment_id = $1 AND webhook_id = $2 AND queued = $3",
            vec![
                id(&seen.environment_id),
                id(&seen.webhook_id),
                seen.queued.into(),
            ],
        );
    }

    /// How far a lane is, if it is still this worker's.
    pub fn advance_lane(&mut self, lane: &Lane) {
        self.push_one(
            "UPDATE webhook_lanes SET sequence = $3, failures = $4, opened_at = $5 \
             WHERE environment_id = $1 AND webhook_id = $2 AND epoch = $6",
            vec![
                id(&lane.environment_id),
                id(&lane.webhook_id),
                lane.sequence.into(),
                lane.failures.into(),
                lane.opened_at.into(),
                lane.epoch.into(),
            ],
        );
    }

    /// A sign of life.
    pub fn beat(&mut self, server: &str, beat: i64, now: Timestamp) {
        self.push(
            "INSERT INTO servers (id, beat, started_at) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET beat = $2",
            vec![server.into(), beat.into(), now.into()],
        );
    }

    /// The server has ended, or was found dead.
    pub fn forget_server(&mut self, server: &str) {
        self.push("DELETE FROM servers WHERE id = $1", vec![server.into()]);
    }

    /// Those among these that are through and older than this.
    pub fn prune_deliveries(
        &mut self,
        environment: &EnvironmentId,
        webhook: &WebhookId,
        among: &Range<i64>,
        older_than: Timestamp,
    ) {
        self.push(
            "DELETE FROM webhook_deliveries WHERE environment_id = $1 AND webhook_id = $2 AND sequence >= $3 \
             AND sequence < $4 AND updated_at < $5 AND status <> 'pending'",
            vec![
                id(environment),
                id(webhook),
                among.start.into(),
                among.end.into(),
                older_than.into(),
            ],
        );
    }
}
