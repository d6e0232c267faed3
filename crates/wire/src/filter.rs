//! Filters of list endpoints: which ones exist, and how their values read.
//!
//! Each endpoint names its own (conventions §9 → docs/rules/server-api.md). An unknown one is refused:
//! ignoring it would answer with more than was asked for.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use selfsame_domain::Refusal;

use crate::inflection::same_key;
use crate::query::{Query, label};

const MOST_IDS: usize = 100;

/// Refuses every `filter[…]` that is not one of `names` (in kebab).
pub fn allowed(query: &Query, names: &[&str]) -> Result<(), Refusal> {
    for (rest, _) in query.below(&["filter"]) {
        let known = match rest {
            [name] => is_known(name, names),
            [name, index] => is_known(name, names) && is_index(index),
            _ => false,
        };
        if !known {
            return Err(unknown(rest, names));
        }
    }
    Ok(())
}

fn is_known(sent: &str, names: &[&str]) -> bool {
    names.iter().any(|name| same_key(sent, name))
}

fn is_index(segment: &str) -> bool {
    segment.bytes().all(|byte| byte.is_ascii_digit())
}

fn unknown(rest: &[String], names: &[&str]) -> Refusal {
    let mut path = vec!["filter"];
    path.extend(rest.iter().map(String::as_str));
    let sent: String = label(&path).chars().take(100).collect();
    let known = match names {
        [] => "this endpoint has no filters".to_owned(),
        names => format!("known filters: {}", names.join(", ")),
    };
    Refusal::malformed(format!("{sent} is not a known filter; {known}"))
}

/// The ids (or other values) of a list filter, at most 100 of them. `None` if it was not sent.
pub fn id_list(query: &Query, path: &[&str]) -> Result<Option<Vec<String>>, Refusal> {
    let list = query.list(path);
    match &list {
        Some(ids) if ids.len() > MOST_IDS => Err(Refusal::malformed(format!(
            "{} takes at most {MOST_IDS} values",
            label(path)
        ))),
        _ => Ok(list),
    }
}

/// The instant of a date-time filter in milliseconds since 1970: RFC 3339, or a date, which means its
/// first moment in UTC.
pub fn timestamp(query: &Query, path: &[&str]) -> Result<Option<i64>, Refusal> {
    match query.scalar(path)? {
        None => Ok(None),
        Some(text) => millis(text).map(Some).ok_or_else(|| {
            Refusal::malformed(format!(
                "{} must be a date (2026-02-03) or a date-time with zone (2026-02-03T10:15:00Z)",
                label(path)
            ))
        }),
    }
}

fn millis(text: &str) -> Option<i64> {
    if text.len() == "2026-02-03".len() {
        let date: Date = text.parse().ok()?;
        let start = date.to_zoned_datetime(TimeZone::UTC).ok()?;
        return Some(start.timestamp().as_millisecond());
    }
    let instant: jiff::Timestamp = text.parse().ok()?;
    Some(instant.as_millisecond())
}
