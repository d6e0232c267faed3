//! Sparse fieldsets: `fields[TYPE]=x,y` keeps only what was named.
//!
//! Works on the finished document, still in kebab, so no resource needs to know of it
//! (conventions §8 → docs/rules/server-api.md). `type` and `id` always stay; relationships go unless named.

use selfsame_domain::Refusal;
use serde_json::{Map, Value};

use crate::inflection::same_key;
use crate::query::Query;

/// The fieldsets of a request; none means that documents stay whole.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fieldsets {
    sets: Vec<Fieldset>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Fieldset {
    resource_type: String,
    names: Vec<String>,
}

impl Fieldset {
    /// A set for `verification` also speaks of `verification/government-id`.
    fn covers(&self, resource_type: &str) -> bool {
        let parent = resource_type.split_once('/').map(|(parent, _)| parent);
        same_key(&self.resource_type, resource_type)
            || parent.is_some_and(|parent| same_key(&self.resource_type, parent))
    }
}

impl Fieldsets {
    /// Reads all `fields[TYPE]` parameters.
    pub fn parse(query: &Query) -> Result<Self, Refusal> {
        let mut sets: Vec<Fieldset> = Vec::new();
        for (rest, _) in query.below(&["fields"]) {
            let resource_type = match rest {
                [resource_type] => resource_type,
                [resource_type, index] if index.bytes().all(|byte| byte.is_ascii_digit()) => {
                    resource_type
                }
                _ => return Err(shape()),
            };
            if resource_type.is_empty() {
                return Err(shape());
            }
            if !sets.iter().any(|set| set.resource_type == *resource_type) {
                let names = query.list(&["fields", resource_type]).unwrap_or_default();
                sets.push(Fieldset {
                    resource_type: resource_type.clone(),
                    names: names.iter().map(|name| name.trim().to_owned()).collect(),
                });
            }
        }
        Ok(Self { sets })
    }

    /// Whether no fieldset was sent.
    pub fn is_empty(&self) -> bool {
        self.sets.is_empty()
    }

    /// Cuts the document's `data` and `included` down to what was named.
    pub fn apply(&self, document: &mut Value) {
        if self.is_empty() {
            return;
        }
        for member in ["data", "included"] {
            match document.get_mut(member) {
                Some(Value::Array(resources)) => {
                    for resource in resources {
                        self.apply_to(resource);
                    }
                }
                Some(resource) => self.apply_to(resource),
                None => {}
            }
        }
    }

    fn apply_to(&self, resource: &mut Value) {
        let Some(resource) = resource.as_object_mut() else {
            return;
        };
        let Some(names) = self.names_for(resource) else {
            return;
        };
        if let Some(Value::Object(attributes)) = resource.get_mut("attributes") {
            retain_attributes(attributes, &names);
        }
        if let Some(Value::Object(relationships)) = resource.get_mut("relationships") {
            relationships.retain(|name, _| is_named(&names, name));
            if relationships.is_empty() {
                resource.shift_remove("relationships");
            }
        }
    }

    /// The names that speak of this resource; `None` if no set does.
    fn names_for(&self, resource: &Map<String, Value>) -> Option<Vec<&str>> {
        let resource_type = resource.get("type")?.as_str()?;
        let mut sets = self
            .sets
            .iter()
            .filter(|set| set.covers(resource_type))
            .peekable();
        sets.peek()?;
        Some(
            sets.flat_map(|set| set.names.iter().map(String::as_str))
                .collect(),
        )
    }
}

fn shape() -> Refusal {
    Refusal::malformed("fields must name a resource type, as in fields[inquiry]=status,tags")
}

fn is_named(names: &[&str], key: &str) -> bool {
    names.iter().any(|name| same_key(name, key))
}

fn retain_attributes(attributes: &mut Map<String, Value>, names: &[&str]) {
    let inner: Vec<&str> = names
        .iter()
        .filter_map(|name| name.split_once('.'))
        .filter(|(outer, _)| same_key(outer, "fields"))
        .map(|(_, inner)| inner)
        .collect();
    attributes.retain(|key, value| {
        if is_named(names, key) {
            return true;
        }
        if key != "fields" || inner.is_empty() {
            return false;
        }
        if let Value::Object(fields) = value {
            fields.retain(|key, _| is_named(&inner, key));
        }
        true
    });
}
