//! A group of batches as one transaction in one round trip.
//!
//! What creates are made of, inserts and checks, is run for the whole group at once, a table at a time; whatever else
//! follows batch by batch. Every statement that must have an effect on its row fails where it has none (by dividing by
//! zero), so that no answer has to be looked at before the `COMMIT` is sent.

use std::borrow::Cow;
use std::collections::BTreeMap;

use tokio_postgres::types::Type;
use tokio_postgres::{Error, Statement as Prepared};

use super::session::{Parameters, Session};
use super::value::Column;
use crate::batch::{Action, Expect, Guard, Statement};
use crate::copy::tables;
use crate::sql::{Check, Insert};
use crate::{Batch, Value};

/// One statement of the transaction, with what its parameters are made of.
pub struct Step<'a> {
    pub guard: Option<Guard>,
    what: What<'a>,
}

type Rows<'a> = Vec<&'a [Value]>;

enum What<'a> {
    One(Cow<'a, str>, &'a [Value]),
    Inserts(&'static Insert, Rows<'a>),
    Checks(&'static Check, Rows<'a>),
}

/// The steps of a group, in an order in which two groups never wait for one another crosswise: checks, then inserts in
/// the order of the tables and of their keys, then what is special.
pub fn steps<'a>(batches: &[&'a Batch]) -> Vec<Step<'a>> {
    let mut checks: BTreeMap<usize, (&'static Check, Rows<'a>)> = BTreeMap::new();
    let mut inserts: BTreeMap<usize, (&'static Insert, Option<Guard>, Rows<'a>)> = BTreeMap::new();
    let mut steps = Vec::new();
    for batch in batches {
        if batch.statements.iter().any(is_special) {
            steps.extend(in_order(&batch.statements));
            continue;
        }
        for statement in &batch.statements {
            let values = statement.values.as_slice();
            match &statement.action {
                Action::Check(check) => {
                    let rows = checks
                        .entry(tables::place(check.table))
                        .or_insert((check, vec![]));
                    rows.1.push(values);
                }
                Action::Insert(insert) => {
                    let rows = inserts.entry(tables::place(insert.table)).or_insert((
                        insert,
                        statement.guard,
                        vec![],
                    ));
                    rows.2.push(values);
                }
                Action::Text(..) => {}
            }
        }
    }
    let checks = checks.into_values().map(|(check, mut rows)| {
        rows.sort_by(|a, b| compare(a, b, 1));
        let what = match rows.as_slice() {
            [only] => What::One(check_one(check).into(), only),
            _ => What::Checks(check, rows),
        };
        Step { guard: None, what }
    });
    let inserts = inserts.into_values().map(|(insert, guard, mut rows)| {
        rows.sort_by(|a, b| compare(a, b, insert.order));
        let what = match rows.as_slice() {
            [only] => What::One(insert.one().into(), only),
            _ => What::Inserts(insert, rows),
        };
        Step { guard, what }
    });
    checks.chain(inserts).chain(steps).collect()
}

/// The statements of one batch in its own order; rows for one table that follow one another go together.
fn in_order(statements: &[Statement]) -> impl Iterator<Item = Step<'_>> {
    statements
        .chunk_by(|left, right| {
            let table = |statement: &Statement| match (&statement.action, statement.guard) {
                (Action::Insert(insert), None) => Some(insert.table),
                _ => None,
            };
            table(left).is_some() && table(left) == table(right)
        })
        .flat_map(|together| match together {
            [
                Statement {
                    action: Action::Insert(insert),
                    ..
                },
                _,
                ..,
            ] => {
                let rows = together.iter().map(|statement| statement.values.as_slice());
                let what = What::Inserts(insert, rows.collect());
                vec![Step { guard: None, what }]
            }
            _ => together.iter().map(one).collect(),
        })
}

/// A statement as a step of its own.
pub fn one(statement: &Statement) -> Step<'_> {
    let sql = match &statement.action {
        Action::Insert(insert) => insert.one().into(),
        Action::Check(check) => check_one(check).into(),
        Action::Text(sql, Expect::Any) => Cow::Borrowed(sql.as_ref()),
        Action::Text(sql, Expect::One) => {
            format!("WITH done AS ({sql} RETURNING 1) SELECT 1 / (count(*) = 1)::int FROM done")
                .into()
        }
    };
    Step {
        guard: statement.guard,
        what: What::One(sql, &statement.values),
    }
}

impl<'a> Step<'a> {
    /// The statement, and for many rows their columns.
    pub async fn prepare(&self, session: &Session) -> Result<(Prepared, Vec<Column<'a>>), Error> {
        match &self.what {
            What::One(sql, _) => Ok((session.prepare(sql).await?, vec![])),
            What::Checks(check, rows) => {
                let prepared = session.prepare(&check_many(check)).await?;
                let kinds = [Type::TEXT, Type::TEXT, Type::INT8];
                Ok((prepared, columns(&kinds, rows)))
            }
            What::Inserts(insert, rows) => {
                // The statement for one row knows the types of the columns.
                let one = session.prepare(insert.one()).await?;
                let many = insert_many(insert, one.params());
                let columns = columns(one.params(), rows);
                Ok((session.prepare(&many).await?, columns))
            }
        }
    }

    pub fn parameters<'p>(&'p self, columns: &'p [Column<'p>]) -> Parameters<'p> {
        match self.what {
            What::One(_, values) => values.iter().map(|value| value as _).collect(),
            What::Checks(..) | What::Inserts(..) => columns.iter().map(Column::parameter).collect(),
        }
    }
}

fn columns<'a>(kinds: &[Type], rows: &[&'a [Value]]) -> Vec<Column<'a>> {
    let column =
        |(place, kind)| Column::new(kind, rows.iter().filter_map(move |row| row.get(place)));
    kinds.iter().enumerate().map(column).collect()
}

fn is_special(statement: &Statement) -> bool {
    matches!(statement.action, Action::Text(..))
}

/// By the environment, then by the column that decides.
fn compare(a: &[Value], b: &[Value], column: usize) -> std::cmp::Ordering {
    let key = |row: &[Value], place: usize| match row.get(place) {
        Some(Value::Text(text)) => Some(text.as_bytes().to_vec()),
        Some(Value::Blob(bytes)) => Some(bytes.clone()),
        Some(Value::Integer(number)) => Some(number.to_be_bytes().to_vec()),
        _ => None,
    };
    (key(a, 0), key(a, column)).cmp(&(key(b, 0), key(b, column)))
}

/// `FOR SHARE`: the row stays as it is until the commit, and of two that only look neither waits.
fn check_one(check: &Check) -> String {
    format!(
        "SELECT 1 / (count(*) = 1)::int FROM ({} FOR SHARE) held",
        check.one()
    )
}

/// Two rows may name the same object; then it is found twice.
fn check_many(check: &Check) -> String {
    format!(
        "SELECT 1 / (count(*) = cardinality($2::text[]))::int FROM (\
         SELECT 1 FROM unnest($1::text[], $2::text[], $3::bigint[]) wanted (scope, id, version) \
         JOIN {} held ON held.{} = wanted.scope AND held.id = wanted.id \
         AND held.version = wanted.version FOR SHARE OF held) found",
        check.table, check.scope
    )
}

fn insert_many(insert: &Insert, kinds: &[Type]) -> String {
    let arrays: Vec<_> = kinds
        .iter()
        .enumerate()
        .map(|(place, kind)| format!("${}::{}[]", place + 1, kind.name()))
        .collect();
    format!(
        "INSERT INTO {} ({}) SELECT * FROM unnest({})",
        insert.table,
        insert.columns.join(", "),
        arrays.join(", ")
    )
}
