//! One comparison as a caller wrote it, and what can be wrong with it.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::{Clause, Operator};
use crate::Refusal;
use crate::field::dash_case;

/// One comparison, as it was sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Predicate {
    pub attribute: String,
    pub operator: Operator,
    /// A string, number or boolean.
    pub value: Value,
    /// Where it stands in the body: `/query/and/0`.
    pub pointer: String,
}

/// By which attribute results are ordered; the id decides between equals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sort {
    pub attribute: String,
    pub ascending: bool,
}

impl Sort {
    pub fn refuse(&self, problem: &str) -> Refusal {
        Refusal::unprocessable(format!("{} {problem}", self.attribute), "/sort/attribute")
    }
}

impl Predicate {
    /// A 422 about the attribute, such as `is not searchable`.
    pub fn refuse_attribute(&self, problem: &str) -> Refusal {
        let shown: String = self.attribute.chars().take(100).collect();
        Refusal::unprocessable(
            format!("{shown} {problem}"),
            format!("{}/attribute", self.pointer),
        )
    }

    /// A 422 about the value, such as `must be a string`.
    pub fn refuse_value(&self, problem: &str) -> Refusal {
        Refusal::unprocessable(
            format!("the value of {} {problem}", self.attribute),
            format!("{}/value", self.pointer),
        )
    }

    /// # Errors
    /// 422 where there is no order to go by.
    pub fn only_equal(&self) -> Result<(), Refusal> {
        if self.operator == Operator::Equal {
            return Ok(());
        }
        Err(Refusal::unprocessable(
            format!("{} can only be compared with eq", self.attribute),
            format!("{}/operator", self.pointer),
        ))
    }

    /// # Errors
    /// 422 where it is no string.
    pub fn text(&self) -> Result<&str, Refusal> {
        self.value
            .as_str()
            .ok_or_else(|| self.refuse_value("must be a string"))
    }

    /// An instant, or a date, which is the whole of that day in UTC: `gt` is after it, `lte` is up to its end.
    ///
    /// # Errors
    /// 422 where it is neither.
    pub fn instants<P>(&self, test: impl Fn(Operator, i64) -> P) -> Result<Clause<P>, Refusal> {
        let (begin, end) = span(self.text()?).ok_or_else(|| {
            self.refuse_value(
                "must be a date (2026-02-03) or a date-time with zone (2026-02-03T10:15:00Z)",
            )
        })?;
        Ok(match self.operator {
            Operator::Equal => Clause::All(vec![
                Clause::Is(test(Operator::GreaterOrEqual, begin)),
                Clause::Is(test(Operator::Less, end)),
            ]),
            Operator::Greater => Clause::Is(test(Operator::GreaterOrEqual, end)),
            Operator::GreaterOrEqual => Clause::Is(test(Operator::GreaterOrEqual, begin)),
            Operator::Less => Clause::Is(test(Operator::Less, begin)),
            Operator::LessOrEqual => Clause::Is(test(Operator::Less, end)),
        })
    }
}

/// From its first millisecond to the one after its last, since 1970 UTC.
fn span(text: &str) -> Option<(i64, i64)> {
    let start_of = |date: Date| {
        let start = date.to_zoned_datetime(TimeZone::UTC).ok()?;
        Some(start.timestamp().as_millisecond())
    };
    if text.len() == "2026-02-03".len() {
        let date: Date = text.parse().ok()?;
        return Some((start_of(date)?, start_of(date.tomorrow().ok()?)?));
    }
    let instant: jiff::Timestamp = text.parse().ok()?;
    let millis = instant.as_millisecond();
    Some((millis, millis + 1))
}

/// The two parts of `fields.shoe_size`.
pub fn member<'a>(attribute: &'a str, of: &str) -> Option<&'a str> {
    let (first, key) = attribute.split_once('.')?;
    (first == of && !key.is_empty()).then_some(key)
}

/// Whether an attribute's name, in any spelling, is this one.
pub fn names(attribute: &str, name: &str) -> bool {
    dash_case(attribute) == name
}
