//! Deliveries on the wire, all of it our own (W80–W92).

use selfsame_domain::delivery::{AttemptMade, Delivery, MOST_REPLAYED, OfAccount, ReplayRequest};
use selfsame_domain::event::Event;
use selfsame_domain::id::{DeliveryId, EventId, Id};
use selfsame_domain::{Refusal, Refusals, Timestamp};
use serde_json::{Value, json};

use crate::account::reference_id;
use crate::document::{optional_time, resource, time, to_one};
use crate::filter::millis;
use crate::setting::integer;
use crate::{Query, Reader};

pub const TYPE: &str = "webhook-event";

pub fn document(id: &DeliveryId, delivery: &Delivery) -> Value {
    let attempts: Vec<Value> = delivery.attempts.iter().map(attempt).collect();
    resource(
        TYPE,
        id.as_str(),
        json!({
            "status": delivery.status.as_str(),
            "event-name": delivery.event_name,
            "attempts-made": delivery.attempts_made,
            "first-attempted-at": optional_time(delivery.first_attempted_at),
            "next-attempt-at": optional_time(delivery.due_at),
            "created-at": time(delivery.created_at),
            "updated-at": time(delivery.updated_at),
            "sequence": delivery.account_sequence,
            "environment-sequence": delivery.sequence,
            "attempts": attempts,
        }),
        json!({
            "webhook": to_one("webhook", Some(delivery.webhook_id.as_str())),
            "event": to_one("event", Some(delivery.event_id.as_str())),
            "account": to_one("account", delivery.account_id.as_ref().map(Id::as_str)),
        }),
    )
}

/// What came of one attempt; `head` is the head of the answer, or what the problem was.
pub fn attempt(made: &AttemptMade) -> Value {
    json!({
        "at": made.at.to_millis_text(),
        "duration-ms": made.milliseconds,
        "status": made.status,
        "problem": made.problem,
        "head": made.head,
    })
}

/// An event with its numbers, of its account and of its environment.
pub fn numbered_event(event: &Event, account_sequence: Option<i64>, sequence: i64) -> Value {
    let mut document = crate::event::document(event);
    document["attributes"]["sequence"] = account_sequence.into();
    document["attributes"]["environment-sequence"] = sequence.into();
    let account = event.account_id.as_ref().map(Id::as_str);
    document["relationships"] = json!({"account": to_one("account", account)});
    document
}

/// W82–W86: one way to say which events, and only one.
pub fn parse_replay(body: &Value) -> Result<ReplayRequest, Refusals> {
    let root = Reader::root(body);
    let meta = root.object("meta", true);
    let events = meta.id_list::<EventId>("event-ids").flatten();
    let (from, until) = (instant(&meta, "from"), instant(&meta, "to"));
    let after = integer(&meta, "after-sequence", 0, i64::MAX);
    let up_to = integer(&meta, "up-to-sequence", 0, i64::MAX);
    let account = account(&meta);
    let is_sent = |name: &&str| meta.value(name).is_some_and(|value| !value.is_null());
    let exclude = |name: &str, others: &[&'static str]| {
        for other in others.iter().filter(|other| is_sent(other)) {
            meta.unprocessable(other, &format!("cannot be combined with {name}"));
        }
    };
    let times = ["from", "to"];
    let numbers = ["after-sequence", "up-to-sequence"];
    let accounts = ["account-id", "reference-id"];
    if is_sent(&"event-ids") {
        exclude("event_ids", &[&times[..], &numbers, &accounts].concat());
    } else if accounts.iter().any(is_sent) {
        exclude("an account", &times);
    } else if meta.is_present() && !times.iter().chain(&numbers).any(is_sent) {
        meta.refuse(Refusal::unprocessable(
            "meta must say which events: event_ids, from, to, after_sequence, up_to_sequence, account_id or reference_id",
            "/meta",
        ));
    }
    if let Some(ids) = &events
        && !(1..=MOST_REPLAYED).contains(&ids.len())
    {
        let problem = format!("must have from 1 to {MOST_REPLAYED} entries");
        meta.unprocessable("event-ids", &problem);
    }
    if matches!((from, until), (Some(from), Some(until)) if from >= until) {
        meta.unprocessable("to", "must be after from");
    }
    if matches!((after, up_to), (Some(after), Some(up_to)) if after >= up_to) {
        meta.unprocessable("up-to-sequence", "must be greater than after_sequence");
    }
    root.finish()?;
    let after = after.unwrap_or_default();
    Ok(match (events, account) {
        (Some(ids), _) => ReplayRequest::Events(ids),
        (None, Some(account)) => ReplayRequest::Account {
            account,
            after,
            up_to,
        },
        (None, None) => ReplayRequest::Environment {
            from,
            until,
            after,
            up_to,
        },
    })
}

fn account(meta: &Reader<'_>) -> Option<OfAccount> {
    let id = meta.id("account-id").flatten();
    let sent = meta.nullable_string("reference-id").flatten();
    if sent.as_deref() == Some("") {
        meta.unprocessable("reference-id", "must be filled");
    }
    let reference = reference_id(meta, "reference-id", sent);
    if id.is_some() && reference.is_some() {
        meta.unprocessable("reference-id", "cannot be combined with account_id");
    }
    id.map(OfAccount::Id)
        .or(reference.map(OfAccount::Reference))
}

fn instant(meta: &Reader<'_>, name: &str) -> Option<Timestamp> {
    let text = meta.nullable_string(name).flatten()?;
    let found = millis(&text).map(Timestamp::from_millis);
    if found.is_none() {
        let problem = "must be a date (2026-02-03) or a date-time with zone (2026-02-03T10:15:00Z)";
        meta.unprocessable(name, problem);
    }
    found
}

/// W87: the event to be simulated.
pub fn parse_simulate(body: &Value) -> Result<EventId, Refusals> {
    let root = Reader::root(body);
    let id = root.object("meta", true).required_id("event-id");
    root.finish()?;
    id.ok_or_else(|| Refusal::malformed("meta.event_id is missing").into())
}

/// W88: the name of the sample.
pub fn parse_sample(body: &Value) -> Result<String, Refusals> {
    let root = Reader::root(body);
    let name = root.object("meta", true).required_string("event-name");
    root.finish()?;
    name.ok_or_else(|| Refusal::malformed("meta.event_name is missing").into())
}

/// W92: the number asked with, and the account, if one is named.
pub fn parse_after(query: &Query) -> Result<(i64, Option<OfAccount>), Refusals> {
    let text = query.scalar(&["after-sequence"])?.unwrap_or("0");
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let after = text.parse().ok().filter(|_| digits);
    let after = after.ok_or_else(|| {
        Refusal::malformed("after-sequence must be a whole number that is not below 0")
    })?;
    // Read as the members of a body are.
    let mut members = json!({});
    for name in ["account-id", "reference-id"] {
        if let Some(text) = query.scalar(&[name])? {
            members[name] = text.into();
        }
    }
    let root = Reader::root(&members);
    let account = account(&root);
    root.finish()?;
    Ok((after, account))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(meta: Value) -> Vec<(u16, String)> {
        let refusals = parse_replay(&json!({"meta": meta})).unwrap_err();
        let told = |one: Refusal| {
            (
                one.kind.status(),
                one.pointer.or(one.details).unwrap_or_default(),
            )
        };
        refusals.0.into_iter().map(told).collect()
    }

    #[test]
    fn w82_each_way_to_say_which_events() {
        let parse = |meta: Value| parse_replay(&json!({"meta": meta})).unwrap();
        assert_eq!(
            parse(json!({"event-ids": ["evt_1"], "from": null})),
            ReplayRequest::Events(vec![EventId::from_trusted("evt_1".into())])
        );
        assert_eq!(
            parse(json!({"from": "2026-02-03", "to": "2026-02-03T00:00:01Z", "after-sequence": 4})),
            ReplayRequest::Environment {
                from: Some(Timestamp::from_millis(1_770_076_800_000)),
                until: Some(Timestamp::from_millis(1_770_076_801_000)),
                after: 4,
                up_to: None,
            }
        );
        let ReplayRequest::Account { after, up_to, .. } =
            parse(json!({"reference-id": "user-1", "after-sequence": 1, "up-to-sequence": 2}))
        else {
            panic!("not of an account");
        };
        assert_eq!((after, up_to), (1, Some(2)));
    }

    #[test]
    fn w83_what_contradicts_itself_is_refused_where_it_stands() {
        let too_many: Vec<_> = (0..=MOST_REPLAYED).map(|at| format!("evt_{at}")).collect();
        for (meta, pointer) in [
            (json!({}), "/meta"),
            (json!({"from": null}), "/meta"),
            (json!({"event-ids": []}), "/meta/event-ids"),
            (json!({"event-ids": too_many}), "/meta/event-ids"),
            (
                json!({"event-ids": ["evt_1"], "from": "2026-02-03"}),
                "/meta/from",
            ),
            (
                json!({"event-ids": ["evt_1"], "account-id": "act_1"}),
                "/meta/account-id",
            ),
            (
                json!({"account-id": "act_1", "reference-id": "a"}),
                "/meta/reference-id",
            ),
            (
                json!({"account-id": "act_1", "to": "2026-02-03"}),
                "/meta/to",
            ),
            (json!({"reference-id": ""}), "/meta/reference-id"),
            (
                json!({"from": "2026-02-03", "to": "2026-02-03"}),
                "/meta/to",
            ),
            (json!({"from": "yesterday"}), "/meta/from"),
            (
                json!({"after-sequence": 5, "up-to-sequence": 5}),
                "/meta/up-to-sequence",
            ),
            (json!({"after-sequence": -1}), "/meta/after-sequence"),
        ] {
            assert_eq!(refused(meta.clone()), [(422, pointer.to_owned())], "{meta}");
        }
        assert_eq!(
            refused(json!({"after-sequence": "five"})),
            [(400, "meta.after_sequence must be an integer".to_owned())]
        );
        assert!(parse_replay(&json!({})).is_err());
    }

    #[test]
    fn w92_the_gap_query_says_what_is_wrong_with_it() {
        let parse = |raw: &str| parse_after(&Query::parse(raw).unwrap());
        assert_eq!(parse(""), Ok((0, None)));
        assert_eq!(parse("after-sequence=0"), Ok((0, None)));
        assert_eq!(parse("after_sequence=7").map(|found| found.0), Ok(7));
        for raw in [
            "after-sequence=",
            "after-sequence=-1",
            "after-sequence=+1",
            "after-sequence=99999999999999999999",
            "after-sequence=1&account-id=inq_1",
            "after-sequence=1&account-id=act_1&reference-id=a",
            "after-sequence=1&reference-id=",
        ] {
            assert!(parse(raw).is_err(), "{raw}");
        }
    }
}
