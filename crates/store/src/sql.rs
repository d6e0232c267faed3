//! Building the few shapes of SQL that all nouns share.

use std::fmt::Write as _;
use std::sync::OnceLock;

use crate::Value;

/// `INSERT INTO table (a, b) VALUES ($1, $2)`: one row, and a shape that an engine may give many rows at once.
#[derive(Debug)]
pub struct Insert {
    pub table: &'static str,
    pub columns: &'static [&'static str],
    /// The column whose values decide in which order many rows are inserted, so that two writers that wait for one
    /// another in a unique index never do so crosswise.
    pub order: usize,
    /// What the embedded store does instead, with the same values; nothing: it inserts as well.
    pub embedded: &'static [&'static str],
    text: OnceLock<String>,
}

impl Insert {
    pub const fn new(table: &'static str, columns: &'static [&'static str]) -> Self {
        Self::ordered(table, columns, 1)
    }

    pub const fn ordered(
        table: &'static str,
        columns: &'static [&'static str],
        order: usize,
    ) -> Self {
        Self {
            table,
            columns,
            order,
            embedded: &[],
            text: OnceLock::new(),
        }
    }

    /// Each of these changes exactly one row.
    pub const fn embedded_as(mut self, statements: &'static [&'static str]) -> Self {
        self.embedded = statements;
        self
    }

    pub fn one(&self) -> &str {
        self.text.get_or_init(|| {
            let places: Vec<_> = (1..=self.columns.len())
                .map(|place| format!("${place}"))
                .collect();
            format!(
                "INSERT INTO {} ({}) VALUES ({})",
                self.table,
                self.columns.join(", "),
                places.join(", ")
            )
        })
    }
}

/// A row is still at the version at which it was read: what it belongs to, `id`, `version`.
#[derive(Debug)]
pub struct Check {
    pub table: &'static str,
    /// The first column of the table's key.
    pub scope: &'static str,
    text: OnceLock<String>,
}

impl Check {
    /// Of a row of an environment.
    pub const fn new(table: &'static str) -> Self {
        Self::below("environment_id", table)
    }

    pub const fn below(scope: &'static str, table: &'static str) -> Self {
        Self {
            table,
            scope,
            text: OnceLock::new(),
        }
    }

    pub fn one(&self) -> &str {
        self.text.get_or_init(|| {
            format!(
                "SELECT 1 FROM {} WHERE {} = $1 AND id = $2 AND version = $3",
                self.table, self.scope
            )
        })
    }
}

/// Writes every column but the first two, which are the key, of the row whose last column, `version`, is still
/// what it was when read.
pub fn update_versioned(table: &str, columns: &[&str]) -> String {
    let last = columns.len();
    let mut sets = String::new();
    for (index, column) in columns.iter().enumerate().take(last - 1).skip(2) {
        let _ = write!(sets, "{column} = ${}, ", index + 1);
    }
    format!(
        "UPDATE {table} SET {sets}version = ${last} + 1 WHERE {} = $1 AND {} = $2 AND version = ${last}",
        columns[0], columns[1]
    )
}

/// Where a page begins: the sort key of an object, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    pub created_at: i64,
    pub ordinal: i64,
    pub id: String,
}

/// Which slice of a newest-first list is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Slice {
    First,
    /// Older than this object.
    After(Cursor),
    /// Newer than this object.
    Before(Cursor),
}

/// One page, newest first, and whether there is more on either side.
#[derive(Debug, Clone)]
pub struct Page<T> {
    pub items: Vec<T>,
    pub has_newer: bool,
    pub has_older: bool,
}

/// What a list is ordered by; the id decides between equals.
pub struct Order<'a> {
    pub table: &'static str,
    /// What the statement calls the table.
    pub alias: &'static str,
    /// The expression, of a table called so; never null.
    pub key: &'a dyn Fn(&str) -> String,
    pub ascending: bool,
}

/// A growing `WHERE` with its values.
#[derive(Debug, Default)]
pub struct Conditions {
    text: String,
    pub values: Vec<Value>,
}

impl Conditions {
    pub fn new(environment_column: &str, environment: Value) -> Self {
        Self {
            text: format!("{environment_column} = $1"),
            values: vec![environment],
        }
    }

    /// Where the value stands in the statement: `$2`.
    pub fn place(&mut self, value: Value) -> String {
        self.values.push(value);
        format!("${}", self.values.len())
    }

    /// `condition` holds `?` where the value goes.
    pub fn and(&mut self, condition: &str, value: impl Into<Value>) {
        let place = self.place(value.into());
        let _ = write!(self.text, " AND {}", condition.replace('?', &place));
    }

    pub fn and_plain(&mut self, condition: &str) {
        let _ = write!(self.text, " AND {condition}");
    }

    /// `expression IN (…)`; an empty list matches nothing.
    pub fn and_in(&mut self, expression: &str, values: impl IntoIterator<Item = Value>) {
        let places: Vec<_> = values.into_iter().map(|value| self.place(value)).collect();
        if places.is_empty() {
            self.text.push_str(" AND 1 = 0");
        } else {
            let _ = write!(self.text, " AND {expression} IN ({})", places.join(", "));
        }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// An inquiry's status, where an open one whose time is over counts as expired.
    pub fn and_status(&mut self, statuses: &[String], now: i64) {
        if !statuses.iter().any(|status| status == "expired") {
            return self.and_in("i.status", statuses.iter().cloned().map(Value::from));
        }
        let places: Vec<_> = statuses
            .iter()
            .map(|status| self.place(status.clone().into()))
            .collect();
        let now = self.place(now.into());
        let _ = write!(
            self.text,
            " AND (i.status IN ({}) OR (i.status IN ('created', 'pending') AND i.redacted_at IS NULL \
             AND i.expires_at <= {now}))",
            places.join(", ")
        );
    }

    /// The query of one page: one row more than wanted, to know whether there is more.
    pub fn page(
        mut self,
        select: &str,
        sort: &[&str],
        slice: &Slice,
        size: u32,
    ) -> (String, Vec<Value>) {
        let (direction, comparison, cursor) = match slice {
            Slice::First => ("DESC", "<", None),
            Slice::After(cursor) => ("DESC", "<", Some(cursor)),
            Slice::Before(cursor) => ("ASC", ">", Some(cursor)),
        };
        if let Some(cursor) = cursor {
            let values: Vec<Value> = match sort.len() {
                2 => vec![cursor.created_at.into(), cursor.id.clone().into()],
                _ => vec![
                    cursor.created_at.into(),
                    cursor.ordinal.into(),
                    cursor.id.clone().into(),
                ],
            };
            let places: Vec<_> = values.into_iter().map(|value| self.place(value)).collect();
            let _ = write!(
                self.text,
                " AND ({}) {comparison} ({})",
                sort.join(", "),
                places.join(", ")
            );
        }
        let order: Vec<_> = sort
            .iter()
            .map(|column| format!("{column} {direction}"))
            .collect();
        let limit = self.place((i64::from(size) + 1).into());
        let sql = format!(
            "{select} WHERE {} ORDER BY {} LIMIT {limit}",
            self.text,
            order.join(", ")
        );
        (sql, self.values)
    }

    /// Like [`Conditions::page`], in an order of one's own. A page goes on where its cursor stands now.
    pub fn ordered_page(
        mut self,
        select: &str,
        order: &Order<'_>,
        slice: &Slice,
        size: u32,
    ) -> (String, Vec<Value>) {
        let (cursor, forwards) = match slice {
            Slice::First => (None, true),
            Slice::After(cursor) => (Some(cursor), true),
            Slice::Before(cursor) => (Some(cursor), false),
        };
        let ascending = order.ascending == forwards;
        let (direction, comparison) = if ascending {
            ("ASC", ">")
        } else {
            ("DESC", "<")
        };
        let (alias, key) = (order.alias, (order.key)(order.alias));
        if let Some(cursor) = cursor {
            let place = self.place(cursor.id.clone().into());
            let _ = write!(
                self.text,
                " AND ({key}, {alias}.id) {comparison} ((SELECT {} FROM {} c WHERE c.environment_id = $1 \
                 AND c.id = {place}), {place})",
                (order.key)("c"),
                order.table
            );
        }
        let limit = self.place((i64::from(size) + 1).into());
        let sql = format!(
            "{select} WHERE {} ORDER BY {key} {direction}, {alias}.id {direction} LIMIT {limit}",
            self.text
        );
        (sql, self.values)
    }

    pub fn select(self, select: &str, tail: &str) -> (String, Vec<Value>) {
        (format!("{select} WHERE {} {tail}", self.text), self.values)
    }
}

/// Turns what [`Conditions::page`] fetched into a page, newest first.
pub fn into_page<T>(mut items: Vec<T>, slice: &Slice, size: u32) -> Page<T> {
    let more = items.len() > size as usize;
    items.truncate(size as usize);
    match slice {
        Slice::First => Page {
            items,
            has_newer: false,
            has_older: more,
        },
        Slice::After(_) => Page {
            items,
            has_newer: true,
            has_older: more,
        },
        Slice::Before(_) => {
            items.reverse();
            Page {
                items,
                has_newer: more,
                has_older: true,
            }
        }
    }
}

/// `SELECT created_at, id`, with no place inside a commit.
pub(crate) fn cursor(row: &mut crate::Row) -> Result<Cursor, crate::StoreError> {
    Ok(Cursor {
        created_at: row.integer()?,
        ordinal: 0,
        id: row.text()?,
    })
}
