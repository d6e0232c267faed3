//! Whatever fieldsets are sent, on whatever is read: the answer is the full one projected, and nothing else
//! (C35, C85, C91, C92).

use std::collections::HashSet;

use axum::http::Method;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, TestRunner};
use selfsame_server::api::operation::Answers;
use selfsame_testkit::{Answer, Client, TestApp};
use selfsame_wire::ApiVersion;
use selfsame_wire::inflection::{camel, kebab, snake};
use selfsame_wire::query::encode;
use serde_json::{Map, Value, json};

use crate::operations::{Case, Objects, cases};

const INFLECTIONS: [&str; 3] = ["kebab", "camel", "snake"];
const CASES: usize = 8;

/// What one request asks for, before it is known what there is.
#[derive(Debug, Clone)]
struct Wish {
    inflection: usize,
    /// `None`: no `include` at all.
    include: Option<Vec<Index>>,
    sets: Vec<WishedSet>,
}

#[derive(Debug, Clone)]
struct WishedSet {
    kind: (Index, usize),
    names: Vec<(Index, usize)>,
    as_array: bool,
}

fn wish() -> impl Strategy<Value = Wish> {
    let name = || (any::<Index>(), 0_usize..3);
    let set = (name(), prop::collection::vec(name(), 0..6), any::<bool>()).prop_map(
        |(kind, names, as_array)| WishedSet {
            kind,
            names,
            as_array,
        },
    );
    let include = prop::option::of(prop::collection::vec(any::<Index>(), 0..4));
    let sets = prop::collection::vec(set, 1..4);
    (0_usize..3, include, sets).prop_map(|(inflection, include, sets)| Wish {
        inflection,
        include,
        sets,
    })
}

/// One `fields[TYPE]`, as it is sent.
#[derive(Debug)]
struct Set {
    kind: String,
    names: Vec<String>,
    as_array: bool,
}

impl Set {
    fn query(&self) -> String {
        let names = self.names.iter().map(|name| encode(name));
        let kind = encode(&self.kind);
        if self.as_array && !self.names.is_empty() {
            let each = names.map(|name| format!("fields[{kind}][]={name}"));
            return each.collect::<Vec<_>>().join("&");
        }
        let names: Vec<_> = names.collect();
        format!("fields[{kind}]={}", names.join(","))
    }

    fn covers(&self, kind: &str) -> bool {
        let parent = kind.split('/').next().unwrap_or(kind);
        [kind, parent].map(squash).contains(&squash(&self.kind))
    }
}

fn squash(name: &str) -> String {
    let letters = name.chars().filter(|letter| !"-_".contains(*letter));
    letters.flat_map(char::to_lowercase).collect()
}

fn spell(name: &str, how: usize) -> String {
    let spelled = match INFLECTIONS[how] {
        "kebab" => kebab(name),
        "camel" => camel(name),
        _ => snake(name),
    };
    spelled.into_owned()
}

fn resources(body: &Value) -> Vec<&Value> {
    let of = |member: &str| match &body[member] {
        Value::Array(items) => items.iter().collect(),
        Value::Null => Vec::new(),
        one => vec![one],
    };
    [of("data"), of("included")].concat()
}

fn kind(resource: &Value) -> &str {
    resource["type"].as_str().expect("a type")
}

/// The types of an answer, their parents, and one that nothing has.
fn kinds(body: &Value) -> Vec<String> {
    let mut kinds = vec!["nonsense".to_owned()];
    for resource in resources(body) {
        let parent = kind(resource).split('/').next().unwrap_or_default();
        kinds.extend([kind(resource).to_owned(), parent.to_owned()]);
    }
    kinds
}

/// What a set for this type may name, and two that nothing has.
fn names(body: &Value, set: &Set) -> Vec<String> {
    let mut names = vec!["nonsense".to_owned(), "fields.nonsense".to_owned()];
    let keys = |members: &Value| -> Vec<String> {
        let members = members.as_object().into_iter().flat_map(Map::keys);
        members.cloned().collect()
    };
    for resource in resources(body) {
        if set.covers(kind(resource)) {
            let inside = keys(&resource["attributes"]["fields"]);
            names.extend(inside.iter().map(|key| format!("fields.{key}")));
            names.extend(keys(&resource["attributes"]));
            names.extend(keys(&resource["relationships"]));
        }
    }
    names
}

/// The sets of a wish, of types that differ however they are spelled.
fn sets(wish: &Wish, body: &Value) -> Vec<Set> {
    let kinds = kinds(body);
    let mut sets: Vec<Set> = Vec::new();
    for wished in &wish.sets {
        let (index, how) = &wished.kind;
        let kind: &String = index.get(&kinds);
        let mut set = Set {
            kind: spell(kind, *how),
            names: Vec::new(),
            as_array: wished.as_array,
        };
        let known = names(body, &set);
        for (index, how) in &wished.names {
            let name: &String = index.get(&known);
            set.names.push(spell(name, *how));
        }
        if !sets
            .iter()
            .any(|other| squash(&other.kind) == squash(&set.kind))
        {
            sets.push(set);
        }
    }
    sets
}

/// What the rule leaves of a resource.
fn project(resource: &mut Value, sets: &[Set]) {
    let covering = sets.iter().filter(|set| set.covers(kind(resource)));
    let covering: Vec<_> = covering.collect();
    if covering.is_empty() {
        return;
    }
    let named = covering.iter().flat_map(|set| &set.names);
    let named: HashSet<String> = named.map(|name| squash(name)).collect();
    let some_inside = named.iter().any(|name| name.starts_with("fields."));
    let attributes = resource["attributes"].as_object_mut().expect("attributes");
    attributes.retain(|key, value| {
        if named.contains(&squash(key)) {
            return true;
        }
        if let ("fields", true, Some(fields)) = (key.as_str(), some_inside, value.as_object_mut()) {
            fields.retain(|key, _| named.contains(&squash(&format!("fields.{key}"))));
            return true;
        }
        false
    });
    let Some(relations) = resource
        .get_mut("relationships")
        .and_then(Value::as_object_mut)
    else {
        return;
    };
    relations.retain(|name, _| named.contains(&squash(name)));
    if relations.is_empty() {
        resource
            .as_object_mut()
            .expect("a resource")
            .remove("relationships");
    }
}

fn projected(full: &Value, sets: &[Set]) -> Value {
    let mut document = full.clone();
    for member in ["data", "included"] {
        match document.get_mut(member) {
            Some(Value::Array(items)) => items.iter_mut().for_each(|item| project(item, sets)),
            Some(one) => project(one, sets),
            None => {}
        }
    }
    comparable(document)
}

/// Without what repeats the query, and what each request uses up.
fn comparable(mut document: Value) -> Value {
    if let Some(links) = document.get_mut("links").and_then(Value::as_object_mut) {
        links
            .values_mut()
            .for_each(|link| *link = link.is_null().into());
    }
    if let Some(remaining) = document.pointer_mut("/data/0/attributes/remaining") {
        *remaining = 0.into();
    }
    document
}

/// The published schemas do not know `included` of every operation that takes `include`, so they are left out.
async fn get(client: &Client, target: &str) -> Answer {
    client.elsewhere(Method::GET, target).await.expect(200)
}

fn with(target: &str, query: &str) -> String {
    let separator = if target.contains('?') { '&' } else { '?' };
    format!("{target}{separator}{query}")
}

/// The relations that an operation includes, out of its own refusal.
async fn includable(client: &Client, target: &str) -> Vec<String> {
    let target = with(target, "include=nonsense");
    let answer = client.elsewhere(Method::GET, &target).await.expect(400);
    let known = answer.details().split("known relations: ").nth(1);
    let known = known.into_iter().flat_map(|names| names.split(", "));
    known.map(str::to_owned).collect()
}

/// An operation that reads, and what it includes.
struct Reading {
    case: Case,
    target: String,
    relations: Vec<String>,
}

/// Each operation that answers a GET with a document.
async fn readings(client: &Client, objects: &Objects) -> Vec<Reading> {
    let mut readings = Vec::new();
    for case in cases() {
        let answers = case.operation.answers;
        if case.method != Method::GET || answers == Answers::Pdf {
            continue;
        }
        let target = case.target(objects);
        let relations = match answers {
            Answers::One(_) => includable(client, &target).await,
            _ => Vec::new(),
        };
        readings.push(Reading {
            case,
            target,
            relations,
        });
    }
    readings
}

fn shows(answer: &Answer, wanted: &str) -> bool {
    let is_wanted = |resource: &&Value| {
        kind(resource) == wanted || kind(resource).starts_with(&format!("{wanted}/"))
    };
    resources(&answer.body).iter().any(is_wanted)
}

async fn hold(client: &Client, reading: &Reading, wish: &Wish) {
    let client = client.with("key-inflection", INFLECTIONS[wish.inflection]);
    let mut target = reading.target.clone();
    let is_one = matches!(reading.case.operation.answers, Answers::One(_));
    if let (Some(chosen), true) = (&wish.include, is_one) {
        let chosen = chosen.iter().filter(|_| !reading.relations.is_empty());
        let chosen: Vec<_> = chosen
            .map(|index| index.get(&reading.relations).as_str())
            .collect();
        target = with(&target, &format!("include={}", chosen.join(",")));
    }
    let full = get(&client, &target).await;
    if wish.include.is_some() && is_one {
        assert!(full.body["included"].is_array(), "{target}");
    }
    let (Answers::One(wanted)
    | Answers::Page(wanted, _)
    | Answers::Downward(wanted, _)
    | Answers::OnePage(wanted, _)
    | Answers::After(wanted)
    | Answers::All(wanted)) = reading.case.operation.answers
    else {
        panic!("{} answers something new", reading.case.name());
    };
    assert!(
        shows(&full, wanted),
        "{target} shows no {wanted}: {}",
        full.body
    );
    let sets = sets(wish, &full.body);
    let queries: Vec<_> = sets.iter().map(Set::query).collect();
    let thin = get(&client, &with(&target, &queries.join("&"))).await;
    assert_eq!(
        comparable(thin.body),
        projected(&full.body, &sets),
        "{}",
        thin.request
    );
}

#[tokio::test]
async fn c91_c92_any_fieldset_on_any_operation_leaves_the_projection_of_the_full_answer() {
    let app = TestApp::start().await;
    let client = app.administrator().await;
    let objects = Objects::make(&app, &client, &app.own.template).await;
    while app.service.work_on_import().await.expect("an import") {}
    let child =
        json!({"relation-schema-key": "children", "target-object-id": objects.other_account});
    let path = format!("/accounts/{}/add-relation", objects.account);
    client.post(&path, json!({"meta": child})).await.expect(200);
    let readings = readings(&client, &objects).await;
    let mut runner = TestRunner::new(Config::default());
    for version in [ApiVersion::ALL[0], ApiVersion::LATEST] {
        let client = client.with("persona-version", version.as_str());
        for _ in 0..CASES {
            // Another minute, another 300 requests (C98).
            app.advance(60);
            for reading in &readings {
                let wish = wish().new_tree(&mut runner).expect("a wish").current();
                hold(&client, reading, &wish).await;
            }
        }
    }
}
