//! What is wrong with a declaration.

use std::collections::BTreeSet;

use super::super::AccountType;
use super::super::action::{Deed, Effect};
use super::{DeclaredAction, DeclaredField, DeclaredType};
use crate::field::{FieldKind, FieldSchema, check_value, dash_case};
use crate::id::Id as _;
use crate::tag;

const LONGEST_NAME: usize = 255;
const LONGEST_KEY: usize = 63;
const MOST_FIELDS: usize = 200;
const MOST_STATUSES: usize = 100;
const MOST_RELATIONS: usize = 50;
const MOST_ACTIONS: usize = 50;
const MOST_EFFECTS: usize = 20;

/// What a declaration says of itself.
pub fn shape(declared: &DeclaredType, say: &mut impl FnMut(String)) {
    if !is_name(&declared.name) {
        say(format!(
            "its name must have 1 to {LONGEST_NAME} characters and not be blank"
        ));
    }
    for (what, count, most) in [
        ("fields", declared.fields.len(), MOST_FIELDS),
        ("statuses", declared.statuses.len(), MOST_STATUSES),
        ("relations", declared.relations.len(), MOST_RELATIONS),
    ] {
        if count > most {
            say(format!("has more than {most} {what}"));
        }
    }
    statuses(declared, say);
    fields(&declared.fields, "", say);
    let keys = declared.relations.iter().map(|relation| &relation.key);
    distinct(keys, "relation", say);
    for relation in &declared.relations {
        if !is_key(&relation.key) {
            say(bad_key("relation", &relation.key));
        }
    }
}

fn statuses(declared: &DeclaredType, say: &mut impl FnMut(String)) {
    let names = declared.statuses.iter().map(|status| &status.name);
    let mut seen = BTreeSet::new();
    for name in names {
        if !is_name(name) {
            say(format!(
                "a status must have a name of 1 to {LONGEST_NAME} characters"
            ));
        }
        if !seen.insert(name) {
            say(format!("status {name} is there twice"));
        }
    }
    let is_default = |name: &str| name == declared.default_status;
    let is_there = declared
        .statuses
        .iter()
        .any(|status| status.active && is_default(&status.name));
    if !is_there {
        say(format!(
            "its default-status {} is not one of its active statuses",
            declared.default_status
        ));
    }
}

fn fields(declared: &[DeclaredField], above: &str, say: &mut impl FnMut(String)) {
    distinct(declared.iter().map(|field| &field.key), "field", say);
    for field in declared {
        let path = format!("{above}{}", field.key);
        if !is_key(&field.key) {
            say(bad_key("field", &path));
        }
        // The reference ID is an identifier of every type already (A14).
        if above.is_empty() && dash_case(&field.key) == "reference-id" {
            say("no field can be named reference_id, which every account has".to_owned());
        }
        if matches!(field.kind, FieldKind::GovernmentId | FieldKind::Selfie) {
            say(format!(
                "field {path} is of a kind that only inquiries have"
            ));
        }
        let is_text = field.kind == FieldKind::String;
        if field.identifier && !(is_text && above.is_empty()) {
            say(format!(
                "field {path} cannot be an identifier: only a string at the top can"
            ));
        }
        if field.unique && !field.identifier {
            say(format!(
                "field {path} is unique and so must be an identifier"
            ));
        }
        if field.max_length.is_some() && !is_text {
            say(format!("field {path} is no string and has no max-length"));
        }
        if field.max_length == Some(0) {
            say(format!("field {path} must have a max-length of 1 or more"));
        }
        let has_options = matches!(field.kind, FieldKind::Choices | FieldKind::MultiChoices);
        if !field.options.is_empty() && !has_options {
            say(format!("field {path} has options and is no choice"));
        }
        let has_members = matches!(field.kind, FieldKind::Hash | FieldKind::Array);
        if !field.members.is_empty() && !has_members {
            say(format!("field {path} has members and is no hash or array"));
        }
        if field.kind == FieldKind::Hash && field.members.is_empty() {
            say(format!("field {path} is a hash and needs members"));
        }
        fields(&field.members, &format!("{path}."), say);
    }
}

/// A68: an action works on what its type has. `kind` has its new fields and statuses already.
pub fn actions(kind: &AccountType, declared: &[DeclaredAction], say: &mut impl FnMut(String)) {
    if declared.len() > MOST_ACTIONS {
        say(format!("has more than {MOST_ACTIONS} actions"));
    }
    let mut seen = BTreeSet::new();
    let mut ids = BTreeSet::new();
    for action in declared {
        let name = &action.name;
        if !is_name(name) {
            say(format!(
                "an action must have a name of 1 to {LONGEST_NAME} characters"
            ));
        }
        if !seen.insert(name) {
            say(format!("action {name} is there twice"));
        }
        if let Some(id) = &action.id {
            if !kind.actions.iter().any(|known| known.id.as_str() == id) {
                say(format!("action {name}: there is no action {id}"));
            }
            if !ids.insert(id) {
                say(format!("action {id} is there twice"));
            }
        }
        if action.effects.is_empty() || action.effects.len() > MOST_EFFECTS {
            say(format!(
                "action {name} must have 1 to {MOST_EFFECTS} effects"
            ));
        }
        let keys = action.parameters.iter().map(|parameter| &parameter.key);
        distinct(keys, &format!("parameter of {name}:"), say);
        for parameter in &action.parameters {
            if !is_key(&parameter.key) {
                say(bad_key("parameter", &parameter.key));
            }
            let composed = matches!(
                parameter.kind,
                FieldKind::Hash
                    | FieldKind::Array
                    | FieldKind::File
                    | FieldKind::GovernmentId
                    | FieldKind::Selfie
            );
            if composed {
                say(format!(
                    "parameter {} of action {name} must be of a plain kind",
                    parameter.key
                ));
            }
        }
        for effect in &action.effects {
            if let Err(problem) = check_effect(kind, action, effect) {
                say(format!("action {name}: an effect {problem}"));
            }
        }
    }
}

fn check_effect(
    kind: &AccountType,
    action: &DeclaredAction,
    effect: &Effect,
) -> Result<(), String> {
    let literal = match (&effect.value, &effect.parameter) {
        (Some(value), None) => Some(value),
        (None, Some(key)) => {
            let is_known = action.parameters.iter().any(|known| known.key == *key);
            if !is_known {
                return Err(format!("has no parameter {key} to take"));
            }
            None
        }
        _ => return Err("needs either a value or a parameter".to_owned()),
    };
    let text = literal.map(|value| value.as_str().ok_or("needs a text for a value"));
    match (effect.deed, &effect.field) {
        (Deed::SetField, Some(key)) => {
            let field = kind.fields.iter().find(|field| field.key == *key);
            let field = field.filter(|field| field.active && field.kind != FieldKind::File);
            let field =
                field.ok_or_else(|| format!("sets {key}; {key} is not a field to be written"))?;
            match literal {
                Some(value) => check_value(field, value)
                    .map(drop)
                    .map_err(|problem| format!("sets {key}, which {problem}")),
                None => Ok(()),
            }
        }
        (Deed::SetField, None) => Err("sets a field and does not say which".to_owned()),
        (_, Some(key)) => Err(format!("names the field {key} and sets none")),
        (Deed::SetStatus, None) => match text.transpose()? {
            Some(name) if kind.check_status(name).is_err() => Err(format!(
                "sets the status {name}; {name} is not an active status"
            )),
            _ => Ok(()),
        },
        (Deed::AddTag | Deed::RemoveTag, None) => match text.transpose()? {
            Some(name) => tag::check_name(name, "")
                .map_err(|refusal| refusal.details.unwrap_or(refusal.title)),
            None => Ok(()),
        },
    }
}

/// A63: what accounts hold keeps its key and its kind, and is let go of by making it inactive.
pub fn fields_stay(
    there: &[FieldSchema],
    declared: &[DeclaredField],
    say: &mut impl FnMut(String),
) {
    stay(there, declared, "", say);
}

fn stay(
    there: &[FieldSchema],
    declared: &[DeclaredField],
    above: &str,
    say: &mut impl FnMut(String),
) {
    for schema in there {
        let path = format!("{above}{}", schema.key);
        let Some(field) = declared.iter().find(|field| field.key == schema.key) else {
            say(format!(
                "field {path} is missing; a field stays, make it inactive instead (active = false)"
            ));
            continue;
        };
        if field.kind != schema.kind {
            say(format!(
                "field {path} is of the kind {} and stays so",
                schema.kind.as_str()
            ));
        }
        if schema.unique && field.unique && field.case_sensitive != schema.case_sensitive {
            say(format!(
                "field {path} is unique; whether its case matters can be changed while it is not"
            ));
        }
        stay(&schema.members, &field.members, &format!("{path}."), say);
    }
}

/// What concerns several types: their names, and that relations come in pairs.
pub fn whole(types: &[AccountType], problems: &mut Vec<String>) {
    let mut names = BTreeSet::new();
    for kind in types {
        if !names.insert(kind.name.as_str()) {
            problems.push(format!("{}: two account types have this name", kind.name));
        }
        for relation in &kind.relations {
            let target = types
                .iter()
                .find(|other| other.id == relation.target_type_id);
            let Some(target) = target else { continue };
            let inverse = target.relations.iter().find(|other| {
                other.key == relation.inverse
                    && other.inverse == relation.key
                    && other.target_type_id == kind.id
            });
            let problem = match inverse {
                None => format!(
                    "needs {} of {} as its other end",
                    relation.inverse, target.name
                ),
                Some(inverse) if relation.many && inverse.many => {
                    "and its other end cannot both be many".to_owned()
                }
                Some(_) => continue,
            };
            problems.push(format!(
                "{}: relation {} {problem}",
                kind.name, relation.key
            ));
        }
    }
}

fn distinct<'a>(keys: impl Iterator<Item = &'a String>, what: &str, say: &mut impl FnMut(String)) {
    let mut seen = BTreeSet::new();
    for key in keys {
        if !seen.insert(dash_case(key)) {
            say(format!("{what} {key} is there twice"));
        }
    }
}

fn is_name(name: &str) -> bool {
    !name.trim().is_empty() && name.chars().count() <= LONGEST_NAME
}

fn bad_key(what: &str, key: &str) -> String {
    format!(
        "{what} {key} must have a key of small letters, digits and underscores that begins with a letter, of at most \
         {LONGEST_KEY}"
    )
}

fn is_key(key: &str) -> bool {
    key.len() <= LONGEST_KEY
        && key.starts_with(|first: char| first.is_ascii_lowercase())
        && key
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}
