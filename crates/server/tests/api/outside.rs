//! Operations outside the core (C127, C128).

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use axum::http::Method as HttpMethod;
use selfsame_domain::permission::Permission;
use selfsame_server::api::operation::awaited::AWAITED;
use selfsame_server::api::operation::outside::OUTSIDE;
use selfsame_server::api::operation::{Answers, Method, OPERATIONS, Operation, all};
use selfsame_testkit::schema::published_document;
use selfsame_testkit::{Call, Client, TestApp};
use serde_json::json;

fn method(operation: &Operation) -> HttpMethod {
    match operation.method {
        Method::Get => HttpMethod::GET,
        Method::Post => HttpMethod::POST,
        Method::Patch => HttpMethod::PATCH,
        Method::Delete => HttpMethod::DELETE,
    }
}

/// Not every one is in the published document, so they are called without it.
fn call(client: &Client, operation: &Operation) -> Call {
    call_with(client, operation, "act_1")
}

fn call_with(client: &Client, operation: &Operation, id: &str) -> Call {
    let path = operation.path.split('/').map(|segment| {
        if segment.starts_with('{') {
            id
        } else {
            segment
        }
    });
    let path: Vec<_> = path.collect();
    client.elsewhere(method(operation), &format!("/api/v1{}", path.join("/")))
}

fn lists() -> impl Iterator<Item = &'static Operation> {
    OUTSIDE
        .iter()
        .filter(|operation| operation.answers != Answers::NotImplemented)
}

#[tokio::test]
async fn c127_what_is_not_built_says_so_and_names_itself() {
    let app = TestApp::start().await;
    for operation in OUTSIDE {
        let answer = call(&app.sandbox(), operation).await;
        assert_eq!(answer.status, operation.success, "{operation:?}");
        if operation.answers == Answers::NotImplemented {
            let name = format!("{} /api/v1{}", method(operation), operation.path);
            assert_eq!(answer.title(), "Not implemented", "{operation:?}");
            assert!(answer.details().starts_with(&name), "{}", answer.details());
            assert!(answer.details().contains("docs/coverage.md"));
            assert!(answer.header("request-id").is_some());
        }
    }
}

#[tokio::test]
async fn c127_the_published_documents_errors_and_headers_fit_it() {
    let app = TestApp::start().await;
    app.sandbox().get("/cases/case_1").await.expect(501);
    app.sandbox().post("/reports", json!({})).await.expect(501);
    app.sandbox().get("/cases").await.expect(200);
    app.sandbox().get("/transactions").await.expect(200);
}

#[tokio::test]
async fn c16_c17_operations_outside_the_core_want_a_key_as_all_others() {
    let app = TestApp::start().await;
    let wrong = "persona_sandbox_1111111111111111111111111111111111111111111";
    for operation in OUTSIDE {
        for client in [app.client(None), app.client(Some(wrong))] {
            let answer = call(&client, operation).await;
            assert_eq!(answer.status, 401, "{operation:?}");
        }
    }
}

#[tokio::test]
async fn c19_c128_operations_outside_the_core_want_their_permission() {
    let app = TestApp::start().await;
    let mut without: HashMap<Permission, Client> = HashMap::new();
    for operation in OUTSIDE {
        let Some(needed) = operation.permissions.first().copied() else {
            continue;
        };
        let limited = match without.entry(needed) {
            Entry::Occupied(made) => made.into_mut(),
            Entry::Vacant(place) => {
                let others = Permission::ALL.iter().copied();
                let others: Vec<_> = others.filter(|other| *other != needed).collect();
                place.insert(app.with_permissions(&others).await)
            }
        };
        let expected = format!("API key does not have the {} permission", needed.as_str());
        call(limited, operation).await.refused(403, &expected);
    }
}

#[tokio::test]
async fn c24_reading_wants_the_reading_permission() {
    for operation in OUTSIDE {
        let Some(permission) = operation.permissions.first().map(|it| it.as_str()) else {
            continue;
        };
        let reads = operation.method == Method::Get || operation.path.ends_with("/search");
        let verb = if reads { ".read" } else { ".write" };
        assert!(
            permission.ends_with(verb) || permission == "workflow.trigger",
            "{operation:?} wants {permission}"
        );
    }
}

#[tokio::test]
async fn c127_neither_parameters_nor_body_matter() {
    let app = TestApp::start().await;
    for operation in OUTSIDE {
        if operation.answers != Answers::NotImplemented {
            continue;
        }
        for id in ["case_1", "nonsense", "%FF", "a%20b"] {
            let odd = call_with(&app.sandbox(), operation, id).raw("text/plain", "{no json");
            assert_eq!(odd.await.status, 501, "{operation:?} {id}");
        }
    }
    let call = app
        .sandbox()
        .elsewhere(HttpMethod::GET, "/api/v1/cases/case_1?x[=1&page[size]=0");
    assert_eq!(call.await.status, 501);
}

#[tokio::test]
async fn c127_a_retry_is_not_answered_from_what_was_kept() {
    let app = TestApp::start().await;
    let client = app.sandbox().with("idempotency-key", "once");
    client.post("/cases", json!({})).await.expect(501);
    // Had it been kept, the key would now be another request's (C109).
    client.post("/accounts", json!({})).await.expect(201);
}

#[tokio::test]
async fn c128_lists_of_what_cannot_exist_yet_are_empty() {
    let app = TestApp::start().await;
    let empty = json!({"data": [], "links": {"prev": null, "next": null}});
    assert_eq!(lists().count(), 9);
    for operation in lists() {
        for query in [
            "",
            "?page[size]=100",
            "?filter[reference-id]=a,b&filter[status][]=open",
            "?fields[case]=status",
        ] {
            let target = format!("/api/v1{}{query}", operation.path);
            let answer = app.sandbox().elsewhere(HttpMethod::GET, &target).await;
            assert_eq!((answer.status, &answer.body), (200, &empty), "{target}");
        }
    }
}

#[tokio::test]
async fn c93_c94_their_pages_are_asked_for_as_any_others() {
    let app = TestApp::start().await;
    for operation in lists() {
        for query in [
            "page[size]=0",
            "page[size]=101",
            "page[size]=ten",
            "page[number]=1",
            "page[after]=case_1",
            "page[before]=case_1",
        ] {
            let target = format!("/api/v1{}?{query}", operation.path);
            let answer = app.sandbox().elsewhere(HttpMethod::GET, &target).await;
            assert_eq!(answer.status, 400, "{target}");
        }
    }
}

#[test]
fn c127_every_published_operation_has_an_address_or_is_awaited() {
    let Some(published) = published_document("2025-12-08") else {
        return;
    };
    let without_names = |path: &str| {
        let segments = path.split('/').map(|segment| {
            if segment.starts_with('{') {
                "{}"
            } else {
                segment
            }
        });
        segments.collect::<Vec<_>>().join("/")
    };
    let own = all().map(|operation| (operation.method, operation.path));
    let awaited = AWAITED.iter().map(|(method, path, _)| (*method, *path));
    let known: HashSet<_> = own
        .chain(awaited)
        .map(|(method, path)| (method.as_str(), without_names(path)))
        .collect();
    let mut count = 0;
    for (path, item) in published["paths"].as_object().expect("paths") {
        for method in ["get", "post", "patch", "put", "delete"] {
            if item.get(method).is_some() {
                count += 1;
                assert!(
                    known.contains(&(method, without_names(path))),
                    "{method} {path}"
                );
            }
        }
    }
    assert!(count > 200, "{count}");
}

#[test]
fn no_operation_is_in_both_tables_or_twice_in_one() {
    let mut seen = HashSet::new();
    let mut ids = HashSet::new();
    for operation in all() {
        assert!(
            seen.insert((operation.method.as_str(), operation.path)),
            "{operation:?} is there twice; one that is built has no line in OUTSIDE"
        );
        assert!(ids.insert(operation.id), "{} is there twice", operation.id);
    }
    assert_eq!(seen.len(), OPERATIONS.len() + OUTSIDE.len());
}
