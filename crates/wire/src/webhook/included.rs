//! `included-allowlist` and `relationship-allowlist` (W11, W12).

use selfsame_domain::webhook::{
    EVENT_NAMES, IncludedAllowlist, IncludedOf, MOST_EVENT_TYPES, MOST_RELATIONS, type_of,
};
use serde_json::{Value, json};

use super::cut;
use crate::Reader;
use crate::setting::list;

const INCLUDED: &str = "included-allowlist";
const RELATIONSHIPS: &str = "relationship-allowlist";
const LONGEST_RELATION: usize = 100;

pub(super) fn document(list: &IncludedAllowlist) -> Value {
    match list {
        IncludedAllowlist::None => json!({"state": "include_none"}),
        IncludedAllowlist::All => json!({"state": "include_all"}),
        IncludedAllowlist::Custom(types) => {
            let types = types
                .iter()
                .map(|of| json!({"event-type": of.event_type, "relationships": of.relations}));
            json!({"state": "custom", "event-types": types.collect::<Value>()})
        }
    }
}

pub(super) fn of_relationships(all: bool) -> Value {
    json!({"state": if all { "include_all" } else { "include_none" }})
}

pub(super) fn parse(attributes: &Reader<'_>) -> Option<IncludedAllowlist> {
    let member = attributes.object(INCLUDED, false);
    let state = state(&member, &["include_none", "include_all", "custom"])?;
    match state.as_str() {
        "include_none" => Some(IncludedAllowlist::None),
        "include_all" => Some(IncludedAllowlist::All),
        _ => types(&member).map(IncludedAllowlist::Custom),
    }
}

pub(super) fn parse_relationships(attributes: &Reader<'_>) -> Option<bool> {
    let member = attributes.object(RELATIONSHIPS, false);
    let state = state(&member, &["include_none", "include_all"])?;
    Some(state == "include_all")
}

fn state(member: &Reader<'_>, known: &[&str]) -> Option<String> {
    if !member.is_present() {
        return None;
    }
    let state = member.required_string("state")?;
    if !known.contains(&state.as_str()) {
        member.unprocessable("state", &format!("must be one of {}", known.join(", ")));
        return None;
    }
    Some(state)
}

fn types(member: &Reader<'_>) -> Option<Vec<IncludedOf>> {
    const NAME: &str = "event-types";
    if !member.has(NAME) {
        member.missing(NAME);
        return None;
    }
    let items = member.objects(NAME)?;
    if items.is_empty() || items.len() > MOST_EVENT_TYPES {
        let problem = format!("must have from 1 to {MOST_EVENT_TYPES} entries");
        member.unprocessable(NAME, &problem);
        return None;
    }
    let mut types: Vec<IncludedOf> = Vec::with_capacity(items.len());
    for item in &items {
        let (Some(event_type), Some(relations)) = (event_type(item), relations(item)) else {
            continue;
        };
        if types.iter().any(|of| of.event_type == event_type) {
            item.unprocessable("event-type", "is there twice");
            continue;
        }
        types.push(IncludedOf {
            event_type,
            relations,
        });
    }
    (types.len() == items.len()).then_some(types)
}

fn event_type(item: &Reader<'_>) -> Option<String> {
    let sent = item.required_string("event-type")?;
    if EVENT_NAMES.iter().any(|name| type_of(name) == sent) {
        return Some(sent);
    }
    let problem = format!("is not the type of an event (sent '{}')", cut(&sent));
    item.unprocessable("event-type", &problem);
    None
}

fn relations(item: &Reader<'_>) -> Option<Vec<String>> {
    const NAME: &str = "relationships";
    if item.is_present() && !item.has(NAME) {
        item.missing(NAME);
    }
    let relations = list(item, NAME, |text| {
        if text == "*" || is_relation(text) {
            Ok(text.to_owned())
        } else {
            Err("must be * or the name of a relation, such as inquiry-template")
        }
    });
    if item.value(NAME).is_some_and(Value::is_null) {
        item.malformed(NAME, "must be an array");
    }
    let relations = relations?;
    if relations.is_empty() || relations.len() > MOST_RELATIONS {
        let problem = format!("must have from 1 to {MOST_RELATIONS} entries");
        item.unprocessable(NAME, &problem);
        return None;
    }
    if relations.len() > 1 && relations.iter().any(|name| name == "*") {
        item.unprocessable(NAME, "must not have * beside other entries");
        return None;
    }
    Some(relations)
}

/// Words in kebab case.
fn is_relation(text: &str) -> bool {
    let is_word = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    text.len() <= LONGEST_RELATION && text.split('-').all(is_word)
}
