//! Cursors and links (C93–C97).

use axum::http::Method;
use proptest::prelude::*;
use selfsame_server::api::operation::Answers;
use selfsame_testkit::{Answer, Client, TestApp};
use serde_json::{Value, json};

use crate::operations::{Objects, cases};

/// Follows `links.next` from the first page and returns every id seen.
async fn walk(client: &Client, first: &str, mut between: impl AsyncFnMut()) -> Vec<String> {
    let mut seen = Vec::new();
    let mut path = first.to_owned();
    loop {
        let answer = client.get(&path).await.expect(200);
        seen.extend(answer.ids());
        let Some(next) = next(&answer, "next") else {
            return seen;
        };
        path = next;
        between().await;
    }
}

fn next(answer: &Answer, which: &str) -> Option<String> {
    let link = answer.body["links"][which].as_str()?;
    Some(
        link.strip_prefix("/api/v1")
            .expect("a host-relative link")
            .to_owned(),
    )
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the page size, and whatever is made meanwhile: no gap and no double.
    #[test]
    fn c94_a_walk_sees_each_object_that_was_there_once(
        size in 1_usize..9,
        steps in prop::collection::vec(0_i64..3, 1..16),
        inserts in 0_usize..3,
    ) {
        runtime().block_on(async {
            let app = TestApp::start().await;
            let mut made = Vec::new();
            for step in &steps {
                // Several of one moment, so that ids break ties.
                app.advance_millis(step * 40);
                made.push(app.account(json!({})).await);
            }
            let sandbox = app.sandbox();
            let first = format!("/accounts?page[size]={size}");
            let whole = sandbox.get("/accounts?page[size]=100").await.expect(200).ids();
            let seen = walk(&sandbox, &first, async || {
                for _ in 0..inserts {
                    app.advance_millis(70);
                    app.account(json!({})).await;
                }
            })
            .await;
            assert_eq!(seen, whole);
            made.sort();
            let mut sorted = seen.clone();
            sorted.sort();
            assert_eq!(sorted, made);

            // And back again, from the last one to the newest.
            let all = sandbox.get("/accounts?page[size]=100").await.expect(200).ids();
            let mut back = vec![seen.last().unwrap().clone()];
            let mut path = Some(format!("/accounts?page[size]={size}&page[before]={}", back[0]));
            while let Some(at) = path {
                let answer = sandbox.get(&at).await.expect(200);
                back.splice(0..0, answer.ids());
                path = next(&answer, "prev");
            }
            assert_eq!(back, all);
        });
    }
}

/// Every list that is read a page at a time, with whatever it has to be asked with.
async fn lists(app: &TestApp, client: &Client) -> Vec<(Answers, String)> {
    let objects = Objects::make(app, client, &app.own.template).await;
    while app.service.work_on_import().await.expect("an import") {}
    let child =
        json!({"relation-schema-key": "children", "target-object-id": objects.other_account});
    let path = format!("/accounts/{}/add-relation", objects.account);
    client.post(&path, json!({"meta": child})).await.expect(200);
    let lists = cases()
        .into_iter()
        .filter(|case| case.method == Method::GET && case.operation.answers.has_a_size());
    lists
        .map(|case| {
            let target = case.target(&objects);
            let separator = if target.contains('?') { '&' } else { '?' };
            (case.operation.answers, format!("{target}{separator}"))
        })
        .collect()
}

#[tokio::test]
async fn c93_sizes_from_1_to_100_are_taken_and_others_are_a_400() {
    let app = TestApp::start().await;
    let client = app.administrator().await;
    for (_, list) in lists(&app, &client).await {
        app.advance(60);
        for size in ["1", "100"] {
            let target = format!("{list}page[size]={size}");
            client.at(Method::GET, &target).await.expect(200);
        }
        for size in ["0", "101", "-1", "ten", "", "1.5", "99999999999999999999"] {
            let target = format!("{list}page[size]={size}");
            client.at(Method::GET, &target).await.expect(400);
        }
    }
}

#[tokio::test]
async fn c94_both_cursors_or_an_unknown_one_are_a_400() {
    let app = TestApp::start().await;
    let client = app.administrator().await;
    let lists = lists(&app, &client).await;
    for (answers, list) in &lists {
        app.advance(60);
        for query in ["page[after]=nonsense", "page[after]=inq_1"] {
            client
                .at(Method::GET, &format!("{list}{query}"))
                .await
                .expect(400);
        }
        let whole = client
            .at(Method::GET, &format!("{list}page[size]=100"))
            .await;
        let id = whole.expect(200).ids().remove(0);
        let both = format!("{list}page[after]={id}&page[before]={id}");
        client.at(Method::GET, &both).await.expect(400);
        let backwards = client
            .at(Method::GET, &format!("{list}page[before]={id}"))
            .await;
        let taken = if matches!(answers, Answers::Page(..)) {
            200
        } else {
            400
        };
        assert_eq!(backwards.status, taken, "{list}");
    }
    let id = app.account(json!({})).await;
    let twice = format!("/accounts?page[after]={id}&page[after][]={id}");
    client.get(&twice).await.expect(400);
}

#[tokio::test]
async fn c97_links_repeat_filters_size_and_fieldsets_and_lead_both_ways() {
    let app = TestApp::start().await;
    let mut made = Vec::new();
    for _ in 0..5 {
        made.insert(
            0,
            app.inquiry(json!({"auto-create-account-reference-id": "a b"}))
                .await,
        );
        app.advance(1);
    }
    let query = "filter[referenceId]=A%20b&filter[status]=created,pending&page[size]=2&fields[inquiry]=status";
    let first = app
        .sandbox()
        .get(&format!("/inquiries?{query}"))
        .await
        .expect(200);
    assert_eq!(first.ids(), made[..2]);
    assert_eq!(first.body["links"]["prev"], Value::Null);
    let second = app
        .sandbox()
        .get(&next(&first, "next").unwrap())
        .await
        .expect(200);
    assert_eq!(second.ids(), made[2..4]);
    assert_eq!(second.list()[0]["attributes"], json!({"status": "created"}));
    let third = app
        .sandbox()
        .get(&next(&second, "next").unwrap())
        .await
        .expect(200);
    assert_eq!(third.ids(), made[4..]);
    assert_eq!(third.body["links"]["next"], Value::Null);
    let back = app
        .sandbox()
        .get(&next(&third, "prev").unwrap())
        .await
        .expect(200);
    assert_eq!(back.ids(), made[2..4]);
    assert!(next(&third, "prev").unwrap().contains("page%5Bbefore%5D="));
    let links = [next(&first, "next").unwrap(), next(&third, "prev").unwrap()];
    for link in links {
        assert!(!link.contains(['[', ']', ' ']), "{link}");
    }
}

#[tokio::test]
async fn c37_the_links_of_an_empty_list_are_null() {
    let app = TestApp::start().await;
    let answer = app.sandbox().get("/accounts").await.expect(200);
    assert_eq!(
        answer.body,
        json!({"data": [], "links": {"prev": null, "next": null}})
    );
}

#[tokio::test]
async fn a_cursor_stays_good_when_its_object_no_longer_fits_the_filter() {
    let app = TestApp::start().await;
    let mut made = Vec::new();
    for _ in 0..4 {
        made.insert(0, app.inquiry(json!({})).await);
        app.advance(1);
    }
    let first = app
        .sandbox()
        .get("/inquiries?filter[status]=created&page[size]=2")
        .await
        .expect(200);
    let last = &made[1];
    app.sandbox()
        .post(&format!("/inquiries/{last}/approve"), json!({}))
        .await
        .expect(200);
    let second = app
        .sandbox()
        .get(&next(&first, "next").unwrap())
        .await
        .expect(200);
    assert_eq!(second.ids(), made[2..]);
}

#[tokio::test]
async fn every_list_pages_the_same_way() {
    let app = TestApp::start().await;
    for _ in 0..5 {
        let id = app
            .inquiry(json!({"auto-create-inquiry-session": true}))
            .await;
        app.sandbox()
            .post(&format!("/inquiries/{id}/approve"), json!({}))
            .await
            .expect(200);
    }
    for path in [
        "/accounts",
        "/inquiries",
        "/inquiry-sessions",
        "/inquiry-templates",
        "/events",
    ] {
        let whole = app
            .sandbox()
            .get(&format!("{path}?page[size]=100"))
            .await
            .expect(200)
            .ids();
        let seen = walk(&app.sandbox(), &format!("{path}?page[size]=2"), async || {}).await;
        assert_eq!(seen, whole, "{path}");
    }
}

#[tokio::test]
async fn c90_include_on_a_list_is_ignored() {
    let app = TestApp::start().await;
    app.inquiry(json!({})).await;
    for query in ["include=account", "include=nonsense"] {
        let answer = app
            .sandbox()
            .get(&format!("/inquiries?{query}"))
            .await
            .expect(200);
        assert!(answer.body.get("included").is_none());
    }
}
