//! Consolidation against what happens at the same moment (R47, R48).

use selfsame_store::{Query, Row};
use selfsame_testkit::TestApp;
use serde_json::json;
use tokio::task::JoinSet;

use super::{account_reference, auto, reference};
use crate::attributes;

/// The account of every inquiry.
async fn accounts_of_inquiries(app: &TestApp) -> Vec<String> {
    let query = Query::new("SELECT account_id FROM inquiries", vec![]);
    let rows = app.store().read(vec![query]).await.unwrap();
    let texts = rows.into_iter().flatten().map(|mut row: Row| row.text());
    texts.collect::<Result<_, _>>().unwrap()
}

#[tokio::test]
async fn r47_r48_an_inquiry_made_at_the_same_moment_is_moved_or_refused() {
    let app = TestApp::start().await;
    for round in 0..5 {
        let name = format!("source-{round}");
        let source = app.account(reference(&name)).await;
        let destination = app.account(json!({})).await;
        let mut running = JoinSet::new();
        for number in 0..24 {
            let client = app.sandbox();
            let (source, destination) = (source.clone(), destination.clone());
            let meta = if number % 2 == 0 {
                auto(&name)
            } else {
                json!({})
            };
            let mut create = app.inquiry_body(meta);
            if number % 2 == 1 {
                create["data"]["attributes"]["account-id"] = json!(source);
            }
            running.spawn(async move {
                if number == 12 {
                    let body = json!({"meta": {"source-account-ids": [source]}});
                    let path = format!("/accounts/{destination}/consolidate");
                    client.post(&path, body).await.expect(202);
                    return 0;
                }
                let answer = client.post("/inquiries", create).await;
                assert!([201, 400].contains(&answer.status), "{}", answer.body);
                usize::from(answer.status == 201)
            });
        }
        let made: usize = running.join_all().await.into_iter().sum();
        let accounts = accounts_of_inquiries(&app).await;
        let on = |id: &str| accounts.iter().filter(|account| *account == id).count();
        assert_eq!((on(&source), on(&destination)), (0, made));
    }
}

#[tokio::test]
async fn a34_of_two_consolidations_of_one_source_one_succeeds() {
    let app = TestApp::start().await;
    for _ in 0..10 {
        let source = app.account(json!({})).await;
        let mut running = JoinSet::new();
        for _ in 0..2 {
            let (client, source) = (app.sandbox(), source.clone());
            let destination = app.account(json!({})).await;
            running.spawn(async move {
                let body = json!({"meta": {"source-account-ids": [source]}});
                let path = format!("/accounts/{destination}/consolidate");
                client.post(&path, body).await.status
            });
        }
        let mut statuses = running.join_all().await;
        statuses.sort_unstable();
        assert_eq!(statuses, [202, 409]);
    }
    let names = app.event_names().await;
    let consolidated = names.iter().filter(|name| *name == "account.consolidated");
    assert_eq!(consolidated.count(), 10);
}

#[tokio::test]
async fn a34_two_accounts_that_take_one_another_in_end_with_one_of_them_archived() {
    let app = TestApp::start().await;
    for _ in 0..10 {
        let pair = [app.account(json!({})).await, app.account(json!({})).await];
        let mut running = JoinSet::new();
        for (destination, source) in [(0, 1), (1, 0)] {
            let (client, pair) = (app.sandbox(), pair.clone());
            running.spawn(async move {
                let body = json!({"meta": {"source-account-ids": [pair[source]]}});
                let path = format!("/accounts/{}/consolidate", pair[destination]);
                client.post(&path, body).await.status
            });
        }
        let mut statuses = running.join_all().await;
        statuses.sort_unstable();
        assert_eq!(statuses, [202, 400], "A35");
    }
}

#[tokio::test]
async fn r47_a_rename_or_a_redaction_at_the_same_moment_comes_before_or_after() {
    let app = TestApp::start().await;
    for round in 0..10 {
        let name = format!("source-{round}");
        let source = app.account(reference(&name)).await;
        let destination = app.account(json!({})).await;
        let moved = app.inquiry(auto(&name)).await;
        let mut running = JoinSet::new();
        for deed in 0..3 {
            let client = app.sandbox();
            let (source, destination) = (source.clone(), destination.clone());
            let renamed = attributes(reference(&format!("renamed-{round}")));
            running.spawn(async move {
                let body = json!({"meta": {"source-account-ids": [source]}});
                let answer = match deed {
                    0 => {
                        let path = format!("/accounts/{destination}/consolidate");
                        client.post(&path, body).await
                    }
                    1 => client.patch(&format!("/accounts/{source}"), renamed).await,
                    _ => client.delete(&format!("/accounts/{destination}")).await,
                };
                (deed, answer.status)
            });
        }
        let mut statuses = running.join_all().await;
        statuses.sort_unstable();
        let renamed = statuses[1].1;
        assert_eq!([statuses[0].1, statuses[2].1], [202, 200]);
        assert!([200, 409].contains(&renamed));
        let expected = if renamed == 200 {
            format!("renamed-{round}")
        } else {
            name
        };
        assert_eq!(account_reference(&app, &source).await, expected.as_str());
        let shown = app.sandbox().get(&format!("/inquiries/{moved}")).await;
        assert_eq!(shown.expect(200).related("account"), Some(destination));
    }
}
