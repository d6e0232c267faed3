//! Filters of list endpoints: which ones exist, and how their values read.
//!
//! Each endpoint names its own (conventions §9 → docs/rules/server-api.md). An unknown one is refused:
//! ignoring it would answer with more than was asked for.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use selfsame_domain::Refusal;

use crate::inflection::same_key;
use crate::query::{Query, is_index, label};

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

pub(crate) fn millis(text: &str) -> Option<i64> {
    if text.len() == "2026-02-03".len() {
        let date: Date = text.parse().ok()?;
        let start = date.to_zoned_datetime(TimeZone::UTC).ok()?;
        return Some(start.timestamp().as_millisecond());
    }
    let instant: jiff::Timestamp = text.parse().ok()?;
    Some(instant.as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 2] = ["reference-id", "status"];

    fn refused(raw: &str) -> String {
        let refusal = allowed(&Query::parse(raw).unwrap(), &KNOWN).unwrap_err();
        assert_eq!(refusal.status(), 400);
        refusal.details.unwrap()
    }

    #[test]
    fn known_filters_pass_in_any_spelling_and_form() {
        for raw in [
            "",
            "x=1&page[size]=1",
            "filter[reference_id]=a",
            "filter[referenceId][]=a&filter[status][0]=b",
        ] {
            assert_eq!(
                allowed(&Query::parse(raw).unwrap(), &KNOWN),
                Ok(()),
                "{raw}"
            );
        }
    }

    #[test]
    fn others_are_named_and_the_known_listed() {
        assert_eq!(
            refused("filter[statu]=a"),
            "filter[statu] is not a known filter; known filters: reference-id, status"
        );
        assert!(refused("filter[status][eq]=a").starts_with("filter[status][eq] is"));
        assert!(refused("filter=a").starts_with("filter is"));
        let none = allowed(&Query::parse("filter[a]=1").unwrap(), &[]).unwrap_err();
        assert!(none.details.unwrap().ends_with("has no filters"));
    }

    #[test]
    fn id_lists_are_capped() {
        let ids = vec!["inq_1"; 100].join(",");
        let query = |ids: &str| Query::parse(&format!("filter[inquiry-id]={ids}")).unwrap();
        let path = ["filter", "inquiry-id"];
        let list = id_list(&query(&ids), &path).unwrap();
        assert_eq!(list.map(|list| list.len()), Some(100));
        let refusal = id_list(&query(&format!("{ids},x")), &path).unwrap_err();
        assert_eq!(
            refusal.details.as_deref(),
            Some("filter[inquiry-id] takes at most 100 values")
        );
        assert_eq!(id_list(&Query::default(), &path), Ok(None));
    }

    #[test]
    fn instants_are_dates_or_date_times() {
        let read = |text: &str| {
            let query = Query::parse(&format!("filter[created-at-start]={text}")).unwrap();
            timestamp(&query, &["filter", "created-at-start"])
        };
        assert_eq!(read("1970-01-02"), Ok(Some(86_400_000)));
        assert_eq!(read("1970-01-01T00:00:01.500Z"), Ok(Some(1_500)));
        assert_eq!(read("1970-01-01T01:00:00%2B01:00"), Ok(Some(0)));
        assert_eq!(read("1969-12-31T23:59:59Z"), Ok(Some(-1_000)));
        for wrong in [
            "",
            "yesterday",
            "2026-02-30",
            "2026-02-03T10:15:00",
            "1770113727",
        ] {
            let refusal = read(wrong).unwrap_err();
            assert!(
                refusal
                    .details
                    .unwrap()
                    .starts_with("filter[created-at-start] must")
            );
        }
        assert_eq!(timestamp(&Query::default(), &["filter", "x"]), Ok(None));
    }
}
