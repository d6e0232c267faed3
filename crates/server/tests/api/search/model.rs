//! Any query, any page size, either order: what is found is what a plain look at every account finds, without a gap and
//! without a double, also while accounts come in.

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, TestRunner};
use selfsame_testkit::TestApp;
use serde_json::{Value, json};

use super::is;

const REFERENCES: [&str; 4] = ["", "a", "b", "C"];
const MAILS: [&str; 3] = ["", "ada@example.test", "Grace@example.test"];
const BIRTHS: [&str; 4] = ["", "1815-12-10", "1906-12-09", "1990-01-01"];

#[derive(Debug, Clone)]
struct Person {
    id: String,
    reference: String,
    mail: &'static str,
    birth: &'static str,
}

fn predicate() -> impl Strategy<Value = Value> {
    let operator = prop::sample::select(vec!["eq", "gt", "gte", "lt", "lte"]);
    prop_oneof![
        prop::sample::select(vec!["a0", "b1", "C2", "none"]).prop_map(|it| is(
            "identifiers.reference_id",
            "eq",
            it
        )),
        (operator.clone(), prop::sample::select(MAILS[1..].to_vec()))
            .prop_map(|(operator, it)| is("fields.email_address", operator, it)),
        (operator, prop::sample::select(BIRTHS[1..].to_vec())).prop_map(|(operator, it)| is(
            "fields.birthdate",
            operator,
            it
        )),
    ]
}

fn clause() -> impl Strategy<Value = Value> {
    predicate().prop_recursive(2, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(|it| json!({"and": it})),
            prop::collection::vec(inner.clone(), 1..4).prop_map(|it| json!({"or": it})),
            inner.prop_map(|it| json!({"not": it})),
        ]
    })
}

fn matches(query: &Value, person: &Person) -> bool {
    let clauses = |name: &str| query.get(name).and_then(Value::as_array);
    if let Some(of) = clauses("and") {
        return of.iter().all(|it| matches(it, person));
    }
    if let Some(of) = clauses("or") {
        return of.iter().any(|it| matches(it, person));
    }
    if let Some(of) = query.get("not") {
        return !matches(of, person);
    }
    let held = match query["attribute"].as_str().expect("a name") {
        "identifiers.reference_id" => person.reference.as_str(),
        "fields.email_address" => person.mail,
        _ => person.birth,
    };
    let wanted = query["value"].as_str().expect("a text").to_lowercase();
    let held = held.to_lowercase();
    !held.is_empty()
        && match query["operator"].as_str().expect("an operator") {
            "eq" => held == wanted,
            "gt" => held > wanted,
            "gte" => held >= wanted,
            "lt" => held < wanted,
            _ => held <= wanted,
        }
}

async fn make(app: &TestApp, number: usize) -> Person {
    let reference = match REFERENCES[number % 4] {
        "" => String::new(),
        stem => format!("{stem}{}", number / 4),
    };
    let (mail, birth) = (MAILS[number % 3], BIRTHS[(number / 2) % 4]);
    let or_null = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let id = app
        .account(json!({
            "reference-id": or_null(&reference),
            "fields": {"email_address": or_null(mail), "birthdate": or_null(birth)},
        }))
        .await;
    Person {
        id,
        reference,
        mail,
        birth,
    }
}

/// Everything a search finds, page by page; after the first somebody new comes in.
async fn pages(app: &TestApp, body: &Value, newcomers: &mut usize) -> Vec<String> {
    let mut found = Vec::new();
    let mut path = "/accounts/search".to_owned();
    let mut is_first = true;
    loop {
        let page = app.sandbox().post(&path, body.clone()).await.expect(200);
        found.extend(page.ids());
        let Some(next) = page.body["links"]["next"].as_str() else {
            return found;
        };
        next.strip_prefix("/api/v1")
            .expect("host-relative")
            .clone_into(&mut path);
        if std::mem::take(&mut is_first) {
            app.advance(1);
            app.account(json!({"reference-id": format!("newcomer-{newcomers}")}))
                .await;
            *newcomers += 1;
        }
    }
}

#[tokio::test]
async fn any_search_finds_what_a_plain_look_finds() {
    let app = TestApp::start().await;
    let mut people = Vec::new();
    for number in 0..30 {
        people.push(make(&app, number).await);
        app.advance(i64::from(number % 3 == 0));
    }
    let mut newcomers = 0;
    let mut runner = TestRunner::new(Config::default());
    let order = prop::sample::select(vec![
        "created_at",
        "identifiers.reference_id",
        "fields.birthdate",
    ]);
    let cases = (clause(), order, any::<bool>(), 4_u32..=12);
    for _ in 0..40 {
        let (clause, sort, ascending, size) =
            cases.new_tree(&mut runner).expect("a case").current();
        let direction = if ascending { "asc" } else { "desc" };
        let body = json!({
            "query": clause, "sort": {"attribute": sort, "direction": direction}, "page": {"size": size},
        });
        let mut found = pages(&app, &body, &mut newcomers).await;
        let count = found.len();
        found.sort();
        found.dedup();
        assert_eq!(found.len(), count, "somebody came twice: {body}");
        // Newcomers may or may not be on a page yet to come; they are none of the model's.
        found.retain(|id| people.iter().any(|person| person.id == *id));
        let mut expected: Vec<_> = people
            .iter()
            .filter(|person| matches(&clause, person))
            .map(|person| person.id.clone())
            .collect();
        expected.sort();
        assert_eq!(found, expected, "{body}");
    }
}
