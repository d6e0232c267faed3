//! Sparse fieldsets: `fields[TYPE]=x,y` keeps only what was named.
//!
//! Works on the finished document, still in kebab, so no resource needs to know of it
//! (conventions §8 → docs/rules/server-api.md). `type` and `id` always stay; relationships go unless named.

use std::collections::HashSet;

use selfsame_domain::Refusal;
use serde_json::{Map, Value};

use crate::inflection::{same_key, squash};
use crate::query::{Query, is_index};

/// The fieldsets of a request; none means that documents stay whole.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fieldsets {
    sets: Vec<Fieldset>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Fieldset {
    resource_type: String,
    names: Names,
}

/// The names of a set, squashed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Names {
    members: HashSet<String>,
    /// Those that were given as `fields.…`.
    inside_fields: HashSet<String>,
}

impl Names {
    fn new(sent: &[String]) -> Self {
        let mut names = Self::default();
        for name in sent.iter().map(|name| name.trim()) {
            match name.split_once('.') {
                Some((outer, inner)) if same_key(outer, "fields") => {
                    names.inside_fields.insert(squash(inner));
                }
                _ => {
                    names.members.insert(squash(name));
                }
            }
        }
        names
    }
}

/// All sets that speak of one resource.
struct Wanted<'a>(Vec<&'a Names>);

impl Wanted<'_> {
    fn member(&self, key: &str) -> bool {
        let key = squash(key);
        self.0.iter().any(|names| names.members.contains(&key))
    }

    fn inside_fields(&self, key: &str) -> bool {
        let key = squash(key);
        self.0
            .iter()
            .any(|names| names.inside_fields.contains(&key))
    }

    fn part_of_fields(&self) -> bool {
        self.0.iter().any(|names| !names.inside_fields.is_empty())
    }

    fn retain_attributes(&self, attributes: &mut Map<String, Value>) {
        attributes.retain(|key, value| {
            if self.member(key) {
                return true;
            }
            if key != "fields" || !self.part_of_fields() {
                return false;
            }
            if let Value::Object(fields) = value {
                fields.retain(|key, _| self.inside_fields(key));
            }
            true
        });
    }
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
    /// Reads all `fields[TYPE]` parameters. Names that no resource has are ignored.
    pub fn parse(query: &Query) -> Result<Self, Refusal> {
        let mut sets: Vec<Fieldset> = Vec::new();
        for (rest, _) in query.below(&["fields"]) {
            let resource_type = match rest {
                [resource_type] => resource_type,
                [resource_type, index] if is_index(index) => resource_type,
                _ => return Err(shape()),
            };
            if resource_type.is_empty() {
                return Err(shape());
            }
            if !sets.iter().any(|set| set.resource_type == *resource_type) {
                let names = query.list(&["fields", resource_type]).unwrap_or_default();
                sets.push(Fieldset {
                    resource_type: resource_type.clone(),
                    names: Names::new(&names),
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
        let Some(wanted) = self.wanted(resource) else {
            return;
        };
        if let Some(Value::Object(attributes)) = resource.get_mut("attributes") {
            wanted.retain_attributes(attributes);
        }
        if let Some(Value::Object(relationships)) = resource.get_mut("relationships") {
            relationships.retain(|name, _| wanted.member(name));
            if relationships.is_empty() {
                resource.shift_remove("relationships");
            }
        }
    }

    /// `None` if no set speaks of this resource.
    fn wanted(&self, resource: &Map<String, Value>) -> Option<Wanted<'_>> {
        let resource_type = resource.get("type")?.as_str()?;
        let sets = self.sets.iter().filter(|set| set.covers(resource_type));
        let names: Vec<&Names> = sets.map(|set| &set.names).collect();
        (!names.is_empty()).then_some(Wanted(names))
    }
}

fn shape() -> Refusal {
    Refusal::malformed("fields must name a resource type, as in fields[inquiry]=status,tags")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn fieldsets(raw: &str) -> Fieldsets {
        Fieldsets::parse(&Query::parse(raw).unwrap()).unwrap()
    }

    fn document() -> Value {
        json!({
            "data": {
                "type": "inquiry",
                "id": "inq_1",
                "attributes": {
                    "status": "created",
                    "reference-id": "a",
                    "tags": [],
                    "fields": {"name-first": {"value": 1}, "birthdate": {"value": 2}},
                },
                "relationships": {"account": {"data": null}, "sessions": {"data": []}},
            },
            "included": [
                {"type": "verification/government-id", "id": "ver_1", "attributes": {"status": 1, "a": 2}},
                {"type": "account", "id": "act_1", "attributes": {"tags": []}, "relationships": {}},
            ],
            "meta": {"status": 1},
        })
    }

    fn thinned(raw: &str) -> Value {
        let mut document = document();
        fieldsets(raw).apply(&mut document);
        document
    }

    #[test]
    fn without_fieldsets_nothing_changes() {
        assert!(fieldsets("page[size]=1").is_empty());
        assert_eq!(thinned(""), document());
        assert_eq!(thinned("fields[case]=status"), document());
    }

    #[test]
    fn named_attributes_stay_in_their_order_and_relationships_go() {
        let thin = thinned("fields[inquiry]=tags,referenceId,nonsense");
        assert_eq!(
            thin["data"].to_string(),
            json!({"type": "inquiry", "id": "inq_1", "attributes": {"reference-id": "a", "tags": []}})
                .to_string()
        );
        assert_eq!(thin["included"], document()["included"]);
        assert_eq!(thin["meta"], json!({"status": 1}));
    }

    #[test]
    fn a_named_relationship_stays() {
        assert_eq!(
            thinned("fields[inquiry]=account")["data"],
            json!({"type": "inquiry", "id": "inq_1", "attributes": {},
                "relationships": {"account": {"data": null}}})
        );
        assert_eq!(
            thinned("fields[inquiry]=")["data"],
            json!({"type": "inquiry", "id": "inq_1", "attributes": {}})
        );
    }

    #[test]
    fn names_inside_fields() {
        let part = thinned("fields[inquiry]=fields.nameFirst,status");
        assert_eq!(
            part["data"]["attributes"],
            json!({"status": "created", "fields": {"name-first": {"value": 1}}})
        );
        let whole = thinned("fields[inquiry]=fields.name-first,fields");
        assert_eq!(
            whole["data"]["attributes"]["fields"],
            document()["data"]["attributes"]["fields"]
        );
        let none = thinned("fields[inquiry]=fields.unknown");
        assert_eq!(none["data"]["attributes"], json!({"fields": {}}));
    }

    #[test]
    fn a_parent_type_covers_its_subtypes_and_sets_add_up() {
        let parent = thinned("fields[verification]=status");
        assert_eq!(parent["included"][0]["attributes"], json!({"status": 1}));
        let both = thinned("fields[verification]=status&fields[verification/government_id][]=a");
        assert_eq!(
            both["included"][0]["attributes"],
            json!({"status": 1, "a": 2})
        );
        let combined = thinned("fields[Account]=x&fields[inquiry]=status");
        assert_eq!(
            combined["included"][1],
            json!({"type": "account", "id": "act_1", "attributes": {}})
        );
    }

    #[test]
    fn lists_are_thinned_too() {
        let mut list = json!({"data": [document()["data"], document()["data"]]});
        fieldsets("fields[inquiry]=status").apply(&mut list);
        for resource in list["data"].as_array().unwrap() {
            assert_eq!(resource["attributes"], json!({"status": "created"}));
        }
    }

    #[test]
    fn a_type_is_needed() {
        for wrong in ["fields=status", "fields[]=status", "fields[a][b]=c"] {
            let refusal = Fieldsets::parse(&Query::parse(wrong).unwrap()).unwrap_err();
            assert_eq!(refusal.status(), 400, "{wrong}");
        }
    }

    /// Whether `part` is `whole` with members left out.
    fn is_projection(part: &Value, whole: &Value) -> bool {
        match (part, whole) {
            (Value::Object(part), Value::Object(whole)) => {
                let mut order = whole.keys();
                part.iter().all(|(key, value)| {
                    order.any(|known| known == key) && is_projection(value, &whole[key])
                })
            }
            (Value::Array(part), Value::Array(whole)) => {
                part.len() == whole.len()
                    && part
                        .iter()
                        .zip(whole)
                        .all(|(part, whole)| is_projection(part, whole))
            }
            (part, whole) => part == whole,
        }
    }

    proptest! {
        #[test]
        fn a_sparse_document_is_a_projection_of_the_full_one(
            resource_type in prop::sample::select(vec!["inquiry", "verification", "account", "other"]),
            names in prop::collection::vec(
                prop::sample::select(vec![
                    "status", "referenceId", "tags", "fields", "fields.name_first", "account", "x",
                ]),
                0..5,
            ),
        ) {
            let raw = format!("fields[{resource_type}]={}", names.join(","));
            let thin = thinned(&raw);
            prop_assert!(is_projection(&thin, &document()));
            prop_assert_eq!(&thin["data"]["id"], "inq_1");
            prop_assert_eq!(&thin["data"]["type"], "inquiry");

            let mut twice = thin.clone();
            fieldsets(&raw).apply(&mut twice);
            prop_assert_eq!(twice, thin);
        }
    }
}
