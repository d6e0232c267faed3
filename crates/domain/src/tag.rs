//! Tags: organisation-wide labels on accounts and inquiries.

use crate::Refusal;
use crate::id::TagId;

/// An organisation has at most this many active tags; one more is a 422.
pub const MAX_TAGS: usize = 1000;
/// Longest tag name, in characters.
pub const MAX_NAME_CHARACTERS: usize = 255;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    pub id: TagId,
    pub name: String,
}

/// How a call names tags: by name (created when unknown) or by id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TagRef {
    Name(String),
    Id(TagId),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TagChange {
    Add(TagRef),
    Remove(TagRef),
    Set(Vec<TagRef>),
}

pub fn check_name(name: &str, pointer: &str) -> Result<(), Refusal> {
    if name.trim().is_empty() {
        return Err(Refusal::invalid("a tag name must not be blank", pointer));
    }
    if name.chars().count() > MAX_NAME_CHARACTERS {
        return Err(Refusal::invalid(
            "a tag name must be at most 255 characters long",
            pointer,
        ));
    }
    Ok(())
}

/// What a change did to a set of tags, in the caller's order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TagDifference {
    pub added: Vec<String>,
    pub removed: Vec<String>,
}

impl TagDifference {
    pub fn between(before: &[String], after: &[String]) -> Self {
        Self {
            added: after
                .iter()
                .filter(|tag| !before.contains(tag))
                .cloned()
                .collect(),
            removed: before
                .iter()
                .filter(|tag| !after.contains(tag))
                .cloned()
                .collect(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty()
    }
}

/// Keeps the first of equal names.
pub fn distinct(names: Vec<String>) -> Vec<String> {
    let mut seen = Vec::with_capacity(names.len());
    for name in names {
        if !seen.contains(&name) {
            seen.push(name);
        }
    }
    seen
}
