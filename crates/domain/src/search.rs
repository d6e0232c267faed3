//! Conditions of a search (A40–A45): a tree of predicates, and the values that stand on both sides of one.

pub mod predicate;

use serde_json::Value;

pub use predicate::{Predicate, Sort};

use crate::field::{FieldKind, FieldSchema};

/// Predicates joined by and, or, not. `P` is a predicate: as it was sent, or as a store understands it.
#[derive(Debug, Clone, PartialEq)]
pub enum Clause<P> {
    All(Vec<Clause<P>>),
    Any(Vec<Clause<P>>),
    Not(Box<Clause<P>>),
    Is(P),
}

impl<P> Clause<P> {
    /// Every predicate replaced by a clause, in order.
    pub fn map<Q>(self, change: &mut impl FnMut(P) -> Clause<Q>) -> Clause<Q> {
        match self {
            Self::All(clauses) => {
                Clause::All(clauses.into_iter().map(|it| it.map(change)).collect())
            }
            Self::Any(clauses) => {
                Clause::Any(clauses.into_iter().map(|it| it.map(change)).collect())
            }
            Self::Not(clause) => Clause::Not(Box::new(clause.map(change))),
            Self::Is(predicate) => change(predicate),
        }
    }

    /// What nothing is.
    pub fn nothing() -> Self {
        Self::Any(Vec::new())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    Equal,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

impl Operator {
    /// A41.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "eq" => Self::Equal,
            "gt" => Self::Greater,
            "gte" => Self::GreaterOrEqual,
            "lt" => Self::Less,
            "lte" => Self::LessOrEqual,
            _ => return None,
        })
    }

    pub const fn as_sql(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
        }
    }
}

/// So many characters of a text count in a search.
const LONGEST_TEXT: usize = 255;

/// What a value is compared as. Numbers, instants and truth values share one order of integers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Comparable {
    Text(String),
    Number(i64),
}

impl Comparable {
    /// An integer that is ordered as the number is; `0.0` and `-0.0` are one.
    #[allow(
        clippy::cast_possible_wrap,
        reason = "the bits are what is wanted, sign included"
    )]
    pub fn of_number(number: f64) -> Self {
        let bits = (number + 0.0).to_bits() as i64;
        Self::Number(if bits < 0 { i64::MIN - bits } else { bits })
    }
}

/// Which way the members of a kind compare, if a search can go by them at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// By code points, lower case unless case matters.
    Text,
    Date,
    Datetime,
    Number,
    /// Equal or not.
    Boolean,
}

/// Hashes, arrays and files have no place in an order.
pub fn comparison(kind: FieldKind) -> Option<Comparison> {
    Some(match kind {
        FieldKind::String | FieldKind::Choices => Comparison::Text,
        FieldKind::Date => Comparison::Date,
        FieldKind::Datetime => Comparison::Datetime,
        FieldKind::Number | FieldKind::Integer => Comparison::Number,
        FieldKind::Boolean => Comparison::Boolean,
        FieldKind::MultiChoices
        | FieldKind::Array
        | FieldKind::Hash
        | FieldKind::File
        | FieldKind::GovernmentId
        | FieldKind::Selfie => return None,
    })
}

/// What a search compares of a field's value, or of what a predicate compares it with.
///
/// # Errors
/// What the value must be, to be said after its name.
pub fn comparable(schema: &FieldSchema, value: &Value) -> Result<Comparable, &'static str> {
    let text = |problem| value.as_str().ok_or(problem);
    match comparison(schema.kind) {
        None => Err("cannot be searched"),
        Some(Comparison::Text) => {
            let text = text("must be a string")?;
            let fold = crate::account::identifier_fold(schema, text);
            Ok(Comparable::Text(fold.chars().take(LONGEST_TEXT).collect()))
        }
        Some(Comparison::Date) => {
            const PROBLEM: &str = "must be a date of the form YYYY-MM-DD";
            let text = text(PROBLEM)?;
            let date: jiff::civil::Date = text.parse().map_err(|_| PROBLEM)?;
            Ok(Comparable::Text(date.to_string()))
        }
        Some(Comparison::Datetime) => {
            const PROBLEM: &str = "must be an ISO 8601 date-time";
            let instant: jiff::Timestamp = text(PROBLEM)?.parse().map_err(|_| PROBLEM)?;
            Ok(Comparable::Number(instant.as_millisecond()))
        }
        Some(Comparison::Number) => value
            .as_f64()
            .map(Comparable::of_number)
            .ok_or("must be a number"),
        Some(Comparison::Boolean) => value
            .as_bool()
            .map(|truth| Comparable::Number(truth.into()))
            .ok_or("must be true or false"),
    }
}

#[cfg(test)]
mod tests;
