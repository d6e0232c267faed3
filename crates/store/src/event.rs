//! Events, written in the transaction of the change they tell of.

use std::sync::LazyLock;

use selfsame_domain::event::Event;
use selfsame_domain::id::EnvironmentId;

use crate::row::{id, json, maybe_id, packed, packed_json};
use crate::sequence::INSERT_QUEUED;
use crate::sql::{Conditions, Cursor, Insert, Page, Slice};
use crate::{Ask, Batch, Query, Row, Store, StoreError, Value};

pub(crate) const COLUMNS: &[&str] = &[
    "environment_id",
    "id",
    "name",
    "object_type",
    "object_id",
    "account_id",
    "created_at",
    "ordinal",
    "payload",
    "context",
];

pub(crate) static INSERT: Insert = Insert::new("events", COLUMNS);
static SELECT: LazyLock<String> =
    LazyLock::new(|| format!("SELECT {} FROM events", COLUMNS.join(", ")));

pub(crate) fn event(row: &mut Row) -> Result<Event, StoreError> {
    with_payload(row, Row::packed_json)
}

/// With the text of its payload.
pub(crate) fn written_event(row: &mut Row) -> Result<Event<String>, StoreError> {
    with_payload(row, Row::packed_text)
}

fn with_payload<P>(
    row: &mut Row,
    payload: impl FnOnce(&mut Row) -> Result<P, StoreError>,
) -> Result<Event<P>, StoreError> {
    Ok(Event {
        environment_id: row.id()?,
        id: row.id()?,
        name: row.text()?,
        object_type: row.text()?,
        object_id: row.text()?,
        account_id: row.optional_id()?,
        created_at: row.time()?,
        ordinal: row.integer()?,
        payload: payload(row)?,
        context: row.json()?,
    })
}

#[derive(Debug, Clone, Default)]
pub struct EventFilter {
    pub names: Option<Vec<String>>,
    pub object_ids: Option<Vec<String>>,
    pub ids: Option<Vec<String>>,
}

impl Store {
    pub async fn find_event(
        &self,
        environment: &EnvironmentId,
        event_id: &str,
    ) -> Result<Option<Event>, StoreError> {
        self.ask(Ask::event(environment, event_id)).await
    }

    /// Every event of these objects, for redaction.
    pub async fn list_events_of(
        &self,
        environment: &EnvironmentId,
        object_ids: &[String],
    ) -> Result<Vec<Event>, StoreError> {
        let mut conditions = Conditions::new("environment_id", id(environment));
        conditions.and_in("object_id", object_ids.iter().cloned().map(Value::from));
        let (sql, values) = conditions.select(&SELECT, "ORDER BY created_at, ordinal, id");
        self.all(Query::new(sql, values), event).await
    }

    pub async fn event_cursor(
        &self,
        environment: &EnvironmentId,
        event_id: &str,
    ) -> Result<Option<Cursor>, StoreError> {
        let sql =
            "SELECT created_at, ordinal, id FROM events WHERE environment_id = $1 AND id = $2";
        self.find(
            Query::new(sql, vec![id(environment), event_id.into()]),
            |row| {
                Ok(Cursor {
                    created_at: row.integer()?,
                    ordinal: row.integer()?,
                    id: row.text()?,
                })
            },
        )
        .await
    }

    pub async fn list_events(
        &self,
        environment: &EnvironmentId,
        filter: &EventFilter,
        slice: &Slice,
        size: u32,
    ) -> Result<Page<Event>, StoreError> {
        self.ask(Ask::events(environment, filter, slice, size))
            .await
    }
}

impl Ask<Option<Event>> {
    pub fn event(environment: &EnvironmentId, event_id: &str) -> Self {
        let sql = format!("{} WHERE environment_id = $1 AND id = $2", *SELECT);
        Ask::find(
            Query::new(sql, vec![id(environment), event_id.into()]),
            event,
        )
    }
}

impl Ask<Page<Event>> {
    pub fn events(
        environment: &EnvironmentId,
        filter: &EventFilter,
        slice: &Slice,
        size: u32,
    ) -> Self {
        let mut conditions = Conditions::new("environment_id", id(environment));
        let lists = [
            ("name", &filter.names),
            ("object_id", &filter.object_ids),
            ("id", &filter.ids),
        ];
        for (column, wanted) in lists {
            if let Some(wanted) = wanted {
                conditions.and_in(column, wanted.iter().cloned().map(Value::from));
            }
        }
        let (sql, values) = conditions.page(&SELECT, &["created_at", "ordinal", "id"], slice, size);
        Ask::page(Query::new(sql, values), event, slice, size)
    }
}

impl Batch {
    pub fn replace_event_payload(&mut self, event: &Event) {
        self.push_one(
            "UPDATE events SET payload = $3 WHERE environment_id = $1 AND id = $2",
            vec![
                id(&event.environment_id),
                id(&event.id),
                packed_json(&event.payload),
            ],
        );
    }

    /// Events of one moment are listed in the order they were added and committed (E16), whatever ordinal was given.
    pub fn insert_event(&mut self, event: Event<String>) {
        self.events.push(event);
    }

    pub(crate) fn place_events(&mut self, first: i64) {
        for (event, ordinal) in std::mem::take(&mut self.events).into_iter().zip(first..) {
            self.insert(
                &INSERT_QUEUED,
                vec![
                    id(&event.environment_id),
                    id(&event.id),
                    maybe_id(event.account_id.as_ref()),
                    event.name.as_str().into(),
                    ordinal.into(),
                ],
            );
            self.insert(
                &INSERT,
                vec![
                    id(&event.environment_id),
                    id(&event.id),
                    event.name.into(),
                    event.object_type.into(),
                    event.object_id.into(),
                    maybe_id(event.account_id.as_ref()),
                    event.created_at.into(),
                    ordinal.into(),
                    packed(event.payload.as_bytes()),
                    json(&event.context),
                ],
            );
        }
    }
}
